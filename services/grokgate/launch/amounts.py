"""Amounts that an operator types, as exact integers."""

import re

import typer

from grokgate.edge.money import TICKS_PER_USD

ONE_PPM = 1_000_000

_DECIMAL = re.compile(r"([+-]?)(\d{1,12})(?:\.(\d+))?", re.ASCII)


def usd_ticks(text: str) -> int:
    """Ticks of an amount such as `12.50` or `-0.25`."""
    return _scaled(text, TICKS_PER_USD, "an amount in USD such as 12.50")


def multiplier_ppm(text: str) -> int:
    """Parts per million of a factor such as `1.2`."""
    return _scaled(text, ONE_PPM, "a factor such as 1.2")


def shown_multiplier(ppm: int) -> str:
    """A factor for people: `1`, `1.2`."""
    whole, rest = divmod(ppm, ONE_PPM)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")


def _scaled(text: str, scale: int, wanted: str) -> int:
    places = len(str(scale)) - 1
    parts = _DECIMAL.fullmatch(text)
    if parts is None or len(parts[3] or "") > places:
        raise typer.BadParameter(f"{text!r} is not {wanted}, with at most {places} decimals")
    sign, whole, decimals = parts.groups(default="")
    value = int(whole) * scale + int(decimals.ljust(places, "0"))
    return -value if sign == "-" else value
