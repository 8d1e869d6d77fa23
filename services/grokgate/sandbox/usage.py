"""What a text call used and what it costs."""

from typing import Any

import msgspec

from grokgate.sandbox import tokens
from grokgate.sandbox.errors import invalid_argument
from grokgate.sandbox.generation import Speech
from grokgate.sandbox.models import TextModel
from grokgate.sandbox.prices import text_cost_ticks
from grokgate.sandbox.requests import (
    AnswerPart,
    FilePart,
    ImagePart,
    Item,
    Part,
    RefusalPart,
    ResponsesRequest,
    TextPart,
    parts_of,
)


def count_prompt(request: ResponsesRequest, body: dict[str, Any]) -> tuple[int, int]:
    """A prompt's tokens: all, and those of them that come from the cache.

    The whole prompt is a hidden prefix, the instructions, the tools, the schema and the items.
    What stands before the last item is cached, in whole blocks, when there is a
    `prompt_cache_key`: so the same request always costs the same.
    """
    counts = [_item_tokens(item) for item in request.items]
    known = tokens.PREFIX_TOKENS + sum(counts[:-1])
    if request.instructions:
        known += tokens.MESSAGE_TOKENS + tokens.count(request.instructions)
    for extra in (body.get("tools"), request.format.schema):
        if extra:
            known += tokens.count(msgspec.json.encode(extra).decode())
    cached = tokens.cached_tokens(known) if request.prompt_cache_key else 0
    return known + counts[-1], cached


def check_context(model: TextModel, input_tokens: int) -> None:
    """Refuse a prompt that the model cannot hold."""
    if input_tokens > model.context_tokens:
        raise invalid_argument(
            f"This model's maximum prompt length is {model.context_tokens} "
            f"but the request contains {input_tokens} tokens."
        )


def usage_page(
    model: TextModel, effort: str, prompt: tuple[int, int], speech: Speech, *, priority: bool
) -> dict[str, Any]:
    """The `usage` of a response. Every agent reads the whole prompt, and all of them are billed.

    `context_details` is the leader's own last step, which is not what is billed.
    """
    agents = model.agents.get(effort, 1)
    input_tokens, cached_tokens = (count * agents for count in prompt)
    reasoning_tokens = speech.reasoning_tokens * agents
    output_tokens = reasoning_tokens + speech.visible_tokens * agents
    return {
        "input_tokens": input_tokens,
        "input_tokens_details": {"cached_tokens": cached_tokens},
        "output_tokens": output_tokens,
        "output_tokens_details": {"reasoning_tokens": reasoning_tokens},
        "total_tokens": input_tokens + output_tokens,
        "num_sources_used": 0,
        "num_server_side_tools_used": 0,
        "cost_in_usd_ticks": text_cost_ticks(
            model.prices,
            input_tokens=input_tokens,
            cached_tokens=cached_tokens,
            output_tokens=output_tokens,
            priority=priority,
        ),
        "context_details": {
            "input_tokens": prompt[0],
            "output_tokens": output_tokens // agents,
        },
    }


def _item_tokens(item: Item) -> int:
    return tokens.MESSAGE_TOKENS + sum(_part_tokens(part) for part in parts_of(item))


def _part_tokens(part: Part) -> int:
    match part:
        case TextPart(text=text) | AnswerPart(text=text) | RefusalPart(refusal=text):
            return tokens.count(text)
        case ImagePart():
            return tokens.IMAGE_TOKENS[part.detail or "auto"]
        case FilePart():
            return 0
