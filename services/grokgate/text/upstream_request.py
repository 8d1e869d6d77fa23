"""A request in upstream's words: the JSON body of xAI's POST /responses."""

from typing import Any

import msgspec

from grokgate.api.text.v1.text_pb2 import ContentPart, GenerateRequest, InputItem, OutputFormat
from grokgate.text.selection import Selection

_Json = dict[str, Any]


def upstream_body(request: GenerateRequest, selection: Selection, *, stream: bool = False) -> bytes:
    """The body; nothing is stored upstream, and JSON texts are passed on as they came."""
    body: _Json = {
        "model": selection.model.upstream_model,
        "input": [_item(item) for item in request.input],
        "store": False,
    }
    if stream:
        body["stream"] = True
    for name in ("instructions", "max_output_tokens", "temperature", "top_p", "user"):
        if request.HasField(name):
            body[name] = getattr(request, name)
    if request.HasField("prompt_cache_key"):
        body["prompt_cache_key"] = request.prompt_cache_key
    if request.HasField("parallel_tool_calls"):
        body["parallel_tool_calls"] = request.parallel_tool_calls
    if reasoning := _reasoning(request, selection):
        body["reasoning"] = reasoning
    if request.include_encrypted_reasoning:
        body["include"] = ["reasoning.encrypted_content"]
    if request.HasField("output_format"):
        body["text"] = {"format": _format(request.output_format)}
    body.update(_tools(request))
    return msgspec.json.encode(body)


def _reasoning(request: GenerateRequest, selection: Selection) -> _Json:
    reasoning: _Json = {}
    if selection.effort is not None:
        reasoning["effort"] = selection.effort
    if request.HasField("reasoning_summary"):
        reasoning["summary"] = request.reasoning_summary
    return reasoning


def _item(item: InputItem) -> Any:
    match item.WhichOneof("item"):
        case "message":
            role = item.message.role
            text_type = "output_text" if role == "assistant" else "input_text"
            return {"role": role, "content": _content(item.message.content, text_type)}
        case "function_call":
            call = item.function_call
            return {
                "type": "function_call",
                "call_id": call.call_id,
                "name": call.name,
                "arguments": call.arguments_json,
            }
        case "function_call_output":
            output = item.function_call_output
            return {
                "type": "function_call_output",
                "call_id": output.call_id,
                "output": _content(output.output, "input_text"),
            }
        case _:
            return msgspec.Raw(item.earlier_item_json.encode())


def _content(parts: Any, text_type: str) -> str | list[_Json]:
    """A single text as a string, anything else as typed parts."""
    if len(parts) == 1 and parts[0].HasField("text"):
        text: str = parts[0].text
        return text
    return [_part(part, text_type) for part in parts]


def _part(part: ContentPart, text_type: str) -> _Json:
    if part.HasField("text"):
        return {"type": text_type, "text": part.text}
    return {
        "type": "input_image",
        "image_url": part.image.url,
        "detail": part.image.detail or "auto",
    }


def _format(output_format: OutputFormat) -> _Json:
    body: _Json = {"type": output_format.type}
    if output_format.type == "json_schema":
        body["schema"] = msgspec.Raw(output_format.schema_json.encode())
        body["name"] = output_format.name or "answer"
        if output_format.description:
            body["description"] = output_format.description
        if output_format.HasField("strict"):
            body["strict"] = output_format.strict
    return body


def _tools(request: GenerateRequest) -> _Json:
    if not request.tools:
        return {}
    tools = [
        {
            "type": "function",
            "name": tool.name,
            "description": tool.description,
            "parameters": msgspec.Raw(tool.parameters_json.encode() or b"{}"),
        }
        for tool in request.tools
    ]
    body: _Json = {"tools": tools}
    match request.tool_choice.WhichOneof("choice"):
        case "mode":
            body["tool_choice"] = request.tool_choice.mode
        case "function_name":
            name = request.tool_choice.function_name
            body["tool_choice"] = {"type": "function", "name": name}
    return body
