"""The small words of JSON Schema that the description of the API is written in."""

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
OBJECT: Schema = {"type": "object"}
NULL: Schema = {"type": "null"}
NOT_NULL: Schema = {"type": ["array", "boolean", "number", "object", "string"]}

# An https URL that every reader understands alike.
HTTPS_PATTERN = "https://[A-Za-z0-9.-]+(/[!-~]*)?"


def words(*options: str) -> Schema:
    """One of some texts."""
    return {"type": "string", "enum": list(options)}


def short(length_max: int, length_min: int = 0) -> Schema:
    """A text that stays short and has no NUL."""
    return {
        "type": "string",
        "minLength": length_min,
        "maxLength": length_max,
        "pattern": "^[^\\u0000]*$",
    }


def printable(length_max: int) -> Schema:
    """A short text without control characters."""
    return {"type": "string", "maxLength": length_max, "pattern": "^[ -~]*$"}


def array(items: Schema, items_min: int = 0) -> Schema:
    """An array of like items."""
    return {"type": "array", "items": items} | ({"minItems": items_min} if items_min else {})


def any_of(*schemas: Schema) -> Schema:
    """What fits one of some schemas."""
    return {"anyOf": list(schemas)}


def has(**properties: Schema) -> Schema:
    """A rule: the properties are there and fit."""
    return {"required": list(properties), "properties": properties}


def reference(name: str) -> Schema:
    """A component's schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def or_null(schema: Schema) -> Schema:
    """The schema that admits `null`, which means absent, as well."""
    if "type" not in schema:
        return any_of(schema, NULL)
    nullable: Schema = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        nullable["enum"] = [*schema["enum"], None]
    return nullable
