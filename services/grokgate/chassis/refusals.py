"""How a request is refused: the field at fault, and the fix."""

from collections.abc import Iterable

from grokgate.chassis.errors import GrokgateError, Reason

_USER_CHARACTERS = 512
_SHOWN_CHARACTERS = 50


def missing(param: str, fix: str) -> GrokgateError:
    """A required field that is not there."""
    return GrokgateError(Reason.MISSING_PARAMETER, f"`{param}` is missing: {fix}.", param=param)


def invalid(param: str, fix: str) -> GrokgateError:
    """A field with a value that it cannot have."""
    return GrokgateError(Reason.INVALID_VALUE, f"`{param}` is not valid: {fix}.", param=param)


def not_one_of(param: str, value: object, choices: Iterable[object]) -> GrokgateError:
    """A field with a value that is not on its list."""
    shown = str(value)[:_SHOWN_CHARACTERS]
    known = ", ".join(map(str, choices))
    return GrokgateError(
        Reason.INVALID_VALUE, f"`{param}` is `{shown}`. Use one of {known}.", param=param
    )


def unsupported(param: str, fix: str) -> GrokgateError:
    """A field that goes with other fields only."""
    message = f"`{param}` is not supported here: {fix}."
    return GrokgateError(Reason.UNSUPPORTED_PARAMETER, message, param=param)


def check_user(user: str) -> None:
    """Refuse an end user's name that could not be kept."""
    if len(user) > _USER_CHARACTERS or "\0" in user:
        raise invalid("user", f"use at most {_USER_CHARACTERS} characters and no NUL")
