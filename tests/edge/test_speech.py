"""`POST /v1/audio/speech`: audio as it arrives, and no end that was not one."""

import asyncio
from typing import Any

import httpx
import msgspec
import openai
import pytest

from grokgate.api.voice.v1.voice_pb2 import SpeakRequest
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.fields import Support
from grokgate.edge.voice.fields import SPEECH
from grokgate.edge.voice.speech_request import read_speech
from tests.edge.conftest import RunEdge, RunningEdge
from tests.edge.fake_voice import BROKEN, Pieces, Speech, audio, finished, started
from tests.edge.fakes import GOOD_KEY
from tests.edge.raw_http import HEAD

PATH = "/v1/audio/speech"
HELLO: dict[str, Any] = {"model": "xai/grok-voice-tts", "input": "Merhaba, bu bir örnektir."}
PIECE_BYTES = 256 * 1024


def says(*pieces: Any, then: GrokgateError | None = None) -> Speech:
    async def speak(_: SpeakRequest) -> Pieces:
        for piece in pieces:
            yield piece
        if then is not None:
            raise then

    return speak


async def test_every_field_reaches_the_service(edge: RunningEdge) -> None:
    body = HELLO | {
        "voice": "eve",
        "language": "tr",
        "response_format": "wav",
        "speed": 1.25,
        "sample_rate": 48_000,
        "bit_rate": 64_000,
        "user": "u",
    }
    assert (await edge.post(PATH, body)).status_code == 200
    assert edge.voice.spoken == [
        SpeakRequest(
            model="xai/grok-voice-tts",
            input="Merhaba, bu bir örnektir.",
            voice="eve",
            language="tr",
            audio_format="wav",
            speed=1.25,
            sample_rate=48_000,
            bit_rate=64_000,
            user="u",
        )
    ]


async def test_what_is_not_said_is_left_to_the_service(edge: RunningEdge) -> None:
    await edge.post(PATH, HELLO | {"voice": None, "speed": None})
    assert edge.voice.spoken == [SpeakRequest(**HELLO)]


async def test_the_answer_is_the_audio_with_its_type_and_cost(edge: RunningEdge) -> None:
    answer = await edge.post(PATH, HELLO)
    assert (answer.status_code, answer.content) == (200, b"ID3abc")
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.headers["x-cost-usd-ticks"] == "900000"
    assert answer.headers["x-cost-basis"] == "price_list"
    assert answer.headers["x-ratelimit-remaining-requests"] == "59"
    assert answer.headers["transfer-encoding"] == "chunked"
    assert answer.headers["x-accel-buffering"] == "no"


async def test_the_openai_library_speaks(edge: RunningEdge) -> None:
    async with openai.AsyncOpenAI(api_key=GOOD_KEY, base_url=f"{edge.url}/v1") as client:
        spoken = await client.audio.speech.create(
            **HELLO, voice="eve", speed=1, response_format="mp3", stream_format="audio"
        )
    assert spoken.content == b"ID3abc"


async def test_each_piece_leaves_before_the_next_is_made(edge: RunningEdge) -> None:
    told = asyncio.Event()

    async def speak(_: SpeakRequest) -> Pieces:
        yield started()
        yield audio(b"first")
        await told.wait()
        yield audio(b"second")
        yield finished()

    edge.voice.speech = speak
    async with edge.http.stream("POST", PATH, json=HELLO, headers=edge.headers) as answer:
        pieces = answer.aiter_raw()
        assert await anext(pieces) == b"first"
        told.set()
        assert b"".join([piece async for piece in pieces]) == b"second"


async def test_what_a_browser_might_run_is_only_bytes(edge: RunningEdge) -> None:
    edge.voice.speech = says(started(content_type="text/html"), audio(b"<p>"), finished())
    answer = await edge.post(PATH, HELLO)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_what_the_service_refuses_is_an_error(edge: RunningEdge) -> None:
    words = "The model has no voice `alloy`. It has: ara, eve."
    edge.voice.error = GrokgateError(Reason.INVALID_VALUE, words, param="voice")
    answer = await edge.post(PATH, HELLO | {"voice": "alloy"})
    error = answer.json()["error"]
    assert (answer.status_code, error["param"], error["message"]) == (400, "voice", words)


async def test_a_failure_before_the_first_audio_is_an_error_with_its_cost(
    edge: RunningEdge,
) -> None:
    edge.voice.speech = says(started(), finished(BROKEN))
    answer = await edge.post(PATH, HELLO)
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "provider_error")
    assert answer.json()["usage"] == {"cost_in_usd_ticks": 900_000}
    assert answer.headers["x-cost-usd-ticks"] == "900000"
    assert answer.headers["x-should-retry"] == "false"
    assert answer.headers["content-type"] == "application/json"


