"""From billing's requests to the ledger's commands; a refusal names the field at fault."""

import hashlib

from google.protobuf.message import Message

from grokgate.api.billing.v1.billing_pb2 import (
    ExtendHoldRequest,
    PlaceHoldRequest,
    ReleaseHoldRequest,
    SettleHoldRequest,
)
from grokgate.billing.commands import ExtendHold, PlaceHold, ReleaseHold, SettleHold
from grokgate.billing.fields import (
    USER_CHARACTERS,
    check_count,
    check_endpoint,
    check_text,
    check_uuid,
)
from grokgate.billing.pricing import Cost, list_price
from grokgate.billing.refusals import invalid
from grokgate.billing.units import check_units, encode_units
from grokgate.catalog.prices import Prices

LEAST_EXPIRY_MS = 1_000
MOST_EXPIRY_MS = 24 * 3600 * 1000
CALL_STATUSES = ("completed", "incomplete", "failed")


def check_place_hold(request: PlaceHoldRequest) -> None:
    """Every field that can be judged without the catalogue or the ledger."""
    check_uuid(request.hold_id, "hold_id")
    check_endpoint(request.endpoint, "endpoint")
    check_text(request.model, "model", least=1)
    check_text(request.api_key, "api_key")
    check_text(request.request_id, "request_id", least=1)
    check_text(request.client_request_id, "client_request_id")
    check_text(request.user, "user", most=USER_CHARACTERS)
    check_units(request.worst_case, "worst_case")
    if request.worst_case.text.cached_input_tokens:
        raise invalid("worst_case.text.cached_input_tokens", "must be 0 before the call.")
    if request.HasField("expires_in_ms"):
        _check_expiry(request.expires_in_ms)
    if request.HasField("max_hold_usd_ticks"):
        check_count(request.max_hold_usd_ticks, "max_hold_usd_ticks")


def place_hold(
    request: PlaceHoldRequest,
    *,
    owner: str,
    key_hash: bytes,
    prices: Prices,
    prices_version: str,
    default_expiry_ms: int,
) -> PlaceHold:
    """The command of a checked request, priced at its worst case. Raises as `list_price`."""
    return PlaceHold(
        hold_id=request.hold_id,
        body_digest=_digest_without_key(request, key_hash),
        owner=owner,
        key_hash=key_hash,
        endpoint=check_endpoint(request.endpoint, "endpoint"),
        model=request.model,
        prices_version=prices_version,
        price_usd_ticks=list_price(prices, request.worst_case, "worst_case"),
        model_multiplier_ppm=prices.multiplier_ppm,
        tokens_estimate=request.worst_case.text.tokens_estimate,
        expires_in_ms=request.expires_in_ms or default_expiry_ms,
        request_id=request.request_id,
        client_request_id=request.client_request_id,
        user=request.user,
        max_hold_usd_ticks=request.max_hold_usd_ticks
        if request.HasField("max_hold_usd_ticks")
        else None,
    )


def check_settle_hold(request: SettleHoldRequest) -> None:
    """Every field; `counted` is needed where neither the provider's cost nor the fee is charged."""
    check_uuid(request.hold_id, "hold_id")
    check_text(request.account_id, "account_id", least=1)
    if request.status not in CALL_STATUSES:
        raise invalid("status", f"must be one of {', '.join(CALL_STATUSES)}.")
    for name in ("upstream_id", "model", "request_id"):
        check_text(getattr(request, name), name)
    check_count(request.latency_ms, "latency_ms")
    priced = request.HasField("provider_usd_ticks") or request.content_violation
    if request.HasField("counted") or not priced:
        check_units(request.counted, "counted")


def settle_hold(request: SettleHoldRequest, *, owner: str, cost: Cost) -> SettleHold:
    """The command of a checked request, with the cost that was found for it."""
    text = request.counted.text
    return SettleHold(
        hold_id=request.hold_id,
        body_digest=_digest(request),
        owner=owner,
        account_id=request.account_id,
        cost_usd_ticks=cost.usd_ticks,
        basis=cost.basis,
        provider_usd_ticks=request.provider_usd_ticks
        if request.HasField("provider_usd_ticks")
        else None,
        units_json=encode_units(request.counted),
        tokens_used=text.input_tokens + text.output_tokens
        if request.counted.HasField("text")
        else None,
        status=request.status,
        upstream_id=request.upstream_id,
        latency_ms=request.latency_ms,
    )


def release_hold(request: ReleaseHoldRequest, *, owner: str) -> ReleaseHold:
    """The command of a request."""
    return ReleaseHold(
        hold_id=check_uuid(request.hold_id, "hold_id"),
        owner=owner,
        void_reason=check_text(request.void_reason, "void_reason", least=1),
        reached_upstream=request.reached_upstream,
        latency_ms=check_count(request.latency_ms, "latency_ms"),
    )


def extend_hold(request: ExtendHoldRequest, *, owner: str) -> ExtendHold:
    """The command of a request."""
    return ExtendHold(
        hold_id=check_uuid(request.hold_id, "hold_id"),
        owner=owner,
        expires_in_ms=_check_expiry(request.expires_in_ms),
        reached_upstream=request.reached_upstream,
    )


def _check_expiry(expires_in_ms: int) -> int:
    return check_count(expires_in_ms, "expires_in_ms", least=LEAST_EXPIRY_MS, most=MOST_EXPIRY_MS)


def _digest_without_key(request: PlaceHoldRequest, key_hash: bytes) -> bytes:
    """A digest that tells keys apart and yet is no way to guess one."""
    bare = PlaceHoldRequest()
    bare.CopyFrom(request)
    bare.ClearField("api_key")
    return _digest(bare, key_hash)


def _digest(request: Message, salt: bytes = b"") -> bytes:
    body = request.SerializeToString(deterministic=True)
    return hashlib.sha256(salt + body).digest()
