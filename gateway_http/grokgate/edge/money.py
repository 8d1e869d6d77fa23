"""Amounts for people's eyes."""

TICKS_PER_USD = 10**10


def usd(usd_ticks: int) -> str:
    """Ticks as an exact decimal of at least two places: `0.00`, `-1.25`, `0.0000017`."""
    whole, ticks = divmod(abs(usd_ticks), TICKS_PER_USD)
    decimals = f"{ticks:010d}".rstrip("0").ljust(2, "0")
    return f"{'-' if usd_ticks < 0 else ''}{whole}.{decimals}"
