"""A video job: all that is remembered of it. The prompt is not."""

from typing import Any

import msgspec

from grokgate.chassis.errors import GrokgateError
from grokgate.media.videos.states import VERDICTS, State, check_move


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One row. Times are Unix milliseconds, 0 for never; texts are empty when there is none.

    `upstream_key` names the key that the job was created with. `reached_upstream` says that
    upstream may have billed it. `settled` says that billing has taken the hold's ending; a verdict
    without it is still owed to billing. `to_reconcile` says that nobody told what it cost.
    """

    id: str
    account_id: str
    request_id: str
    model: str
    channel: str
    state: State
    hold_id: str
    created_at_ms: int
    deadline_at_ms: int
    finished_at_ms: int = 0
    duration_us: int
    resolution: str
    aspect_ratio: str
    images_in: int
    upstream_id: str = ""
    upstream_key: str = ""
    reached_upstream: bool = False
    progress: int = 0
    polls: int = 0
    next_poll_at_ms: int = 0
    last_error: str = ""
    url: str = ""
    failure_reason: str = ""
    failure_message: str = ""
    failure_param: str = ""
    provider_usd_ticks: int | None = None
    content_violation: bool = False
    to_reconcile: bool = False
    settled: bool = False
    charge_usd_ticks: int = 0
    charge_basis: int = 0

    @property
    def has_verdict(self) -> bool:
        """Whether it is known, and stored, how the job ended."""
        return self.state in VERDICTS

    def before_its_end(self) -> "Job":
        """The job as if it had no verdict yet."""
        return self.change(
            state=State.POLLING,
            finished_at_ms=0,
            url="",
            failure_reason="",
            provider_usd_ticks=None,
        )

    def move(self, state: State, **changes: Any) -> "Job":
        """The job in its next state; ValueError for a move that is not legal."""
        check_move(self.state, state)
        return msgspec.structs.replace(self, state=state, **changes)

    def change(self, **changes: Any) -> "Job":
        """The job in the same state."""
        return msgspec.structs.replace(self, **changes)

    def fail(self, error: GrokgateError, now_ms: int, **changes: Any) -> "Job":
        """The job, failed for a reason that its owner may be told."""
        return self.end(State.FAILED, now_ms, **_told(error), **changes)

    def expire(self, error: GrokgateError, now_ms: int, **changes: Any) -> "Job":
        """The job, given up; its cost is to be looked up by hand."""
        return self.end(State.EXPIRED, now_ms, to_reconcile=True, **_told(error), **changes)

    def end(self, state: State, now_ms: int, **changes: Any) -> "Job":
        """The job with its verdict."""
        return self.move(state, finished_at_ms=now_ms, next_poll_at_ms=0, **changes)


def _told(error: GrokgateError) -> dict[str, str]:
    return {
        "failure_reason": error.reason,
        "failure_message": error.message,
        "failure_param": error.param,
    }
