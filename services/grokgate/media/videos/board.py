"""The jobs that this process works on, and who waits for their end."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from grokgate.media.videos.job import Job


@dataclass(slots=True, eq=False)
class OpenVideo:
    """A job in memory, newer than its row by at most some progress.

    `unsaved` says that its row lacks some; `verdict` is on its way into the row. `interval_s` is
    the latest wait before a question, `missing` how many answers in a row did not know it,
    `retry_s` the latest wait before its ending was sent again. `has_slot` says that its next
    question has its place in the rate. `extended_at_ms` is monotonic.
    """

    job: Job
    unsaved: bool = False
    verdict: Job | None = None
    interval_s: float = 0
    missing: int = 0
    retry_s: float = 0
    has_slot: bool = False
    extended_at_ms: int | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class VideoBoard:
    """By id. A job leaves when billing has taken its ending, or another process its lease."""

    def __init__(self) -> None:
        self._videos: dict[str, OpenVideo] = {}

    def __len__(self) -> int:
        return len(self._videos)

    def __iter__(self) -> Iterator[OpenVideo]:
        return iter(list(self._videos.values()))

    def add(self, job: Job) -> OpenVideo:
        """Begin to know a job."""
        video = self._videos[job.id] = OpenVideo(job)
        return video

    def find(self, job_id: str) -> OpenVideo | None:
        """A job of this process."""
        return self._videos.get(job_id)

    def drop(self, job_id: str) -> None:
        """Know it no more; those who wait for it look into the store."""
        video = self._videos.pop(job_id, None)
        if video is not None:
            video.ended.set()
