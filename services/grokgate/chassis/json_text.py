"""What msgspec raises for bytes that are not the JSON that was asked for."""

import msgspec

# Deep nesting and invalid UTF-8 have exceptions of their own.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
