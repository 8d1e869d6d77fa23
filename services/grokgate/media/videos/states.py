"""The states of a video job, and the moves between them that are legal."""

from enum import StrEnum


class State(StrEnum):
    """How far a job is. Each is stored before what it announces is begun."""

    ACCEPTED = "accepted"
    """Its row exists; upstream has not been asked."""
    SUBMITTING = "submitting"
    """Its hold stands, and upstream is being asked to create it, once."""
    POLLING = "polling"
    """Upstream has told its id, and is asked how far it is."""
    OUTCOME_UNKNOWN = "outcome_unknown"
    """Upstream may have created it, but its answer was lost: there is no id to ask about."""
    SUCCEEDED = "succeeded"
    """There is a video."""
    FAILED = "failed"
    """There is none."""
    EXPIRED = "expired"
    """Nobody said what became of it before the hard deadline."""


MOVES: dict[State, frozenset[State]] = {
    State.ACCEPTED: frozenset({State.SUBMITTING, State.FAILED}),
    State.SUBMITTING: frozenset({State.POLLING, State.OUTCOME_UNKNOWN, State.FAILED}),
    State.POLLING: frozenset({State.SUCCEEDED, State.FAILED, State.EXPIRED}),
    State.OUTCOME_UNKNOWN: frozenset({State.EXPIRED}),
    State.SUCCEEDED: frozenset(),
    State.FAILED: frozenset(),
    State.EXPIRED: frozenset(),
}

# No move leads out of these: the job has its verdict.
VERDICTS = frozenset(state for state, following in MOVES.items() if not following)


def check_move(before: State, after: State) -> None:
    """ValueError for a move that is not in the table: a defect of the caller's."""
    if after not in MOVES[before]:
        raise ValueError(f"a video job cannot move from {before} to {after}")
