"""Gateways that outlive a test; each test opens accounts of its own."""

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.launch.running import Running, Terminal, running


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path, since Unix sockets live in it."""
    with tempfile.TemporaryDirectory(prefix="gg-") as name:
        yield Path(name)


@pytest.fixture
def terminal(folder: Path) -> Terminal:
    """Without a gateway."""
    return Terminal(folder / "var")


@pytest.fixture(scope="session")
def gateway() -> Iterator[Running]:
    """In one process."""
    with (
        tempfile.TemporaryDirectory(prefix="gg-") as name,
        running(Path(name) / "var") as gateway,
    ):
        yield gateway


@pytest.fixture(scope="session")
def split() -> Iterator[Running]:
    """One process a service."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    with (
        tempfile.TemporaryDirectory(prefix="gg-") as name,
        running(Path(name) / "var", "split", GROKGATE_PORT=port) as gateway,
    ):
        yield gateway
