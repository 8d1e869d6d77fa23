"""A load generator that costs less than what it measures: bytes in, bytes out, no HTTP client.

`python -m tests.bench.load` reads a Plan as JSON on standard input and prints an Outcome. Every
connection sends its next request when it has the whole answer to the last.
"""

import asyncio
import re
import sys
import time

import msgspec
import uvloop

from tests.bench.questions import Question

_HEAD = re.compile(rb"(?is)HTTP/1\.1 2\d\d .*?content-length: (\d+)\r\n(?:.*?\r\n)?\r\n")
_STATUS = b"HTTP/1.1 2"
_CHUNKS_END = b"0\r\n\r\n"
_TAIL_BYTES = 64


class Plan(msgspec.Struct, frozen=True):
    """What to ask on 127.0.0.1, how often, and over how many connections."""

    port: int
    api_key: str
    question: Question
    connections: int
    requests: int
    timeout_s: float = 60


class Outcome(msgspec.Struct, frozen=True):
    """How it went. A time is to the whole answer, of a stream to its first piece."""

    elapsed_s: float
    times_ms: list[float]


class LoadError(Exception):
    """An answer that was not the expected one; a benchmark with failures measures nothing."""


class _Run:
    """What the connections of a run share."""

    def __init__(self, plan: Plan) -> None:
        self.question = plan.question
        self.request = _request(plan)
        self.times_ms: list[float] = []
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._unasked = plan.requests
        self._unanswered = plan.requests

    def take(self) -> bool:
        """Whether another request is to be sent."""
        self._unasked -= 1
        return self._unasked >= 0

    def answered(self) -> None:
        """Count an answer."""
        self._unanswered -= 1
        if not self._unanswered and not self.finished.done():
            self.finished.set_result(None)

    def fail(self, words: str) -> None:
        """End the run."""
        if not self.finished.done():
            self.finished.set_exception(LoadError(words))


class _Connection(asyncio.Protocol):
    """Asks for whole answers."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._received = b""
        self._sent_s = 0.0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvloop's is no subclass
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._run.fail(f"A connection was closed: {exc}")

    def ask(self) -> None:
        if self._run.take():
            self._received = b""
            self._sent_s = time.perf_counter()
            self._transport.write(self._run.request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head = _HEAD.match(self._received)
        if head and len(self._received) == head.end() + int(head[1]):
            self._note_time()
            self._run.answered()
            self.ask()
        elif not self._received.startswith(_STATUS):
            self._run.fail(self._received.decode(errors="replace"))

    def _note_time(self) -> None:
        self._run.times_ms.append((time.perf_counter() - self._sent_s) * 1000)


class _StreamConnection(_Connection):
    """Asks for streams; keeps no more of them than their end."""

    def __init__(self, run: _Run) -> None:
        super().__init__(run)
        self._has_begun = False
        self._first = run.question.first.encode()
        self._last = run.question.last.encode() + b"\r\n" + _CHUNKS_END

    def data_received(self, data: bytes) -> None:
        received = self._received + data
        if not self._has_begun:
            if not received.startswith(_STATUS):
                self._run.fail(received.decode(errors="replace"))
            self._received = received
            if self._first not in received:
                return
            self._has_begun = True
            self._note_time()
        self._received = received[-_TAIL_BYTES:]
        if self._received.endswith(_CHUNKS_END):
            if not self._received.endswith(self._last):
                self._run.fail(f"A stream ended with {self._received!r}")
            self._has_begun = False
            self._run.answered()
            self.ask()


async def run_load(plan: Plan) -> Outcome:
    """Carry out a plan; raises LoadError."""
    run = _Run(plan)
    protocol = _StreamConnection if plan.question.pieces else _Connection
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(lambda: protocol(run), "127.0.0.1", plan.port))[1]
        for _ in range(plan.connections)
    ]
    started_s = time.perf_counter()
    for connection in connections:
        connection.ask()
    async with asyncio.timeout(plan.timeout_s):
        await run.finished
    return Outcome(elapsed_s=time.perf_counter() - started_s, times_ms=run.times_ms)


def _request(plan: Plan) -> bytes:
    question = plan.question
    head = (
        f"POST {question.path} HTTP/1.1\r\nhost: 127.0.0.1:{plan.port}\r\n"
        f"authorization: Bearer {plan.api_key}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(question.body)}\r\n\r\n"
    )
    return (head + question.body).encode()


def _main() -> None:
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    outcome = uvloop.run(run_load(plan))
    sys.stdout.buffer.write(msgspec.json.encode(outcome))


if __name__ == "__main__":
    _main()
