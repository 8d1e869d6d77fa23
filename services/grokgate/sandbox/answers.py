"""What a handler is asked, and what it answers."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from grokgate.sandbox.directives import Directive

JSON = "application/json"
EVENT_STREAM = "text/event-stream"
MULTIPART = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Ask:
    """One call: its body, what its path named, and how it shall misbehave.

    `base_url` is the sandbox's own, as the caller knows it.
    """

    body: bytes
    content_type: str
    path_params: Mapping[str, str]
    base_url: str
    api_key: str
    directives: tuple[Directive, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply. A stream has a chunk for each event; anything else is one chunk.

    Of a `live` one, `chunks` are what is there already; the rest is sent as it is made.
    `cost_usd_ticks` is what the call really cost, whatever the body says of it. `directives` tell
    how it is delivered, beside those of the call.
    """

    chunks: tuple[bytes, ...]
    status: int = 200
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    cost_usd_ticks: int = 0
    directives: tuple[Directive, ...] = ()
    live: AsyncGenerator[bytes, None] | None = None

    @property
    def is_stream(self) -> bool:
        """Whether it is sent in chunks, without its length."""
        return self.live is not None or self.content_type == EVENT_STREAM


Handler = Callable[[Ask], Answer | Awaitable[Answer]]


def json_answer(body: Any, *, status: int = 200) -> Answer:
    """A reply of one JSON value."""
    return Answer((msgspec.json.encode(body),), status=status)
