"""What a check finds."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one thing; anything but OK says what to do."""

    check: str
    state: State
    message: str


def ok(check: str, message: str) -> Finding:
    """Nothing to do."""
    return Finding(check, State.OK, message)


def warning(check: str, message: str) -> Finding:
    """The gateway runs, but somebody should look."""
    return Finding(check, State.WARNING, message)


def broken(check: str, message: str) -> Finding:
    """Something does not work."""
    return Finding(check, State.BROKEN, message)
