"""The conversation in the older chat dialect."""

from typing import Any

from grokgate.api.text.v1.text_pb2 import (
    ContentPart,
    FunctionCall,
    FunctionCallOutput,
    InputItem,
    Message,
)
from grokgate.edge.fields import invalid, missing, unsupported
from grokgate.edge.objects import NAME_MAX, RequestObject
from grokgate.edge.text.content import read_content
from grokgate.edge.text.input_items import ITEMS_MAX, ROLES
from grokgate.edge.text.responses_fields import CALLED_FUNCTION, CHAT_MESSAGE, TOOL_CALL

# An item, and where it was written.
_Placed = tuple[str, InputItem]


def read_messages(value: Any, path: str) -> list[_Placed]:
    """The items that an array of chat messages amounts to, each with its path; at least one."""
    if type(value) is not list or not value:
        raise invalid(path, "an array of at least one message")
    if len(value) > ITEMS_MAX:
        raise invalid(path, f"at most {ITEMS_MAX} messages")
    return [
        item
        for index, message in enumerate(value)
        for item in _read_message(message, f"{path}[{index}]")
    ]


def _read_message(value: Any, path: str) -> list[_Placed]:
    message = RequestObject(value, CHAT_MESSAGE, path)
    role = message.choice("role", (*ROLES, "tool"))
    if role is None:
        raise missing(message.path("role"))
    if role == "tool":
        return [(path, _read_output(message))]
    calls = [(where, _read_call(where, call)) for where, call in message.items("tool_calls")]
    if calls and role != "assistant":
        raise invalid(message.path("tool_calls"), "absent unless the role is assistant")
    if calls and message.value("content") in (None, ""):
        return calls
    content = _read_content(message)
    return [(path, InputItem(message=Message(role=role, content=content))), *calls]


def _read_content(message: RequestObject) -> list[ContentPart]:
    """What a message says; an answer that was a refusal comes back without content."""
    refusal = message.text("refusal")
    if refusal and message.value("content") is None:
        return [ContentPart(text=refusal)]
    return read_content(message.value("content"), message.path("content"))


def _read_output(message: RequestObject) -> InputItem:
    return InputItem(
        function_call_output=FunctionCallOutput(
            call_id=message.required_text("tool_call_id", NAME_MAX),
            output=read_content(message.value("content"), message.path("content")),
        )
    )


def _read_call(path: str, value: Any) -> InputItem:
    call = RequestObject(value, TOOL_CALL, path)
    if call.text("type") not in {None, "function"}:
        raise unsupported(call.path("type"), "Only functions can be called.")
    function = call.nested("function", CALLED_FUNCTION)
    return InputItem(
        function_call=FunctionCall(
            call_id=call.required_text("id", NAME_MAX),
            name=function.required_text("name", NAME_MAX),
            arguments_json=function.given_text("arguments"),
        )
    )
