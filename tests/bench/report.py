"""What was measured, as Markdown."""

import os
import platform
from collections.abc import Callable, Sequence

from tests.bench.measuring import Load, Measurement, Measurements
from tests.bench.videos import GOAL_INTERVALS, VideoMeasurement

_ANSWERS = (
    "way",
    "connections",
    "requests/s",
    "of direct",
    "p50 ms",
    "p99 ms",
    "CPU µs a request",
    "of direct",
)
_STREAMS = (
    "way",
    "streams at once",
    "{piece}s each",
    "first {piece} p50 ms",
    "added ms",
    "p99 ms",
    "CPU µs a {piece}",
    "of direct",
)
_MIB = 1024 * 1024

_Cells = Callable[[Load, Measurement, Measurement], list[str]]


def report_answers(measurements: Measurements) -> str:
    """A table of the answers that came whole."""
    whole = {place: taken for place, taken in measurements.items() if not place[1].pieces}
    return _measured(_ANSWERS, whole, _answer)


def report_streams(measurements: Measurements, piece: str) -> str:
    """A table of the streams; `piece` is what they consist of."""
    streams = {place: taken for place, taken in measurements.items() if place[1].pieces}
    return _measured([heading.format(piece=piece) for heading in _STREAMS], streams, _stream)


def report_videos(taken: VideoMeasurement) -> str:
    """A table of what many open videos cost."""
    before, beside = taken.text_before, taken.text_beside
    ratio = beside.p50_ms / before.p50_ms
    rows = [
        ("polling interval", f"{taken.plan.interval_s:g} s"),
        ("verdict stored after a video's end, median", _intervals(taken.median_delay)),
        ("— longest", _intervals(max(taken.delays))),
        (f"— within {GOAL_INTERVALS} intervals", f"{taken.share_in_goal:.2%}"),
        ("questions/s", f"{taken.questions_per_s:,.0f}"),
        ("CPU, of one core", f"{taken.cpu_share:.0%}"),
        ("memory before", _mebibytes(taken.memory_before_bytes)),
        ("— with all open", _mebibytes(taken.memory_open_bytes)),
        ("— the most until all had ended", _mebibytes(taken.memory_most_bytes)),
        ("a text call before, p50 and p99", f"{before.p50_ms:.2f} and {before.p99_ms:.2f} ms"),
        ("— with all open", f"{beside.p50_ms:.2f} and {beside.p99_ms:.2f} ms ({ratio:.1f} x)"),
        ("charged exactly once", f"{len(taken.delays):,} of {taken.plan.jobs:,}"),
    ]
    return _table((f"{taken.plan.jobs:,} videos open in one process", ""), rows)


def machine() -> str:
    """Where it was measured."""
    return (
        f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}."
    )


def put_into(page: str, part: str, tables: str) -> str:
    """The page with the tables between the part's marks."""
    begin_mark, end_mark = f"<!-- bench {part} -->\n", f"<!-- /bench {part} -->\n"
    before, begin, rest = page.partition(begin_mark)
    _, end, after = rest.partition(end_mark)
    if not begin or not end:
        raise ValueError(f"The page has no place for the tables: {begin_mark}{end_mark}")
    return f"{before}{begin}\n{tables}\n\n{end}{after}"


def _measured(headings: Sequence[str], measurements: Measurements, cells: _Cells) -> str:
    """A row a measurement, told beside the direct way under the same load."""
    ordered = sorted(measurements.items(), key=lambda each: each[0][1].connections)
    rows = [
        (way, *cells(load, taken, measurements["direct", load])) for (way, load), taken in ordered
    ]
    return _table(headings, rows)


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    ruled = [headings, ["---"] + ["---:"] * (len(headings) - 1), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in ruled)


def _answer(load: Load, taken: Measurement, direct: Measurement) -> list[str]:
    return [
        str(load.connections),
        f"{taken.requests_per_s:,.0f}",
        f"{taken.requests_per_s / direct.requests_per_s:.1%}",
        f"{taken.p50_ms:.2f}",
        f"{taken.p99_ms:.2f}",
        f"{taken.cpu_us:,.0f}",
        f"{taken.cpu_us / direct.cpu_us:.1f} x",
    ]


def _stream(load: Load, taken: Measurement, direct: Measurement) -> list[str]:
    return [
        str(load.connections),
        str(load.pieces),
        f"{taken.p50_ms:.2f}",
        f"{taken.p50_ms - direct.p50_ms:.2f}",
        f"{taken.p99_ms:.2f}",
        f"{taken.cpu_us / load.pieces:,.1f}",
        f"{taken.cpu_us / direct.cpu_us:.1f} x",
    ]


def _intervals(delay: float) -> str:
    return f"{delay:.2f} intervals"


def _mebibytes(size_bytes: int) -> str:
    return f"{size_bytes / _MIB:.0f} MiB"
