"""Sound: spoken and understood in child processes, encoded and decoded in threads."""
