"""How many tokens a prompt may have, before anybody has counted them.

Two numbers: a bound that is never below the truth sizes the hold, and an estimate near the truth
decides policies and token limits. A byte-pair token stands for at least one byte of UTF-8, so the
bytes bound the tokens; in English text a token stands for some four bytes, in other scripts for
fewer (some two).
"""

from dataclasses import dataclass

from grokgate.api.text.v1.text_pb2 import ContentPart, GenerateRequest, InputItem
from grokgate.catalog.efforts import Effort
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.text.selection import Selection
from grokgate.xai.written import Written

# What a role, a separator or a tool's frame adds: with room to spare, and likely.
_FRAME_TOKENS = 16
_LIKELY_FRAME_TOKENS = 4
_ASCII_BYTES_PER_TOKEN = 4
_OTHER_BYTES_PER_TOKEN = 2


@dataclass(frozen=True, slots=True)
class Estimate:
    """Tokens of a call before it is made. Output tokens are a bound and include reasoning."""

    input_tokens_bound: int
    input_tokens: int
    output_tokens: int


def estimate(request: GenerateRequest, selection: Selection) -> Estimate:
    """The size of a call; every agent reads the prompt and writes."""
    texts, images = _parts(request)
    model, agents = selection.model, selection.agents
    frames = len(request.input) + len(request.tools) + 2
    fixed = model.hidden_prefix_tokens + images * model.tokens_per_image
    bound = sum(len(text.encode()) for text in texts) + frames * _FRAME_TOKENS + fixed
    likely = sum(map(text_tokens, texts)) + frames * _LIKELY_FRAME_TOKENS + fixed
    visible = model.hold_output_tokens
    if request.HasField("max_output_tokens"):
        visible = request.max_output_tokens
    return Estimate(
        input_tokens_bound=bound * agents,
        input_tokens=likely * agents,
        output_tokens=(visible + _reasoning_tokens(selection)) * agents,
    )


def check_context(size: Estimate, selection: Selection) -> None:
    """Refuse a prompt that the model, or the operator's policy, does not take."""
    model = selection.model
    tokens = size.input_tokens // selection.agents
    limits = [limit for limit in (model.refuse_input_above_tokens, model.context_tokens) if limit]
    limit = min(limits, default=tokens)
    if tokens <= limit:
        return
    raise GrokgateError(
        Reason.CONTEXT_TOO_LARGE,
        f"The input has about {tokens} tokens; {model.id} takes at most {limit} here. Shorten it.",
        param="input",
        details={"estimated_tokens": tokens, "limit": limit},
    )


def text_tokens(text: str) -> int:
    """About how many tokens a text has."""
    return written_tokens(Written(text))


def written_tokens(written: Written) -> int:
    """About how many tokens stand for so much text."""
    ascii_tokens = written.ascii_bytes // _ASCII_BYTES_PER_TOKEN
    return ascii_tokens + written.other_bytes // _OTHER_BYTES_PER_TOKEN + 1


def _reasoning_tokens(selection: Selection) -> int:
    model, effort = selection.model, selection.effort
    if effort is None:
        return model.hold_reasoning_tokens_default
    return model.hold_reasoning_tokens[Effort(effort)]


def _parts(request: GenerateRequest) -> tuple[list[str], int]:
    """Every text that the model will read, and how many pictures."""
    texts = [request.instructions, request.output_format.schema_json]
    texts += [tool.name + tool.description + tool.parameters_json for tool in request.tools]
    images = 0
    for item in request.input:
        parts = _content(item)
        texts += [part.text for part in parts]
        images += sum(part.HasField("image") for part in parts)
        call = item.function_call
        texts += [call.name + call.arguments_json, item.earlier_item_json]
    return [text for text in texts if text], images


def _content(item: InputItem) -> list[ContentPart]:
    return [*item.message.content, *item.function_call_output.output]
