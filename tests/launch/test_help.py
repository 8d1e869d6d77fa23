"""What every command says of itself, on a terminal of 80 columns."""

import pytest

from tests.launch.running import Terminal
from tests.launch.test_documented import commands

PAGES = ["", *sorted({command.split()[0] for command in commands()} | set(commands()))]


@pytest.mark.parametrize("page", PAGES)
def test_every_help_can_be_read_to_its_end(
    page: str, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    told = terminal.text(*page.split(), "--help")
    assert max(map(len, told.splitlines())) <= 80
    assert "\N{HORIZONTAL ELLIPSIS}" not in told
    assert "..." not in told.replace("[ARGS]...", "")


def test_a_command_is_listed_with_its_whole_sentence(terminal: Terminal) -> None:
    told = " ".join(terminal.text("--help").split())
    assert "at the price list in USD." in told
    assert terminal.run("--help").code == 0


def test_the_version_is_an_option_too(terminal: Terminal) -> None:
    assert terminal.text("--version") == terminal.text("version") != ""
