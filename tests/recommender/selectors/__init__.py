"""Tests of what requests read."""
