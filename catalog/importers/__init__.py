"""Reading a folder in the interchange format, with flat memory: a bad row is written down, never fatal."""
