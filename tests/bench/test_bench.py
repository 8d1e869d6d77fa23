"""The benchmark measures what it says, and nothing when money or an answer is missing."""

import os
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.bench.books import BooksError
from tests.bench.load import LoadError, Plan, run_load
from tests.bench.measuring import Load, measure
from tests.bench.processes import cpu_s
from tests.bench.report import put_into, report
from tests.bench.ways import Way, direct, gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")

_ANSWERS = Load(connections=4, requests=40)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ways() -> AsyncIterator[tuple[Way, Way]]:
    # A short path: Unix sockets live in it.
    with tempfile.TemporaryDirectory(prefix="gg-") as folder:
        state_dir = Path(folder, "all")
        async with direct() as upstream, gateway("one", "all", upstream, state_dir) as one:
            yield upstream, one


async def test_every_answer_is_timed_and_charged(ways: tuple[Way, Way]) -> None:
    measurements = await measure(ways, [_ANSWERS], warm_up=_ANSWERS, rounds=1)
    for way in ways:
        taken = measurements[way.name, _ANSWERS]
        assert 0 < taken.p50_ms <= taken.p99_ms
        assert taken.cpu_us > 0
    assert "\n| one | 4 |" in report(measurements)


async def test_books_that_disagree_with_the_answers_end_it(ways: tuple[Way, Way]) -> None:
    upstream, one = ways
    with pytest.raises(BooksError, match="answers cost"):
        await measure([one], [], warm_up=Load(1, 1), rounds=0)
    assert upstream.books is None


async def test_a_refusal_ends_it(ways: tuple[Way, Way]) -> None:
    plan = Plan(ways[1].port, "llmtr-nobody", connections=1, requests=2)
    with pytest.raises(LoadError, match="401"):
        await run_load(plan)


async def test_a_stream_is_timed_to_its_first_delta_and_read_to_its_end(
    ways: tuple[Way, Way],
) -> None:
    plan = Plan(ways[0].port, "xai-bench", connections=2, requests=4, deltas=5)
    outcome = await run_load(plan)
    assert len(outcome.times_ms) == 4
    assert max(outcome.times_ms) / 1000 < outcome.elapsed_s


async def test_cpu_is_that_of_the_process() -> None:
    before_s = time.process_time()
    assert before_s <= cpu_s(os.getpid())


async def test_the_tables_replace_those_between_the_marks() -> None:
    page = "before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n"
    assert put_into(page, "new\n") == "before\n<!-- bench -->\n\nnew\n\n<!-- /bench -->\nafter\n"
    with pytest.raises(ValueError, match="no place"):
        put_into("before\n", "new\n")
