"""What upstream answered, as the contract's messages: to the caller and to billing."""

from grokgate.api.billing.v1.billing_pb2 import SettleHoldRequest
from grokgate.api.text.v1.text_pb2 import Finished, GenerateResponse, GenerationStatus
from grokgate.api.types.v1.errors_pb2 import Failure
from grokgate.api.types.v1.money_pb2 import Charge
from grokgate.api.types.v1.usage_pb2 import Quantities, TextQuantities, TokenUsage
from grokgate.chassis.errors import GrokgateError
from grokgate.text.estimate import Estimate, written_tokens
from grokgate.xai.generation_writer import written_in
from grokgate.xai.observing import UpstreamCall
from grokgate.xai.responses import ResponsesAnswer
from grokgate.xai.usage import ProviderCost, Tokens
from grokgate.xai.written import Written

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
        tokens = _seen(size, written_in(answer.output_items_json))
    request = SettleHoldRequest(
        counted=_counted(tokens),
        partial=partial,
        status=answer.status,
        upstream_id=answer.upstream_id,
    )
    return with_cost(request, answer.cost)


def failed_settlement(
    cost: ProviderCost, size: Estimate, *, content_violation: bool
) -> SettleHoldRequest:
    """What billing is told of a failure that upstream bills: tokens, or a fee for its content."""
    tokens = Tokens(0, 0, 0, 0) if content_violation else _seen(size, Written())
    request = SettleHoldRequest(
        counted=_counted(tokens), status="failed", content_violation=content_violation
    )
    return with_cost(request, cost)


def cut_settlement(size: Estimate, written: Written, status: str) -> SettleHoldRequest:
    """What billing is told of a call without its answer: the prompt, and what was written."""
    return SettleHoldRequest(counted=_counted(_seen(size, written)), partial=True, status=status)


def with_cost(settlement: SettleHoldRequest, cost: ProviderCost) -> SettleHoldRequest:
    """The settlement with upstream's bill, if it sent one."""
    if cost.usd_ticks is not None:
        settlement.provider_usd_ticks = cost.usd_ticks
    return settlement


def complete(ending: GenerateResponse | Finished, answer: ResponsesAnswer) -> None:
    """Put an answer, without its items, into the response."""
    ending.status = _STATUSES[answer.status]
    ending.incomplete_reason = answer.incomplete_reason
    if answer.tokens is not None:
        ending.usage.CopyFrom(
            TokenUsage(
                input_tokens=answer.tokens.input_tokens,
                cached_input_tokens=answer.tokens.cached_input_tokens,
                output_tokens=answer.tokens.output_tokens,
                reasoning_tokens=answer.tokens.reasoning_tokens,
            )
        )
    if answer.failure is not None:
        fail(ending, answer.failure)


def fail(ending: GenerateResponse | Finished, error: GrokgateError) -> None:
    """Put a failure into the response."""
    ending.status = GenerationStatus.GENERATION_STATUS_FAILED
    ending.failure.CopyFrom(Failure(reason=error.reason, message=error.message, param=error.param))


def estimated(ending: GenerateResponse | Finished, settlement: SettleHoldRequest) -> None:
    """Put the tokens that billing is told into the response, where upstream did not count."""
    if not ending.HasField("usage"):
        text = settlement.counted.text
        ending.usage.CopyFrom(
            TokenUsage(
                input_tokens=text.input_tokens,
                cached_input_tokens=text.cached_input_tokens,
                output_tokens=text.output_tokens,
            )
        )


def close(ending: GenerateResponse | Finished, charge: Charge | None, now_ms: int) -> None:
    """Put the charge, if billing has told one, and the time of the end into the response."""
    if charge is not None:
        ending.charge.CopyFrom(charge)
    ending.completed_at = now_ms // 1000


def note_answer(call: UpstreamCall, answer: ResponsesAnswer) -> None:
    """Tell those who watch what upstream answered."""
    call.answered(answer.upstream_id, answer.tokens)
    if answer.failure is not None:
        call.fail(answer.failure.reason.lower())


def _seen(size: Estimate, written: Written) -> Tokens:
    """What a call has used as far as it was seen, which is the prompt and what was written."""
    return Tokens(size.input_tokens, 0, written_tokens(written) if written else 0, 0)


def _counted(tokens: Tokens) -> Quantities:
    return Quantities(
        text=TextQuantities(
            input_tokens=tokens.input_tokens,
            cached_input_tokens=tokens.cached_input_tokens,
            output_tokens=tokens.output_tokens,
        )
    )
