"""Logs as JSON lines, in which keys and tokens are masked whoever wrote them."""

import logging
import re
from collections.abc import Iterable
from typing import TextIO

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from grokgate.chassis.calls import ADMIN_TOKEN, SERVICE_TOKEN

# As display forms show six characters after a key's prefix, a longer run is taken for a key.
_KEY_LENGTH = 12


def set_up_logs(level: str, stream: TextIO, key_prefixes: Iterable[str]) -> None:
    """Sends everything that is logged in this process to `stream`, one JSON object a line.

    `level` is a name such as `INFO`. What follows `Bearer`, a token's header name, or one of
    `key_prefixes` is masked, also in tracebacks and in other libraries' messages.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(MaskingFormatter(key_prefixes))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    # Otherwise a record that cannot be formatted prints its arguments, unmasked, to stderr.
    logging.raiseExceptions = False


class MaskingFormatter(JsonFormatter):
    """Masks the finished line, so that message, extras and traceback are all covered."""

    def __init__(self, key_prefixes: Iterable[str]) -> None:
        super().__init__(
            ["levelname", "name", "message"],
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp="time",
            # uvicorn's copy of its message for terminals.
            reserved_attrs=[*RESERVED_ATTRS, "color_message"],
        )
        prefixes = "|".join(re.escape(prefix) for prefix in key_prefixes)
        # No word boundary before a prefix: in JSON the `n` of a line's end may stand there.
        self._secrets = re.compile(
            rf"(bearer\s+|(?:{SERVICE_TOKEN}|{ADMIN_TOKEN})\W{{1,8}})[^\s\"'\\]+"
            rf"|({prefixes or '(?!)'})[\w-]{{{_KEY_LENGTH},}}",
            re.IGNORECASE,
        )

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        return self._secrets.sub(_mask, super().format(record))


def _mask(found: re.Match[str]) -> str:
    return (found[1] or found[2]) + "***"
