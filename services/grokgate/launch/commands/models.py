"""`grokgate models`: the catalogue in force."""

from collections.abc import Sequence

from grokgate.api.billing.v1.catalog_pb2 import Model
from grokgate.chassis.endpoints import WORDS
from grokgate.launch.columns.model_prices import shown_long_price, shown_price
from grokgate.launch.commands import options
from grokgate.launch.desk import open_desk
from grokgate.launch.printing import Column, show


def models(*, service: options.Service = None, as_json: options.AsJson = False) -> None:
    """List the models of the running gateway at the price list in USD."""
    with open_desk(service) as desk:
        answer = desk.models()
    show(answer.models, _COLUMNS, as_json=as_json)


def _context(model: Model) -> str | None:
    return f"{model.context_tokens:,}" if model.context_tokens else None


_COLUMNS: Sequence[Column[Model]] = (
    Column("model", lambda model: model.id),
    Column("endpoints", lambda one: ", ".join(WORDS[number] for number in one.endpoints)),
    Column("context", _context, right=True),
    Column("efforts", lambda model: ", ".join(model.reasoning_efforts)),
    Column("price", shown_price),
    Column("long context", shown_long_price),
)
