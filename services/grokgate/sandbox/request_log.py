"""What reached the sandbox, for tests and for the curious."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

_KEPT_REQUESTS = 1_000
_KEPT_BODY_BYTES = 1 << 16
_HIDDEN_HEADERS = frozenset({"authorization"})


@dataclass(slots=True)
class Received:
    """A call.

    `status` and `cost_usd_ticks` are decided before the answer is sent, and true even if it is not
    or if it lies. `outcome` is empty until the call has ended: then answered, reset, truncated or
    client left. A body above 64 KiB is not kept, only its size.
    """

    number: int
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    body_bytes: int
    status: int = 0
    cost_usd_ticks: int = 0
    outcome: str = ""

    def page(self) -> dict[str, Any]:
        """As GET /sandbox/requests shows it; a body that is not kept, or no JSON, is null."""
        return {
            "number": self.number,
            "method": self.method,
            "path": self.path,
            "headers": self.headers,
            "body": self.json(),
            "body_bytes": self.body_bytes,
            "status": self.status,
            "cost_usd_ticks": self.cost_usd_ticks,
            "outcome": self.outcome,
        }

    def json(self) -> Any:
        """The body's value, or None."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None


class RequestLog:
    """The latest thousand calls."""

    def __init__(self) -> None:
        self._received: deque[Received] = deque(maxlen=_KEPT_REQUESTS)
        self._count = 0

    def add(
        self, method: str, path: str, headers: Iterable[tuple[str, str]], body: bytes
    ) -> Received:
        """Write down a call, without its key."""
        self._count += 1
        shown = {name: value for name, value in headers if name not in _HIDDEN_HEADERS}
        kept = body if len(body) <= _KEPT_BODY_BYTES else b""
        received = Received(self._count, method, path, shown, kept, len(body))
        self._received.append(received)
        return received

    def entries(self) -> list[Received]:
        """The calls, oldest first."""
        return list(self._received)

    def reset(self) -> None:
        """Forget them all, and count from one again."""
        self._received.clear()
        self._count = 0
