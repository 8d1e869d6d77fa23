"""POST /v1/tts: real speech in every codec, and its bill."""

import asyncio
import sys
import wave
from array import array
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from grokgate.sandbox.service import Sandbox
from grokgate.sandbox.sound.formats import MP3_SAMPLE_RATES
from grokgate.sandbox.speech.voices import VOICES
from tests.sandbox.sounds import ENGLISH, TURKISH, decoded, loudness, say

SPOKEN = 300  # quieter than any speech, louder than silence


@pytest.mark.parametrize(
    ("output_format", "sample_rate"),
    [
        ({}, 24_000),
        ({"codec": "mp3", "sample_rate": 8_000, "bit_rate": 32_000}, 8_000),
        ({"sample_rate": 48_000, "bit_rate": 192_000}, 48_000),
    ],
)
async def test_an_mp3_is_speech_at_the_rate_asked_for(
    client: httpx.AsyncClient, output_format: dict[str, Any], sample_rate: int
) -> None:
    answer = await say(client, ENGLISH, output_format=output_format)
    assert answer.headers["content-type"] == "audio/mpeg"
    sound = decoded(answer.content)
    assert sound.sample_rate == sample_rate
    assert 2 < sound.duration_s < 6
    assert sound.loudness > SPOKEN


async def test_a_bit_rate_is_obeyed(client: httpx.AsyncClient) -> None:
    answer = await say(client, ENGLISH, output_format={"bit_rate": 64_000})
    bits = 8 * len(answer.content) / decoded(answer.content).duration_s
    assert bits == pytest.approx(64_000, rel=0.02)


