"""POST /v1/stt: what is understood, how long it is, and its bill."""

from typing import Any

import httpx
import pytest

from grokgate.sandbox.service import Sandbox
from grokgate.sandbox.transcripts.transcripts import cost_ticks
from tests.sandbox.sounds import (
    ENGLISH,
    TURKISH,
    converted,
    decoded,
    hum,
    interleaved,
    say,
    transcribe,
    wav,
)


async def spoken_by_another(text: str, **fields: Any) -> bytes:
    """A sound that the sandbox under test has not made itself."""
    other = Sandbox()
    headers = {"authorization": "Bearer xai-other"}
    async with httpx.AsyncClient(base_url=await other.start(), headers=headers) as client:
        sound = (await say(client, text, **fields)).content
    await other.stop()
    return sound


@pytest.mark.parametrize(
    ("output_format", "raw"),
    [
        ({}, {}),
        ({"sample_rate": 8_000, "bit_rate": 32_000}, {}),
        ({"codec": "wav"}, {}),
        ({"codec": "pcm"}, {"audio_format": "pcm", "sample_rate": "24000"}),
        (
            {"codec": "mulaw", "sample_rate": 8_000},
            {"audio_format": "mulaw", "sample_rate": "8000"},
        ),
        ({"codec": "alaw", "sample_rate": 8_000}, {"audio_format": "alaw", "sample_rate": "8000"}),
    ],
)
async def test_what_was_spoken_here_is_understood(
    client: httpx.AsyncClient, output_format: dict[str, Any], raw: dict[str, str]
) -> None:
    for text in (ENGLISH, TURKISH):
        sound = await say(client, text, language="auto", output_format=output_format)
        answer = await transcribe(client, sound.content, **raw)
        assert answer.json()["text"] == text
        assert answer.json()["language"] == ("tr" if text == TURKISH else "en")


@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [("ogg", "libopus", 48_000), ("mp4", "aac", 44_100), ("flac", "flac", 16_000)],
)
async def test_what_was_spoken_here_is_understood_in_another_codec(
    client: httpx.AsyncClient, container: str, codec: str, rate: int
) -> None:
    texts = [ENGLISH, "The weather was bad that day, so nobody went for a walk."]
    for text in texts:
        await say(client, text)
    sound = (await say(client, ENGLISH)).content
    answer = await transcribe(client, converted(sound, container, codec, rate))
    assert answer.json()["text"] == ENGLISH


async def test_words_are_in_order_and_within_the_sound(client: httpx.AsyncClient) -> None:
    sound = (await say(client, ENGLISH)).content
    page = (await transcribe(client, sound, diarize="true")).json()
    words = page["words"]
    assert [word["text"] for word in words] == ENGLISH.split()
    times = [time for word in words for time in (word["start"], word["end"])]
    assert times == sorted(times)
    assert 0 < times[-1] <= page["duration"] == round(decoded(sound).duration_s, 3)
    assert {(word["speaker"], word["confidence"]) for word in words} == {(0, 0.99)}


async def test_speakers_come_only_when_asked_for(client: httpx.AsyncClient) -> None:
    page = (await transcribe(client, (await say(client, "Hi")).content)).json()
    assert set(page) == {"text", "language", "duration", "words"}
    assert set(page["words"][0]) == {"text", "start", "end", "confidence"}


async def test_other_english_is_listened_to(client: httpx.AsyncClient) -> None:
    sound = await spoken_by_another("one two three four five", voice_id="rex", speed=0.8)
    client.timeout = 60  # the model is large, and the machine may be busy
    page = (await transcribe(client, sound)).json()
    assert page["text"].endswith("two three four five")
    assert [word["text"] for word in page["words"]] == page["text"].split()
    assert page["language"] == "en"
    assert all(0 <= word["confidence"] <= 1 for word in page["words"])


async def test_another_language_is_not_pretended_to_be_understood(
    client: httpx.AsyncClient,
) -> None:
    sound = await spoken_by_another(TURKISH, language="tr")
    page = (await transcribe(client, sound, language="tr", format="true")).json()
    assert page["text"] == f"(sandbox: {page['duration']:.1f} s of tr audio)"
    assert (page["language"], page["words"]) == ("tr", [])


async def test_long_english_is_not_listened_to(client: httpx.AsyncClient) -> None:
    page = (await transcribe(client, wav(hum(8_000 * 31)))).json()
    assert page["text"] == "(sandbox: 31.0 s of unknown audio)"


async def test_what_is_made_of_a_transcript_is_no_directive(client: httpx.AsyncClient) -> None:
    text = (await transcribe(client, wav(hum(800)), language="tr")).json()["text"]
    answer = await client.post("/v1/responses", json={"model": "grok-4.3", "input": text})
    assert answer.status_code == 200


async def test_silence_has_no_words(client: httpx.AsyncClient) -> None:
    page = (await transcribe(client, wav([0] * 8_000))).json()
    assert (page["text"], page["words"], page["duration"]) == ("", [], 1)


@pytest.mark.parametrize(("samples", "duration"), [(9_877, 1.235), (8, 0.001), (80_000, 10)])
async def test_the_duration_is_that_of_the_samples_and_so_is_the_bill(
    client: httpx.AsyncClient, sandbox: Sandbox, samples: int, duration: float
) -> None:
    answer = await transcribe(client, wav(hum(samples)), language="tr")
    assert answer.json()["duration"] == duration
    assert sandbox.requests[-1].cost_usd_ticks == cost_ticks(round(1000 * duration))
    assert "usage" not in answer.json()


