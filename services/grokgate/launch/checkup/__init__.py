"""What `grokgate doctor` looks at."""
