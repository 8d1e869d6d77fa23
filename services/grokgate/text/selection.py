"""Which model a request means, and with how much effort."""

from dataclasses import dataclass

from grokgate.catalog.efforts import SUFFIXES, WORDS, Effort
from grokgate.catalog.models import Catalog, Model
from grokgate.catalog.selection import select_model
from grokgate.chassis.errors import GrokgateError, Reason


@dataclass(frozen=True, slots=True)
class Selection:
    """A model, and the effort in force; None when the model has no efforts."""

    model: Model
    effort: Effort | None

    @property
    def agents(self) -> int:
        """How many agents work, and are billed, at once."""
        return 1 if self.effort is None else self.model.agents.get(self.effort, 1)


def select(catalog: Catalog, requested: str, effort_word: str | None, endpoint: str) -> Selection:
    """The selection of a requested model id, with or without suffix.

    `effort_word` is the request's own field and wins over the suffix. Raises as `select_model`,
    and INVALID_VALUE, UNSUPPORTED_CAPABILITY.
    """
    model, suffix = select_model(catalog, requested, endpoint)
    return Selection(model, _effort(model, suffix, effort_word))


def _effort(model: Model, suffix: str | None, word: str | None) -> Effort | None:
    if suffix is not None and suffix not in SUFFIXES:
        known = ", ".join(f":{name}" for name in SUFFIXES)
        raise GrokgateError(
            Reason.INVALID_VALUE,
            f"The model suffix `:{suffix[:50]}` is unknown. Use one of {known}.",
            param="model",
        )
    if word is not None and word not in WORDS:
        raise GrokgateError(
            Reason.INVALID_VALUE,
            f"`reasoning.effort` is `{word[:50]}`. Use one of {', '.join(WORDS)}.",
            param="reasoning.effort",
        )
    if word is not None:
        return _supported(model, WORDS[word], "reasoning.effort")
    if suffix is not None:
        return _supported(model, SUFFIXES[suffix], "model")
    return model.default_reasoning_effort


def _supported(model: Model, effort: Effort, param: str) -> Effort:
    if effort in model.reasoning_efforts:
        return effort
    levels = list(model.reasoning_efforts)
    has = f"It has {', '.join(levels)}." if levels else "It has none: leave the effort out."
    raise GrokgateError(
        Reason.UNSUPPORTED_CAPABILITY,
        f"{model.id} does not support the reasoning effort `{effort}`. {has}",
        param=param,
        details={"model": model.id, "supported_efforts": levels},
    )
