"""`POST /v1/audio/transcriptions` as JSON, and what both of its bodies are answered with."""

import asyncio
import base64
import tracemalloc
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokgate.api.types.v1.errors_pb2 import Failure
from grokgate.api.voice.v1.voice_pb2 import Channel, TranscribeConfig
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.durations import seconds
from grokgate.edge.voice.transcription_request import read_transcription
from tests.edge.conftest import RunEdge, RunningEdge
from tests.edge.fake_voice import transcript, word

PATH = "/v1/audio/transcriptions"
SOUND = b"ID3\x04" + bytes(range(256))
ASKED: dict[str, Any] = {
    "model": "xai/grok-voice-stt",
    "audio_base64": base64.b64encode(SOUND).decode(),
}
MEGABYTE = 1024 * 1024


async def test_every_field_reaches_the_service(edge: RunningEdge) -> None:
    body = ASKED | {
        "audio_format": "mp3",
        "language": "tr",
        "format": True,
        "duration_seconds": 12,
        "diarize": True,
        "multichannel": True,
        "sample_rate": 16_000,
        "user": "u",
    }
    assert (await edge.post(PATH, body)).status_code == 200
    assert edge.voice.configs == [
        TranscribeConfig(
            model="xai/grok-voice-stt",
            audio_format="mp3",
            sample_rate=16_000,
            language="tr",
            format=True,
            diarize=True,
            multichannel=True,
            claimed_duration_us=12_000_000,
            user="u",
        )
    ]
    assert edge.voice.heard == SOUND


async def test_what_is_not_said_is_left_to_the_service(edge: RunningEdge) -> None:
    await edge.post(PATH, ASKED | {"language": None, "format": None, "response_format": None})
    assert edge.voice.configs == [TranscribeConfig(model="xai/grok-voice-stt")]


async def test_the_answer_has_text_words_and_what_it_cost(edge: RunningEdge) -> None:
    answer = await edge.post(PATH, ASKED)
    assert answer.json() == {
        "text": "Hello there. It works.",
        "language": "en",
        "duration": 3.5,
        "words": [
            {"text": "Hello", "start": 0, "end": 0.48, "confidence": 0.5},
            {"text": "there.", "start": 0.48, "end": 0.96},
            {"text": "It", "start": 1.1, "end": 1.234},
            {"text": "works.", "start": 1.3, "end": 2},
        ],
        "usage": {"type": "duration", "seconds": 3.5, "cost_in_usd_ticks": 972_222},
    }
    assert answer.headers["x-cost-usd-ticks"] == "972222"
    assert answer.headers["x-cost-basis"] == "price_list"
    assert answer.headers["x-ratelimit-remaining-requests"] == "59"


async def test_speakers_and_channels_are_told_apart(edge: RunningEdge) -> None:
    said = [word("Hi.", 0, 400, speaker="0")]
    channel = Channel(index=1, text="Hi.", words=said)
    edge.voice.transcript = transcript(words=said, channels=[channel], language="")
    answer = (await edge.post(PATH, ASKED)).json()
    words = [{"text": "Hi.", "start": 0, "end": 0.4, "speaker": "0"}]
    assert (answer["words"], answer["language"]) == (words, None)
    assert answer["channels"] == [{"index": 1, "text": "Hi.", "language": None, "words": words}]


TEXT = "Hello there. It works.\n"
SRT = """\
1
00:00:00,000 --> 00:00:00,960
Hello there.

2
00:00:01,100 --> 00:00:02,000
It works.

"""
VTT = """\
WEBVTT

00:00:00.000 --> 00:00:00.960
Hello there.

00:00:01.100 --> 00:00:02.000
It works.

"""


@pytest.mark.parametrize(
    ("response_format", "written"), [("text", TEXT), ("srt", SRT), ("vtt", VTT)]
)
async def test_a_transcript_comes_as_text_too(
    edge: RunningEdge, response_format: str, written: str
) -> None:
    answer = await edge.post(PATH, ASKED | {"response_format": response_format})
    assert answer.text == written
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-cost-usd-ticks"] == "972222"


