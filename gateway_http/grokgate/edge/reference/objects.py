"""Objects of the API as tables for people."""

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element

from grokgate.edge.answers import json_text
from grokgate.edge.reference.elements import Content, prose, table, tag
from grokgate.edge.reference.schemas import NULL, Schema

_LIMITS = {
    "minimum": "from {}",
    "exclusiveMinimum": "above {}",
    "maximum": "to {}",
    "maxLength": "of at most {} characters",
    "maxProperties": "of at most {} pairs",
}


def object_section(name: str, schema: Schema) -> Element:
    """An object's fields, each with its type and meaning."""
    fields = schema.get("properties", {})
    if not fields:
        return tag("section", tag("h3", name), tag("p", *type_words(schema)), id=name)
    row = _sent_field if schema.get("additionalProperties") is False else _answered_field
    rows = (row(field, schema) for field in fields)
    about = prose(schema.get("description", ""))
    return tag("section", tag("h3", name), tag("p", *about), table(*rows), id=name)


def _sent_field(name: str, schema: Schema) -> list[list[Content]]:
    """A field of a request, where `null` means absent."""
    rule = schema["properties"][name]
    return [[tag("code", name)], type_words(rule), prose(rule["description"])]


def _answered_field(name: str, schema: Schema) -> list[list[Content]]:
    """A field of an answer, which may be `null` or missing."""
    rule = schema["properties"][name]
    null = [" or null"] if NULL in rule.get("anyOf", ()) else []
    absent = [] if name in schema["required"] else [" or absent"]
    return [[tag("code", name)], [*type_words(rule), *null, *absent]]


def type_words(schema: Schema) -> list[Content]:
    """What a value may be, in words; objects are links to their own tables."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return [tag("a", name, href=f"#{name}")]
    if "contentSchema" in schema:
        return ["JSON text of ", *type_words(schema["contentSchema"])]
    if "enum" in schema:
        return _joined([tag("code", _word(value))] for value in schema["enum"] if value is not None)
    if "anyOf" in schema:
        return _joined(type_words(each) for each in schema["anyOf"] if each != NULL)
    if "array" in schema.get("type", ()):
        return ["array of ", *type_words(schema["items"])]
    limits = [words.format(schema[name]) for name, words in _LIMITS.items() if name in schema]
    return [" ".join([_kinds(schema), *limits])]


def _kinds(schema: Schema) -> str:
    kinds = schema.get("type", "anything")
    return kinds if isinstance(kinds, str) else " or ".join(k for k in kinds if k != "null")


def _word(value: object) -> str:
    return value if isinstance(value, str) else json_text(value)


def _joined(alternatives: Iterable[Sequence[Content]]) -> list[Content]:
    parts: list[Content] = []
    for alternative in alternatives:
        parts += [*([" or "] if parts else []), *alternative]
    return parts
