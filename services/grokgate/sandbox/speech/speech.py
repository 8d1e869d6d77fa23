"""POST /v1/tts."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from grokgate.sandbox.answers import Answer, Ask
from grokgate.sandbox.bodies import read_body, read_typed
from grokgate.sandbox.directives import without_directives
from grokgate.sandbox.keys import check_may_spend
from grokgate.sandbox.prices import SPEECH_TICKS
from grokgate.sandbox.sound.coding import encode
from grokgate.sandbox.sound.formats import CONTENT_TYPES
from grokgate.sandbox.sound.loudness import Loudness
from grokgate.sandbox.sound.samples import silence
from grokgate.sandbox.sound.speaking import Speaker, UnknownVoiceError, Utterance
from grokgate.sandbox.sound.spoken import Spoken
from grokgate.sandbox.speech.languages import espeak_names, language_of
from grokgate.sandbox.speech.refusals import wrong
from grokgate.sandbox.speech.requests import SpeechRequest
from grokgate.sandbox.speech.validation import check_request
from grokgate.sandbox.speech.voices import Voice, find_voice

_WORDS_PER_MINUTE = 175
_END_PAUSE_MS = 200


class Speech:
    """Answers speech calls. What it says it remembers, to recognise it when it comes back."""

    def __init__(self, spoken: Spoken) -> None:
        self._spoken = spoken
        self._speaker = Speaker()

    async def create(self, ask: Ask) -> Answer:
        """Sound, sent as it is made. It is charged by the code point, directives included."""
        check_may_spend(ask.api_key)
        request = read_typed(read_body(ask.body), SpeechRequest)
        check_request(request)
        voice = find_voice(request.voice_id)
        pieces = encode(self._samples(request, voice), request.target)
        try:
            # What cannot be said is refused before the status is sent.
            first = await anext(pieces)
        except UnknownVoiceError as error:
            raise wrong(f"language not supported: {request.language}") from error
        return Answer(
            (first,),
            content_type=CONTENT_TYPES[request.target.codec],
            cost_usd_ticks=len(request.text) * SPEECH_TICKS,
            live=pieces,
        )

    async def _samples(self, request: SpeechRequest, voice: Voice) -> AsyncGenerator[bytes, None]:
        words = without_directives(request.text) or request.text
        language = language_of(words, request.language or "")
        loudness = Loudness()
        utterance = Utterance(
            text=words,
            voices=[f"{name}+{voice.variant}" for name in espeak_names(language)],
            pitch=voice.pitch,
            words_per_minute=round(_WORDS_PER_MINUTE * request.speed),
        )
        async with aclosing(self._speaker.speak(utterance)) as blocks:
            async for samples in blocks:
                loudness.add(samples)
                yield samples
        loudness.add(silence(_END_PAUSE_MS))
        self._spoken.remember(words, language, loudness)
        yield silence(_END_PAUSE_MS)
