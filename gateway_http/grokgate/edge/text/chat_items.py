"""What output items say, in the words of the chat dialect."""

from typing import Any

import msgspec

from grokgate.chassis.errors import GrokgateError, Reason

# Between texts that the chat dialect has only one place for.
PARAGRAPH = "\n\n"
# The types of the parts that make up `reasoning_content`.
THOUGHTS = ("summary_text", "reasoning_text")


class AnswerPart(msgspec.Struct):
    """A part of an item's content or summary."""

    type: str = ""
    text: str = ""
    refusal: str = ""
    annotations: list[dict[str, Any]] | None = None


class AnswerItem(msgspec.Struct):
    """An output item, as far as a chat message can tell it."""

    type: str
    content: list[AnswerPart] | None = None
    summary: list[AnswerPart] | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None

    def parts(self, *kinds: str) -> list[AnswerPart]:
        """The parts of some types, those of the summary first."""
        parts = [*(self.summary or ()), *(self.content or ())]
        return [part for part in parts if part.type in kinds]


_CITATION = "url_citation"
_DECODER = msgspec.json.Decoder(AnswerItem)


def read_item(item_json: str) -> AnswerItem:
    """An item of an answer; fails with PROVIDER_ERROR if it is none."""
    try:
        return _DECODER.decode(item_json)
    except msgspec.MsgspecError as exc:
        raise GrokgateError(
            Reason.PROVIDER_ERROR,
            "The provider's answer cannot be told as a chat message.",
            upstream_started=True,
        ) from exc


def chat_annotation(annotation: dict[str, Any]) -> dict[str, Any]:
    """An annotation with its fields under its type, as the chat dialect has them."""
    kind = annotation.get("type", _CITATION)
    return {"type": kind, kind: {k: v for k, v in annotation.items() if k != "type"}}
