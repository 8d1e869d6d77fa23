"""Upstream's speech: the question, and the audio while it arrives."""

import httpx
import msgspec
import pytest

from grokgate.chassis.errors import Reason
from grokgate.chassis.secrets import Secret
from grokgate.xai.client import XaiClient
from grokgate.xai.errors import UpstreamError
from grokgate.xai.speech import SpeechQuestion, speak
from grokgate.xai.timeouts import Timeouts
from tests.support.clock import FakeClock
from tests.xai.fake_transport import FakeTransport, Pieces, Step

QUESTION = SpeechQuestion("Hi", "auto", "eve", "mp3", 24_000, 128_000, None)


class Progress:
    reached_upstream = False


def client(transport: FakeTransport, keys: int = 1) -> XaiClient:
    return XaiClient(
        transport=transport,
        base_url="https://upstream.test/v1",
        api_keys=[Secret(f"xai-{number}") for number in range(keys)],
        timeouts=Timeouts(),
        clock=FakeClock(),
    )


def audio(*pieces: bytes | Exception, media_type: str = "audio/mpeg") -> httpx.Response:
    return httpx.Response(200, headers={"content-type": media_type}, stream=Pieces(pieces))


async def heard(
    *steps: Step, question: SpeechQuestion = QUESTION, keys: int = 1
) -> tuple[str, list[bytes]]:
    async with speak(client(FakeTransport(*steps), keys), question, Progress()) as speech:
        return speech.media_type, [piece async for piece in speech.pieces]


def test_the_question_names_the_bit_rate_of_an_mp3_only() -> None:
    assert msgspec.json.decode(QUESTION.body()) == {
        "text": "Hi",
        "language": "auto",
        "voice_id": "eve",
        "output_format": {"codec": "mp3", "sample_rate": 24_000, "bit_rate": 128_000},
    }
    wav = SpeechQuestion("Hi", "en", "leo", "wav", 8_000, 128_000, 1.5)
    assert msgspec.json.decode(wav.body()) == {
        "text": "Hi",
        "language": "en",
        "voice_id": "leo",
        "output_format": {"codec": "wav", "sample_rate": 8_000},
        "speed": 1.5,
    }


async def test_pieces_come_as_they_came() -> None:
    step = audio(b"one", b"", b"two", media_type="Audio/MPEG; rate=24000")
    assert await heard(step) == ("audio/mpeg", [b"one", b"two"])


async def test_a_type_that_says_nothing_is_replaced_by_the_codecs() -> None:
    step = audio(b"one", media_type="application/octet-stream")
    assert await heard(step) == ("audio/mpeg", [b"one"])


async def test_a_refused_key_makes_way_for_the_next() -> None:
    refused = httpx.Response(400, json={"error": "Incorrect API key provided"})
    assert await heard(refused, audio(b"one"), keys=2) == ("audio/mpeg", [b"one"])


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (audio(), Reason.PROVIDER_ERROR),
        (audio(b"", b""), Reason.PROVIDER_ERROR),
        (audio(b"one", httpx.ReadError("reset")), Reason.PROVIDER_ERROR),
        (httpx.Response(200, json={"error": "overloaded"}), Reason.PROVIDER_UNAVAILABLE),
        (httpx.Response(200, html="<p>"), Reason.PROVIDER_ERROR),
        (httpx.Response(400, json={"error": "speed"}), Reason.PROVIDER_REJECTED),
    ],
)
async def test_what_is_no_audio_is_a_failure(step: httpx.Response, reason: Reason) -> None:
    with pytest.raises(UpstreamError) as caught:
        await heard(step)
    assert caught.value.error.reason is reason
