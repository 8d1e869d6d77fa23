"""Videos in the making."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from grokgate.sandbox.directives import Directive

_KEPT_JOBS = 10_000
_FINISHED = 100


@dataclass(slots=True)
class Job:
    """A video that was ordered. What it costs is decided when it is, and known to no caller yet.

    `polls` counts the times it was asked after.
    """

    id: str
    model: str
    words: str
    seconds: int
    path: str
    created_ms: int
    rendering_ms: int
    cost_usd_ticks: int
    directives: tuple[Directive, ...]
    polls: int = 0

    def progress(self, now_ms: int) -> int:
        """How much of it is made, in percent."""
        passed_ms = now_ms - self.created_ms
        if passed_ms >= self.rendering_ms:
            return _FINISHED
        return max(passed_ms, 0) * _FINISHED // self.rendering_ms

    def is_finished(self, now_ms: int) -> bool:
        """Whether its time is over, however it ended."""
        return self.progress(now_ms) == _FINISHED

    def page(self, now_ms: int) -> dict[str, Any]:
        """As GET /sandbox/videos shows it."""
        return {
            "id": self.id,
            "model": self.model,
            "prompt": self.words,
            "seconds": self.seconds,
            "directives": [directive.name for directive in self.directives],
            "created_at_ms": self.created_ms,
            "progress": self.progress(now_ms),
            "polls": self.polls,
            "cost_usd_ticks": self.cost_usd_ticks,
        }


class Jobs:
    """The latest ten thousand."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()

    def add(self, job: Job) -> None:
        """Keep a job, and forget the oldest if there are too many."""
        self._jobs[job.id] = job
        if len(self._jobs) > _KEPT_JOBS:
            self._jobs.popitem(last=False)

    def find(self, job_id: str) -> Job | None:
        """The job of an id."""
        return self._jobs.get(job_id)

    def entries(self) -> list[Job]:
        """The jobs, oldest first."""
        return list(self._jobs.values())

    def reset(self) -> None:
        """Forget them all."""
        self._jobs.clear()
