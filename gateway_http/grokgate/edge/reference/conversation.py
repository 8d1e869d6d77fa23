"""The schemas of a conversation: the items and parts of `input`, and chat messages."""

from grokgate.edge.objects import NAME_MAX
from grokgate.edge.reference.schemas import (
    HTTPS_PATTERN,
    NOT_NULL,
    NULL,
    TEXT,
    Schema,
    any_of,
    array,
    has,
    reference,
    short,
    words,
)
from grokgate.edge.reference.shapes import Shape
from grokgate.edge.text.input_items import ROLES
from grokgate.edge.text.responses_fields import (
    CALLED_FUNCTION,
    CHAT_MESSAGE,
    FUNCTION_CALL,
    FUNCTION_CALL_OUTPUT,
    IMAGE_PART,
    IMAGE_URL,
    MESSAGE,
    REFUSAL_PART,
    TEXT_PART,
    TOOL_CALL,
)

_NAME = short(NAME_MAX, 1)
_DETAIL = words("auto", "low", "high")
_IMAGE_ADDRESS: Schema = {
    "type": "string",
    "pattern": f"^({HTTPS_PATTERN}|data:image/(jpeg|png|webp);base64,[A-Za-z0-9+/]+={{0,2}})$",
}
_PARTS = (reference(name) for name in ("TextPart", "RefusalPart", "ImagePart"))
_CONTENT = any_of(TEXT, array(any_of(*_PARTS), 1))

CONVERSATION_SHAPES: dict[str, Shape] = {
    "Message": Shape(
        MESSAGE,
        {"type": words("message"), "role": words(*ROLES), "content": _CONTENT},
        # With an id or a status, an assistant's is a message of an earlier answer.
        any_of(
            {"properties": {"role": words("user", "system", "developer")}},
            {"properties": {"id": NULL, "status": NULL}},
        ),
    ),
    "FunctionCall": Shape(
        FUNCTION_CALL,
        {
            "type": words("function_call"),
            "call_id": _NAME,
            "name": _NAME,
            "arguments": TEXT,
            "id": TEXT,
            "status": TEXT,
        },
    ),
    "FunctionCallOutput": Shape(
        FUNCTION_CALL_OUTPUT,
        {"type": words("function_call_output"), "call_id": _NAME, "output": _CONTENT},
    ),
    "TextPart": Shape(
        TEXT_PART, {"type": words("input_text", "text", "output_text"), "text": TEXT}
    ),
    "RefusalPart": Shape(REFUSAL_PART, {"type": words("refusal"), "refusal": TEXT}),
    "ImagePart": Shape(
        IMAGE_PART,
        {
            "type": words("input_image", "image_url"),
            "image_url": any_of(_IMAGE_ADDRESS, reference("ImageUrl")),
            "detail": _DETAIL,
        },
    ),
    "ImageUrl": Shape(IMAGE_URL, {"url": _IMAGE_ADDRESS, "detail": _DETAIL}),
    "ChatMessage": Shape(
        CHAT_MESSAGE,
        {
            "role": words(*ROLES, "tool"),
            "content": _CONTENT,
            "refusal": TEXT,
            "tool_calls": array(reference("ToolCall")),
            "tool_call_id": _NAME,
        },
        any_of(
            {
                "required": ["content"],
                "properties": {"role": words(*ROLES), "content": NOT_NULL, "tool_calls": NULL},
            },
            has(role=words("assistant"), tool_calls=array({}, 1)),
            has(role=words("assistant"), refusal=TEXT | {"minLength": 1}),
            has(role=words("tool"), content=NOT_NULL, tool_call_id=_NAME),
        ),
    ),
    "ToolCall": Shape(
        TOOL_CALL,
        {"id": _NAME, "type": words("function"), "function": reference("CalledFunction")},
    ),
    "CalledFunction": Shape(CALLED_FUNCTION, {"name": _NAME, "arguments": TEXT}),
}


def _earlier(kind: str, description: str, **properties: Schema) -> Schema:
    return {
        "type": "object",
        "description": description,
        **has(type=words(kind), **properties),
    }


# Items of an earlier answer come back as they were. All but reasoning are known by their id.
EARLIER_ITEMS: dict[str, Schema] = {
    "EarlierReasoning": _earlier(
        "reasoning",
        "Reasoning of an earlier answer, as it was: id, summary, encrypted content and status.",
    ),
    "EarlierMessage": _earlier(
        "message",
        "A message of an earlier answer, as it was.",
        id=TEXT,
        role=words("assistant"),
        content=any_of(
            TEXT, array({"type": "object", **has(type=words("output_text", "refusal", "text"))})
        ),
    ),
    "EarlierFunctionCall": _earlier(
        "function_call", "A function call of an earlier answer, as it was.", id=TEXT
    ),
}

INPUT_ITEM: Schema = any_of(
    *(reference(name) for name in ("Message", "FunctionCall", "FunctionCallOutput")),
    *(reference(name) for name in EARLIER_ITEMS),
)
