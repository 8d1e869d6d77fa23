"""Where transcripts are cut, and how subtitles are written."""

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from grokgate.api.voice.v1.voice_pb2 import Channel, TranscribeResponse, Word
from grokgate.edge.voice.cues import (
    CUE_MAX_US,
    LINE_MAX_CHARACTERS,
    LINES_MAX,
    PAUSE_US,
    cut_into_cues,
)
from grokgate.edge.voice.subtitles import subrip, web_vtt
from tests.edge.fake_voice import transcript, word


def lines_of(written: TranscribeResponse) -> list[list[str]]:
    return [cue.lines for cue in cut_into_cues(written)]


def spoken(*texts: str, step_ms: int = 300) -> list[Word]:
    """Words one after another without a pause."""
    return [word(text, n * step_ms, (n + 1) * step_ms) for n, text in enumerate(texts)]


def test_a_cue_ends_where_a_sentence_does() -> None:
    texts = ["“Is", "it?”", "It", "is.", "Version", "3.5", "works"]
    assert lines_of(transcript(words=spoken(*texts))) == [
        ["“Is it?”"],
        ["It is."],
        ["Version 3.5 works"],
    ]


def test_a_cue_ends_at_a_pause() -> None:
    words = [word("one", 0, 300), word("two", 900, 1200), word("three", 1900, 2000)]
    assert lines_of(transcript(words=words)) == [["one two"], ["three"]]


def test_a_cue_ends_when_another_speaks() -> None:
    words = [word("Yes", 0, 300, speaker="0"), word("no", 300, 600, speaker="1")]
    assert lines_of(transcript(words=words)) == [["Yes"], ["no"]]


def test_a_long_sentence_fills_two_lines_and_goes_on() -> None:
    cues = cut_into_cues(transcript(words=spoken(*["longish"] * 12, step_ms=100)))
    assert [cue.lines for cue in cues] == [[" ".join(["longish"] * 5)] * 2, ["longish longish"]]
    assert [(cue.start_us, cue.end_us) for cue in cues] == [
        (0, 1_000_000),
        (1_000_000, 1_200_000),
    ]


def test_a_word_that_is_too_long_has_a_line_to_itself() -> None:
    assert lines_of(transcript(words=spoken("a", "b" * 50, "c"))) == [["a", "b" * 50], ["c"]]


def test_a_language_without_spaces_is_written_without() -> None:
    written = transcript(
        text="今日は晴れです。明日も。", words=spoken("今日は", "晴れです。", "明日も。")
    )
    assert lines_of(written) == [["今日は晴れです。"], ["明日も。"]]


def test_channels_are_cut_apart_and_shown_together() -> None:
    channels = [
        Channel(index=0, text="How are you?", words=spoken("How", "are", "you?")),
        Channel(
            index=1, text="Fine thanks.", words=[word("Fine", 400, 500), word("thanks.", 500, 600)]
        ),
    ]
    assert lines_of(transcript(channels=channels)) == [["How are you?"], ["Fine thanks."]]


def test_without_words_there_is_one_cue_over_everything() -> None:
    written = transcript(words=[], text="Hello\n\nthere. It works.")
    [cue] = cut_into_cues(written)
    assert (cue.start_us, cue.end_us) == (0, 3_500_000)
    assert cue.lines == ["Hello there. It works."]


def test_silence_has_no_cues() -> None:
    silence = transcript(words=[], text=" ")
    assert (subrip(silence), web_vtt(silence)) == ("", "WEBVTT\n\n")


def test_what_a_player_might_take_for_markup_is_escaped() -> None:
    written = transcript(words=spoken("<b>", "-->", "&"), text="<b> --> &")
    assert web_vtt(written).endswith(" --> 00:00:00.900\n&lt;b&gt; --&gt; &amp;\n\n")


def test_no_word_ends_a_cue_by_its_line_breaks() -> None:
    written = transcript(words=spoken("one\n\n2\n00:00:00,000", "\n", "two"))
    assert subrip(written) == "1\n00:00:00,000 --> 00:00:00,900\none 2 00:00:00,000 two\n\n"


def test_hours_are_counted_on() -> None:
    written = transcript(
        words=[Word(text="late", start_us=360_000_999_999, end_us=360_001_500_000)]
    )
    assert subrip(written) == "1\n100:00:00,999 --> 100:00:01,500\nlate\n\n"


TEXTS = st.text("abc.?<", min_size=1, max_size=LINE_MAX_CHARACTERS)
SPANS = st.tuples(
    TEXTS, st.integers(0, 2 * PAUSE_US), st.integers(0, CUE_MAX_US), st.sampled_from(["0", "1"])
)


@given(st.lists(SPANS, max_size=40))
def test_cues_are_short_and_nothing_is_lost(spans: list[tuple[str, int, int, str]]) -> None:
    words, now_us = [], 0
    for text, pause_us, length_us, speaker in spans:
        start_us = now_us + pause_us
        now_us = start_us + length_us
        words.append(Word(text=text, start_us=start_us, end_us=now_us, speaker=speaker))
    written = transcript(words=words, text="a b")
    cues = cut_into_cues(written) if words else []
    shown = " ".join(line for cue in cues for line in cue.lines).split(" ")
    assert shown == [each.text for each in words] or not words
    for cue in cues:
        assert 1 <= len(cue.lines) <= LINES_MAX
        assert all(len(line) <= LINE_MAX_CHARACTERS for line in cue.lines)
        assert 0 <= cue.end_us - cue.start_us <= CUE_MAX_US
    assert all(a.end_us <= b.start_us for a, b in pairwise(cues))
    times = re.findall(r"^(\S+) --> (\S+)$", subrip(written), re.MULTILINE)
    assert len(times) == len(cut_into_cues(written))
