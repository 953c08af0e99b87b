"""What is measured beside the tests: each package prints a table and writes JSON."""
