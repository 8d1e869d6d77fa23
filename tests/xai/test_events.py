"""The event parser: whatever the bytes are cut into, the events are the same."""

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from grokgate.chassis.errors import Reason
from grokgate.xai.errors import UpstreamError
from grokgate.xai.events import EventParser


def parse(*pieces: bytes, ceiling_bytes: int = 1000) -> list[bytes]:
    parser = EventParser(ceiling_bytes)
    return [event for piece in pieces for event in parser.feed(piece)]


def plainly_parsed(stream: bytes) -> list[bytes]:
    """What the standard says, said again without regard to speed or pieces."""
    text = re.sub(rb"\r\n|\r", b"\n", stream.removeprefix(b"\xef\xbb\xbf"))
    events: list[bytes] = []
    data: list[bytes] = []
    for line in text.split(b"\n")[:-1]:
        if not line:
            events.append(b"\n".join(data))
            data = []
        elif line == b"data":
            data.append(b"")
        elif line.startswith(b"data:"):
            data.append(re.sub(rb"^ ", b"", line[5:]))
    return [event for event in events if event not in {b"", b"[DONE]"}]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_line_ending_of_the_standard_ends_a_line(end: bytes) -> None:
    assert parse(end.join([b"data: 1", b"", b"data: 2", b"", b""])) == [b"1", b"2"]


def test_an_event_comes_with_the_byte_that_ends_it() -> None:
    parser = EventParser()
    assert parser.feed(b"data: 1\r\r") == [b"1"]
    assert parser.feed(b"\ndata: 2\n\r") == [b"2"]
    assert parser.feed(b"\ndata: 3\n") == []
    assert parser.feed(b"\n") == [b"3"]


def test_what_arrives_together_comes_out_together() -> None:
    assert EventParser().feed(b"data: 1\n\ndata: 2\n\ndata: 3") == [b"1", b"2"]


def test_lines_of_data_are_joined_and_other_fields_left_out() -> None:
    stream = b": comment\nevent: x\nid: 7\nretry: 5\ndata: a\ndatafile: b\ndata:  c\ndata:d\n\n"
    assert parse(stream) == [b"a\n c\nd"]


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    assert parse(b"\xef", b"\xbb\xbfdata", b": 1\n\n") == [b"1"]


def test_the_done_mark_empty_events_and_an_unfinished_one_are_no_events() -> None:
    assert parse(b"data: 1\n\ndata:\n\n\n\ndata: [DONE]\n\ndata: 2\n") == [b"1"]


@pytest.mark.parametrize(
    "pieces", [[b"data: " + b"x" * 95], [b"data: " + b"x" * 50 + b"\n"] * 2, [b"x" * 10] * 11]
)
def test_an_event_above_the_ceiling_is_an_error(pieces: list[bytes]) -> None:
    with pytest.raises(UpstreamError) as caught:
        parse(*pieces, ceiling_bytes=99)
    assert caught.value.error.reason is Reason.PROVIDER_ERROR


def test_the_ceiling_is_for_one_event_and_not_for_the_stream() -> None:
    assert (
        len(parse(*[b": ping\n", b"data: " + b"x" * 50 + b"\n\n"] * 100, ceiling_bytes=99)) == 100
    )


_LINES = st.sampled_from(
    [
        b"",
        b"data",
        b"data: {}",
        b"data:x",
        b"data:  y",
        b": c",
        b"event: e",
        b"data: [DONE]",
        b"\xff",
    ]
)
_ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])


@given(
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.lists(st.tuples(_LINES, _ENDS), max_size=30),
    st.lists(st.integers(0, 200), max_size=30),
)
@example(mark=b"\xef\xbb\xbf", lines=[(b"data: 1", b"\r\n"), (b"", b"\r\n")], cuts=list(range(20)))
def test_any_pieces_give_the_events_of_the_whole(
    mark: bytes, lines: list[tuple[bytes, bytes]], cuts: list[int]
) -> None:
    stream = mark + b"".join(line + end for line, end in lines)
    places = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(places)]
    assert parse(*pieces) == parse(stream) == plainly_parsed(stream)


@given(st.binary(max_size=300), st.integers(1, 20))
def test_arbitrary_bytes_are_read_alike_in_any_pieces(stream: bytes, size: int) -> None:
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert parse(*pieces) == parse(stream) == plainly_parsed(stream)
