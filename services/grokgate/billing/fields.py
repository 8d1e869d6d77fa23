"""Checks of single request fields; each refusal names the field and says what fits."""

import re

from grokgate.billing.refusals import invalid
from grokgate.chassis.endpoints import WORDS

# The first integer that a JSON reader may round; every number of a request stays below it.
TOO_MANY = 2**53
MOST_CHARACTERS = 256
USER_CHARACTERS = 512

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def check_uuid(value: str, param: str) -> str:
    """A UUID in its usual lower-case text form."""
    if not _UUID.fullmatch(value):
        raise invalid(param, "must be a UUID in lower-case hexadecimal with dashes.")
    return value


def check_endpoint(number: int, param: str) -> str:
    """The word of a public operation, from its number in the contract."""
    if number not in WORDS:
        raise invalid(param, f"must name a public operation, not {number}.")
    return WORDS[number]


def check_text(value: str, param: str, *, least: int = 0, most: int = MOST_CHARACTERS) -> str:
    """A text of at least `least` and at most `most` characters, without NUL."""
    if not least <= len(value) <= most:
        raise invalid(param, f"must have {least} to {most} characters.")
    if "\0" in value:
        raise invalid(param, "must not hold a NUL character.")
    return value


def check_count(value: int, param: str, *, least: int = 0, most: int = TOO_MANY - 1) -> int:
    """An integer from `least` to `most`, both included."""
    if not least <= value <= most:
        raise invalid(param, f"must be from {least} to {most}.")
    return value
