"""English words that a child process heard with pocketsphinx."""

import asyncio
from dataclasses import dataclass

import msgspec

from grokgate.sandbox.errors import refusal
from grokgate.sandbox.sound.children import NOT_INSTALLED_STATUS, child

_PROGRAM = "pocket.py"


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its time."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float


class Listener:
    """One ear; whoever comes second waits."""

    def __init__(self) -> None:
        self._ear = asyncio.Lock()

    async def listen(self, samples: bytes) -> list[Word] | None:
        """What was heard, or None where pocketsphinx is not installed."""
        async with self._ear, child(_PROGRAM, samples) as (process, output):
            heard = await output.read()
            status = await process.wait()
        if status == NOT_INSTALLED_STATUS:
            return None
        if status:
            message = f"Listening failed; its process ended with {status}."
            raise refusal(500, "internal-error", message)
        return [Word(*word) for word in msgspec.json.decode(heard)]