@pytest.mark.parametrize(
    ("milliseconds", "ticks"), [(3_600_000, 10**9), (1_000, 277_778), (9, 2_500), (1, 278), (0, 0)]
)
def test_an_hour_costs_ten_cents(milliseconds: int, ticks: int) -> None:
    assert cost_ticks(milliseconds) == ticks


async def test_the_bill_of_a_header_that_lies_is_that_of_the_samples(
    client: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    endless = bytearray(wav(hum(8_000)))
    endless[40:44] = b"\xff\xff\xff\xff"
    assert (await transcribe(client, bytes(endless), language="tr")).json()["duration"] == 1
    assert sandbox.requests[-1].cost_usd_ticks == 277_778


async def test_channels_are_understood_one_by_one(client: httpx.AsyncClient) -> None:
    pcm = {"codec": "pcm", "sample_rate": 16_000}
    texts = [ENGLISH, "Yes, let us go."]
    sounds = [(await say(client, text, output_format=pcm)).content for text in texts]
    stereo = wav(interleaved(sounds[0], sounds[1] + bytes(len(sounds[0]))), channels=2, rate=16_000)
    page = (await transcribe(client, stereo, multichannel="true")).json()
    assert [(channel["index"], channel["text"]) for channel in page["channels"]] == [
        (0, texts[0]),
        (1, texts[1]),
    ]
    assert page["text"] == " ".join(texts)
    assert len(page["words"]) == len(page["text"].split())


async def test_raw_channels_are_taken_apart(client: httpx.AsyncClient) -> None:
    pcm = {"codec": "pcm", "sample_rate": 16_000}
    sound = (await say(client, ENGLISH, output_format=pcm)).content
    both = wav(interleaved(sound, sound), channels=2)[44:]
    fields = {"audio_format": "pcm", "sample_rate": "16000", "multichannel": "1", "channels": "2"}
    page = (await transcribe(client, both, **fields)).json()
    assert [channel["text"] for channel in page["channels"]] == [ENGLISH, ENGLISH]
    assert page["duration"] == round(len(sound) / 2 / 16_000, 3)


async def test_what_follows_the_file_is_ignored(client: httpx.AsyncClient) -> None:
    parts: list[tuple[str, tuple[str | None, bytes]]] = [
        ("file", ("a.wav", wav(hum(800)))),
        ("language", (None, b"auto")),
    ]
    assert (await client.post("/v1/stt", files=parts)).status_code == 200
    assert (await client.post("/v1/stt", files=parts[::-1])).status_code == 400


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"language": "auto"}, "`language` must be a language code; leave it out for detection."),
        ({"format": "true"}, "`format` requires `language`."),
        ({"model": "whisper-1"}, "Model not found: whisper-1"),
        ({"url": "https://example.com/a.mp3"}, "The sandbox fetches no `url`."),
        ({"audio_format": "pcm"}, "`audio_format` requires `sample_rate`."),
        (
            {"audio_format": "pcm", "sample_rate": "1"},
            "`sample_rate` must be between 8000 and 48000.",
        ),
        ({"multichannel": "true", "channels": "9"}, "`channels` must be between 2 and 8."),
        (
            {"multichannel": "true", "audio_format": "pcm", "sample_rate": "8000"},
            "`multichannel` with `audio_format` requires `channels`.",
        ),
        (
            {"diarize": "perhaps"},
            "Failed to deserialize the form: Expected `bool`, got `str` - at `$.diarize`",
        ),
    ],
)
async def test_a_wrong_form_is_refused_with_the_older_code(
    client: httpx.AsyncClient, fields: dict[str, str], message: str
) -> None:
    answer = await transcribe(client, wav(hum(800)), **fields)
    assert answer.status_code == 400
    assert answer.json() == {"code": "Client specified an invalid argument", "error": message}


@pytest.mark.parametrize(
    "sound",
    [
        b"",
        b"This is no sound. " * 100,
        wav([]),
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hosts\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile a.wav\n",
    ],
)
async def test_what_is_no_sound_is_refused(
    client: httpx.AsyncClient, sandbox: Sandbox, sound: bytes
) -> None:
    answer = await transcribe(client, sound)
    assert answer.status_code == 400
    assert answer.json()["error"] == "The audio could not be decoded."
    assert sandbox.requests[-1].cost_usd_ticks == 0


async def test_a_form_needs_a_file_and_a_boundary(client: httpx.AsyncClient) -> None:
    without = await client.post("/v1/stt", files={"model": (None, "grok-voice-transcribe-2.0")})
    assert without.json()["error"] == "`file` is required, as the last part of the form."
    headers = {"content-type": "multipart/form-data"}
    broken = await client.post("/v1/stt", content=b"--x\r\n", headers=headers)
    assert (broken.status_code, "multipart" in broken.json()["error"]) == (400, True)


async def test_each_route_takes_its_own_kind_of_body(client: httpx.AsyncClient) -> None:
    as_json = await client.post("/v1/stt", json={"file": "UklGRg=="})
    as_form = await client.post("/v1/tts", files={"text": (None, "Hi")})
    assert (as_json.status_code, as_form.status_code) == (415, 415)
    assert "multipart/form-data" in as_json.json()["error"]


async def test_a_reset_forgets_what_was_spoken(client: httpx.AsyncClient) -> None:
    sound = (await say(client, TURKISH, language="tr")).content
    await client.post("/sandbox/reset")
    assert (await transcribe(client, sound, language="tr")).json()["text"] != TURKISH
