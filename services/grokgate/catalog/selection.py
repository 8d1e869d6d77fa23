"""From the model id of a request to the entry that serves it."""

from grokgate.catalog.efforts import split_suffix
from grokgate.catalog.models import Catalog, Model
from grokgate.chassis.endpoints import PATHS
from grokgate.chassis.errors import GrokgateError, Reason


def select_model(catalog: Catalog, requested: str, endpoint: str) -> tuple[Model, str | None]:
    """The model of a requested id, and the id's suffix; None when it has none.

    Raises MISSING_PARAMETER, MODEL_NOT_FOUND, MODEL_RETIRED, UNSUPPORTED_OPERATION.
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
    return model, suffix


def select_model_without_suffix(catalog: Catalog, requested: str, endpoint: str) -> Model:
    """The model of a requested id that no effort can be asked of.

    Raises as `select_model`, and UNSUPPORTED_CAPABILITY for a suffix.
    """
    model, suffix = select_model(catalog, requested, endpoint)
    if suffix is not None:
        raise GrokgateError(
            Reason.UNSUPPORTED_CAPABILITY,
            f"{model.id} takes no suffix. Leave `:{suffix[:50]}` out.",
            param="model",
        )
    return model


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
