"""A sound that came with a call, once it has been decoded."""

from dataclasses import dataclass, field
from typing import Literal

from grokgate.sandbox.sound.loudness import Loudness

RawName = Literal["pcm", "mulaw", "alaw"]

HEARD_S = 30
"""How much of a sound is kept to be listened to."""


@dataclass(frozen=True, slots=True)
class RawFormat:
    """What the bytes of a sound without a container do not say of themselves."""

    encoding: RawName
    sample_rate: int
    channels: int


@dataclass(slots=True)
class Channel:
    """What one microphone heard: how loud it was throughout, and its first half minute."""

    loudness: Loudness = field(default_factory=Loudness)
    samples: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True, slots=True)
class Recording:
    """A decoded sound. `duration_ms` is that of its samples, whatever its container says."""

    duration_ms: int
    channels: list[Channel]


class UndecodableError(Exception):
    """The bytes are no sound, in no known container."""


class TooLongError(Exception):
    """The sound is longer than anyone speaks."""
