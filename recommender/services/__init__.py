"""Writes of this app: what changes rows, and what must follow from it."""