async def test_verbose_json_has_the_shape_of_openai(edge: RunningEdge) -> None:
    body = ASKED | {
        "response_format": "verbose_json",
        "timestamp_granularities": ["word", "segment"],
    }
    answer = (await edge.post(PATH, body)).json()
    assert (answer["task"], answer["language"], answer["duration"]) == ("transcribe", "en", 3.5)
    assert answer["words"][0] == {"word": "Hello", "start": 0, "end": 0.48, "confidence": 0.5}
    assert answer["segments"] == [
        {"id": 0, "start": 0, "end": 0.96, "text": "Hello there."},
        {"id": 1, "start": 1.1, "end": 2, "text": "It works."},
    ]
    assert answer["usage"]["cost_in_usd_ticks"] == 972_222


async def test_a_charge_that_billing_has_not_taken_is_null(edge: RunningEdge) -> None:
    edge.voice.transcript = transcript(charge=None)
    answer = await edge.post(PATH, ASKED)
    assert answer.json()["usage"]["cost_in_usd_ticks"] is None
    assert "x-cost-usd-ticks" not in answer.headers


@pytest.mark.parametrize("response_format", ["json", "verbose_json", "text", "srt", "vtt"])
async def test_a_failure_is_an_error_with_its_cost(edge: RunningEdge, response_format: str) -> None:
    failure = Failure(reason="PROVIDER_ERROR", message="No transcript came.")
    edge.voice.transcript = transcript(failure=failure)
    answer = await edge.post(PATH, ASKED | {"response_format": response_format})
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "provider_error")
    assert answer.json()["usage"]["cost_in_usd_ticks"] == 972_222
    assert answer.headers["x-cost-usd-ticks"] == "972222"


async def test_what_the_service_refuses_is_an_error(edge: RunningEdge) -> None:
    edge.voice.error = GrokgateError(Reason.INSUFFICIENT_BALANCE, "The balance is too low.")
    answer = await edge.post(PATH, ASKED)
    assert (answer.status_code, answer.json()["error"]["code"]) == (402, "insufficient_balance")


LENGTHS = [
    (0, 0),
    (12, 12_000_000),
    (12.5, 12_500_000),
    ("12", 12_000_000),
    ("0.1234567", 123_457),
    ("1000000", 10**12),
]


@pytest.mark.parametrize(("length", "microseconds"), LENGTHS)
async def test_a_length_is_exact_and_never_shortened(
    edge: RunningEdge, length: Any, microseconds: int
) -> None:
    await edge.post(PATH, ASKED | {"duration_seconds": length})
    assert edge.voice.configs[0].claimed_duration_us == microseconds


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"model": ""}, "model", "missing_parameter"),
    ({"audio_base64": None}, "audio_base64", "missing_parameter"),
    ({"audio_base64": ""}, "audio_base64", "missing_parameter"),
    ({"audio_base64": "AAA"}, "audio_base64", "invalid_value"),
    ({"audio_base64": "AA\nAA"}, "audio_base64", "invalid_value"),
    ({"audio_base64": "data:audio/mp3;base64,AAAA"}, "audio_base64", "invalid_value"),
    ({"audio_base64": "ÄÄÄÄ"}, "audio_base64", "invalid_value"),
    ({"audio_base64": 7}, "audio_base64", "invalid_value"),
    ({"format": "true"}, "format", "invalid_value"),
    ({"duration_seconds": -1}, "duration_seconds", "invalid_value"),
    ({"duration_seconds": "1e3"}, "duration_seconds", "invalid_value"),
    ({"duration_seconds": "NaN"}, "duration_seconds", "invalid_value"),
    ({"duration_seconds": True}, "duration_seconds", "invalid_value"),
    ({"duration_seconds": Decimal("1e999999")}, "duration_seconds", "invalid_value"),
    ({"duration_seconds": 1_000_001}, "duration_seconds", "invalid_value"),
    ({"response_format": "diarized_json"}, "response_format", "invalid_value"),
    ({"timestamp_granularities": "word"}, "timestamp_granularities", "invalid_value"),
    ({"timestamp_granularities": ["day"]}, "timestamp_granularities[0]", "invalid_value"),
    ({"timestamp_granularities": [["word"]]}, "timestamp_granularities[0]", "invalid_value"),
    ({"temperature": Decimal("0.2")}, "temperature", "unsupported_parameter"),
    ({"prompt": "Umm."}, "prompt", "unsupported_parameter"),
    ({"include": ["logprobs"]}, "include", "unsupported_parameter"),
    ({"chunking_strategy": {"type": "server_vad"}}, "chunking_strategy", "unsupported_parameter"),
    ({"file": "AAAA"}, "file", "unsupported_parameter"),
    ({"url": "https://example.com/a.mp3"}, "url", "unsupported_parameter"),
    ({"stream": True}, "stream", "unsupported_operation"),
    ({"voice": "eve"}, "voice", "unknown_parameter"),
]


