"""Which model a request means, at which reasoning effort."""

from dataclasses import dataclass

from grokgate.catalog.efforts import SUFFIXES, WORDS, Effort, split_suffix
from grokgate.catalog.models import Catalog, Model
from grokgate.chassis.endpoints import PATHS
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

    `effort_word` is the request's own field and wins over the suffix. Raises MISSING_PARAMETER,
    MODEL_NOT_FOUND, MODEL_RETIRED, UNSUPPORTED_OPERATION, INVALID_VALUE, UNSUPPORTED_CAPABILITY.
    """
    if not requested:
        raise GrokgateError(
            Reason.MISSING_PARAMETER, "`model` is required: name a model.", param="model"
        )
    name, suffix = split_suffix(requested)
    model = catalog.find(name)
    if model is None:
        raise GrokgateError(
            Reason.MODEL_NOT_FOUND,
            f"The model `{name[:200]}` does not exist here. GET /v1/models lists those that do.",
            param="model",
        )
    _check_retirement(model)
    _check_endpoint(model, endpoint)
    return Selection(model, _effort(model, suffix, effort_word))


def _check_retirement(model: Model) -> None:
    if not model.retired:
        return
    details = {
        "model": model.id,
        "replacement_model": model.replacement_model,
        "retirement_date": model.retirement_date,
    }
    raise GrokgateError(
        Reason.MODEL_RETIRED,
        f"{model.id} was retired on {model.retirement_date}. Use {model.replacement_model}.",
        param="model",
        details=details,
    )


def _check_endpoint(model: Model, endpoint: str) -> None:
    if endpoint in model.endpoints:
        return
    supported = [PATHS[word] for word in model.endpoints]
    hint = f"Send requests for {model.id} to {supported[0]}."
    details = {
        "param": "model",
        "model": model.id,
        "attempted_endpoint": PATHS[endpoint],
        "supported_endpoints": supported,
        "suggested_endpoint": supported[0],
        "hint": hint,
    }
    raise GrokgateError(
        Reason.UNSUPPORTED_OPERATION,
        f"{model.id} does not work on {PATHS[endpoint]}. {hint}",
        param="model",
        details=details,
    )


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
