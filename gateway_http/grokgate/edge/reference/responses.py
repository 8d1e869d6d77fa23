"""The schemas of request bodies: each table of fields, with a type for what it serves."""

from grokgate.edge.objects import INTEGER_MAX, NAME_MAX, USER_MAX
from grokgate.edge.reference.schemas import (
    FLAG,
    NOT_NULL,
    NULL,
    OBJECT,
    TEXT,
    any_of,
    array,
    has,
    reference,
    short,
    words,
)
from grokgate.edge.reference.shapes import Shape
from grokgate.edge.text.input_items import ITEMS_MAX
from grokgate.edge.text.responses_fields import (
    FORMAT,
    JSON_SCHEMA,
    REASONING,
    REQUEST,
    TOOL,
    TOOL_CHOICE,
)
from grokgate.edge.text.responses_fields import TEXT as TEXT_OPTIONS
from grokgate.edge.text.responses_request import (
    METADATA_KEY_MAX,
    METADATA_PAIRS_MAX,
    METADATA_VALUE_MAX,
)

_NAME = short(NAME_MAX, 1)
_SUMMARY = words("auto", "concise", "detailed")
_SCHEMA_FIELDS = {"name": short(NAME_MAX), "schema": OBJECT, "strict": FLAG, "description": TEXT}

_ONE_CONVERSATION = {"oneOf": [has(input=NOT_NULL), has(messages=NOT_NULL)]}
_ONE_FORMAT = any_of(
    {"properties": {"response_format": NULL}},
    {"properties": {"text": {"properties": {"format": NULL}}}},
)

RESPONSES_SHAPES: dict[str, Shape] = {
    "ResponsesRequest": Shape(
        REQUEST,
        {
            "model": _NAME,
            "input": any_of(TEXT, array(reference("InputItem"), 1) | {"maxItems": ITEMS_MAX}),
            "messages": array(reference("ChatMessage"), 1) | {"maxItems": ITEMS_MAX},
            "instructions": TEXT,
            "reasoning": reference("Reasoning"),
            "max_output_tokens": {"type": "integer", "minimum": 1, "maximum": INTEGER_MAX},
            "temperature": {"type": "number", "minimum": 0, "maximum": 2},
            "top_p": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
            "text": reference("TextOptions"),
            "response_format": reference("Format"),
            "tools": array(reference("Tool")),
            "tool_choice": any_of(words("none", "auto", "required"), reference("ToolChoice")),
            "parallel_tool_calls": FLAG,
            "include": array(words("reasoning.encrypted_content")),
            "user": short(USER_MAX),
            "prompt_cache_key": short(USER_MAX),
            "metadata": {
                "type": "object",
                "maxProperties": METADATA_PAIRS_MAX,
                "propertyNames": {"maxLength": METADATA_KEY_MAX},
                "additionalProperties": {"type": "string", "maxLength": METADATA_VALUE_MAX},
            },
            "stream": FLAG,
        },
        {"allOf": [_ONE_CONVERSATION, _ONE_FORMAT]},
    ),
    "Reasoning": Shape(
        REASONING,
        {"effort": short(NAME_MAX), "summary": _SUMMARY, "generate_summary": _SUMMARY},
    ),
    "TextOptions": Shape(TEXT_OPTIONS, {"format": reference("Format")}),
    "Format": Shape(
        FORMAT,
        {
            "type": words("text", "json_object", "json_schema"),
            "json_schema": reference("JsonSchema"),
            **_SCHEMA_FIELDS,
        },
        any_of(has(type=words("text", "json_object")), has(schema=OBJECT), has(json_schema=OBJECT)),
    ),
    "JsonSchema": Shape(JSON_SCHEMA, _SCHEMA_FIELDS, {"allOf": [has(schema=OBJECT)]}),
    "Tool": Shape(
        TOOL,
        {
            "type": words("function"),
            "name": _NAME,
            "description": TEXT,
            "parameters": OBJECT,
            "strict": FLAG,
        },
    ),
    "ToolChoice": Shape(TOOL_CHOICE, {"type": words("function"), "name": _NAME}),
}
