"""Pictures and films: drawn and encoded off the event loop, kept until there are too many."""
