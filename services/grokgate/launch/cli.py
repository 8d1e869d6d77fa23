"""The `grokgate` command: the list of its groups."""

import sys
from importlib.metadata import version

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
)

app = typer.Typer(
    help="A gateway for xAI's Grok models.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)
app.add_typer(account.group, name="account")
app.add_typer(credit.group, name="credit")
app.add_typer(key.group, name="key")
app.add_typer(hold.group, name="hold")
app.command("usage")(usage.usage)
app.command("models")(models.models)
app.add_typer(audit.group, name="audit")
app.add_typer(ledger.group, name="ledger")


@app.command("version")
def print_version() -> None:
    """Print the version."""
    typer.echo(version("grokgate"))


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
