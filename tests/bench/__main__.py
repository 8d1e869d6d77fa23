"""`make bench`: what the gateway adds to a call, as tables; `--write` puts them into the docs."""

import argparse
import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from tests.bench.measuring import Load, Measurements, measure
from tests.bench.report import put_into, report
from tests.bench.ways import direct, gateway

_ROOT = Path(__file__).parents[2]
_PAGE = _ROOT / "docs" / "benchmarks.md"
_ROUNDS = 5
_WARM_UP = Load(connections=32, requests=1600)
_LOADS = (
    Load(connections=1, requests=800),
    Load(connections=32, requests=3200),
    Load(connections=1, requests=200, deltas=1),
    Load(connections=128, requests=256, deltas=100),
)


async def _measure() -> Measurements:
    # Beside the ledgers of `make run`, so on a real disk: the system's own folder may be memory.
    state = _ROOT / "var"
    state.mkdir(exist_ok=True)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=state)))
        upstream = await stack.enter_async_context(direct())
        together = gateway("one process", "all", upstream, folder / "all")
        split = gateway("split", "split", upstream, folder / "split")
        ways = [upstream] + [await stack.enter_async_context(way) for way in (together, split)]
        return await measure(ways, _LOADS, warm_up=_WARM_UP, rounds=_ROUNDS)


def _main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {_PAGE.name}")
    written = parser.parse_args().write
    tables = report(asyncio.run(_measure()))
    print(tables)  # noqa: T201  # what the command is for
    if written:
        _PAGE.write_text(put_into(_PAGE.read_text(), tables))


if __name__ == "__main__":
    _main()
