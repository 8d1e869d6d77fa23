"""What upstream answered, as the contract's messages: to the caller and to billing."""

from grokgate.api.billing.v1.billing_pb2 import SettleHoldRequest
from grokgate.api.text.v1.text_pb2 import GenerateResponse, GenerationStatus
from grokgate.api.types.v1.errors_pb2 import Failure
from grokgate.api.types.v1.money_pb2 import Charge
from grokgate.api.types.v1.usage_pb2 import Quantities, TextQuantities, TokenUsage
from grokgate.chassis.errors import GrokgateError
from grokgate.text.estimate import Estimate, text_tokens
from grokgate.xai.responses import ResponsesAnswer
from grokgate.xai.usage import ProviderCost, Tokens

_STATUSES = {
    "completed": GenerationStatus.GENERATION_STATUS_COMPLETED,
    "incomplete": GenerationStatus.GENERATION_STATUS_INCOMPLETE,
    "failed": GenerationStatus.GENERATION_STATUS_FAILED,
}


def settlement(answer: ResponsesAnswer, size: Estimate) -> SettleHoldRequest:
    """What billing is told of an answer. Without upstream's counts it is a partial estimate."""
    tokens = answer.tokens
    partial = tokens is None and answer.cost.usd_ticks is None
    if tokens is None:
        written = sum(map(text_tokens, answer.output_items_json))
        tokens = Tokens(size.input_tokens, 0, written, 0)
    request = SettleHoldRequest(
        counted=_counted(tokens),
        partial=partial,
        status=answer.status,
        upstream_id=answer.upstream_id,
    )
    return _with_cost(request, answer.cost)


def failed_settlement(cost: ProviderCost, *, content_violation: bool) -> SettleHoldRequest:
    """What billing is told of a failure that upstream bills."""
    request = SettleHoldRequest(
        counted=_counted(Tokens(0, 0, 0, 0)), status="failed", content_violation=content_violation
    )
    return _with_cost(request, cost)


def cut_settlement(size: Estimate) -> SettleHoldRequest:
    """What billing is told of a call that was cut before its answer came: the prompt was read."""
    return SettleHoldRequest(
        counted=_counted(Tokens(size.input_tokens, 0, 0, 0)), partial=True, status="incomplete"
    )


def complete(response: GenerateResponse, answer: ResponsesAnswer) -> None:
    """Put an answer into the response."""
    response.status = _STATUSES[answer.status]
    response.incomplete_reason = answer.incomplete_reason
    response.output_items_json.extend(answer.output_items_json)
    if answer.tokens is not None:
        response.usage.CopyFrom(
            TokenUsage(
                input_tokens=answer.tokens.input_tokens,
                cached_input_tokens=answer.tokens.cached_input_tokens,
                output_tokens=answer.tokens.output_tokens,
                reasoning_tokens=answer.tokens.reasoning_tokens,
            )
        )
    if answer.failure is not None:
        fail(response, answer.failure)


def fail(response: GenerateResponse, error: GrokgateError) -> None:
    """Put a failure that carries a cost into the response."""
    response.status = GenerationStatus.GENERATION_STATUS_FAILED
    response.failure.CopyFrom(
        Failure(reason=error.reason, message=error.message, param=error.param)
    )


def close(response: GenerateResponse, charge: Charge | None, now_ms: int) -> None:
    """Put the charge, if billing has told it yet, and the time of the end into the response."""
    if charge is not None:
        response.charge.CopyFrom(charge)
    response.completed_at = now_ms // 1000


def _counted(tokens: Tokens) -> Quantities:
    return Quantities(
        text=TextQuantities(
            input_tokens=tokens.input_tokens,
            cached_input_tokens=tokens.cached_input_tokens,
            output_tokens=tokens.output_tokens,
        )
    )


def _with_cost(request: SettleHoldRequest, cost: ProviderCost) -> SettleHoldRequest:
    if cost.usd_ticks is not None:
        request.provider_usd_ticks = cost.usd_ticks
    return request
