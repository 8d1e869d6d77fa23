"""Times that an operator types and reads: RFC 3339, or a span such as `30d`."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import typer

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SPAN = re.compile(r"(\d{1,6})([smhd])", re.ASCII)
_UNIT_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time that was typed: one of its own in Unix milliseconds, or a span away from now."""

    at_ms: int | None = None
    span_ms: int = 0


def read_moment(text: str) -> Moment:
    """What `2026-12-31T12:00:00Z`, `2026-12-31` or `30d` says."""
    if _SPAN.fullmatch(text):
        return Moment(span_ms=read_span_ms(text))
    moment = _read_time(text)
    if moment is None:
        raise typer.BadParameter(
            f"{text!r} is no time: write 2026-12-31T12:00:00Z, 2026-12-31 (UTC) or a span as 30d"
        )
    return Moment((moment - _EPOCH) // timedelta(milliseconds=1))


def read_span_ms(text: str) -> int:
    """Milliseconds of `45s`, `30m`, `24h` or `30d`."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no span such as 30m, 24h or 30d")
    return int(found[1]) * _UNIT_MS[found[2]]


def to_come_ms(moment: Moment, now_ms: int) -> int:
    """Unix milliseconds of a time, or of a span from now on."""
    return now_ms + moment.span_ms if moment.at_ms is None else moment.at_ms


def gone_ms(moment: Moment, now_ms: int) -> int:
    """Unix milliseconds of a time, or of a span ago."""
    return now_ms - moment.span_ms if moment.at_ms is None else moment.at_ms


def shown(unix_ms: int) -> str:
    """A time in UTC, such as `2026-11-21 14:20:13Z`."""
    return f"{_EPOCH + timedelta(milliseconds=unix_ms):%Y-%m-%d %H:%M:%SZ}"


def _read_time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        if _DAY.fullmatch(text):
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):  # no time, or one beyond the year 9999 in UTC
        return None
