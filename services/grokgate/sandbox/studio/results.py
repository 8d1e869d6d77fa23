"""What has been made, or will be when somebody fetches it."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from grokgate.sandbox.studio.works import Work, source_bytes
from grokgate.sandbox.studio.workshop import Workshop

CAPACITY_BYTES = 256 << 20
_BYTES_OF_AN_ENTRY = 1 << 10


@dataclass(slots=True)
class _Result:
    work: Work
    weight_bytes: int = 0
    data: bytes = b""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Results:
    """Works by path. Made at their first fetch; the oldest are dropped when memory is full."""

    def __init__(self, workshop: Workshop, capacity_bytes: int = CAPACITY_BYTES) -> None:
        self._workshop = workshop
        self._capacity_bytes = capacity_bytes
        self.reset()

    def reset(self) -> None:
        """Drop them all."""
        self._results: OrderedDict[str, _Result] = OrderedDict()
        self._weight_bytes = 0

    def put(self, path: str, work: Work) -> None:
        """Promise a work at a path; the same path always leads to the same work."""
        if path in self._results:
            self._results.move_to_end(path)
            return
        result = self._results[path] = _Result(work)
        self._weigh(result, _BYTES_OF_AN_ENTRY + source_bytes(work))

    async def fetch(self, path: str) -> bytes | None:
        """The file at a path, or None when there is none or no longer."""
        result = self._results.get(path)
        if result is None:
            return None
        async with result.lock:
            if not result.data:
                result.data = await self._workshop.make(result.work)
                if self._results.get(path) is result:
                    self._weigh(result, len(result.data))
        return result.data

    def _weigh(self, result: _Result, weight_bytes: int) -> None:
        result.weight_bytes += weight_bytes
        self._weight_bytes += weight_bytes
        while self._weight_bytes > self._capacity_bytes:
            _, dropped = self._results.popitem(last=False)
            self._weight_bytes -= dropped.weight_bytes
