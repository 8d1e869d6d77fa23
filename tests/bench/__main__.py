"""`make bench`: what the gateway adds to a call, as tables; `--write` puts them into the docs."""

import argparse
import asyncio
import tempfile
from pathlib import Path

from tests.bench.parts import PARTS
from tests.bench.report import machine, put_into

_ROOT = Path(__file__).parents[2]
_PAGE = _ROOT / "docs" / "benchmarks.md"


def _main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "part", nargs="*", help=f"one of {', '.join(PARTS)}; all when none is named"
    )
    parser.add_argument("--write", action="store_true", help=f"put the tables into {_PAGE.name}")
    asked = parser.parse_args()
    if unknown := set(asked.part) - set(PARTS):
        parser.error(f"there is no part {', '.join(unknown)}")
    for part in asked.part or PARTS:
        tables = f"{_measure(part)}\n\n{machine()}"
        print(f"{tables}\n", flush=True)  # noqa: T201  # what the command is for
        if asked.write:
            _PAGE.write_text(put_into(_PAGE.read_text(), part, tables))


def _measure(part: str) -> str:
    # Beside the ledgers of `make run`, so on a real disk: the system's own folder may be memory.
    state = _ROOT / "var"
    state.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=state) as folder:
        return asyncio.run(PARTS[part](Path(folder)))


if __name__ == "__main__":
    _main()
