"""What a request must be, whoever sent it: the edge is not trusted to have looked."""

import re
from typing import Any

import msgspec

from grokgate.api.text.v1.text_pb2 import (
    ContentPart,
    FunctionTool,
    GenerateRequest,
    InputItem,
    OutputFormat,
    ToolChoice,
)
from grokgate.catalog.models import Model
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.json_text import UNREADABLE
from grokgate.chassis.refusals import invalid, missing

_ROLES = frozenset({"system", "developer", "user", "assistant"})
_DETAILS = frozenset({"", "auto", "low", "high"})
_FORMATS = frozenset({"text", "json_object", "json_schema"})
_MODES = frozenset({"none", "auto", "required"})
_SUMMARIES = frozenset({"auto", "concise", "detailed"})
_EARLIER_ITEMS = frozenset({"message", "function_call", "reasoning"})
_ITEMS_CEILING = 5_000
_TOOLS_CEILING = 350
# For a model whose context the catalogue does not know.
_TOKENS_CEILING = 10_000_000
_TEMPERATURE_CEILING = 2
_SHORT_CHARACTERS = 512
_DATA_URI = re.compile(r"data:image/(?:jpeg|png|webp);base64,[A-Za-z0-9+/]+={0,2}\Z")


def check(request: GenerateRequest, model: Model) -> None:
    """Refuse what upstream could not answer, naming the field and the fix.

    Raises MISSING_PARAMETER, INVALID_VALUE, UNSUPPORTED_CAPABILITY.
    """
    if not request.input:
        raise missing("input", "send a string or at least one item")
    if len(request.input) > _ITEMS_CEILING:
        raise invalid("input", f"send at most {_ITEMS_CEILING} items")
    for index, item in enumerate(request.input):
        _check_item(item, f"input[{index}]", model)
    _check_sampling(request, model)
    if request.HasField("output_format"):
        _check_format(request.output_format)
    _check_tools(request, model)
    for name in ("user", "prompt_cache_key"):
        value = getattr(request, name)
        if len(value) > _SHORT_CHARACTERS or "\0" in value:
            raise invalid(name, f"use at most {_SHORT_CHARACTERS} characters and no NUL")


def _check_item(item: InputItem, path: str, model: Model) -> None:
    match item.WhichOneof("item"):
        case "message":
            if item.message.role not in _ROLES:
                raise invalid(f"{path}.role", f"use one of {', '.join(sorted(_ROLES))}")
            _check_content(item.message.content, f"{path}.content", model)
        case "function_call":
            call = item.function_call
            if not call.call_id or not call.name:
                raise missing(f"{path}.call_id", "a function call has a call_id and a name")
        case "function_call_output":
            if not item.function_call_output.call_id:
                raise missing(f"{path}.call_id", "name the call that this answers")
            _check_content(item.function_call_output.output, f"{path}.output", model)
        case "earlier_item_json":
            kind = _json_object(item.earlier_item_json, path).get("type", "message")
            if kind not in _EARLIER_ITEMS:
                known = ", ".join(sorted(_EARLIER_ITEMS))
                raise invalid(f"{path}.type", f"use one of {known}")
        case _:
            raise missing(path, "an item is a message, a function call or its output")


def _check_content(parts: Any, path: str, model: Model) -> None:
    if not parts:
        raise missing(path, "send at least one part")
    for index, part in enumerate(parts):
        _check_part(part, f"{path}[{index}]", model)


def _check_part(part: ContentPart, path: str, model: Model) -> None:
    kind = part.WhichOneof("part")
    if kind is None:
        raise missing(path, "a part is a text or an image")
    if kind == "text":
        return
    if "image" not in model.input_modalities:
        raise GrokgateError(
            Reason.UNSUPPORTED_CAPABILITY, f"{model.id} does not read images.", param=path
        )
    check_image_url(part.image.url, f"{path}.image_url")
    if part.image.detail not in _DETAILS:
        raise invalid(f"{path}.detail", "use auto, low or high")


def check_image_url(url: str, path: str) -> None:
    """Refuse what is neither an https URL nor a data URI of a picture. Nothing is fetched."""
    if url.startswith("https://") and len(url) > len("https://") and url.isprintable():
        return
    if _DATA_URI.match(url):
        return
    raise invalid(path, "use an https URL, or a base64 data URI of a jpeg, png or webp image")


def _check_sampling(request: GenerateRequest, model: Model) -> None:
    most = model.context_tokens or _TOKENS_CEILING
    if request.HasField("max_output_tokens") and not 1 <= request.max_output_tokens <= most:
        raise invalid(
            "max_output_tokens",
            f"use a whole number from 1 to {most}, all that {model.id} can hold",
        )
    if request.HasField("temperature") and not 0 <= request.temperature <= _TEMPERATURE_CEILING:
        raise invalid("temperature", f"use a number from 0 to {_TEMPERATURE_CEILING}")
    if request.HasField("top_p") and not 0 < request.top_p <= 1:
        raise invalid("top_p", "use a number above 0 and at most 1")
    if request.HasField("reasoning_summary") and request.reasoning_summary not in _SUMMARIES:
        raise invalid("reasoning.summary", f"use one of {', '.join(sorted(_SUMMARIES))}")


def _check_format(output_format: OutputFormat) -> None:
    if output_format.type not in _FORMATS:
        raise invalid("text.format.type", f"use one of {', '.join(sorted(_FORMATS))}")
    if output_format.type == "json_schema":
        if not output_format.schema_json:
            raise missing("text.format.schema", "json_schema needs a schema")
        _json_object(output_format.schema_json, "text.format.schema")


def _check_tools(request: GenerateRequest, model: Model) -> None:
    if request.tools and not model.function_tools:
        raise GrokgateError(
            Reason.UNSUPPORTED_CAPABILITY,
            f"{model.id} does not call functions: leave `tools` out, or use another model.",
            param="tools",
        )
    if len(request.tools) > _TOOLS_CEILING:
        raise invalid("tools", f"send at most {_TOOLS_CEILING}")
    for index, tool in enumerate(request.tools):
        _check_tool(tool, f"tools[{index}]")
    if request.HasField("tool_choice"):
        _check_tool_choice(request.tool_choice, {tool.name for tool in request.tools})


def _check_tool(tool: FunctionTool, path: str) -> None:
    if not tool.name:
        raise missing(f"{path}.name", "name the function")
    if tool.parameters_json:
        _json_object(tool.parameters_json, f"{path}.parameters")


def _check_tool_choice(choice: ToolChoice, names: set[str]) -> None:
    kind = choice.WhichOneof("choice")
    if kind == "function_name" and choice.function_name in names:
        return
    if kind == "mode" and choice.mode in _MODES and (names or choice.mode != "required"):
        return
    raise invalid("tool_choice", "use none, auto, required, or a function that is in `tools`")


def _json_object(text: str, path: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except UNREADABLE as exc:
        raise invalid(path, "send a JSON object") from exc
