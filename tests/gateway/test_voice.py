"""Speech and transcription through the whole gateway, charged by characters and seconds."""

import asyncio
import base64
import unicodedata
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from openai import AsyncOpenAI

from grokgate.api.voice.v1.voice_pb2 import TranscribeConfig, TranscribeRequest
from grokgate.api.voice.v1.voice_pb2_grpc import VoiceServiceStub
from grokgate.chassis.errors import Reason
from grokgate.chassis.statuses import from_rpc_error
from tests.support.audio import hear, silence
from tests.support.gateway import LAUNCHED, USD, Gateway
from tests.support.processes import peak_memory_bytes

TTS, STT = "xai/grok-voice-tts", "xai/grok-voice-stt"
CHARACTER, HOUR = 150_000, 1_000_000_000
TURKISH = "Merhaba dünya, nasılsın?"  # noqa: RUF001  # it is Turkish
SENTENCE = "The quick brown fox jumps over the lazy dog."


async def speak(gateway: Gateway, key: str, text: str, **fields: Any) -> httpx.Response:
    return await gateway.http.post(
        f"{gateway.url}/v1/audio/speech",
        json={"model": TTS, "input": text, "language": "en", **fields},
        headers={"authorization": f"Bearer {key}"},
    )


async def transcribe(gateway: Gateway, key: str, audio: bytes, **fields: str) -> httpx.Response:
    return await gateway.http.post(
        f"{gateway.url}/v1/audio/transcriptions",
        data={"model": STT, **fields},
        files={"file": ("speech.mp3", audio)},
        headers={"authorization": f"Bearer {key}"},
    )


def charged(seconds: float) -> int:
    """The price of so many seconds, rounded half up once."""
    return int(Decimal(str(seconds)) * HOUR / 3600 + Decimal("0.5"))


@pytest.mark.parametrize(
    "text",
    [
        "Hello",
        "👩‍👩‍👧 waves 👋🏽",
        unicodedata.normalize("NFD", "Crème brûlée"),
        unicodedata.normalize("NFC", "Crème brûlée"),
        "İstanbul'da ılık bir akşam, çiğ köfte şalgam.",  # noqa: RUF001  # it is Turkish
    ],
)
async def test_each_code_point_is_charged_once(gateway: Gateway, text: str) -> None:
    key = await gateway.new_key()
    response = await speak(gateway, key, text)
    assert response.status_code == 200
    assert response.headers["x-cost-usd-ticks"] == str(CHARACTER * len(text))
    row = await gateway.row(key)
    assert row["charge_usd_ticks"] == row["held_usd_ticks"] == CHARACTER * len(text)
    assert (row["basis"], row["units"]["characters"]) == ("price_list", len(text))


@pytest.mark.parametrize(
    ("audio_format", "content_type", "codec"),
    [("mp3", "audio/mpeg", "mp3float"), ("wav", "audio/wav", "pcm_s16le")],
)
async def test_the_library_speaks_and_streams(
    gateway: Gateway, audio_format: Any, content_type: str, codec: str
) -> None:
    key = await gateway.new_key()
    async with AsyncOpenAI(api_key=key, base_url=f"{gateway.url}/v1") as client:
        whole = await client.audio.speech.create(
            model=TTS, voice="eve", input=SENTENCE, response_format=audio_format
        )
        async with client.audio.speech.with_streaming_response.create(
            model=TTS, voice="eve", input=SENTENCE, response_format=audio_format
        ) as streamed:
            assert streamed.headers["content-type"] == content_type
            pieces = [piece async for piece in streamed.iter_bytes()]
    for audio in (whole.content, b"".join(pieces)):
        heard = hear(audio)
        assert heard.codec == codec
        assert heard.seconds > 1
        assert heard.loudness > 0.01


async def test_turkish_sounds_other_than_english(gateway: Gateway) -> None:
    key = await gateway.new_key()
    said = [
        (await speak(gateway, key, TURKISH, language=language)).content for language in ("tr", "en")
    ]
    assert hear(said[0]).seconds > 0.5
    assert said[0] != said[1]


@pytest.mark.parametrize("response_format", ["text", "srt", "vtt", "verbose_json", "json"])
async def test_the_library_gets_every_form_of_transcript(
    gateway: Gateway, response_format: Any, tmp_path: Path
) -> None:
    key = await gateway.new_key()
    path = tmp_path / "speech.mp3"
    path.write_bytes((await speak(gateway, await gateway.new_key(), SENTENCE)).content)
    async with AsyncOpenAI(api_key=key, base_url=f"{gateway.url}/v1") as client:
        answer: Any = await client.audio.transcriptions.create(
            model=STT, file=path, language="en", response_format=response_format
        )
    match response_format:
        case "text":
            assert answer.strip() == SENTENCE
        case "srt":
            assert answer.startswith("1\n00:00:00,")
            assert " --> 00:00:0" in answer
        case "vtt":
            assert answer.startswith("WEBVTT\n\n")
        case "verbose_json":
            assert " ".join(word.word for word in answer.words) == SENTENCE
            assert float(answer.duration) == pytest.approx(hear(path.read_bytes()).seconds, abs=0.2)
        case _:
            assert answer.text == SENTENCE
    row = await gateway.row(key)
    assert row["charge_usd_ticks"] == gateway.sandbox.requests[-1].cost_usd_ticks


