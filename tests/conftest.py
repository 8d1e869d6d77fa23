"""What every test runs under: no setting of the developer's own, above all no key that spends."""

import os
import sys
import threading
from pathlib import Path

import pytest

for _name in list(os.environ):
    if _name == "XAI_API_KEY" or _name.startswith("GROKGATE_"):
        del os.environ[_name]


@pytest.fixture(autouse=True)
def _away_from_the_developers_files(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`.env` and `grokgate.toml` are looked for in the working folder."""
    monkeypatch.chdir(tmp_path_factory.mktemp("cwd"))


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).parents[1]


def pytest_unconfigure() -> None:
    """A connection that a failed test left open has a thread that would keep the run for ever."""
    left = [t for t in threading.enumerate() if not t.daemon and t is not threading.main_thread()]
    if left:
        sys.stderr.write(f"\nleft running: {', '.join(thread.name for thread in left)}\n")
        sys.stderr.flush()
        os._exit(1)
