"""The table of moves, against what a job may live through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.media.videos import verdicts
from grokgate.media.videos.job import Job
from grokgate.media.videos.states import MOVES, VERDICTS, State, check_move
from grokgate.xai.errors import UpstreamError, broke_off
from grokgate.xai.usage import ProviderCost
from grokgate.xai.videos import Answer, Done, Failed, Missing, Pending, Unclear
from tests.media.jobs import make_job

NOW_MS = 1_780_000_000_000
ERROR = GrokgateError(Reason.PROVIDER_ERROR, "No.", upstream_started=True)

costs = st.sampled_from([ProviderCost(), ProviderCost(700), ProviderCost(senseless=True)])
answers: st.SearchStrategy[Answer] = st.one_of(
    st.builds(Pending, st.none() | st.integers(0, 100)),
    st.builds(Done, st.just("https://x.test/1.mp4"), st.none() | st.just(5_000_000), costs),
    st.builds(Failed, st.just(ERROR), costs, st.text(max_size=20)),
    st.builds(Missing),
    st.builds(Unclear, st.text(max_size=1000)),
)


@pytest.mark.parametrize("before", State)
@pytest.mark.parametrize("after", State)
def test_only_moves_of_the_table_are_made(before: State, after: State) -> None:
    if after in MOVES[before]:
        check_move(before, after)
    else:
        with pytest.raises(ValueError, match="cannot move"):
            make_job(state=before).move(after)


def test_no_move_leads_back_so_that_nothing_is_asked_for_twice() -> None:
    order = list(State)
    assert all(
        order.index(after) > order.index(before)
        for before, following in MOVES.items()
        for after in following
    )


def test_every_state_has_a_way_to_a_verdict() -> None:
    assert {State.SUCCEEDED, State.FAILED, State.EXPIRED} == VERDICTS
    for state in set(State) - VERDICTS:
        ahead = set(MOVES[state])
        for _ in State:
            ahead |= {after for one in ahead for after in MOVES[one]}
        assert ahead & VERDICTS


@given(st.lists(answers, min_size=1, max_size=30))
def test_a_polling_job_goes_on_until_a_verdict_and_keeps_what_it_knows(told: list[Answer]) -> None:
    job = make_job(state=State.POLLING, upstream_id="up-1", reached_upstream=True)
    missing = 0
    for count, answer in enumerate(told, 1):
        missing = missing + 1 if isinstance(answer, Missing) else 0
        job = verdicts.answered(job, answer, NOW_MS, missing)
        assert job.polls == count
        assert job.upstream_id == "up-1"
        if _is_verdict(answer, missing):
            check_verdict(job, answer)
            return
        assert job.state is State.POLLING
        assert (job.finished_at_ms, job.failure_reason, job.url) == (0, "", "")
        assert len(job.last_error) <= 500


@given(costs, st.booleans(), st.booleans())
def test_a_refused_creation_fails_and_is_listed_unless_its_cost_was_told(
    cost: ProviderCost,
    violation: bool,  # noqa: FBT001  # drawn by Hypothesis
    started: bool,  # noqa: FBT001  # drawn by Hypothesis
) -> None:
    error = GrokgateError(Reason.PROVIDER_ERROR, "No.", upstream_started=started)
    refusal = UpstreamError(error, cost=cost, content_violation=violation)
    job = verdicts.refused(make_job(state=State.SUBMITTING), refusal, NOW_MS)
    assert job.state is State.FAILED
    assert job.reached_upstream is started
    told = cost.usd_ticks is not None or violation
    assert job.to_reconcile is (started and not told)


def test_a_lost_answer_can_only_expire() -> None:
    job = verdicts.lost(make_job(state=State.SUBMITTING), broke_off().alarm)
    assert (job.state, job.reached_upstream) == (State.OUTCOME_UNKNOWN, True)
    job = verdicts.expired(job, NOW_MS)
    assert (job.state, job.to_reconcile, job.finished_at_ms) == (State.EXPIRED, True, NOW_MS)


def _is_verdict(answer: Answer, missing: int) -> bool:
    return isinstance(answer, Done | Failed) or missing >= verdicts.MISSING_CEILING


def check_verdict(job: Job, answer: Answer) -> None:
    assert job.finished_at_ms == NOW_MS
    assert not job.settled
    if isinstance(answer, Done):
        assert (job.state, job.progress) == (State.SUCCEEDED, 100)
        assert job.duration_us == 5_000_000
        assert job.failure_reason == ""
    else:
        assert (job.state, job.failure_reason) == (State.FAILED, "PROVIDER_ERROR")
        assert job.to_reconcile is isinstance(answer, Missing)
    if isinstance(answer, Done | Failed):
        assert job.provider_usd_ticks == answer.cost.usd_ticks
