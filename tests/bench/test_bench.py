"""The benchmark measures what it says, and nothing when money or an answer is missing."""

import os
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.bench import questions
from tests.bench.books import BooksError
from tests.bench.load import LoadError, Plan, run_load
from tests.bench.measuring import Load, measure
from tests.bench.processes import cpu_s, memory_bytes
from tests.bench.report import put_into, report_answers, report_streams, report_videos
from tests.bench.videos import VideoPlan, measure_videos
from tests.bench.ways import Way, direct, gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")

_TEXT = questions.text()
_ANSWERS = Load(4, 40, _TEXT)
_POLL_S = 0.2


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def folder() -> AsyncIterator[Path]:
    # A short path: Unix sockets live in it.
    with tempfile.TemporaryDirectory(prefix="gg-") as path:
        yield Path(path)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ways(folder: Path) -> AsyncIterator[tuple[Way, Way]]:
    polls = {
        "GROKGATE_VIDEO_POLL_FIRST_S": str(_POLL_S / 2),
        "GROKGATE_VIDEO_POLL_CEILING_S": str(_POLL_S),
    }
    async with (
        direct() as upstream,
        gateway("one", "all", upstream, folder / "all", polls) as one,
    ):
        yield upstream, one


async def test_every_answer_is_timed_and_charged(ways: tuple[Way, Way]) -> None:
    measurements = await measure(ways, [_ANSWERS], warm_up=_ANSWERS, rounds=1)
    for way in ways:
        taken = measurements[way.name, _ANSWERS]
        assert 0 < taken.p50_ms <= taken.p99_ms
        assert taken.cpu_us > 0
    assert "\n| one | 4 |" in report_answers(measurements)


async def test_speech_is_timed_to_its_first_audio_and_charged(ways: tuple[Way, Way]) -> None:
    spoken = Load(2, 8, questions.speech(5), questions.upstream_speech(5))
    measurements = await measure(ways, [spoken], warm_up=spoken, rounds=1)
    for way in ways:
        taken = measurements[way.name, spoken]
        assert 0 < taken.p50_ms < 1000 * spoken.requests / taken.requests_per_s
    table = report_streams(measurements, "chunk")
    assert "| first chunk p50 ms |" in table
    assert "\n| one | 2 | 5 |" in table


async def test_ends_of_open_videos_are_timed_and_charged(
    ways: tuple[Way, Way], folder: Path
) -> None:
    plan = VideoPlan(
        jobs=20, connections=4, interval_s=_POLL_S, watch_s=0.3, spread_s=0.2, text=_ANSWERS
    )
    taken = await measure_videos(*ways, folder / "all" / "media.sqlite3", plan)
    assert len(taken.delays) == 20
    assert 0 <= min(taken.delays) <= taken.median_delay <= max(taken.delays)
    assert taken.questions_per_s > 0
    assert taken.cpu_share > 0
    assert 0 < taken.memory_before_bytes <= taken.memory_most_bytes
    assert "| charged exactly once | 20 of 20 |" in report_videos(taken)


async def test_books_that_disagree_with_the_answers_end_it(ways: tuple[Way, Way]) -> None:
    upstream, one = ways
    assert upstream.books is None
    assert one.books is not None
    one.books.expect(1, _TEXT.cost_usd_ticks)
    with pytest.raises(BooksError, match="answers cost"):
        await one.books.check()
    await run_load(Plan(one.port, one.api_key, _TEXT, connections=1, requests=1))
    await one.books.check()


async def test_a_refusal_ends_it(ways: tuple[Way, Way]) -> None:
    plan = Plan(ways[1].port, "llmtr-nobody", _TEXT, connections=1, requests=2)
    with pytest.raises(LoadError, match="401"):
        await run_load(plan)


async def test_a_stream_is_timed_to_its_first_piece_and_read_to_its_end(
    ways: tuple[Way, Way],
) -> None:
    asked = questions.streamed_text(5)
    plan = Plan(ways[0].port, "xai-bench", asked, connections=2, requests=4)
    outcome = await run_load(plan)
    assert len(outcome.times_ms) == 4
    assert max(outcome.times_ms) / 1000 < outcome.elapsed_s


async def test_cpu_and_memory_are_those_of_the_process() -> None:
    before_s = time.process_time()
    assert before_s <= cpu_s(os.getpid())
    assert 0 < memory_bytes(os.getpid(), "VmRSS") <= memory_bytes(os.getpid(), "VmHWM")


async def test_the_tables_of_a_part_replace_those_between_its_marks() -> None:
    page = "before\n<!-- bench text -->\nold\n<!-- /bench text -->\nafter\n"
    written = "before\n<!-- bench text -->\n\nnew\n\n<!-- /bench text -->\nafter\n"
    assert put_into(page, "text", "new") == written
    assert put_into(written, "text", "new") == written
    with pytest.raises(ValueError, match="no place"):
        put_into(page, "video", "new")
