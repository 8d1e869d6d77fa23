"""What the sandbox's model says. The same request always gets the same words."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import msgspec

from grokgate.sandbox import tokens
from grokgate.sandbox.directives import Directive, find, without_directives
from grokgate.sandbox.errors import invalid_argument
from grokgate.sandbox.requests import (
    AnswerPart,
    ForcedTool,
    FunctionOutput,
    ImagePart,
    Item,
    Message,
    ResponsesRequest,
    TextPart,
    parts_of,
)
from grokgate.sandbox.schema_answers import sample

REASONING_TOKENS = {"none": 0, "low": 32, "medium": 96, "high": 256, "xhigh": 640}

_GIST_CHARACTERS = 240
_MAX_WORDS = 200_000
_FILLER = (
    "The sandbox keeps talking so that you can watch an answer grow. "
    "Every word of it is made on your own machine, and no model has thought about it. "
    "Only the tokens are counted, and the bill worked out, as the real thing would do it. "
)
_REFUSAL = "I can't help with that."


@dataclass(frozen=True, slots=True)
class Call:
    """A function that the model wants called; `arguments` is JSON text."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Speech:
    """What the model says: words, a refusal or calls. `thought` is empty when it did not think."""

    thought: str = ""
    reasoning_tokens: int = 0
    text: str = ""
    is_refusal: bool = False
    is_cut: bool = False
    calls: tuple[Call, ...] = ()

    @property
    def visible_tokens(self) -> int:
        """The tokens of everything but the thinking."""
        called = sum(tokens.count(call.name + call.arguments) for call in self.calls)
        return called + tokens.count(self.text)


def speak(
    request: ResponsesRequest, model_id: str, effort: str, directives: Sequence[Directive]
) -> Speech:
    """The answer to a request. An empty effort means a model that does not think."""
    calls = _calls(request, directives)
    text = "" if calls else _text(request, model_id, directives)
    pieces = tokens.split(text)
    limit = request.max_output_tokens
    is_cut = limit is not None and len(pieces) > limit
    reasoning_tokens = REASONING_TOKENS.get(effort, 0)
    return Speech(
        thought=_thought(request) if reasoning_tokens else "",
        reasoning_tokens=reasoning_tokens,
        text="".join(pieces[:limit]) if is_cut else text,
        is_refusal=find(directives, "refuse") is not None,
        is_cut=is_cut,
        calls=calls,
    )


def _text(request: ResponsesRequest, model_id: str, directives: Sequence[Directive]) -> str:
    if find(directives, "refuse"):
        return _REFUSAL
    words = find(directives, "words")
    text = _filler(words.number) if words else _reply(request.items, model_id)
    if request.format.type == "text":
        return text
    schema = request.format.schema
    value = {"message": text} if schema is None else sample(schema, text)
    return msgspec.json.encode(value).decode()


def _reply(items: Sequence[Item], model_id: str) -> str:
    sentences = [f"Hello from the sandbox, standing in for {model_id}."]
    if isinstance(items[-1], FunctionOutput):
        sentences.append(f"Your function answered: {_said(items[-1])}")
    else:
        gist = _gist(items)
        sentences.append(f"You said: “{gist}”" if gist else "You sent no words.")
    pictures = sum(isinstance(part, ImagePart) for item in items for part in parts_of(item))
    if pictures:
        sentences.append(f"Pictures that came with it: {pictures}.")
    return " ".join(sentences)


def _thought(request: ResponsesRequest) -> str:
    gist = _gist(request.items)
    return f"The user wrote “{gist}”. I am a stand-in, so I answer with what I was told."


def _gist(items: Sequence[Item]) -> str:
    """The latest words of the user, without directives, cut to a line or two."""
    messages = (item for item in reversed(items) if isinstance(item, Message))
    latest = next((message for message in messages if message.role == "user"), None)
    said = without_directives(_said(latest)) if latest else ""
    return said if len(said) <= _GIST_CHARACTERS else said[: _GIST_CHARACTERS - 1].rstrip() + "…"


def _said(item: Item) -> str:
    return " ".join(part.text for part in parts_of(item) if isinstance(part, TextPart | AnswerPart))


def _filler(words: int) -> str:
    if not 1 <= words <= _MAX_WORDS:
        raise invalid_argument(f"[sandbox:words=N] takes 1 to {_MAX_WORDS}.")
    return " ".join(islice(cycle(_FILLER.split()), words))


def _calls(request: ResponsesRequest, directives: Sequence[Directive]) -> tuple[Call, ...]:
    """The calls of a turn: none once a function has answered, or every loop would be endless."""
    if request.tool_choice == "none" or isinstance(request.items[-1], FunctionOutput):
        return ()
    calls = _asked_calls(request, directives) or _forced_calls(request)
    return calls[:1] if request.parallel_tool_calls is False else calls


def _asked_calls(request: ResponsesRequest, directives: Sequence[Directive]) -> tuple[Call, ...]:
    tools = {tool.name for tool in request.tools or []}
    calls = []
    for directive in directives:
        if directive.name == "call":
            name, _, arguments = directive.argument.partition(" ")
            if name not in tools:
                raise invalid_argument(f"[sandbox:call {name}] names none of the tools.")
            calls.append(Call(name, arguments))
    return tuple(calls)


def _forced_calls(request: ResponsesRequest) -> tuple[Call, ...]:
    choice, tools = request.tool_choice, request.tools or []
    if isinstance(choice, ForcedTool):
        tools = [tool for tool in tools if tool.name == choice.name]
    elif choice != "required":
        return ()
    arguments: Any = sample(tools[0].parameters or {"type": "object"}, _gist(request.items))
    return (Call(tools[0].name, msgspec.json.encode(arguments).decode()),)
