"""`grokgate models`: the catalogue in force."""

from collections.abc import Sequence

from grokgate.api.billing.v1.catalog_pb2 import Model
from grokgate.chassis.endpoints import WORDS
from grokgate.edge.money import usd
from grokgate.launch.commands import options
from grokgate.launch.desk import open_desk
from grokgate.launch.printing import Column, show

_MILLION = 1_000_000


def models(*, service: options.Service = None, as_json: options.AsJson = False) -> None:
    """List the models of the running gateway, at the price list in USD per million tokens."""
    with open_desk(service) as desk:
        answer = desk.models()
    show(answer.models, _COLUMNS, as_json=as_json)


def _per_million(usd_ticks: int) -> str | None:
    """A price per token as USD per million tokens."""
    return usd(usd_ticks * _MILLION) if usd_ticks else None


def _long(model: Model) -> str | None:
    prices = model.text_prices
    if not prices.long_context_threshold:
        return None
    long = (prices.long_input, prices.long_cached_input, prices.long_output)
    return f"{' / '.join(usd(one * _MILLION) for one in long)}"


_COLUMNS: Sequence[Column[Model]] = (
    Column("model", lambda model: model.id),
    Column("endpoints", lambda one: ", ".join(WORDS[number] for number in one.endpoints)),
    Column("context", lambda model: f"{model.context_tokens:,}", right=True),
    Column("efforts", lambda model: ", ".join(model.reasoning_efforts)),
    Column("input", lambda model: _per_million(model.text_prices.input), right=True),
    Column("cached", lambda one: _per_million(one.text_prices.cached_input), right=True),
    Column("output", lambda model: _per_million(model.text_prices.output), right=True),
    Column("from tokens", lambda one: one.text_prices.long_context_threshold or None, right=True),
    Column("then input / cached / output", _long),
)