@pytest.mark.parametrize(("more", "param", "code"), REFUSED)
async def test_a_wrong_field_is_named(more: dict[str, Any], param: str, code: str) -> None:
    with pytest.raises(GrokgateError) as caught:
        await read_transcription(ASKED | more)
    assert (caught.value.param, caught.value.reason.lower()) == (param, code)


@pytest.mark.parametrize(
    "more",
    [
        {"stream": False},
        {"temperature": 0},
        {"temperature": 0.0},
        {"chunking_strategy": "auto"},
        {"prompt": None},
    ],
)
async def test_what_is_without_effect_is_let_pass(edge: RunningEdge, more: dict[str, Any]) -> None:
    assert (await edge.post(PATH, ASKED | more)).status_code == 200
    assert edge.voice.configs == [TranscribeConfig(model="xai/grok-voice-stt")]


async def test_a_wrong_field_is_refused_before_anybody_is_asked(edge: RunningEdge) -> None:
    answer = await edge.post(PATH, ASKED | {"stream": True})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unsupported_operation")
    message = answer.json()["error"]["message"]
    assert message == "Streaming transcription is not served. Leave `stream` out."
    assert edge.voice.configs == []


async def test_of_equal_keys_the_last_counts(edge: RunningEdge) -> None:
    body = msgspec.json.encode(ASKED).replace(b'{"model":"', b'{"model":"other","model":"')
    headers = edge.headers | {"content-type": "application/json"}
    answer = await edge.http.post(PATH, content=body, headers=headers)
    assert (answer.status_code, edge.voice.configs[0].model) == (200, "xai/grok-voice-stt")


async def test_a_body_above_the_limit_is_refused(run: RunEdge) -> None:
    async with run(media_body_limit_bytes=10_000) as edge:
        answer = await edge.post(PATH, ASKED | {"audio_base64": "A" * 20_000})
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")


async def test_a_client_that_leaves_ends_the_call(edge: RunningEdge) -> None:
    edge.voice.answers = asyncio.Event()
    asking = asyncio.create_task(edge.post(PATH, ASKED))
    await edge.voice.has_heard.wait()
    asking.cancel()
    assert await edge.voice.cancelled.wait()


class Upload:
    """A large body in base64, made while it is sent."""

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self.was_sent = asyncio.Event()

    async def body(self) -> AsyncIterator[bytes]:
        yield b'{"model":"xai/grok-voice-stt","audio_base64":"'
        piece = b"QUJD" * (MEGABYTE // 4)
        for _ in range(self.size_bytes * 4 // 3 // MEGABYTE):
            yield piece
        yield b'"}'
        self.was_sent.set()


async def test_a_small_request_does_not_wait_for_a_large_one(edge: RunningEdge) -> None:
    edge.voice.keep_audio = False
    headers = edge.headers | {"content-type": "application/json"}
    upload = Upload(24 * MEGABYTE)
    sending = asyncio.create_task(edge.http.post(PATH, content=upload.body(), headers=headers))
    await upload.was_sent.wait()
    assert (await edge.get("/v1/key")).status_code == 200
    assert not edge.voice.has_heard.is_set()
    assert (await sending).status_code == 200
    assert edge.voice.heard_bytes == 24 * MEGABYTE


async def test_a_large_upload_is_not_held_many_times(edge: RunningEdge) -> None:
    edge.voice.keep_audio = False
    headers = edge.headers | {"content-type": "application/json"}
    await edge.post(PATH, ASKED)
    tracemalloc.start()
    try:
        upload = Upload(24 * MEGABYTE)
        answer = await edge.http.post(PATH, content=upload.body(), headers=headers)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status_code == 200
    assert peak_bytes < 100 * MEGABYTE


@given(st.integers(min_value=0, max_value=10**15 - 1))
def test_times_are_written_as_exact_decimals(microseconds: int) -> None:
    written = msgspec.json.encode(seconds(microseconds)).decode()
    assert Decimal(written) * 1_000_000 == microseconds
