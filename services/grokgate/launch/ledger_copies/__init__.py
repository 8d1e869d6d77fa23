"""Copies of the state: backed up, and restored."""
