"""From the JSON of `POST /v1/responses` to a GenerateRequest."""

from dataclasses import dataclass
from typing import Any

from grokgate.api.text.v1.text_pb2 import GenerateRequest, InputItem, OutputFormat
from grokgate.api.types.v1.endpoint_pb2 import ENDPOINT_RESPONSES
from grokgate.edge.fields import invalid, missing, unsupported
from grokgate.edge.objects import NAME_MAX, USER_MAX, RequestObject
from grokgate.edge.text.asked import Asked, OwnWords
from grokgate.edge.text.chat_messages import read_messages
from grokgate.edge.text.input_items import read_input
from grokgate.edge.text.output_format import read_output_format
from grokgate.edge.text.responses_fields import REASONING, REQUEST, TEXT
from grokgate.edge.text.sampling import read_top_p
from grokgate.edge.text.tools import read_tool, read_tool_choice

METADATA_PAIRS_MAX = 16
METADATA_KEY_MAX = 64
METADATA_VALUE_MAX = 512

_SUMMARIES = ("auto", "concise", "detailed")
_ENCRYPTED_REASONING = "reasoning.encrypted_content"


@dataclass(frozen=True, slots=True)
class ResponsesRequest(Asked):
    """What a client asked for: the call, in which form, and what its answer only repeats."""

    metadata: dict[str, str]


def read_responses_request(value: dict[str, Any]) -> ResponsesRequest:
    """Translate a body.

    Fails with MISSING_PARAMETER, UNKNOWN_PARAMETER, UNSUPPORTED_PARAMETER or INVALID_VALUE, and
    `param` is the path of the field. What a field means for its model is the text service's to
    judge.
    """
    body = RequestObject(value, REQUEST)
    reasoning = body.nested("reasoning", REASONING)
    choice = body.value("tool_choice")
    model = body.required_text("model", NAME_MAX)
    items, own_words = _read_conversation(body)
    generate = GenerateRequest(
        model=model,
        input=items,
        instructions=body.text("instructions"),
        reasoning_effort=reasoning.text("effort", NAME_MAX),
        reasoning_summary=_read_summary(reasoning),
        max_output_tokens=body.integer("max_output_tokens", 1),
        temperature=body.number("temperature", 0, 2),
        top_p=read_top_p(body),
        output_format=_read_format(body),
        tools=[read_tool(tool, path) for path, tool in body.items("tools")],
        tool_choice=None if choice is None else read_tool_choice(choice, "tool_choice"),
        parallel_tool_calls=body.flag("parallel_tool_calls"),
        include_encrypted_reasoning=_read_include(body),
        user=body.text("user", USER_MAX),
        prompt_cache_key=body.text("prompt_cache_key", USER_MAX),
        endpoint=ENDPOINT_RESPONSES,
    )
    stream = body.flag("stream") or False
    return ResponsesRequest(generate, stream, own_words, _read_metadata(body))


def _read_conversation(body: RequestObject) -> tuple[list[InputItem], OwnWords]:
    given, messages = body.value("input"), body.value("messages")
    if given is not None and messages is not None:
        raise invalid("messages", "absent when `input` is given")
    if messages is not None:
        placed = read_messages(messages, "messages")
        own_words = OwnWords({"input": "messages"}, [path for path, _ in placed])
        return [item for _, item in placed], own_words
    if given is None:
        raise missing("input")
    return read_input(given, "input"), OwnWords()


def _read_summary(reasoning: RequestObject) -> str | None:
    summary = reasoning.choice("summary", _SUMMARIES)
    return summary or reasoning.choice("generate_summary", _SUMMARIES)


def _read_format(body: RequestObject) -> OutputFormat | None:
    text_format = body.nested("text", TEXT).value("format")
    response_format = body.value("response_format")
    if text_format is not None and response_format is not None:
        raise invalid("response_format", "absent when `text.format` is given")
    if text_format is not None:
        return read_output_format(text_format, "text.format")
    if response_format is not None:
        return read_output_format(response_format, "response_format")
    return None


def _read_include(body: RequestObject) -> bool:
    for path, included in body.items("include"):
        if included != _ENCRYPTED_REASONING:
            raise unsupported(path, f"Only `{_ENCRYPTED_REASONING}` can be included.")
    return bool(body.value("include"))


def _read_metadata(body: RequestObject) -> dict[str, str]:
    metadata = body.value("metadata")
    if metadata is None:
        return {}
    if type(metadata) is not dict or len(metadata) > METADATA_PAIRS_MAX:
        raise invalid("metadata", f"an object of at most {METADATA_PAIRS_MAX} pairs")
    for key, value in metadata.items():
        if len(key) > METADATA_KEY_MAX:
            raise invalid("metadata", f"without keys of over {METADATA_KEY_MAX} characters")
        if type(value) is not str or len(value) > METADATA_VALUE_MAX:
            raise invalid(f"metadata.{key}", f"a string of at most {METADATA_VALUE_MAX} characters")
    return metadata
