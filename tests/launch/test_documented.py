"""Every command is in the operator's manual."""

from pathlib import Path

import typer

from grokgate.launch.cli import app


def commands() -> list[str]:
    root = typer.main.get_command(app)
    found = []
    for name, command in root.commands.items():  # type: ignore[attr-defined]  # a group has them
        inner = getattr(command, "commands", {})
        found += [f"{name} {verb}" for verb in inner] or [name]
    return found


def test_every_command_is_in_the_manual(repository: Path) -> None:
    manual = (repository / "docs" / "operations.md").read_text()
    missing = [command for command in commands() if f"`grokgate {command}" not in manual]
    assert missing == []
    assert len(commands()) > 20
