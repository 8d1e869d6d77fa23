"""How a body is read: a JSON object, then its types. Unknown fields are ignored, as xAI does."""

from typing import Any, TypeVar

import msgspec

from grokgate.sandbox.errors import unreadable

_T = TypeVar("_T")


def read_body(body: bytes) -> Any:
    """The JSON object of a body, or the refusal that xAI gives."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(str(error)) from error
    if not isinstance(value, dict):
        raise unreadable("expected a map")
    return value


def read_typed(value: Any, kind: type[_T]) -> _T:
    """A typed request. Fails with 422 where a type is wrong or a field is missing."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise unreadable(str(error)) from error
