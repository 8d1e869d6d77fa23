"""Measurements: the same load on every way, in turns, so that a noisy minute meets all alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

import msgspec

from tests.bench.load import LoadError, Outcome, Plan
from tests.bench.processes import cpu_s, start
from tests.bench.questions import Question
from tests.bench.ways import Way


@dataclass(frozen=True, slots=True)
class Load:
    """How many ask how often, and what; `upstream_question` is what upstream itself is asked."""

    connections: int
    requests: int
    question: Question
    upstream_question: Question | None = None

    @property
    def pieces(self) -> int:
        """Of each answer; 0 when it is whole."""
        return self.question.pieces


@dataclass(frozen=True, slots=True)
class Measurement:
    """One way under one load. Times are to the answer, of a stream to its first piece."""

    requests_per_s: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    """CPU of the way's processes for one request, in microseconds."""


Measurements = dict[tuple[str, Load], Measurement]


async def measure(
    ways: Sequence[Way], loads: Sequence[Load], *, warm_up: Load, rounds: int
) -> Measurements:
    """Every way under every load: of each figure the median over the rounds.

    Raises LoadError, or BooksError when a gateway's ledger does not agree at the end.
    """
    for way in ways:
        await ask(way, warm_up)
    taken: dict[tuple[str, Load], list[Measurement]] = {}
    for _ in range(rounds):
        for load in loads:
            for way in ways:
                taken.setdefault((way.name, load), []).append(await _measure_once(way, load))
    for way in ways:
        if way.books is not None:
            await way.books.check()
    return {place: _median(each) for place, each in taken.items()}


async def measure_one(way: Way, load: Load, *, rounds: int) -> Measurement:
    """One way under one load: of each figure the median over the rounds; raises LoadError."""
    return _median([await _measure_once(way, load) for _ in range(rounds)])


async def _measure_once(way: Way, load: Load) -> Measurement:
    before_s = cpu_s(way.pid)
    outcome = await ask(way, load)
    used_s = cpu_s(way.pid) - before_s
    percentiles = quantiles(outcome.times_ms, n=100)
    return Measurement(
        requests_per_s=load.requests / outcome.elapsed_s,
        p50_ms=percentiles[49],
        p99_ms=percentiles[98],
        cpu_us=used_s / load.requests * 1e6,
    )


async def ask(way: Way, load: Load) -> Outcome:
    """The outcome of a load, made by a process of its own; raises LoadError."""
    question = load.question
    if way.books is None:
        question = load.upstream_question or question
    plan = Plan(way.port, way.api_key, question, load.connections, load.requests)
    process = await start("tests.bench.load")
    outcome, _ = await process.communicate(msgspec.json.encode(plan))
    if process.returncode:
        raise LoadError(f"{way.name}: the load broke off; see above")
    if way.books is not None:
        way.books.expect(load.requests, question.cost_usd_ticks)
    return msgspec.json.decode(outcome, type=Outcome)


def _median(measurements: Iterable[Measurement]) -> Measurement:
    each = list(measurements)
    return Measurement(
        requests_per_s=median(one.requests_per_s for one in each),
        p50_ms=median(one.p50_ms for one in each),
        p99_ms=median(one.p99_ms for one in each),
        cpu_us=median(one.cpu_us for one in each),
    )
