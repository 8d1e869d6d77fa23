"""Reading one JSON object of a request, field by field."""

from typing import Any

from grokgate.edge.fields import Table, check_fields, invalid, join, missing

# The largest integer that every JSON reader understands exactly (RFC 8259, section 6).
INTEGER_MAX = 2**53 - 1

# How many code points a name may have, and the words for a client's own end user.
NAME_MAX = 256
USER_MAX = 512


class RequestObject:
    """An object whose fields have passed its table; each read checks a type and names the path."""

    __slots__ = ("_fields", "_path")

    def __init__(self, value: Any, table: Table, path: str = "") -> None:
        if type(value) is not dict:
            raise invalid(path, "an object")
        check_fields(value, table, path)
        self._fields: dict[str, Any] = value
        self._path = path

    def path(self, name: str) -> str:
        """Where a field stands in the whole body, such as `input[2].content`."""
        return join(self._path, name)

    def value(self, name: str) -> Any:
        """The field as it came; None when absent."""
        return self._fields.get(name)

    def nested(self, name: str, table: Table) -> "RequestObject":
        """The object in a field; an empty one when absent."""
        value = self._fields.get(name)
        return RequestObject({} if value is None else value, table, self.path(name))

    def text(self, name: str, max_length: int | None = None) -> str | None:
        """A string of at most `max_length` code points; a limited one is a name: without NUL."""
        value = self._fields.get(name)
        if value is None:
            return None
        if type(value) is not str:
            raise invalid(self.path(name), "a string")
        if max_length is not None and (len(value) > max_length or "\0" in value):
            raise invalid(self.path(name), f"at most {max_length} characters, none of them NUL")
        return value

    def given_text(self, name: str) -> str:
        """A string that must be there and may be empty."""
        value = self.text(name)
        if value is None:
            raise missing(self.path(name))
        return value

    def required_text(self, name: str, max_length: int | None = None) -> str:
        """A string that must be there and may not be empty."""
        value = self.text(name, max_length)
        if not value:
            raise missing(self.path(name))
        return value

    def choice(self, name: str, options: tuple[str, ...]) -> str | None:
        """One of some words."""
        value = self._fields.get(name)
        if value is not None and (type(value) is not str or value not in options):
            raise invalid(self.path(name), f"one of {', '.join(options)}")
        return value

    def flag(self, name: str) -> bool | None:
        """A boolean."""
        value = self._fields.get(name)
        if value is not None and type(value) is not bool:
            raise invalid(self.path(name), "true or false")
        return value

    def integer(self, name: str, least: int, most: int = INTEGER_MAX) -> int | None:
        """A JSON integer: 12.0 is none."""
        value = self._fields.get(name)
        if value is not None and (type(value) is not int or not least <= value <= most):
            raise invalid(self.path(name), f"an integer from {least} to {most}")
        return value

    def number(self, name: str, least: float, most: float) -> float | None:
        """A JSON number."""
        value = self._fields.get(name)
        if value is not None and (type(value) not in {int, float} or not least <= value <= most):
            raise invalid(self.path(name), f"a number from {least:g} to {most:g}")
        return value

    def items(self, name: str) -> list[tuple[str, Any]]:
        """The elements of an array, each with its own path; empty when absent."""
        value = self._fields.get(name)
        if value is None:
            return []
        path = self.path(name)
        if type(value) is not list:
            raise invalid(path, "an array")
        return [(f"{path}[{index}]", item) for index, item in enumerate(value)]
