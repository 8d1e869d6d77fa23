"""The tables of a benchmark, as Markdown."""

import os
import platform
from collections.abc import Callable, Sequence

from tests.bench.measuring import Load, Measurement, Measurements

_BEGIN, _END = "<!-- bench -->\n", "<!-- /bench -->\n"

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
    "deltas each",
    "first delta p50 ms",
    "added ms",
    "p99 ms",
    "CPU µs a delta",
    "of direct",
)

_Cells = Callable[[Load, Measurement, Measurement], list[str]]


def report(measurements: Measurements) -> str:
    """A table of whole answers, one of streams if there were any, and the machine."""
    machine = (
        f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}."
    )
    whole = {place: taken for place, taken in measurements.items() if not place[1].deltas}
    streams = {place: taken for place, taken in measurements.items() if place[1].deltas}
    lines = [*_table(_ANSWERS, whole, _answer), ""]
    if streams:
        lines += [*_table(_STREAMS, streams, _stream), ""]
    return "\n".join([*lines, machine, ""])


def put_into(page: str, tables: str) -> str:
    """The page with the tables between its marks."""
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"The page has no place for the tables: {_BEGIN}{_END}")
    return f"{before}{begin}\n{tables}\n{end}{after}"


def _table(headings: Sequence[str], measurements: Measurements, cells: _Cells) -> list[str]:
    """A row a measurement, told beside the direct way under the same load."""
    rows = [headings, ["---"] + ["---:"] * (len(headings) - 1)]
    for (way, load), taken in sorted(measurements.items(), key=lambda each: each[0][1].connections):
        rows.append([way, *cells(load, taken, measurements["direct", load])])
    return [f"| {' | '.join(row)} |" for row in rows]


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
        str(load.deltas),
        f"{taken.p50_ms:.2f}",
        f"{taken.p50_ms - direct.p50_ms:.2f}",
        f"{taken.p99_ms:.2f}",
        f"{taken.cpu_us / load.deltas:,.1f}",
        f"{taken.cpu_us / direct.cpu_us:.1f} x",
    ]
