"""Every operation that the description of the API tells of."""

from dataclasses import replace
from typing import Any

from grokgate.chassis.errors import Reason
from grokgate.edge.account.usage_csv import CSV_TYPE
from grokgate.edge.account.usage_query import LIMIT_MAX, STATUSES
from grokgate.edge.queries import WORD_MAX
from grokgate.edge.reference.media_operations import MEDIA_OPERATIONS
from grokgate.edge.reference.operation import JSON_TYPE, Operation, Parameter
from grokgate.edge.reference.reasons import ANY_REQUEST, KEY, PAID_CALL, QUERY
from grokgate.edge.reference.schemas import (
    OBJECT,
    TEXT,
    Schema,
    any_of,
    printable,
    reference,
    words,
)
from grokgate.edge.reference.voice_operations import VOICE_OPERATIONS
from grokgate.edge.sse import EVENT_STREAM_TYPE

_TIME = any_of(
    {"type": "integer", "minimum": 0, "maximum": 99_999_999_999},
    {"type": "string", "format": "date-time"},
)
_USAGE_QUERY = (
    Parameter("from", _TIME, "The earliest time: Unix seconds or RFC 3339."),
    Parameter("to", _TIME, "The time before which: Unix seconds or RFC 3339."),
    Parameter("model", printable(WORD_MAX), "A canonical model id."),
    Parameter("status", words(*STATUSES), "How the calls ended."),
    Parameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX},
        "Rows wanted. Without it 100 as JSON, and every row as CSV.",
    ),
    Parameter("after", printable(WORD_MAX), "The `last_id` of the page before."),
)
_MODEL_ID = Parameter("id", TEXT, "The model's id, its bare name or an alias; `/` may be `%2F`.")


def _text_call(
    path: str, name: str, summary: str, *, body: str, answer: str, event: str, **example: Any
) -> Operation:
    return Operation(
        method="post",
        path=path,
        name=name,
        group="Text",
        summary=summary,
        answers={JSON_TYPE: reference(answer), EVENT_STREAM_TYPE: reference(event)},
        reasons=(*PAID_CALL, Reason.CONTEXT_TOO_LARGE),
        is_paid=True,
        body=body,
        example={"model": "xai/grok-4.3", **example},
    )


def _reading(path: str, name: str, group: str, summary: str, answer: str) -> Operation:
    """A question that takes a key and nothing else."""
    return Operation(
        method="get",
        path=path,
        name=name,
        group=group,
        summary=summary,
        answers={JSON_TYPE: reference(answer)},
        reasons=(*ANY_REQUEST, *KEY),
    )


def _models(path: str, kind: str, listing: str, entry: str) -> tuple[Operation, Operation]:
    """A listing of models and one of its entries."""
    word = path.removeprefix("/v1/").replace("-", "_")
    one = _reading(f"{path}/{{id}}", f"get_{word}"[:-1], "Models", f"One {kind}.", entry)
    return (
        _reading(path, f"list_{word}", "Models", f"Every {kind} that your key may use.", listing),
        replace(one, parameters=(_MODEL_ID,), reasons=(*one.reasons, Reason.MODEL_NOT_FOUND)),
    )


def _open(path: str, name: str, summary: str, media_type: str, answer: Schema) -> Operation:
    """A question that anybody may ask."""
    return Operation(
        method="get",
        path=path,
        name=name,
        group="Gateway",
        summary=summary,
        answers={media_type: answer},
        reasons=ANY_REQUEST,
        needs_key=False,
    )


OPERATIONS: tuple[Operation, ...] = (
    _text_call(
        "/v1/responses",
        "create_response",
        "An answer of a text model, in the dialect of the Responses API.",
        body="ResponsesRequest",
        answer="ResponseObject",
        event="ResponsesStreamEvent",
        input="Say hello in one word.",
        max_output_tokens=64,
    ),
    _text_call(
        "/v1/chat/completions",
        "create_chat_completion",
        "An answer of a text model, in the older chat dialect.",
        body="ChatRequest",
        answer="ChatCompletion",
        event="ChatStreamEvent",
        messages=[{"role": "user", "content": "Say hello in one word."}],
        max_completion_tokens=64,
    ),
    *MEDIA_OPERATIONS,
    *VOICE_OPERATIONS,
    *_models("/v1/models", "model", "ModelList", "AnyModel"),
    *_models("/v1/language-models", "text model", "LanguageModelList", "LanguageModel"),
    *_models("/v1/image-generation-models", "image model", "MediaModelList", "MediaModel"),
    *_models("/v1/video-generation-models", "video model", "MediaModelList", "MediaModel"),
    _reading(
        "/v1/key", "get_key", "Account", "Your key: what it may do, and how much.", "KeyObject"
    ),
    _reading(
        "/v1/balance",
        "get_balance",
        "Account",
        "What your account has, holds and may spend.",
        "BalanceObject",
    ),
    replace(
        _reading(
            "/v1/usage", "list_usage", "Account", "What each call held and cost.", "UsagePage"
        ),
        answers={JSON_TYPE: reference("UsagePage"), CSV_TYPE: TEXT},
        reasons=(*ANY_REQUEST, *KEY, *QUERY),
        parameters=_USAGE_QUERY,
    ),
    replace(
        _open("/v1/pricing", "get_pricing", "The price list.", JSON_TYPE, reference("PriceList")),
        group="Models",
        reasons=(*ANY_REQUEST, Reason.BILLING_UNAVAILABLE),
    ),
    _open("/healthz", "get_health", "Whether it lives.", JSON_TYPE, reference("Health")),
    replace(
        _open("/readyz", "get_readiness", "Whether it is ready.", JSON_TYPE, reference("Health")),
        other_answers={503: reference("NotReady")},
    ),
    _open("/metrics", "get_metrics", "Counters for Prometheus.", "text/plain", TEXT),
    _open("/openapi.json", "get_openapi", "This description.", JSON_TYPE, OBJECT),
    _open("/docs", "get_docs", "This description as a page.", "text/html", TEXT),
)
