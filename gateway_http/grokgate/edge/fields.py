"""What a request's fields may be: the kinds of rule, and how an object is checked by a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from grokgate.chassis.errors import GrokgateError, Reason

# How much of a client's own field name an error message repeats.
NAME_SHOWN_MAX = 64


class Support(Enum):
    """What the gateway does with a field."""

    SERVED = "served"
    WITHOUT_EFFECT = "accepted without effect"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Field:
    """The rule for a field: `note` says what it is, or what to do instead of sending it.

    A field without effect is accepted with one of the `accepted` values, or with any if none is
    listed.
    """

    support: Support
    note: str
    accepted: tuple[Any, ...] = ()

    def admits(self, value: Any) -> bool:
        """Whether the field may have this value, as far as its support goes."""
        if self.support is Support.WITHOUT_EFFECT and self.accepted:
            return any(type(value) is type(one) and value == one for one in self.accepted)
        return self.support is not Support.REFUSED


Table = Mapping[str, Field]


def served(note: str) -> Field:
    """A field that has its effect."""
    return Field(Support.SERVED, note)


def without_effect(note: str, accepted: tuple[Any, ...] = ()) -> Field:
    """A field that changes nothing, and is refused where it would."""
    return Field(Support.WITHOUT_EFFECT, note, accepted)


def refused(note: str) -> Field:
    """A field that is known and cannot be served."""
    return Field(Support.REFUSED, note)


def check_fields(fields: Mapping[str, Any], table: Table, path: str) -> None:
    """Fails with UNKNOWN_PARAMETER or UNSUPPORTED_PARAMETER; `null` means absent."""
    for name, value in fields.items():
        if value is None:
            continue
        rule = table.get(name)
        where = join(path, name[:NAME_SHOWN_MAX])
        if rule is None:
            raise GrokgateError(
                Reason.UNKNOWN_PARAMETER, f"Unknown field `{where}`. Leave it out.", param=where
            )
        if not rule.admits(value):
            raise unsupported(where, rule.note)


def join(path: str, name: str) -> str:
    """The path of a field of the object at `path`; the body itself is at the empty path."""
    return f"{path}.{name}" if path else name


def invalid(param: str, fix: str) -> GrokgateError:
    """A value that cannot be: `fix` completes "… must be"."""
    return GrokgateError(Reason.INVALID_VALUE, f"`{param}` must be {fix}.", param=param)


def missing(param: str) -> GrokgateError:
    """A field that has to be there."""
    return GrokgateError(Reason.MISSING_PARAMETER, f"`{param}` is required.", param=param)


def unsupported(param: str, note: str) -> GrokgateError:
    """A field or value that the gateway knows and does not serve."""
    return GrokgateError(
        Reason.UNSUPPORTED_PARAMETER, f"`{param}` is not supported here. {note}", param=param
    )
