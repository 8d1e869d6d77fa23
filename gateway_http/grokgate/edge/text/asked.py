"""What a client asked for, whatever the dialect, and the names that it knows it by."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grokgate.api.text.v1.text_pb2 import GenerateRequest
from grokgate.chassis.errors import GrokgateError

_ITEM = re.compile(r"input\[(\d+)\](.*)")


@dataclass(frozen=True, slots=True)
class OwnWords:
    """A client's names for what services name by the Responses API.

    `fields` has its fields by those names; `items` says where each item of the input was written,
    unless it was there.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    items: Sequence[str] = ()

    def rephrase(self, error: GrokgateError) -> None:
        """Let an error name the field that the client sent."""
        own = self._own(error.param)
        error.message = error.message.replace(f"`{error.param}`", f"`{own}`")
        error.param = own

    def _own(self, param: str) -> str:
        item = _ITEM.fullmatch(param)
        if item is None or not self.items:
            return self.fields.get(param, param)
        # What a tool put out is its message's content.
        rest = re.sub(r"^\.output\b", ".content", item[2])
        return self.items[int(item[1])] + rest


@dataclass(frozen=True, slots=True)
class Asked:
    """The call, in which form it is answered, and how its client speaks of it."""

    generate: GenerateRequest
    stream: bool
    own_words: OwnWords
