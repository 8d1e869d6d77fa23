"""`POST /v1/audio/transcriptions` as a multipart form: the OpenAI libraries', and others."""

import tracemalloc
from typing import Any

import openai
import pytest
from openai.types.audio.transcription import UsageDuration

from grokgate.api.voice.v1.voice_pb2 import TranscribeConfig
from grokgate.chassis.errors import GrokgateError
from grokgate.edge.forms import Form, FormFile
from grokgate.edge.voice.transcription_request import read_transcription_form
from tests.edge.conftest import RunningEdge
from tests.edge.fakes import GOOD_KEY

PATH = "/v1/audio/transcriptions"
MODEL = "xai/grok-voice-stt"
SOUND = b"ID3\x04" + bytes(range(256))
MEGABYTE = 1024 * 1024


def client_of(edge: RunningEdge) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(api_key=GOOD_KEY, base_url=f"{edge.url}/v1")


async def test_the_openai_library_gets_a_transcript(edge: RunningEdge) -> None:
    async with client_of(edge) as client:
        written = await client.audio.transcriptions.create(
            model=MODEL,
            file=("a.mp3", SOUND),
            language="en",
            temperature=0,
            extra_body={"format": True, "duration_seconds": "12.5", "diarize": True},
        )
    assert written.text == "Hello there. It works."
    assert isinstance(written.usage, UsageDuration)
    assert written.usage.seconds == 3.5
    assert written.usage.model_extra == {"cost_in_usd_ticks": 972_222}
    assert edge.voice.heard == SOUND
    assert edge.voice.configs == [
        TranscribeConfig(
            model=MODEL,
            language="en",
            format=True,
            diarize=True,
            claimed_duration_us=12_500_000,
        )
    ]


@pytest.mark.parametrize(
    ("model", "end"), [(b"m", b""), (b"m", b"\r\n--b"), (b"\xe9", b"\r\n--b--\r\n")]
)
async def test_a_form_that_is_cut_or_not_utf_8_is_not_transcribed(
    edge: RunningEdge, model: bytes, end: bytes
) -> None:
    body = (
        b'--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n%s\r\n'
        b'--b\r\ncontent-disposition: form-data; name="model"\r\n\r\n%s%s'
    ) % (SOUND, model, end)
    headers = edge.headers | {"content-type": "multipart/form-data; boundary=b"}
    answer = await edge.http.post(PATH, content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_value")
    assert edge.voice.configs == []


async def test_the_openai_library_gets_words_and_segments(edge: RunningEdge) -> None:
    async with client_of(edge) as client:
        written = await client.audio.transcriptions.create(
            model=MODEL,
            file=SOUND,
            response_format="verbose_json",
            timestamp_granularities=["word", "segment"],
        )
    assert (written.language, written.duration) == ("en", 3.5)
    assert written.words is not None
    first = written.words[0]
    assert (first.word, first.start, first.end) == ("Hello", 0, 0.48)
    assert written.segments is not None
    assert [(each.id, each.text) for each in written.segments] == [
        (0, "Hello there."),
        (1, "It works."),
    ]


@pytest.mark.parametrize(
    ("response_format", "begins"),
    [("text", "Hello there."), ("srt", "1\n00:00:00,000 --> "), ("vtt", "WEBVTT\n\n")],
)
async def test_the_openai_library_gets_texts(
    edge: RunningEdge, response_format: Any, begins: str
) -> None:
    async with client_of(edge) as client:
        written = await client.audio.transcriptions.create(
            model=MODEL, file=SOUND, response_format=response_format
        )
    assert isinstance(written, str)
    assert written.startswith(begins)


async def test_the_openai_library_is_told_that_nothing_is_streamed(edge: RunningEdge) -> None:
    async with client_of(edge) as client:
        with pytest.raises(openai.BadRequestError) as caught:
            await client.audio.transcriptions.create(model=MODEL, file=SOUND, stream=True)
    assert (caught.value.code, caught.value.param) == ("unsupported_operation", "stream")


FILE = FormFile("file", SOUND)
REFUSED: list[tuple[dict[str, str], list[FormFile], str, str]] = [
    ({}, [], "file", "missing_parameter"),
    ({}, [FormFile("file", b"")], "file", "invalid_value"),
    ({}, [FILE, FILE], "file", "invalid_value"),
    ({"file": "AAAA"}, [], "file", "invalid_value"),
    ({"model": ""}, [FILE], "model", "missing_parameter"),
    ({"audio_base64": "AAAA"}, [FILE], "audio_base64", "unsupported_parameter"),
    ({"stream": "true"}, [FILE], "stream", "unsupported_operation"),
    ({"stream": "yes"}, [FILE], "stream", "unsupported_parameter"),
    ({"format": "yes"}, [FILE], "format", "invalid_value"),
    ({"sample_rate": "fast"}, [FILE], "sample_rate", "invalid_value"),
    ({"temperature": "0.2"}, [FILE], "temperature", "unsupported_parameter"),
    ({"temperature": "none"}, [FILE], "temperature", "unsupported_parameter"),
    ({"duration_seconds": "long"}, [FILE], "duration_seconds", "invalid_value"),
    ({"timestamp_granularities[]": "day"}, [FILE], "timestamp_granularities[]", "invalid_value"),
    ({"include[]": "logprobs"}, [FILE], "include[]", "unsupported_parameter"),
    ({"prompt": "Umm."}, [FILE], "prompt", "unsupported_parameter"),
    ({}, [FILE, FormFile("model", b"m")], "model", "invalid_value"),
    ({}, [FILE, FormFile("other", b"o")], "other", "unknown_parameter"),
    ({"other": "1"}, [FILE], "other", "unknown_parameter"),
]


@pytest.mark.parametrize(("more", "files", "param", "code"), REFUSED)
def test_a_wrong_part_is_named(
    more: dict[str, str], files: list[FormFile], param: str, code: str
) -> None:
    with pytest.raises(GrokgateError) as caught:
        read_transcription_form(Form({"model": MODEL} | more, files))
    assert (caught.value.param, caught.value.reason.lower()) == (param, code)


def test_texts_that_stand_for_json_values_are_read() -> None:
    more = {"sample_rate": "8000", "temperature": "0.0", "stream": "false", "format": "false"}
    asked = read_transcription_form(Form({"model": MODEL} | more, [FILE]))
    assert asked.config == TranscribeConfig(model=MODEL, sample_rate=8000)


async def test_a_large_file_arrives_whole_and_is_not_held_many_times(edge: RunningEdge) -> None:
    sound = bytes(range(256)) * (24 * MEGABYTE // 256)
    texts, files = {"model": MODEL}, {"file": ("a.wav", sound)}
    edge.voice.keep_audio = False
    tracemalloc.start()
    try:
        answer = await edge.http.post(PATH, data=texts, files=files, headers=edge.headers)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status_code == 200
    assert edge.voice.heard_bytes == len(sound)
    assert peak_bytes < 100 * MEGABYTE


async def test_without_a_key_no_form_is_read(edge: RunningEdge) -> None:
    answer = await edge.http.post(PATH, files={"file": ("a.wav", SOUND)})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "missing_api_key")
    assert edge.voice.configs == []
