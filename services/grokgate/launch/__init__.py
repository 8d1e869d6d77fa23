"""Puts the rooms together and runs them; the only reader of the environment."""
