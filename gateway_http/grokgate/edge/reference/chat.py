"""The schemas of the chat dialect's own request objects."""

from grokgate.edge.objects import INTEGER_MAX, NAME_MAX, USER_MAX
from grokgate.edge.reference.schemas import (
    FLAG,
    NULL,
    OBJECT,
    TEXT,
    any_of,
    array,
    reference,
    short,
    words,
)
from grokgate.edge.reference.shapes import Shape
from grokgate.edge.text.chat_fields import (
    CHAT_FUNCTION,
    CHAT_REQUEST,
    CHAT_TOOL,
    CHAT_TOOL_CHOICE,
    CHOSEN_FUNCTION,
    STREAM_OPTIONS,
)
from grokgate.edge.text.input_items import ITEMS_MAX

_NAME = short(NAME_MAX, 1)
_TOKENS = {"type": "integer", "minimum": 1, "maximum": INTEGER_MAX}

CHAT_SHAPES: dict[str, Shape] = {
    "ChatRequest": Shape(
        CHAT_REQUEST,
        {
            "model": _NAME,
            "messages": array(reference("ChatMessage"), 1) | {"maxItems": ITEMS_MAX},
            "reasoning_effort": short(NAME_MAX),
            "max_completion_tokens": _TOKENS,
            "max_tokens": _TOKENS,
            "temperature": {"type": "number", "minimum": 0, "maximum": 2},
            "top_p": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
            "response_format": reference("Format"),
            "tools": array(reference("ChatTool")),
            "tool_choice": any_of(words("none", "auto", "required"), reference("ChatToolChoice")),
            "parallel_tool_calls": FLAG,
            "user": short(USER_MAX),
            "prompt_cache_key": short(USER_MAX),
            "stream": FLAG,
            "stream_options": reference("StreamOptions"),
        },
        any_of(
            {"properties": {"max_tokens": NULL}}, {"properties": {"max_completion_tokens": NULL}}
        ),
    ),
    "StreamOptions": Shape(STREAM_OPTIONS, {"include_usage": FLAG}),
    "ChatTool": Shape(
        CHAT_TOOL, {"type": words("function"), "function": reference("ChatFunction")}
    ),
    "ChatFunction": Shape(
        CHAT_FUNCTION, {"name": _NAME, "description": TEXT, "parameters": OBJECT, "strict": FLAG}
    ),
    "ChatToolChoice": Shape(
        CHAT_TOOL_CHOICE, {"type": words("function"), "function": reference("ChosenFunction")}
    ),
    "ChosenFunction": Shape(CHOSEN_FUNCTION, {"name": _NAME}),
}
