"""What can be checked on this machine's disk: catalogue, state folder, secrets, ledger."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from grokgate.billing.ledger_files import known_revisions, ledger_revision
from grokgate.chassis.database import SingleWriter
from grokgate.chassis.errors import StartupError
from grokgate.launch.catalog_files import load_catalog
from grokgate.launch.checkup.findings import Finding, broken, ok, warning
from grokgate.launch.ledger_copies.kept_peppers import check_peppers
from grokgate.launch.printing import counted
from grokgate.launch.secret_store import PAID_SERVICES, SecretStore
from grokgate.launch.settings import Settings

_OTHERS = 0o077


def check_catalog(settings: Settings) -> Iterator[Finding]:
    """Whether the catalogue would be taken at the next start or SIGHUP."""
    try:
        catalog = load_catalog(settings.catalog)
    except StartupError as exc:
        yield broken("catalogue", str(exc))
    else:
        source = f" with {settings.catalog}" if settings.catalog else ""
        yield ok("catalogue", counted(len(catalog.models), "model") + source)


def check_state_folder(settings: Settings) -> Iterator[Finding]:
    """Whether it is there, and its owner's alone."""
    folder = settings.state_dir
    if not folder.is_dir():
        yield warning("state folder", f"{folder} is missing; the first start makes it")
        return
    open_paths = [path for path in (folder, *sorted(folder.rglob("*"))) if _is_open(path)]
    for path in open_paths:
        mode = "700" if path.is_dir() else "600"
        yield broken("state folder", f"{path} is open to other users. Run: chmod {mode} {path}")
    if not open_paths:
        yield ok("state folder", f"{folder} is its owner's alone")


def check_secrets(settings: Settings) -> Iterator[Finding]:
    """Whether every secret can be read and is kept well."""
    store = SecretStore(settings.secrets_path)
    try:
        check_peppers(settings.ledger_path, store)
        if not store.folder.is_dir():
            yield warning("secrets", f"{store.folder} is missing; billing's first start makes it")
            return
        peppers = store.peppers()
        for name in ("admin", *PAID_SERVICES):
            store.token(name)
    except StartupError as exc:
        yield broken("secrets", str(exc))
    else:
        yield ok("secrets", f"in {store.folder}; new keys use pepper {peppers.current_id}")


def check_ledger(settings: Settings) -> Iterator[Finding]:
    """Whether it is in use, or else what the next start would find."""
    path = settings.ledger_path
    if not path.exists():
        yield warning("ledger", f"{path} is missing; billing's first start makes it")
        return
    with _unused(path) as unused:
        found = _revision(path) if unused else ok("ledger", f"{path} is in use")
    yield found


def ledger_is_in_use(settings: Settings) -> bool:
    """Whether a billing process holds the ledger's lock."""
    if not settings.ledger_path.exists():
        return False
    with _unused(settings.ledger_path) as unused:
        return not unused


@contextmanager
def _unused(path: Path) -> Iterator[bool]:
    """Whether nobody uses a ledger; if so, nobody can while the block lasts."""
    with ExitStack() as stack:
        try:
            stack.enter_context(SingleWriter(path))
        except StartupError:
            yield False
        else:
            yield True


def _is_open(path: Path) -> bool:
    try:
        return not path.is_symlink() and bool(path.stat().st_mode & _OTHERS)
    except FileNotFoundError:  # a running gateway's, gone meanwhile
        return False


def _revision(path: Path) -> Finding:
    revision = ledger_revision(path)
    *_, newest = known = known_revisions()
    if revision is None:
        return broken("ledger", f"{path} is no ledger. Restore a backup")
    if revision == newest:
        return ok("ledger", f"{path} is not in use, at revision {revision}")
    if revision in known:
        return warning(
            "ledger", f"{path} is at revision {revision}; the next start brings it to {newest}"
        )
    return broken(
        "ledger",
        f"{path} has revision {revision} of a newer version. Run that version, or restore a backup",
    )