async def test_a_failure_that_cost_nothing_tells_of_no_cost(edge: RunningEdge) -> None:
    edge.voice.speech = says(started(charge=None), finished(BROKEN))
    answer = await edge.post(PATH, HELLO)
    assert (answer.status_code, "usage" in answer.json()) == (502, False)
    assert "x-cost-usd-ticks" not in answer.headers


@pytest.mark.parametrize(
    "speech",
    [
        says(started(), audio(b"abc"), finished(BROKEN)),
        says(started(), audio(b"abc"), then=GrokgateError(Reason.PROVIDER_ERROR, "It broke off.")),
        says(started(), audio(b"abc")),
    ],
    ids=["told", "raised", "untold"],
)
async def test_speech_that_breaks_off_is_not_taken_for_whole(
    edge: RunningEdge, speech: Speech
) -> None:
    edge.voice.speech = speech
    with pytest.raises(httpx.RemoteProtocolError):
        await edge.post(PATH, HELLO)
    assert (await edge.get("/healthz")).status_code == 200


async def test_a_client_that_leaves_ends_the_call(edge: RunningEdge) -> None:
    async def speak(_: SpeakRequest) -> Pieces:
        yield started()
        yield audio(b"abc")
        await asyncio.Event().wait()

    edge.voice.speech = speak
    async with edge.http.stream("POST", PATH, json=HELLO, headers=edge.headers) as answer:
        assert await anext(answer.aiter_raw()) == b"abc"
    await edge.voice.cancelled.wait()


async def test_a_client_that_takes_nothing_holds_the_speech_up_and_is_cut_off(
    run: RunEdge,
) -> None:
    pieces = 0

    async def speak(_: SpeakRequest) -> Pieces:
        nonlocal pieces
        yield started()
        while True:
            pieces += 1
            yield audio(bytes(PIECE_BYTES))

    async with run(stall_timeout_s=0.3) as edge:
        edge.voice.speech = speak
        _, writer = await edge.open()
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's transport
        body = msgspec.json.encode(HELLO)
        head = HEAD.replace(b"/v1/responses", PATH.encode())
        writer.write(head + b"content-length: %d\r\n\r\n%b" % (len(body), body))
        await edge.voice.cancelled.wait()
        writer.close()
    assert 1 <= pieces < 400


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"model": None}, "model", "missing_parameter"),
    ({"input": ""}, "input", "missing_parameter"),
    ({"input": ["a"]}, "input", "invalid_value"),
    ({"voice": {"id": "voice_1"}}, "voice", "invalid_value"),
    ({"voice": "x" * 257}, "voice", "invalid_value"),
    ({"response_format": "opus"}, "response_format", "invalid_value"),
    ({"speed": 0.69}, "speed", "invalid_value"),
    ({"speed": 1.51}, "speed", "invalid_value"),
    ({"speed": "1"}, "speed", "invalid_value"),
    ({"sample_rate": 0}, "sample_rate", "invalid_value"),
    ({"sample_rate": 24000.0}, "sample_rate", "invalid_value"),
    ({"bit_rate": 2**31}, "bit_rate", "invalid_value"),
    ({"user": "x" * 513}, "user", "invalid_value"),
    ({"instructions": "Whisper."}, "instructions", "unsupported_parameter"),
    ({"stream_format": "sse"}, "stream_format", "unsupported_parameter"),
    ({"voice_id": "eve"}, "voice_id", "unsupported_parameter"),
    ({"tone": "warm"}, "tone", "unknown_parameter"),
]


@pytest.mark.parametrize(("more", "param", "code"), REFUSED)
def test_a_wrong_field_is_named(more: dict[str, Any], param: str, code: str) -> None:
    with pytest.raises(GrokgateError) as caught:
        read_speech(HELLO | more)
    assert (caught.value.param, caught.value.reason.lower()) == (param, code)


def test_what_is_without_effect_is_let_pass() -> None:
    for name, field in SPEECH.items():
        for value in field.accepted if field.support is Support.WITHOUT_EFFECT else ():
            assert read_speech(HELLO | {name: value}) == SpeakRequest(**HELLO)


async def test_a_wrong_field_is_refused_before_anybody_is_asked(edge: RunningEdge) -> None:
    answer = await edge.post(PATH, HELLO | {"instructions": "Whisper."})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "instructions")
    assert edge.voice.spoken == []


async def test_without_a_key_nothing_is_read(edge: RunningEdge) -> None:
    answer = await edge.http.post(PATH, content=b"{")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "missing_api_key")


async def test_the_voices_are_listed(edge: RunningEdge) -> None:
    answer = await edge.get("/v1/audio/voices")
    assert answer.json() == {
        "object": "list",
        "data": [
            {"id": "ara", "object": "voice", "model": "xai/grok-voice-tts", "default": False},
            {"id": "eve", "object": "voice", "model": "xai/grok-voice-tts", "default": True},
        ],
    }
    assert (await edge.http.get("/v1/audio/voices")).status_code == 401
