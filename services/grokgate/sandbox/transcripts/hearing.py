"""What a channel says: known words, heard words, or an honest line about neither."""

import asyncio
from dataclasses import dataclass

from grokgate.sandbox.sound.listening import Listener, Word
from grokgate.sandbox.sound.recordings import HEARD_S, Channel
from grokgate.sandbox.sound.spoken import Spoken, likest
from grokgate.sandbox.transcripts.words import spread

_ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Heard:
    """A text with its words; one that is not understood has none."""

    text: str
    language: str
    words: list[Word]


class Hearing:
    """Recognises what the sandbox said itself; listens to other English, up to half a minute."""

    def __init__(self, spoken: Spoken) -> None:
        self._spoken = spoken
        self._listener = Listener()

    async def hear(self, channel: Channel, language: str | None) -> Heard:
        """What a channel says, in a language if one is named."""
        near = self._spoken.near(channel.loudness)
        said = await asyncio.to_thread(likest, near, channel.loudness)
        if said is not None:
            return Heard(said.text, said.language, spread(said.text, channel.loudness))
        if not channel.loudness.voiced():
            return Heard("", language or "", [])
        duration_s = channel.loudness.duration_ms / 1000
        if _may_be_english(language) and duration_s <= HEARD_S:
            words = await self._listener.listen(bytes(channel.samples))
            if words is not None:
                text = " ".join(word.text for word in words)
                return Heard(text, language or _ENGLISH, words)
        # No square brackets: a prompt that quotes this must not look like a directive.
        text = f"(sandbox: {duration_s:.1f} s of {language or 'unknown'} audio)"
        return Heard(text, language or "", [])


def _may_be_english(language: str | None) -> bool:
    return language is None or language.lower().partition("-")[0] == _ENGLISH
