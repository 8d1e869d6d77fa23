"""What a handler is asked, and what it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from grokgate.sandbox.directives import Directive

JSON = "application/json"
EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Ask:
    """One call: its body, what its path named, and how it shall misbehave."""

    body: bytes
    path_params: Mapping[str, str]
    api_key: str
    directives: tuple[Directive, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply. A stream has a chunk for each event; anything else is one chunk.

    `cost_usd_ticks` is what the call really cost, whatever the body says of it.
    """

    chunks: tuple[bytes, ...]
    status: int = 200
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    cost_usd_ticks: int = 0

    @property
    def is_stream(self) -> bool:
        """Whether it is sent as server-sent events."""
        return self.content_type == EVENT_STREAM


Handler = Callable[[Ask], Answer]


def json_answer(body: Any, *, status: int = 200) -> Answer:
    """A reply of one JSON value."""
    return Answer((msgspec.json.encode(body),), status=status)
