"""What msgspec raises for bytes that are not the JSON that was asked for."""

from decimal import InvalidOperation

import msgspec

# Deep nesting, invalid UTF-8 and decimals beyond all reason have exceptions of their own.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, InvalidOperation)
