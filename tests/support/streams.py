"""How a test reads server-sent events."""

import json
from collections.abc import Iterable
from typing import Any


def read_events(stream: bytes | str) -> list[dict[str, Any]]:
    """The data of a stream's events, `[DONE]` left out; each name must be its event's type."""
    text = stream.decode() if isinstance(stream, bytes) else stream
    events = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line[1:])
        if lines.get("data", "[DONE]") == "[DONE]":
            continue
        event = json.loads(lines["data"])
        assert lines.get("event") in (None, event.get("type"))
        events.append(event)
    return events


def said(events: Iterable[dict[str, Any]]) -> str:
    """The visible text that a Responses stream told piece by piece."""
    return "".join(e["delta"] for e in events if e["type"] == "response.output_text.delta")
