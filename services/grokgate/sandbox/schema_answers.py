"""JSON that fits a JSON Schema: the plainest value, the same one every time.

Covers what structured outputs allow: types, properties, items, enum, const, default, anyOf, oneOf,
allOf, $ref, and the bounds of numbers, strings and arrays. `pattern` is not followed.
"""

from collections.abc import Mapping, Sequence
from math import ceil, floor
from typing import Any

from grokgate.sandbox.errors import invalid_argument

_MAX_DEPTH = 12
_DEEP = 3
_MAX_LENGTH = 10_000
_MAX_VALUES = 10_000
_ROUNDING = 1e-9
_FORMATS = {
    "date": "2026-01-31",
    "time": "12:00:00Z",
    "date-time": "2026-01-31T12:00:00Z",
    "duration": "PT1M",
    "email": "sandbox@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/sandbox",
    "uuid": "00000000-0000-4000-8000-000000000000",
}

Schema = Mapping[str, Any]


def sample(schema: Schema, words: str) -> Any:
    """A value that fits; `words` fill its first free string, cut to the string's bounds."""
    try:
        return _Sampler(schema, words).value(schema, "value", 0)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise invalid_argument(f"Invalid JSON schema: {error}") from error


class _Sampler:
    def __init__(self, root: Schema, words: str) -> None:
        self._root = root
        self._words = words
        self._made = 0

    def value(self, schema: Any, name: str, depth: int) -> Any:
        """A value for one place; `name` is the property's."""
        if not isinstance(schema, dict):
            return self._next_words() or name
        self._made += 1
        if depth > _MAX_DEPTH or self._made > _MAX_VALUES:
            raise invalid_argument("The JSON schema requires too large a value.")
        schema = self._resolved(schema, depth)
        for fixed in ("const", "default"):
            if fixed in schema:
                return schema[fixed]
        if schema.get("enum"):
            return schema["enum"][0]
        return self._of_kind(_type_of(schema), schema, name, depth)

    def _resolved(self, schema: Schema, depth: int) -> Schema:
        """A schema without references and alternatives."""
        if depth > _MAX_DEPTH:
            raise invalid_argument("The JSON schema refers to itself without end.")
        if "$ref" in schema:
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            return self._resolved({**self._referred(schema["$ref"]), **rest}, depth + 1)
        for key in ("anyOf", "oneOf"):
            if schema.get(key):
                rest = {other: value for other, value in schema.items() if other != key}
                chosen = _alternative(schema[key], depth)
                return self._resolved(_merged(rest, chosen), depth + 1)
        if "allOf" in schema:
            merged: Schema = {key: value for key, value in schema.items() if key != "allOf"}
            for part in schema["allOf"]:
                merged = _merged(merged, self._resolved(part, depth + 1))
            return merged
        return schema

    def _referred(self, reference: str) -> Schema:
        found: Any = self._root
        for step in reference.removeprefix("#").split("/")[1:]:
            step_name = step.replace("~1", "/").replace("~0", "~")
            found = found.get(step_name) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            raise invalid_argument(f"The JSON schema refers to {reference}, which is not in it.")
        return found

    def _of_kind(self, kind: str, schema: Schema, name: str, depth: int) -> Any:
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "integer":
                return int(_number(schema))
            case "number":
                return _number(schema)
            case "boolean" | "null":
                return True if kind == "boolean" else None
            case _:
                return self._string(schema, name)

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        properties = schema.get("properties", {})
        # Far down, what need not be there is left out, so that a recursive schema ends.
        usual = properties if depth < _DEEP else {}
        wanted = dict.fromkeys([*usual, *schema.get("required", [])])
        return {key: self.value(properties.get(key, {}), key, depth + 1) for key in wanted}

    def _array(self, schema: Schema, name: str, depth: int) -> list[Any]:
        first = [self.value(item, name, depth + 1) for item in schema.get("prefixItems", [])]
        shortest = min(schema.get("minItems", 0), _MAX_LENGTH)
        usual = 1 if "items" in schema and depth < _DEEP else 0
        length = max(shortest, min(usual, schema.get("maxItems", 1)))
        rest = range(length - len(first))
        return first + [self.value(schema.get("items", {}), name, depth + 1) for _ in rest]

    def _string(self, schema: Schema, name: str) -> str:
        if schema.get("format") in _FORMATS:
            return _FORMATS[schema["format"]]
        text = self._next_words() or name
        shortest = min(schema.get("minLength", 0), _MAX_LENGTH)
        return text.ljust(shortest, "…")[: schema.get("maxLength", len(text) + shortest)]

    def _next_words(self) -> str:
        words, self._words = self._words, ""
        return words


def _number(schema: Schema) -> float:
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    high = schema.get("maximum", schema.get("exclusiveMaximum", low))
    step = schema.get("multipleOf") or 1
    above = floor(low / step) * step
    below = ceil(high / step) * step
    tries = (0, low, high, above + step, below - step, (low + high) / 2)
    return next((number for number in tries if _fits(number, schema)), low)


def _fits(number: float, schema: Schema) -> bool:
    step = schema.get("multipleOf") or (1 if _type_of(schema) == "integer" else 0)
    return (
        schema.get("minimum", number) <= number <= schema.get("maximum", number)
        and schema.get("exclusiveMinimum", number - 1) < number
        and schema.get("exclusiveMaximum", number + 1) > number
        and (not step or abs(round(number / step) * step - number) < _ROUNDING)
    )


def _alternative(schemas: Sequence[Schema], depth: int) -> Schema:
    """The first that is a value; far down null, so that a recursive schema ends."""
    by_nullness = sorted(schemas, key=lambda schema: schema.get("type") == "null")
    return by_nullness[-1 if depth >= _DEEP else 0]


def _merged(one: Schema, other: Schema) -> Schema:
    both = {**one, **other}
    for key in ("properties", "required"):
        if key in one and key in other:
            both[key] = one[key] | other[key] if key == "properties" else one[key] + other[key]
    return both


def _type_of(schema: Schema) -> str:
    named = schema.get("type")
    if isinstance(named, list):
        named = next((kind for kind in named if kind != "null"), "null")
    if isinstance(named, str):
        return named
    if "properties" in schema:
        return "object"
    return "array" if "items" in schema else "string"
