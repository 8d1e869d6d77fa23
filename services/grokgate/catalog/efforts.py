"""Words for reasoning effort, as callers write them."""

from enum import StrEnum


class Effort(StrEnum):
    """The levels that xAI knows."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    XHIGH = "xhigh"


# What may follow a model id after a colon.
SUFFIXES = {
    "min": Effort.LOW,
    "minimal": Effort.LOW,
    "low": Effort.LOW,
    "medium": Effort.MEDIUM,
    "med": Effort.MEDIUM,
    "high": Effort.HIGH,
    "xhigh": Effort.XHIGH,
    "max": Effort.XHIGH,
}

# What a request's own field may say.
WORDS = {"none": Effort.NONE, **SUFFIXES}


def split_suffix(model: str) -> tuple[str, str | None]:
    """A requested model id without its suffix, and the suffix (None when there is none)."""
    name, colon, suffix = model.partition(":")
    return name, suffix if colon else None
