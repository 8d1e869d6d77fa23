"""`grokgate ledger`: its soundness, backups and restores."""

from pathlib import Path
from typing import Annotated

import typer
import uvloop

from grokgate.api.billing.v1.admin_pb2 import VerifyLedgerRequest, VerifyLedgerResponse
from grokgate.billing.commands import Verification
from grokgate.billing.ledger_files import check_ledger, copy_ledger
from grokgate.chassis.clock import SystemClock
from grokgate.chassis.database import SingleWriter
from grokgate.chassis.errors import GrokgateError, StartupError
from grokgate.launch.commands import options
from grokgate.launch.commands.groups import new_group
from grokgate.launch.desk import open_desk
from grokgate.launch.ledger_copies.backups import new_backup
from grokgate.launch.ledger_copies.database_files import copy_database, damage
from grokgate.launch.ledger_copies.restoring import Restore
from grokgate.launch.printing import counted, print_json, print_note, progress, working
from grokgate.launch.reaching import NobodyAnswersError
from grokgate.launch.settings import LEDGER_FILE, Settings, read_settings

group = new_group("Verify, back up and restore the ledger.")


@group.command()
def verify(*, service: options.Service = None, as_json: options.AsJson = False) -> None:
    """Replay every transfer of the running gateway's ledger and check that all sums agree."""
    try:
        with open_desk(service) as desk, working("Replaying every transfer ..."):
            found = desk.ask(
                lambda admin: admin.VerifyLedger, VerifyLedgerRequest(), timeout_s=None
            )
    except (StartupError, GrokgateError) as exc:
        raise StartupError(f"the ledger was not verified: {exc}") from exc
    _tell(found, as_json=as_json)


@group.command()
def backup(
    folder: Annotated[Path, options.folder_argument("A new folder.")],
    *,
    service: options.Service = None,
    as_json: options.AsJson = False,
) -> None:
    """Copy ledger, video jobs and secrets into a new folder, whether the gateway runs or not."""
    settings = read_settings()
    with new_backup(settings, folder) as draft:
        # Before the ledger: a job that was settled between the two copies is settled again, which
        # changes nothing. The other way round it would count as settled where its hold is open.
        jobs = draft / settings.jobs_path.name
        if settings.jobs_path.exists():
            copy_database(settings.jobs_path, jobs)
            if problem := damage(jobs):
                raise StartupError(f"{settings.jobs_path} is damaged: {problem}.")
        ledger = draft / LEDGER_FILE
        _copy(settings, service, ledger)
        with working("Verifying the backup ..."):
            found = uvloop.run(check_ledger(ledger))
    _tell(found, as_json=as_json)
    if not as_json:
        typer.echo(f"The backup is in {folder}. It holds every secret: guard it.")
        if not settings.jobs_path.exists():
            print_note(f"It holds no video jobs: {settings.jobs_path} is missing.")


@group.command()
def restore(
    folder: Annotated[Path, options.folder_argument("A backup.")],
    *,
    force: Annotated[
        bool,
        typer.Option("--force", help="Move aside the ledger, jobs and secrets that are there."),
    ] = False,
    operator: options.Operator,
    as_json: options.AsJson = False,
) -> None:
    """Put a backup in force while no gateway runs, after verifying it."""
    replacing = Restore(read_settings(), folder, SystemClock().now_ms())
    with working("Verifying the backup ..."):
        found = replacing.run(operator, force=force)
    _tell(found, as_json=as_json)
    if not as_json:
        typer.echo(f"The backup {folder} is in force.")
        if replacing.aside.exists():
            typer.echo(f"What it replaced is in {replacing.aside}.")


def _copy(settings: Settings, service: options.Service, path: Path) -> None:
    """The running gateway's ledger; the file's, under its lock, when no gateway runs."""
    try:
        with open_desk(service) as desk, progress("Copying the ledger") as tell:
            desk.copy_ledger(path, tell)
    except NobodyAnswersError:
        if service is not None:
            raise
        if not settings.ledger_path.exists():
            raise StartupError(f"there is no ledger in {settings.state_dir}.") from None
        with SingleWriter(settings.ledger_path), working("Copying the ledger ..."):
            uvloop.run(copy_ledger(settings.ledger_path, path))


def _tell(found: Verification | VerifyLedgerResponse, *, as_json: bool) -> None:
    """What was verified; raises StartupError when the ledger is not sound."""
    problems = list(found.problems)
    counts = {
        "transfers": found.transfers,
        "accounts": found.accounts,
        "holds": found.holds,
    }
    if as_json:
        print_json({**counts, "problems": problems})
    else:
        read = ", ".join(counted(number, what.removesuffix("s")) for what, number in counts.items())
        typer.echo(f"Read: {read}.")
        for problem in problems:
            typer.echo(f"- {problem}", err=True)
    if problems:
        raise StartupError(f"the ledger is not sound: {counted(len(problems), 'problem')}.")
    if not as_json:
        typer.echo("The ledger is sound.")
