"""What xAI refuses although every type is right, in its words where they are known."""

from collections.abc import Iterator

from grokgate.sandbox.errors import RefusalError, invalid_argument, not_found, refusal
from grokgate.sandbox.models import TextModel, find_model
from grokgate.sandbox.requests import (
    FilePart,
    ForcedTool,
    ImagePart,
    Item,
    ResponsesRequest,
    parts_of,
)

_MAX_TOOLS = 350
_MAX_TEMPERATURE = 2
_UNSUPPORTED = ("stop", "presence_penalty", "frequency_penalty", "logit_bias")


def check_request(request: ResponsesRequest) -> TextModel:
    """The model that a good request is for. Raises what is wrong with any other."""
    model = _text_model(request.model)
    for problem in _problems(request, model):
        raise problem
    return model


def _text_model(name: str) -> TextModel:
    model = find_model(name)
    if not isinstance(model, TextModel):
        raise invalid_argument(f"Model not found: {name}")
    return model


def _problems(request: ResponsesRequest, model: TextModel) -> Iterator[RefusalError]:
    yield from _field_problems(request)
    yield from _effort_problems(request, model)
    yield from _tool_problems(request, model)
    for item in request.items:
        yield from _item_problems(item)


def _field_problems(request: ResponsesRequest) -> Iterator[RefusalError]:
    for name in _UNSUPPORTED:
        if getattr(request, name) is not None:
            yield invalid_argument(f"Argument not supported: {name}")
    if request.response_format is not None:
        yield invalid_argument("Argument not supported: response_format. Use `text.format`.")
    if request.search_parameters is not None:
        yield refusal(410, "gone", "Live search is deprecated. Use the Agent Tools API.")
    if request.previous_response_id is not None:
        yield not_found(f"Response {request.previous_response_id} not found: none is kept here.")
    if not request.items:
        yield invalid_argument("`input` must not be empty.")
    yield from _range_problems(request)
    if request.format.type == "json_schema" and request.format.schema is None:
        yield invalid_argument("`text.format.schema` is required with type `json_schema`.")


def _range_problems(request: ResponsesRequest) -> Iterator[RefusalError]:
    if request.max_output_tokens is not None and request.max_output_tokens < 1:
        yield invalid_argument("`max_output_tokens` must be at least 1.")
    if request.temperature is not None and not 0 <= request.temperature <= _MAX_TEMPERATURE:
        yield invalid_argument("`temperature` must be between 0 and 2.")
    if request.top_p is not None and not 0 < request.top_p <= 1:
        yield invalid_argument("`top_p` must be above 0 and at most 1.")


def _effort_problems(request: ResponsesRequest, model: TextModel) -> Iterator[RefusalError]:
    if not request.effort or request.effort in model.efforts:
        return
    if not model.efforts:
        yield invalid_argument("Argument not supported on this model: reasoningEffort")
    yield invalid_argument(
        f"This model does not support `reasoning_effort` value `{request.effort}`."
    )


def _tool_problems(request: ResponsesRequest, model: TextModel) -> Iterator[RefusalError]:
    tools, choice = request.tools or [], request.tool_choice
    if choice is not None and not tools:
        yield invalid_argument("A tool_choice was set on the request but no tools were specified.")
    if len(tools) > _MAX_TOOLS:
        yield invalid_argument(f"A maximum of {_MAX_TOOLS} tools is supported.")
    if tools and model.agents:
        yield invalid_argument("Client-side tools for multi-agent models require beta access")
    for tool in tools:
        if tool.type != "function":
            yield invalid_argument(f"The sandbox does not run the tool `{tool.type}`.")
        elif not tool.name or tool.parameters is None:
            yield invalid_argument("A function needs a `name` and `parameters`.")
    if isinstance(choice, ForcedTool) and choice.name not in {tool.name for tool in tools}:
        yield invalid_argument(f"tool_choice names `{choice.name}`, which is not among the tools.")


def _item_problems(item: Item) -> Iterator[RefusalError]:
    for part in parts_of(item):
        if isinstance(part, FilePart) or (isinstance(part, ImagePart) and part.file_id):
            yield invalid_argument("The sandbox keeps no files.")
        elif isinstance(part, ImagePart) and not _is_picture(part.image_url or ""):
            yield invalid_argument("`image_url` must be an https URL or a data URI of an image.")


def _is_picture(url: str) -> bool:
    return url.startswith(("https://", "http://", "data:image/"))
