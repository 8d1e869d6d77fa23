"""Where video jobs are kept: what every database behind it must do."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from grokgate.media.videos.job import Job
from grokgate.media.videos.states import State


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of one process, by a name of its own, to work on jobs until a time."""

    owner: str
    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page of jobs, newest first. An empty filter filters nothing.

    `outcome_unknown` wants those whose outcome upstream did not tell, or has not told yet though
    nobody can ask it any more.
    """

    limit: int
    after: str = ""
    account_id: str = ""
    states: Collection[State] = ()
    outcome_unknown: bool = False


class VideoStore(Protocol):
    """Jobs and the leases on them. A job that is settled needs, and has, no lease.

    Everything fails with OVERLOADED when the database does; a write has then happened or not.
    """

    async def open(self) -> None:
        """Make ready; raises StartupError."""

    async def close(self) -> None:
        """Let go."""

    async def write(self, jobs: Collection[Job], lease: Lease) -> set[str]:
        """Insert new jobs and replace those whose lease the owner still has, all in one commit.

        The answer is the ids that were written; the others have another owner now.
        """

    async def delete(self, job_id: str, owner: str) -> None:
        """Forget a job of the owner's as if it had never been."""

    async def renew(self, lease: Lease) -> set[str]:
        """Keep what the owner still has; the answer is its ids."""

    async def take(self, lease: Lease, now_ms: int) -> list[Job]:
        """Lease every unsettled job that nobody has a living lease on."""

    async def give_back(self, owner: str) -> None:
        """End all leases of an owner."""

    async def find(self, job_id: str) -> Job | None:
        """A job, whoever works on it."""

    async def page(self, listing: Listing) -> list[Job]:
        """A page of jobs."""