async def test_a_wav_has_a_header_that_fits_a_stream(client: httpx.AsyncClient) -> None:
    answer = await say(client, ENGLISH, output_format={"codec": "wav", "sample_rate": 16_000})
    assert answer.headers["content-type"] == "audio/wav"
    with wave.open(BytesIO(answer.content)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
        samples = array("h", file.readframes(file.getnframes()))
    assert 2 * len(samples) == len(answer.content) - 44
    assert loudness(samples) > SPOKEN
    assert decoded(answer.content).duration_s == len(samples) / 16_000


async def test_raw_codecs_are_as_long_as_their_rates(client: httpx.AsyncClient) -> None:
    sizes = {}
    for codec, content_type in (
        ("pcm", "audio/pcm"),
        ("mulaw", "audio/basic"),
        ("alaw", "audio/alaw"),
    ):
        for rate in (8_000, 10_000, 48_000):
            asked = {"codec": codec, "sample_rate": rate}
            answer = await say(client, ENGLISH, output_format=asked)
            assert answer.headers["content-type"] == content_type
            sizes[codec, rate] = len(answer.content)
    assert sizes["mulaw", 8_000] == sizes["alaw", 8_000] == sizes["pcm", 8_000] // 2
    assert sizes["pcm", 10_000] == pytest.approx(sizes["pcm", 8_000] * 10 / 8, rel=0.001)
    assert sizes["pcm", 48_000] == pytest.approx(sizes["pcm", 8_000] * 6, rel=0.001)


async def test_languages_sound_different(client: httpx.AsyncClient) -> None:
    text = "on iki elma"
    english, turkish = [await say(client, text, language=language) for language in ("en", "tr")]
    assert english.content != turkish.content


@pytest.mark.parametrize(("text", "language"), [(TURKISH, "tr"), (ENGLISH, "en-US")])
async def test_auto_finds_turkish_and_takes_the_rest_for_english(
    client: httpx.AsyncClient, text: str, language: str
) -> None:
    found = await say(client, text, language="auto")
    named = await say(client, text, language=language)
    assert found.content == named.content


@pytest.mark.parametrize("language", ["pt-BR", "de-AT", "zh", "zh-CN", "TR"])
async def test_a_language_may_have_a_region(client: httpx.AsyncClient, language: str) -> None:
    answer = await say(client, "1 2 3", language=language)
    assert decoded(answer.content).loudness > SPOKEN


async def test_no_two_voices_sound_the_same(client: httpx.AsyncClient) -> None:
    throats = {(voice.variant, voice.pitch) for voice in VOICES.values()}
    assert len(throats) == len(VOICES) == 28
    answers = [await say(client, "hey", voice_id=voice) for voice in ("eve", "lux", "rex")]
    assert len({answer.content for answer in answers}) == 3


async def test_the_default_voice_is_eve_in_any_case(client: httpx.AsyncClient) -> None:
    answers = [await say(client, "Hi", **voice) for voice in ({}, {"voice_id": "EVE"})]
    assert answers[0].content == answers[1].content


async def test_speed_changes_the_length(client: httpx.AsyncClient) -> None:
    slow, fast = [decoded((await say(client, ENGLISH, speed=s)).content) for s in (0.7, 1.5)]
    assert slow.duration_s > 1.5 * fast.duration_s


@pytest.mark.parametrize("text", ["...", "[sandbox:no-duration]"])
async def test_a_text_without_words_is_a_sound_all_the_same(
    client: httpx.AsyncClient, text: str
) -> None:
    assert decoded((await say(client, text)).content).duration_s > 0.1


async def test_a_directive_is_not_spoken(client: httpx.AsyncClient) -> None:
    bare = await say(client, "Hi")
    assert (await say(client, "Hi [sandbox:slow=0]")).content == bare.content


async def test_the_process_of_the_gateway_never_loads_espeak(client: httpx.AsyncClient) -> None:
    assert (await say(client, "Hi")).status_code == 200
    assert [name for name in sys.modules if "espeak" in name] == []
    assert "espeak" not in Path("/proc/self/maps").read_text()


async def test_several_may_speak_at_once(client: httpx.AsyncClient) -> None:
    texts = [f"{ENGLISH} {number}" for number in range(3)]
    alone = [(await say(client, text)).content for text in texts]
    together = await asyncio.gather(*[say(client, text) for text in texts])
    assert [answer.content for answer in together] == alone


async def test_the_log_has_the_bill_and_the_answer_has_none(
    client: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    answer = await say(client, "ğ😀 [sandbox:slow=0]")
    assert sandbox.requests[-1].cost_usd_ticks == 19 * 150_000
    assert "cost" not in str(answer.headers)


async def test_speech_leaves_while_it_is_made(client: httpx.AsyncClient, sandbox: Sandbox) -> None:
    text = (f"{ENGLISH} " * 300)[:15_000]
    body = {"text": text, "language": "en"}
    async with client.stream("POST", "/v1/tts", json=body) as answer:
        assert "content-length" not in answer.headers
        assert await anext(answer.aiter_raw())
        assert sandbox.requests[-1].outcome == ""
    await sandbox.stop()
    assert sandbox.requests[-1].outcome == "client left"
    assert sandbox.requests[-1].cost_usd_ticks == 15_000 * 150_000


@pytest.mark.parametrize(
    ("fields", "status", "message"),
    [
        ({"language": None}, 400, "language is required"),
        ({"language": "xx"}, 400, "language not supported: xx"),
        ({"language": "en+croak"}, 400, "language not supported: en+croak"),
        ({"language": "../../../x"}, 400, "language not supported: ../../../x"),
        ({"text": " "}, 400, "text must not be empty"),
        ({"text": "a" * 15_001}, 400, "text must have at most 15000 characters"),
        ({"speed": 0.69}, 400, "speed must be between 0.7 and 1.5"),
        ({"speed": 1.51}, 400, "speed must be between 0.7 and 1.5"),
        ({"voice_id": "bob"}, 404, "Voice not found: bob"),
        (
            {"output_format": {"sample_rate": 7_999}},
            400,
            "sample_rate must be between 8000 and 48000",
        ),
        ({"output_format": {"bit_rate": 31_999}}, 400, "bit_rate must be between 32000 and 192000"),
        (
            {"output_format": {"sample_rate": 10_000}},
            400,
            f"sample_rate of an mp3 must be one of {', '.join(map(str, MP3_SAMPLE_RATES))}",
        ),
        (
            {"with_timestamps": True},
            400,
            "the sandbox knows neither with_timestamps nor replace",
        ),
    ],
)
async def test_what_cannot_be_said_is_refused_without_a_code(
    client: httpx.AsyncClient, sandbox: Sandbox, fields: dict[str, Any], status: int, message: str
) -> None:
    answer = await say(client, **{"text": "Hi", **fields})
    assert answer.status_code == status
    assert answer.json() == {"error": message}
    assert sandbox.requests[-1].cost_usd_ticks == 0


@pytest.mark.parametrize("fields", [{"text": 7}, {"output_format": {"codec": "opus"}}])
async def test_a_wrong_type_is_a_422(client: httpx.AsyncClient, fields: dict[str, Any]) -> None:
    answer = await say(client, **{"text": "Hi", **fields})
    assert answer.status_code == 422


async def test_a_blocked_key_says_nothing(client: httpx.AsyncClient) -> None:
    headers = {"authorization": "Bearer xai-no-credit"}
    body = {"text": "Hi", "language": "en"}
    assert (await client.post("/v1/tts", json=body, headers=headers)).status_code == 403


async def test_the_voices_are_listed(client: httpx.AsyncClient) -> None:
    voices = (await client.get("/v1/tts/voices")).json()["voices"]
    assert [voice["voice_id"] for voice in voices] == list(VOICES)
    assert {"voice_id": "eve", "name": "Eve", "language": "multilingual"} in voices
    assert (await client.get("/v1/tts/voices/Rex")).json()["voice_id"] == "rex"
    assert (await client.get("/v1/tts/voices/bob")).status_code == 404
