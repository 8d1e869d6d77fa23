"""The catalogue's files: the built-in one and the operator's."""

from importlib.resources import files
from pathlib import Path

from grokgate.catalog.models import Catalog, parse_catalog
from grokgate.chassis.errors import StartupError


def load_catalog(overlay: Path | None) -> Catalog:
    """The catalogue with the models of every channel.

    Raises StartupError naming the file, entry or field at fault.
    """
    base = (files("grokgate.catalog") / "models.toml").read_text()
    try:
        return parse_catalog(base, overlay.read_text() if overlay else "")
    except (OSError, UnicodeDecodeError) as exc:
        raise StartupError(f"catalogue: cannot read {overlay}: {exc}") from exc