@pytest.mark.parametrize(("claimed", "reported"), [(12, 12.34), (1, 60)])
async def test_the_providers_seconds_are_charged_whatever_was_claimed(
    gateway: Gateway, claimed: float, reported: float
) -> None:
    key = await gateway.new_key()
    audio = silence(claimed) + f"[sandbox:duration={reported}]".encode()
    response = await gateway.http.post(
        f"{gateway.url}/v1/audio/transcriptions",
        json={
            "model": STT,
            "audio_base64": base64.b64encode(audio).decode(),
            "audio_format": "wav",
            "language": "en",
            "format": True,
            "duration_seconds": claimed,
        },
        headers={"authorization": f"Bearer {key}"},
    )
    assert response.status_code == 200, response.text
    usage = response.json()["usage"]
    assert (usage["seconds"], usage["cost_in_usd_ticks"]) == (reported, charged(reported))
    row = await gateway.row(key)
    assert (row["held_usd_ticks"], row["charge_usd_ticks"]) == (charged(claimed), charged(reported))


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"voice": "alloy"}, "voice"),
        ({"response_format": "opus"}, "response_format"),
        ({"speed": 3}, "speed"),
        ({"sample_rate": 11}, "sample_rate"),
        ({"language": "klingon!"}, "language"),
        ({"text": ""}, "input"),
        ({"text": "a" * 15_001}, "input"),
        ({"instructions": "Whisper."}, "instructions"),
    ],
)
async def test_bad_speech_is_refused_before_any_hold_naming_the_field(
    gateway: Gateway, fields: dict[str, Any], param: str
) -> None:
    key = await gateway.new_key()
    asked = len(gateway.sandbox.requests)
    response = await speak(gateway, key, **{"text": "Hello", **fields})
    error = response.json()["error"]
    assert (response.status_code, error["param"]) == (400, param), error
    assert (await gateway.get(key, "/v1/usage"))["data"] == []
    assert len(gateway.sandbox.requests) == asked


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"format": "true"}, "missing_parameter", "language"),
        ({"stream": "true"}, "unsupported_operation", "stream"),
        ({"response_format": "yaml"}, "invalid_value", "response_format"),
        ({"model": TTS}, "unsupported_operation", "model"),
    ],
)
async def test_a_bad_transcription_is_refused_before_any_hold(
    gateway: Gateway, fields: dict[str, str], code: str, param: str
) -> None:
    key = await gateway.new_key()
    response = await transcribe(gateway, key, silence(1), **fields)
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (400, code, param)
    assert (await gateway.get(key, "/v1/usage"))["data"] == []


@pytest.mark.parametrize("way", sorted(LAUNCHED))
async def test_a_large_upload_stays_out_of_memory_and_lets_others_pass(way: str) -> None:
    audio = silence(1640)  # 25 MiB
    async with LAUNCHED[way]() as gateway:
        key, other = await gateway.new_key(100 * USD), await gateway.new_key()
        await transcribe(gateway, key, silence(1))
        before = peak_memory_bytes(gateway.process.pid)
        call = asyncio.create_task(transcribe(gateway, key, audio, language="en"))
        answered = 0
        while not call.done():
            assert (await gateway.ask(other)).status_code == 200
            answered += 1
        assert (await call).status_code == 200, call.result().text
        assert answered > 1
        after = peak_memory_bytes(gateway.process.pid)
        assert max(after[pid] - before[pid] for pid in before) < 150 * 1024 * 1024
        await gateway.verify()


async def test_a_caller_that_is_still_sending_is_told_why_it_is_refused(gateway: Gateway) -> None:
    key = await gateway.new_key()
    voice = VoiceServiceStub(gateway.channel("voice"))

    async def pieces() -> AsyncIterator[TranscribeRequest]:
        yield TranscribeRequest(config=TranscribeConfig(model="grok-99"))
        for _ in range(40):
            yield TranscribeRequest(audio=bytes(65_536))

    async def refusal() -> Reason:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await voice.Transcribe(pieces(), metadata=(("authorization", f"Bearer {key}"),))
        return from_rpc_error(caught.value).reason

    refusals = await asyncio.gather(*(refusal() for _ in range(20)))
    assert set(refusals) == {Reason.MODEL_NOT_FOUND}
