"""The import wizard: an uploaded file → its columns → a mapping → a preview → the same importers as the command's."""
