"""Identifiers that sort by the time at which they were made (UUIDv7, RFC 9562)."""

import secrets
from collections.abc import Callable

from grokgate.chassis.clock import Clock, SystemClock


class IdSource:
    """Makes ids; two of one source are never equal and sort in the order they were made."""

    def __init__(
        self, clock: Clock | None = None, random_bits: Callable[[int], int] = secrets.randbits
    ) -> None:
        self._clock = clock or SystemClock()
        self._random_bits = random_bits
        self._last_prefix = 0

    def uuid(self) -> str:
        """A UUIDv7 in its usual text form."""
        text = self._hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def prefixed(self, prefix: str) -> str:
        """`prefix_` and a UUIDv7 without dashes, such as `req_0197…`."""
        return f"{prefix}_{self._hex()}"

    def _hex(self) -> str:
        # 48 bits of milliseconds and 12 bits of sub-millisecond counter, kept monotonic.
        prefix = max(self._clock.now_ms() << 12, self._last_prefix + 1)
        self._last_prefix = prefix
        high = (prefix >> 12) << 16 | 0x7000 | prefix & 0xFFF
        low = 1 << 63 | self._random_bits(62)
        return f"{high << 64 | low:032x}"
