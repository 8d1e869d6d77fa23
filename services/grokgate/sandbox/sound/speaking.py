"""Speech as it is made: samples from a child process that runs espeak-ng."""

import asyncio
from asyncio import IncompleteReadError
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import msgspec

from grokgate.sandbox.errors import RefusalError, refusal
from grokgate.sandbox.sound.children import NOT_INSTALLED_STATUS, child, not_installed
from grokgate.sandbox.sound.samples import WINDOW_BYTES

_PROGRAM = "espeak.py"
_AT_ONCE = 8
_UNKNOWN_VOICE_STATUS = 4
_BLOCK_BYTES = 10 * WINDOW_BYTES


@dataclass(frozen=True, slots=True)
class Utterance:
    """What is to be said, and how.

    `voices` are names of espeak-ng such as `tr+f2`, of which the first that there is will speak;
    `pitch` goes from 0 to 99.
    """

    text: str
    voices: list[str]
    pitch: int
    words_per_minute: int


class UnknownVoiceError(Exception):
    """espeak-ng has no such language."""


class Speaker:
    """Eight mouths; whoever comes ninth waits."""

    def __init__(self) -> None:
        self._mouths = asyncio.Semaphore(_AT_ONCE)

    async def speak(self, utterance: Utterance) -> AsyncGenerator[bytes, None]:
        """Blocks of samples, 0.2 s each; close it to stop. May raise UnknownVoiceError."""
        order = msgspec.json.encode(utterance)
        async with self._mouths, child(_PROGRAM, order) as (process, output):
            while True:
                try:
                    yield await output.readexactly(_BLOCK_BYTES)
                except IncompleteReadError as end:
                    if end.partial:
                        yield end.partial
                    break
            _check(await process.wait())


def _check(status: int) -> None:
    if status == _UNKNOWN_VOICE_STATUS:
        raise UnknownVoiceError
    if status:
        raise _broken(status)


def _broken(status: int) -> RefusalError:
    if status == NOT_INSTALLED_STATUS:
        return not_installed("speech")
    return refusal(500, "internal-error", f"Speech failed; its process ended with {status}.")
