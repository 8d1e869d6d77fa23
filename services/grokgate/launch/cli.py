"""The `grokgate` command: the list of its groups."""

import sys
from importlib import metadata
from typing import Annotated

import typer

from grokgate.chassis.errors import GrokgateError, StartupError
from grokgate.launch.commands import (
    account,
    audit,
    credit,
    doctor,
    hold,
    key,
    ledger,
    models,
    serve,
    usage,
    video,
)
from grokgate.launch.commands.groups import new_group

app = new_group("A gateway for xAI's Grok models.")
app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)
app.add_typer(account.group, name="account")
app.add_typer(credit.group, name="credit")
app.add_typer(key.group, name="key")
app.add_typer(hold.group, name="hold")
app.add_typer(video.group, name="video")
app.command("usage")(usage.usage)
app.command("models")(models.models)
app.add_typer(audit.group, name="audit")
app.add_typer(ledger.group, name="ledger")


@app.command("version")
def print_version() -> None:
    """Print the version."""
    typer.echo(metadata.version("grokgate"))


def _print_version(wanted: bool) -> None:  # noqa: FBT001  # as Typer calls it
    if wanted:
        print_version()
        raise typer.Exit


_Version = Annotated[
    bool,
    typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version."),
]


@app.callback()
def _options(*, version: _Version = False) -> None:
    """A gateway for xAI's Grok models."""


def main() -> None:
    """Run the command line; what goes wrong is one line, not a traceback."""
    try:
        app()
    except StartupError as exc:
        _fail(str(exc))
    except GrokgateError as exc:
        _fail(exc.message)


def _fail(line: str) -> None:
    typer.echo(f"grokgate: {line}", err=True)
    sys.exit(1)
