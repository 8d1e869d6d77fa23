"""`grokgate doctor`: what is wrong with an installation, and what to do about it."""

from dataclasses import asdict

import typer
import uvloop
from rich.text import Text

from grokgate.chassis.errors import StartupError
from grokgate.launch.checkup import here
from grokgate.launch.checkup.findings import Finding, State, broken, ok
from grokgate.launch.checkup.out import check_services, check_upstream
from grokgate.launch.commands import options
from grokgate.launch.printing import console, print_json, working
from grokgate.launch.settings import read_settings

_STYLES = {State.OK: "green", State.WARNING: "yellow", State.BROKEN: "bold red"}


def doctor(*, as_json: options.AsJson = False) -> None:
    """Check settings, files, secrets, services, xAI's key and prices. Exit code 1 when broken."""
    with working("Checking ..."):
        findings = uvloop.run(_findings())
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        _print(findings)
    if any(finding.state is State.BROKEN for finding in findings):
        raise typer.Exit(1)


async def _findings() -> list[Finding]:
    try:
        settings = read_settings()
    except StartupError as exc:
        return [broken("settings", str(exc))]
    found = (
        *here.check_catalog(settings),
        *here.check_state_folder(settings),
        *here.check_secrets(settings),
        *here.check_ledger(settings),
    )
    services = [
        finding
        async for finding in check_services(settings, in_use=here.ledger_is_in_use(settings))
    ]
    upstream = [finding async for finding in check_upstream(settings)]
    return [ok("settings", "every setting can be used"), *found, *services, *upstream]


def _print(findings: list[Finding]) -> None:
    lines = console()
    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        state = Text(f"{finding.state:8}", style=_STYLES[finding.state])
        lines.print(state, finding.check.ljust(width), "", Text(finding.message))
