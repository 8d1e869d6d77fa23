"""Values made to fit a JSON Schema."""

from typing import Any

import pytest

from grokgate.sandbox.errors import RefusalError
from grokgate.sandbox.schema_answers import sample


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, "words"),
        ({"type": "string", "maxLength": 2}, "wo"),
        ({"type": "string", "minLength": 7}, "words……"),
        ({"type": "string", "format": "date"}, "2026-01-31"),
        ({"type": "integer"}, 0),
        ({"type": "integer", "minimum": 3}, 3),
        ({"type": "integer", "exclusiveMinimum": 3}, 4),
        ({"type": "integer", "maximum": -2}, -2),
        ({"type": "integer", "minimum": 5, "multipleOf": 4}, 8),
        ({"type": "integer", "minimum": 1.5, "maximum": 2.5}, 2),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5}, 0.25),
        ({"type": "number", "minimum": 0.5}, 0.5),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        ({"type": ["null", "boolean"]}, True),
        ({"enum": ["b", "a"]}, "b"),
        ({"const": 7, "type": "integer"}, 7),
        ({"type": "integer", "default": 9}, 9),
        ({"type": "array", "items": {"type": "boolean"}}, [True]),
        ({"type": "array", "items": {"type": "boolean"}, "minItems": 3}, [True] * 3),
        ({"type": "array", "items": {"type": "boolean"}, "maxItems": 0}, []),
        ({"type": "array", "prefixItems": [{"const": 1}, {"const": 2}]}, [1, 2]),
        ({"anyOf": [{"type": "null"}, {"type": "boolean"}]}, True),
        ({"oneOf": [{"const": 1}, {"const": 2}]}, 1),
        ({"allOf": [{"type": "integer"}, {"minimum": 4}]}, 4),
        ({"properties": {"a": {"type": "boolean"}}}, {"a": True}),
        ({"type": "object", "required": ["free"]}, {"free": "words"}),
        ({"$ref": "#/$defs/x", "$defs": {"x": {"const": 3}}}, 3),
        ({}, "words"),
    ],
)
def test_the_value_fits(schema: dict[str, Any], value: Any) -> None:
    assert sample(schema, "words") == value


def test_the_words_fill_the_first_string_and_names_the_others() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    assert sample(schema, "words") == {"a": "words", "b": "b"}


def test_a_schema_that_contains_itself_ends() -> None:
    node = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
            "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
        },
        "required": ["name", "next", "children"],
    }
    value = sample({"$ref": "#/$defs/node", "$defs": {"node": node}}, "words")
    depth = 0
    while value is not None:
        assert value.keys() == {"name", "next", "children"}
        value, depth = value["next"], depth + 1
    assert depth > 1


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]},
        {"$ref": "#/$defs/missing"},
        {"type": "array", "minItems": 200, "items": {"type": "array", "minItems": 200}},
        {"type": "integer", "minimum": "three"},
        {"type": "object", "properties": ["a"]},
        {"anyOf": [True]},
    ],
)
def test_a_schema_that_no_value_fits_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(RefusalError) as caught:
        sample(schema, "words")
    assert caught.value.status == 400
