"""The admin's first page over a year of answers and events."""
