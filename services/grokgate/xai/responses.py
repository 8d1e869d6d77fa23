"""Upstream's `/responses` answer, whole: what is read of it, and what is passed on verbatim."""

from dataclasses import dataclass
from typing import Any

import msgspec

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.json_text import UNREADABLE
from grokgate.xai.errors import UpstreamError, read_refusal, to_upstream_error
from grokgate.xai.usage import ProviderCost, Tokens, read_cost, read_tokens


class _IncompleteDetails(msgspec.Struct):
    reason: str | None = None


class _Response(msgspec.Struct):
    id: str
    status: str
    output: list[msgspec.Raw]
    usage: Any = None
    error: Any = None
    incomplete_details: _IncompleteDetails | None = None


@dataclass(frozen=True, slots=True)
class ResponsesAnswer:
    """A finished answer.

    `status` is completed, incomplete or failed. `output_items_json` are the items byte for byte.
    `failure` is set when failed.
    """

    upstream_id: str
    status: str
    incomplete_reason: str
    output_items_json: tuple[str, ...]
    tokens: Tokens | None
    cost: ProviderCost
    failure: GrokgateError | None


_DECODER = msgspec.json.Decoder(_Response)
_STATUSES = frozenset({"completed", "incomplete", "failed"})


def read_answer(body: bytes) -> ResponsesAnswer:
    """What a body with status 200 says; raises UpstreamError when it is no answer at all."""
    try:
        response = _DECODER.decode(body)
    except UNREADABLE as exc:
        raise _not_an_answer(body) from exc
    if not response.id or response.status not in _STATUSES:
        raise _not_an_answer(body)
    try:
        items = tuple(bytes(item).decode() for item in response.output)
    except UnicodeDecodeError as exc:
        raise _not_an_answer(body) from exc
    details = response.incomplete_details
    return ResponsesAnswer(
        upstream_id=response.id,
        status=response.status,
        incomplete_reason=(details.reason if details else None) or "",
        output_items_json=items,
        tokens=read_tokens(response.usage),
        cost=read_cost(response.usage),
        failure=_failure(response.error) if response.status == "failed" else None,
    )


def _failure(error: Any) -> GrokgateError:
    message = error.get("message") if isinstance(error, dict) else None
    return GrokgateError(
        Reason.PROVIDER_ERROR,
        message if isinstance(message, str) else "The provider failed to finish the answer.",
        upstream_started=True,
    )


def _not_an_answer(body: bytes) -> UpstreamError:
    """An error under status 200 keeps the cost that it names; it is never the caller's fault."""
    refusal = read_refusal(200, body, None)
    return to_upstream_error(refusal)
