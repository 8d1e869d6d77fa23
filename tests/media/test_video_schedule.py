"""When jobs are due, and how fast they may be asked about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokgate.media.videos.schedule import Pace, Schedule


@given(st.lists(st.tuples(st.text(min_size=1), st.integers(0, 1000)), unique_by=lambda job: job[0]))
def test_jobs_come_in_the_order_of_their_times(jobs: list[tuple[str, int]]) -> None:
    schedule = Schedule[str]()
    due_ms = dict(jobs)
    for job_id, due in due_ms.items():
        schedule.put(job_id, due)
    taken = [schedule.take(1000) for _ in jobs]
    assert [due_ms[job_id] for job_id in taken if job_id] == sorted(due_ms.values())
    assert schedule.take(1000) is None
    assert schedule.next_due_ms is None


def test_nothing_comes_before_its_time() -> None:
    schedule = Schedule[str]()
    assert schedule.put("a", 500)
    assert schedule.put("b", 400)
    assert not schedule.put("c", 600)
    assert schedule.take(399) is None
    assert schedule.next_due_ms == 400
    assert schedule.take(400) == "b"


@pytest.mark.parametrize("per_second", [1, 20, 400])
def test_no_second_sees_more_than_the_rate(per_second: int) -> None:
    pace = Pace(per_second)
    slots = [pace.reserve(0) for _ in range(3 * per_second)]
    for second in range(3):
        assert sum(1000 * second <= slot < 1000 * (second + 1) for slot in slots) == per_second


def test_time_that_was_not_used_is_not_saved_up() -> None:
    pace = Pace(10)
    pace.reserve(0)
    assert [pace.reserve(60_000) for _ in range(3)] == [60_000, 60_100, 60_200]


def test_a_pause_leaves_its_slots_free() -> None:
    pace = Pace(10)
    pace.pause(5000)
    assert pace.reserve(0) == 5000
    pace.pause(1000)
    assert pace.reserve(0) == 5100
