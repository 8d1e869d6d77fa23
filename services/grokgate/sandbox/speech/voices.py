"""The voices of November 2026, by xAI's names, in espeak-ng's throats."""

from dataclasses import dataclass
from typing import Any

from grokgate.sandbox.answers import Answer, Ask, json_answer
from grokgate.sandbox.speech.refusals import voice_not_found


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice: a variant of espeak-ng's, and a pitch from 0 to 99. xAI publishes neither."""

    id: str
    variant: str
    pitch: int

    @property
    def page(self) -> dict[str, Any]:
        """As the list shows it."""
        return {"voice_id": self.id, "name": self.id.title(), "language": "multilingual"}


VOICES = {
    voice.id: voice
    for voice in (
        Voice("altair", "m1", 45),
        Voice("ara", "f2", 55),
        Voice("atlas", "m7", 25),
        Voice("aurora", "f1", 60),
        Voice("carina", "f3", 50),
        Voice("castor", "m2", 50),
        Voice("celeste", "f4", 55),
        Voice("cosmo", "m3", 55),
        Voice("eve", "f1", 50),
        Voice("helios", "m4", 40),
        Voice("helix", "m5", 60),
        Voice("iris", "f2", 70),
        Voice("kepler", "m6", 40),
        Voice("leo", "m3", 35),
        Voice("liora", "f3", 70),
        Voice("lumen", "f5", 45),
        Voice("luna", "f4", 40),
        Voice("lux", "f1", 80),
        Voice("naksh", "m2", 35),
        Voice("orion", "m7", 45),
        Voice("perseus", "m8", 45),
        Voice("rex", "m1", 25),
        Voice("rigel", "m8", 30),
        Voice("sal", "m5", 45),
        Voice("sirius", "m4", 60),
        Voice("ursa", "f5", 30),
        Voice("zagan", "m6", 20),
        Voice("zenith", "m3", 75),
    )
}


def find_voice(voice_id: str) -> Voice:
    """The voice of an id in any case; raises the 404 for any other."""
    voice = VOICES.get(voice_id.lower())
    if voice is None:
        raise voice_not_found(voice_id)
    return voice


def voices_page(_: Ask) -> Answer:
    """GET /v1/tts/voices."""
    return json_answer({"voices": [voice.page for voice in VOICES.values()]})


def voice_page(ask: Ask) -> Answer:
    """GET /v1/tts/voices/{voice_id}."""
    return json_answer(find_voice(ask.path_params["voice_id"]).page)
