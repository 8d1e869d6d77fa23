"""Rooms import downwards only: the contracts in pyproject.toml, as a test."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_no_room_imports_sideways_or_up() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_every_folder_of_a_root_is_a_room() -> None:
    for root in ("services", "gateway_http"):
        package = ROOT / root / "grokgate"
        assert not (package / "__init__.py").exists()
        rooms = [path for path in package.iterdir() if path.is_dir() and path.name[0] != "_"]
        assert rooms
        assert [room.name for room in rooms if not (room / "__init__.py").exists()] == []
