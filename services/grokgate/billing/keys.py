"""Making callers' keys."""

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass

from grokgate.chassis.secrets import Secret

_ALPHABET = string.ascii_letters + string.digits
_RANDOM_CHARACTERS = 43  # of 62 letters and digits: 256 bits
_SHOWN_CHARACTERS = 6


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it is shown once, and the part of it that may be shown for ever."""

    secret: Secret
    display: str


def make_key(prefix: str, choose: Callable[[str], str] = secrets.choice) -> NewKey:
    """A key of `prefix` and 43 random letters and digits."""
    text = prefix + "".join(choose(_ALPHABET) for _ in range(_RANDOM_CHARACTERS))
    return NewKey(Secret(text), text[: len(prefix) + _SHOWN_CHARACTERS])
