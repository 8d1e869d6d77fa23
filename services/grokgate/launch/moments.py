"""Times that an operator types and reads: RFC 3339, or a span such as `30d`."""

import re
from datetime import UTC, datetime, timedelta

import typer

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SPAN = re.compile(r"(\d{1,6})([smhd])", re.ASCII)
_UNIT_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def span_ms(text: str) -> int:
    """Milliseconds of `45s`, `30m`, `24h` or `30d`."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no span such as 30m, 24h or 30d")
    return int(found[1]) * _UNIT_MS[found[2]]


def to_come_ms(text: str | None, now_ms: int) -> int | None:
    """Unix milliseconds of a time, or of a span from now on; None stays None."""
    return None if text is None else _moment_ms(text, now_ms, 1)


def gone_ms(text: str | None, now_ms: int) -> int | None:
    """Unix milliseconds of a time, or of a span ago; None stays None."""
    return None if text is None else _moment_ms(text, now_ms, -1)


def shown(unix_ms: int) -> str:
    """A time in UTC, such as `2026-11-21 14:20:13Z`."""
    return f"{_EPOCH + timedelta(milliseconds=unix_ms):%Y-%m-%d %H:%M:%SZ}"


def _moment_ms(text: str, now_ms: int, direction: int) -> int:
    if _SPAN.fullmatch(text):
        return now_ms + direction * span_ms(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment and _DAY.fullmatch(text):
        moment = moment.replace(tzinfo=UTC)
    if moment is None or moment.tzinfo is None:
        raise typer.BadParameter(
            f"{text!r} is no time: write 2026-12-31T12:00:00Z, 2026-12-31 (UTC) or a span as 30d"
        )
    return (moment - _EPOCH) // timedelta(milliseconds=1)
