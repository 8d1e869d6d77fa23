"""The functions that a model may call."""

from typing import Any

from grokgate.api.text.v1.text_pb2 import FunctionTool, ToolChoice
from grokgate.edge.answers import json_text
from grokgate.edge.fields import invalid, missing, unsupported
from grokgate.edge.objects import NAME_MAX, RequestObject
from grokgate.edge.text.content import kind_of
from grokgate.edge.text.responses_fields import TOOL, TOOL_CHOICE

_MODES = ("none", "auto", "required")


def read_tool(value: Any, path: str) -> FunctionTool:
    """One of `tools`; the provider's own tools are not served."""
    require_function(value, path)
    return read_function(RequestObject(value, TOOL, path))


def read_function(function: RequestObject) -> FunctionTool:
    """What a function is called, what it does and what it takes."""
    parameters = function.value("parameters")
    if parameters is not None and type(parameters) is not dict:
        raise invalid(function.path("parameters"), "an object: a JSON Schema")
    return FunctionTool(
        name=function.required_text("name", NAME_MAX),
        description=function.text("description") or "",
        parameters_json="" if parameters is None else json_text(parameters),
        strict=function.flag("strict"),
    )


def read_tool_choice(value: Any, path: str) -> ToolChoice:
    """`tool_choice`: a mode, or the function that must be called."""
    if type(value) is str:
        return read_mode(value, path)
    require_function(value, path)
    choice = RequestObject(value, TOOL_CHOICE, path)
    return ToolChoice(function_name=choice.required_text("name", NAME_MAX))


def read_mode(value: str, path: str) -> ToolChoice:
    """Whether functions are called at all."""
    if value not in _MODES:
        raise invalid(path, f"one of {', '.join(_MODES)}, or an object naming a function")
    return ToolChoice(mode=value)


def require_function(value: Any, path: str) -> None:
    """Fails for a tool or a choice of any other kind."""
    kind = kind_of(value, path)
    if kind is None:
        raise missing(f"{path}.type")
    if kind != "function":
        raise unsupported(f"{path}.type", "Only tools of type `function` are served.")
