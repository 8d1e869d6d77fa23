"""The conversation in the Responses dialect."""

from typing import Any

from grokgate.api.text.v1.text_pb2 import (
    ContentPart,
    FunctionCall,
    FunctionCallOutput,
    InputItem,
    Message,
)
from grokgate.edge.answers import json_text
from grokgate.edge.fields import invalid, missing, unsupported
from grokgate.edge.objects import NAME_MAX, RequestObject
from grokgate.edge.text.content import kind_of, read_content
from grokgate.edge.text.responses_fields import FUNCTION_CALL, FUNCTION_CALL_OUTPUT, MESSAGE

ROLES = ("user", "assistant", "system", "developer")

_KINDS = ("message", "function_call", "function_call_output", "reasoning")
_REFUSED_KINDS = frozenset(
    {
        "item_reference",
        "compaction",
        "computer_call",
        "computer_call_output",
        "code_interpreter_call",
        "custom_tool_call",
        "custom_tool_call_output",
        "file_search_call",
        "image_generation_call",
        "mcp_approval_request",
        "mcp_approval_response",
        "mcp_call",
        "mcp_list_tools",
        "shell_call",
        "shell_call_output",
        "tool_search_call",
        "tool_search_output",
        "web_search_call",
        "x_search_call",
    }
)
# What an earlier answer's message can consist of: never an address that someone would fetch.
_ANSWER_PARTS = ("output_text", "refusal", "text")

# What the gateway turns over in a fraction of a second; others wait meanwhile.
ITEMS_MAX = 5_000


def read_input(value: Any, path: str) -> list[InputItem]:
    """The items of `input`, given as a string or as an array; at least one."""
    if type(value) is str:
        return [InputItem(message=Message(role="user", content=[ContentPart(text=value)]))]
    if type(value) is not list or not value:
        raise invalid(path, "a string, or an array of at least one item")
    if len(value) > ITEMS_MAX:
        raise invalid(path, f"at most {ITEMS_MAX} items")
    return [_read_item(item, f"{path}[{index}]") for index, item in enumerate(value)]


def _read_item(value: Any, path: str) -> InputItem:
    kind = kind_of(value, path) or "message"
    if kind in _REFUSED_KINDS:
        raise unsupported(f"{path}.type", "Send the conversation itself, with your own functions.")
    if kind not in _KINDS:
        raise invalid(f"{path}.type", f"one of {', '.join(_KINDS)}")
    if _is_from_answer(value, kind):
        return _read_earlier(value, kind, path)
    if kind == "function_call":
        return _read_call(RequestObject(value, FUNCTION_CALL, path))
    if kind == "function_call_output":
        return _read_call_output(RequestObject(value, FUNCTION_CALL_OUTPUT, path))
    return _read_message(RequestObject(value, MESSAGE, path))


def _is_from_answer(value: dict[str, Any], kind: str) -> bool:
    """Calls and assistant messages of an answer have an id or a status, a client's own neither."""
    if kind == "reasoning":
        return True
    if kind == "function_call_output" or (kind == "message" and value.get("role") != "assistant"):
        return False
    return value.get("id") is not None or value.get("status") is not None


def _read_earlier(value: dict[str, Any], kind: str, path: str) -> InputItem:
    """An item of an earlier answer, as it was but for its nulls, which mean absent."""
    if kind == "message":
        _check_answer_message(value, path)
    return InputItem(earlier_item_json=json_text({k: v for k, v in value.items() if v is not None}))


def _check_answer_message(value: dict[str, Any], path: str) -> None:
    content = value.get("content")
    if type(content) is str:
        return
    if type(content) is not list:
        raise invalid(f"{path}.content", "a string or an array of parts")
    for index, part in enumerate(content):
        where = f"{path}.content[{index}]"
        if kind_of(part, where) not in _ANSWER_PARTS:
            raise invalid(
                f"{where}.type", f"one of {', '.join(_ANSWER_PARTS)} in an earlier answer"
            )


def _read_message(item: RequestObject) -> InputItem:
    role = item.choice("role", ROLES)
    if role is None:
        raise missing(item.path("role"))
    content = read_content(item.value("content"), item.path("content"))
    return InputItem(message=Message(role=role, content=content))


def _read_call(item: RequestObject) -> InputItem:
    return InputItem(
        function_call=FunctionCall(
            call_id=item.required_text("call_id", NAME_MAX),
            name=item.required_text("name", NAME_MAX),
            arguments_json=item.given_text("arguments"),
        )
    )


def _read_call_output(item: RequestObject) -> InputItem:
    return InputItem(
        function_call_output=FunctionCallOutput(
            call_id=item.required_text("call_id", NAME_MAX),
            output=read_content(item.value("output"), item.path("output")),
        )
    )
