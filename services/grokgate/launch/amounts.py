"""Amounts that an operator types, as exact integers that fit where they go."""

import re
from collections.abc import Callable
from decimal import Decimal

import typer

from grokgate.billing.operators import MOST_MULTIPLIER_PPM
from grokgate.billing.refusals import MOST_USD_TICKS
from grokgate.edge.money import TICKS_PER_USD

ONE_PPM = 1_000_000

# More digits than any range has, and fewer than Python refuses.
_WHOLE = re.compile(r"-?\d{1,20}", re.ASCII)
_DECIMAL = re.compile(r"([+-]?)(\d+)(?:\.(\d+))?", re.ASCII)
_MOST_DIGITS = 20


def whole(least: int, most: int) -> Callable[[str | int], int]:
    """How an integer from `least` to `most`, both included, is read; a default comes as one."""

    def read(given: str | int) -> int:
        text = str(given)
        if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
            raise typer.BadParameter(f"{text!r} is not a whole number from {least} to {most}")
        return int(text)

    return read


def usd_ticks(text: str) -> int:
    """Ticks of an amount such as `12.50` or `-0.25`."""
    wanted = "an amount in USD such as 12.50"
    return _scaled(text, TICKS_PER_USD, -MOST_USD_TICKS, MOST_USD_TICKS, wanted)


def multiplier_ppm(text: str) -> int:
    """Parts per million of a factor such as `1.2`."""
    return _scaled(text, ONE_PPM, 1, MOST_MULTIPLIER_PPM, "a factor such as 1.2")


def shown_multiplier(ppm: int) -> str:
    """A factor for people: `1`, `1.2`."""
    whole_part, rest = divmod(ppm, ONE_PPM)
    return f"{whole_part}.{rest:06d}".rstrip("0").rstrip(".")


def _scaled(text: str, scale: int, least: int, most: int, wanted: str) -> int:
    places = len(str(scale)) - 1
    value = _scaled_exactly(text, scale, places)
    if value is None or not least <= value <= most:
        lowest, highest = (f"{(Decimal(one) / scale).normalize():f}" for one in (least, most))
        raise typer.BadParameter(
            f"{text!r} {_wrong(value, most)} {wanted}, from {lowest} to {highest} with at most "
            f"{places} decimals"
        )
    return value


def _wrong(value: int | None, most: int) -> str:
    if value is None:
        return "is not"
    return f"is too {'large' if value > most else 'small'}: write"


def _scaled_exactly(text: str, scale: int, places: int) -> int | None:
    """The number times the scale; None when it is no number of so many decimals.

    Of one with more digits than any range has, only that it is beyond them.
    """
    parts = _DECIMAL.fullmatch(text)
    if parts is None or len(parts[3] or "") > places:
        return None
    sign, units, decimals = parts.groups(default="")
    units = units.lstrip("0")[:_MOST_DIGITS]
    value = int(units or "0") * scale + int(decimals.ljust(places, "0"))
    return -value if sign == "-" else value
