"""Lengths of time for clients."""

_US_PER_S = 1_000_000


def seconds(microseconds: int) -> float:
    """Seconds as a JSON number: whole ones an integer, others with just their decimals.

    The nearest double to a decimal of at most 15 digits is written as that decimal again, so that
    up to 30 years nothing is lost.
    """
    whole, rest = divmod(microseconds, _US_PER_S)
    return microseconds / _US_PER_S if rest else whole
