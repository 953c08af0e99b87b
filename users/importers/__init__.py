"""Reading profiles and events of a folder in the interchange format, with flat memory."""
