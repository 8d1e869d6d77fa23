"""The form that an answer must have."""

from typing import Any

from grokgate.api.text.v1.text_pb2 import OutputFormat
from grokgate.edge.answers import json_text
from grokgate.edge.fields import invalid, missing
from grokgate.edge.objects import NAME_MAX, RequestObject
from grokgate.edge.text.responses_fields import FORMAT, JSON_SCHEMA

_TYPES = ("text", "json_object", "json_schema")


def read_output_format(value: Any, path: str) -> OutputFormat:
    """`text.format`, or `response_format` with the schema's fields nested in `json_schema`."""
    given = RequestObject(value, FORMAT, path)
    kind = given.choice("type", _TYPES)
    if kind is None:
        raise missing(given.path("type"))
    if kind != "json_schema":
        return OutputFormat(type=kind)
    if given.value("json_schema") is not None:
        given = RequestObject(given.value("json_schema"), JSON_SCHEMA, given.path("json_schema"))
    return _read_schema(given)


def _read_schema(given: RequestObject) -> OutputFormat:
    schema = given.value("schema")
    if schema is None:
        raise missing(given.path("schema"))
    if type(schema) is not dict:
        raise invalid(given.path("schema"), "an object: a JSON Schema")
    return OutputFormat(
        type="json_schema",
        schema_json=json_text(schema),
        name=given.text("name", NAME_MAX) or "",
        strict=given.flag("strict"),
        description=given.text("description") or "",
    )
