"""The border with upstream's refusals: what each means for the caller, the bill and the retry.

Statuses cannot be mapped one to one: a wrong key is a 400, an unknown model a 400, an empty
account a 403 or a 429, a moderated answer a 400 that is billed (captures of 2026, see
docs/upstream.md). The texts are matched where the status does not tell.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.json_text import UNREADABLE
from grokgate.xai.usage import ProviderCost, read_cost

_MESSAGE_CHARACTERS = 1000
# A gateway before upstream that got no answer from it, or none that it could read.
_LOST_ON_THE_WAY = frozenset({502, 504, 520, 524})


class UpstreamError(Exception):
    """A call that upstream did not answer.

    `error` is what the caller is told. `cost` is what upstream billed for it all the same.
    `content_violation` says that the prompt was refused as unsafe, for which xAI bills a fee.
    `alarm` is for the operator: something on the gateway's side of the fence is wrong.
    `try_other_key` says that nothing started and another upstream key may do. `answer_lost` says
    that nobody knows what upstream did: its answer never came, broke off, or got lost on the way.
    """

    def __init__(
        self,
        error: GrokgateError,
        *,
        cost: ProviderCost | None = None,
        content_violation: bool = False,
        alarm: str = "",
        try_other_key: bool = False,
        answer_lost: bool = False,
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.cost = cost or ProviderCost()
        self.content_violation = content_violation
        self.alarm = alarm
        self.try_other_key = try_other_key
        self.answer_lost = answer_lost


@dataclass(frozen=True, slots=True)
class Refusal:
    """An upstream answer that is no answer. `message` is empty when the body was not understood."""

    status: int
    message: str
    code: str
    usage: Any
    retry_after_ms: int | None


def read_refusal(status: int, body: bytes, retry_after_ms: int | None) -> Refusal:
    """What a body says: `{code, error}`, `{error}`, `{error: {message, code}}`.

    In a stream also `{code, message}`.
    """
    try:
        document = msgspec.json.decode(body)
    except UNREADABLE:
        document = None
    if not isinstance(document, dict):
        return Refusal(status, "", "", None, retry_after_ms)
    error = document.get("error")
    flat = {"message": error or document.get("message"), "code": document.get("code")}
    nested = error if isinstance(error, dict) else flat
    message, code = nested.get("message"), nested.get("code")
    return Refusal(
        status,
        message[:_MESSAGE_CHARACTERS] if isinstance(message, str) else "",
        code if isinstance(code, str) else "",
        document.get("usage"),
        retry_after_ms,
    )


def to_upstream_error(refusal: Refusal) -> UpstreamError:
    """What a refusal means; the first row of the table that fits decides."""
    text = f"{refusal.code} {refusal.message}".lower()
    for statuses, words, meaning in _MEANINGS:
        if refusal.status in statuses and words in text:
            return meaning(refusal)
    return _broken(refusal)


def _key_refused(_refusal: Refusal) -> UpstreamError:
    return UpstreamError(
        unavailable(), alarm="upstream refused the gateway's key", try_other_key=True
    )


def _no_credit(_refusal: Refusal) -> UpstreamError:
    return UpstreamError(
        unavailable(), alarm="the upstream account has no credit left", try_other_key=True
    )


def _blocked(_refusal: Refusal) -> UpstreamError:
    return UpstreamError(
        unavailable(), alarm="upstream denied the gateway permission", try_other_key=True
    )


def _model_missing(_refusal: Refusal) -> UpstreamError:
    return UpstreamError(unavailable(), alarm="upstream does not know a model of the catalogue")


def _violation(refusal: Refusal) -> UpstreamError:
    message = refusal.message or "The content violates the provider's usage guidelines."
    return UpstreamError(
        GrokgateError(Reason.CONTENT_VIOLATION, message, upstream_started=True),
        cost=read_cost(refusal.usage),
        content_violation=True,
    )


def _moderated(refusal: Refusal) -> UpstreamError:
    message = refusal.message or "The provider's moderation rejected the result."
    return UpstreamError(
        GrokgateError(Reason.CONTENT_MODERATED, message, upstream_started=True),
        cost=read_cost(refusal.usage),
    )


def _limited(refusal: Refusal) -> UpstreamError:
    return UpstreamError(
        GrokgateError(
            Reason.UPSTREAM_LIMITED,
            "The provider's rate limit is reached. Try again shortly.",
            retry_after_ms=refusal.retry_after_ms or 1000,
        )
    )


def _rejected(refusal: Refusal) -> UpstreamError:
    message = refusal.message or "The provider rejected the request without saying why."
    return UpstreamError(
        GrokgateError(Reason.PROVIDER_REJECTED, message), cost=read_cost(refusal.usage)
    )


def _overloaded(refusal: Refusal) -> UpstreamError:
    return UpstreamError(
        GrokgateError(
            Reason.PROVIDER_UNAVAILABLE,
            "The provider is overloaded or down. Try again later.",
            retry_after_ms=refusal.retry_after_ms or 5000,
            upstream_started=True,
        ),
        cost=read_cost(refusal.usage),
        answer_lost=refusal.status in _LOST_ON_THE_WAY,
    )


def _broken(refusal: Refusal) -> UpstreamError:
    return UpstreamError(
        GrokgateError(
            Reason.PROVIDER_ERROR,
            "The provider failed to answer the request.",
            upstream_started=True,
        ),
        cost=read_cost(refusal.usage),
        alarm=f"upstream answered {refusal.status}",
        answer_lost=refusal.status in _LOST_ON_THE_WAY,
    )


# In order of precedence: statuses, a text that code and message must hold, and what both mean.
_MEANINGS: tuple[tuple[frozenset[int], str, Callable[[Refusal], UpstreamError]], ...] = (
    (frozenset({400}), "incorrect api key", _key_refused),
    (frozenset({400, 401, 403}), "bad-credentials", _key_refused),
    (frozenset({401}), "", _key_refused),
    (frozenset({403, 429}), "used all available credits", _no_credit),
    (frozenset({403, 429}), "monthly spending limit", _no_credit),
    (frozenset({403}), "content violates usage guidelines", _violation),
    (frozenset({400}), "content-moderated", _moderated),
    (frozenset({400}), "model not found", _model_missing),
    (frozenset({404}), "", _model_missing),
    (frozenset({403}), "", _blocked),
    (frozenset({429}), "", _limited),
    (frozenset({400, 413, 415, 422}), "", _rejected),
    (frozenset({502, 503, 504, 529}), "", _overloaded),
    (frozenset({200}), "overloaded", _overloaded),
)


def unavailable() -> GrokgateError:
    """What a caller is told of the gateway's own trouble with upstream: nothing of its words."""
    return GrokgateError(
        Reason.PROVIDER_UNAVAILABLE,
        "The provider is not available through this gateway right now. Try again later.",
        retry_after_ms=30_000,
    )


def broke_off(alarm: str = "upstream's answer broke off") -> UpstreamError:
    """An answer that began and will not be whole."""
    return UpstreamError(
        GrokgateError(
            Reason.PROVIDER_ERROR, "The provider's answer broke off.", upstream_started=True
        ),
        alarm=alarm,
        answer_lost=True,
    )
