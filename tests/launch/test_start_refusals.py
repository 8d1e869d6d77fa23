"""Starts that are refused, each with one line that names the fix."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.launch.running import Terminal

# As on a machine without the extra: no finder finds these packages.
_WITHOUT_OPENTELEMETRY = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "opentelemetry":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hidden())
from grokgate.launch.cli import main
main()
"""


@pytest.mark.parametrize("what", ["all", "billing"])
def test_tracing_without_its_extra_names_the_extra(what: str, folder: Path) -> None:
    settings = {
        "GROKGATE_OTEL_ENABLED": "true",
        "GROKGATE_STATE_DIR": str(folder / "var"),
        "GROKGATE_PORT": "0",
    }
    ended = subprocess.run(
        [sys.executable, "-c", _WITHOUT_OPENTELEMETRY, "serve", what],
        env=os.environ | settings,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    line = "grokgate: GROKGATE_OTEL_ENABLED: OpenTelemetry is missing. Install `grokgate[otel]`.\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", line)


@pytest.mark.parametrize("what", ["all", "split", "billing"])
def test_a_state_folder_too_long_for_a_socket_is_named(what: str, folder: Path) -> None:
    terminal = Terminal(folder / ("x" * 100), GROKGATE_PORT="1")
    ended = subprocess.run(
        [sys.executable, "-m", "grokgate.launch", "serve", what],
        env=os.environ | terminal.environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    [line] = ended.stderr.splitlines()
    assert (ended.returncode, ended.stdout) == (1, "")
    assert line.startswith("grokgate: GROKGATE_STATE_DIR: ")
    assert "at most 107 bytes" in line
