"""Reading the parameters of a query."""

import re

from starlette.datastructures import QueryParams

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.fields import invalid

WORD_MAX = 256


def check_parameters(query: QueryParams, known: tuple[str, ...]) -> None:
    """Fails with UNKNOWN_PARAMETER."""
    for name in query:
        if name not in known:
            raise GrokgateError(
                Reason.UNKNOWN_PARAMETER,
                f"Unknown parameter. Known are {', '.join(known)}.",
                param=name[:WORD_MAX],
            )


def query_word(query: QueryParams, name: str) -> str:
    """A short printable text; empty when absent."""
    text = query.get(name, "")
    if len(text) > WORD_MAX or not text.isprintable():
        raise invalid(name, f"at most {WORD_MAX} printable characters")
    return text


def query_limit(query: QueryParams, most: int) -> int:
    """How many rows are wanted; 0 when the query does not say."""
    text = query.get("limit")
    if text is None:
        return 0
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= most:
        raise invalid("limit", f"an integer from 1 to {most}")
    return int(text)
