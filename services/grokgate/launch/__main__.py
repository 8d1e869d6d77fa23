"""`python -m grokgate.launch` is the `grokgate` command."""

from grokgate.launch.cli import main

main()
