"""The groups of the `grokgate` command, one file each."""
