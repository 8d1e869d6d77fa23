"""Many videos open at once in one process: how late their ends are learned, and at what price."""

import asyncio
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx
import msgspec

from tests.bench import questions
from tests.bench.load import LoadError
from tests.bench.measuring import Load, Measurement, ask, measure_one
from tests.bench.processes import cpu_s, memory_bytes
from tests.bench.upstream_videos import END, TALLY, Tally
from tests.bench.ways import Way

_LOOK_EVERY_S = 0.05
_TEXT_ROUNDS = 3
# How many intervals after the last job's end every one must be known.
_PATIENCE_INTERVALS = 20
# Within how many intervals of its end a verdict is to be stored.
GOAL_INTERVALS = 2


@dataclass(frozen=True, slots=True)
class VideoPlan:
    """How many jobs are opened, over how many connections.

    The gateway asks about each every `interval_s` in the end. All being open is watched for
    `watch_s`; their ends are then spread over `spread_s`. `text` is asked before and meanwhile.
    """

    jobs: int
    connections: int
    interval_s: float
    watch_s: float
    spread_s: float
    text: Load


@dataclass(frozen=True, slots=True)
class VideoMeasurement:
    """What was seen. `delays` are from a job's end until its verdict is stored, in intervals.

    `cpu_share` is of one core, while nothing but the jobs keeps the gateway busy.
    """

    plan: VideoPlan
    delays: list[float]
    cpu_share: float
    questions_per_s: float
    memory_before_bytes: int
    memory_open_bytes: int
    memory_most_bytes: int
    text_before: Measurement
    text_beside: Measurement

    @property
    def share_in_goal(self) -> float:
        """The share of the jobs whose verdict was stored in time."""
        return sum(delay <= GOAL_INTERVALS for delay in self.delays) / len(self.delays)

    @property
    def median_delay(self) -> float:
        """In intervals."""
        return median(self.delays)


async def measure_videos(
    upstream: Way, one_process: Way, jobs_file: Path, plan: VideoPlan
) -> VideoMeasurement:
    """Open the jobs, watch, end them, and see when they have ended in the gateway's own file.

    Raises LoadError, or BooksError unless each was charged exactly once.
    """
    assert one_process.books is not None
    pid = one_process.pid
    await ask(one_process, plan.text)
    text_before = await measure_one(one_process, plan.text, rounds=_TEXT_ROUNDS)
    memory_before_bytes = memory_bytes(pid, "VmRSS")
    await ask(one_process, Load(plan.connections, plan.jobs, questions.video()))
    # Until each is asked about as seldom as it ever will be.
    await asyncio.sleep(2 * plan.interval_s)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{upstream.port}") as control:
        cpu_share, questions_per_s = await _watch(control, pid, plan.watch_s)
        text_beside = await measure_one(one_process, plan.text, rounds=_TEXT_ROUNDS)
        memory_open_bytes = memory_bytes(pid, "VmRSS")
        await control.post(END.decode(), content=str(plan.spread_s))
        stored_s = await _stored_s(jobs_file, plan)
        ends_s = (await _tally(control)).ends_s
    await one_process.books.check()
    return VideoMeasurement(
        plan=plan,
        delays=[(stored_s[job] - end_s) / plan.interval_s for job, end_s in ends_s.items()],
        cpu_share=cpu_share,
        questions_per_s=questions_per_s,
        memory_before_bytes=memory_before_bytes,
        memory_open_bytes=memory_open_bytes,
        memory_most_bytes=memory_bytes(pid, "VmHWM"),
        text_before=text_before,
        text_beside=text_beside,
    )


async def _watch(control: httpx.AsyncClient, pid: int, watch_s: float) -> tuple[float, float]:
    """The share of a core, and the questions a second, that the open jobs cost."""
    asked, used_s, started_s = (await _tally(control)).questions, cpu_s(pid), time.monotonic()
    await asyncio.sleep(watch_s)
    elapsed_s, used_s = time.monotonic() - started_s, cpu_s(pid) - used_s
    return used_s / elapsed_s, ((await _tally(control)).questions - asked) / elapsed_s


async def _tally(control: httpx.AsyncClient) -> Tally:
    return msgspec.json.decode((await control.get(TALLY.decode())).content, type=Tally)


async def _stored_s(jobs_file: Path, plan: VideoPlan) -> dict[str, float]:
    """When each job's verdict was first seen in the gateway's file, once all are charged."""
    stored_s: dict[str, float] = {}
    deadline_s = time.monotonic() + plan.spread_s + _PATIENCE_INTERVALS * plan.interval_s
    with closing(sqlite3.connect(f"file:{jobs_file}?mode=ro", uri=True)) as jobs:
        while True:
            rows = jobs.execute(
                "SELECT upstream_id, settled FROM video_jobs WHERE state = 'succeeded'"
            ).fetchall()
            now_s = time.monotonic()
            for job, _ in rows:
                stored_s.setdefault(job, now_s)
            if sum(settled for _, settled in rows) == plan.jobs:
                return stored_s
            if now_s > deadline_s:
                raise LoadError(f"Of {plan.jobs} videos only {len(rows)} have ended.")
            await asyncio.sleep(_LOOK_EVERY_S)
