"""Upstream's transcripts: what they say, read with suspicion."""

from typing import Any

import msgspec
import pytest

from grokgate.xai.errors import UpstreamError
from grokgate.xai.transcription import Channel, Transcript, Word, read_transcript


def read(**fields: Any) -> Transcript:
    return read_transcript(msgspec.json.encode({"text": "Hi"} | fields))


def length(number: str) -> int | None:
    return read_transcript(f'{{"text":"","duration":{number}}}'.encode()).duration_us


def test_a_transcript_says_all_that_upstream_said() -> None:
    word = {"text": "Hi", "start": 0, "end": 0.5, "confidence": 0.9, "speaker": 2}
    channel = {"index": 0, "text": "Hi", "words": [word]}
    said = Word(text="Hi", start_us=0, end_us=500_000, confidence=0.9, speaker="2")
    found = read(language="en", duration=0.5, words=[word], channels=[channel])
    assert found == Transcript(
        text="Hi",
        language="en",
        duration_us=500_000,
        words=(said,),
        channels=(Channel(index=0, text="Hi", language="", words=(said,)),),
    )


def test_what_upstream_did_not_say_is_not_made_up() -> None:
    silent = Transcript(text="Hi", language="", duration_us=None, words=(), channels=())
    assert read() == silent
    assert read(language=None, duration=None, words=None, channels=None) == silent


@pytest.mark.parametrize(
    ("number", "duration_us"),
    [
        ("12.34", 12_340_000),
        ("0", 0),
        ("86400", 86_400_000_000),
        ("0.1", 100_000),
        ("2.675e0", 2_675_000),
        ("0.0000005", 1),
        ("0.00000049999999999999999999", 0),
        ("12.340000000000000000000000001", 12_340_000),
    ],
)
def test_a_length_is_exact_to_the_microsecond(number: str, duration_us: int) -> None:
    assert length(number) == duration_us


@pytest.mark.parametrize(
    "number", ["-0.1", "86400.1", "1e300", "1e99999", '"12"', "true", "[]", "1" + "0" * 400]
)
def test_what_is_no_length_is_none(number: str) -> None:
    assert length(number) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"text":1}',
        b'{"error":"no"}',
        b'{"text":"","duration":1e999999999999999999999}',
        b'{"text":"","words":[{"text":"x","start":-1,"end":0}]}',
        b'{"text":"","words":[{"text":"x","start":"NaN","end":0}]}',
        b'{"text":"","words":[{"text":"x","start":0,"end":1e30}]}',
        b'{"text":"","words":[{"text":"x"}]}',
        b'{"text":"","channels":[{"index":-1,"text":""}]}',
        b'{"text":"","channels":[{"index":99999999999,"text":""}]}',
    ],
)
def test_what_cannot_be_read_is_a_failure(body: bytes) -> None:
    with pytest.raises(UpstreamError):
        read_transcript(body)
