"""The text RPCs: hold, ask, answer, settle."""

import asyncio
import logging
from typing import Any

import grpc

from grokgate.api.billing.v1.billing_pb2 import PlaceHoldRequest
from grokgate.api.text.v1.text_pb2 import GenerateRequest, GenerateResponse
from grokgate.api.text.v1.text_pb2_grpc import TextServiceServicer
from grokgate.api.types.v1.endpoint_pb2 import Endpoint
from grokgate.api.types.v1.usage_pb2 import Quantities, TextQuantities
from grokgate.catalog.models import LiveCatalog
from grokgate.chassis.calls import Call, read_call
from grokgate.chassis.clock import Clock
from grokgate.chassis.endpoints import WORDS
from grokgate.chassis.ids import IdSource
from grokgate.metering.holds import Hold, Holds
from grokgate.metering.paid_calls import PaidCalls
from grokgate.text import answers
from grokgate.text.estimate import Estimate, check_context, estimate
from grokgate.text.selection import Selection, select
from grokgate.text.upstream_request import upstream_body
from grokgate.text.validation import check
from grokgate.xai.client import XaiClient
from grokgate.xai.errors import UpstreamError
from grokgate.xai.responses import ResponsesAnswer, read_answer
from grokgate.xai.usage import ProviderCost

_LOG = logging.getLogger(__name__)


class TextServicer(TextServiceServicer):
    """Implements TextService; see the contract for each RPC's errors."""

    def __init__(
        self,
        *,
        catalog: LiveCatalog,
        holds: Holds,
        paid_calls: PaidCalls,
        upstream: XaiClient,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._catalog = catalog
        self._holds = holds
        self._paid_calls = paid_calls
        self._upstream = upstream
        self._clock = clock
        self._ids = ids

    async def Generate(  # noqa: N802  # the contract's name
        self,
        request: GenerateRequest,
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> GenerateResponse:
        """Refuse, or hold and answer; once held, the call outlives its caller."""
        call = read_call(context.invocation_metadata(), self._ids)
        call.require_key()
        selection = self._select(request)
        check(request, selection.model)
        size = estimate(request, selection)
        check_context(size, selection)
        return await self._paid_calls.run(self._generate(call, request, selection, size))

    def _select(self, request: GenerateRequest) -> Selection:
        word = request.reasoning_effort if request.HasField("reasoning_effort") else None
        return select(self._catalog.current, request.model, word, WORDS[_endpoint(request)])

    async def _generate(
        self, call: Call, request: GenerateRequest, selection: Selection, size: Estimate
    ) -> GenerateResponse:
        async with self._holds.place(_hold_request(call, request, selection, size)) as hold:
            response = self._admitted(hold, selection)
            try:
                body = await self._upstream.post(
                    "/responses", upstream_body(request, selection), hold
                )
                answer = read_answer(body)
            except UpstreamError as error:
                await self._settle_failure(error, hold, response)
                return response
            except asyncio.CancelledError:
                if hold.reached_upstream:
                    await hold.settle(answers.cut_settlement(size))
                raise
            await self._settle_answer(answer, size, hold, response)
            return response

    def _admitted(self, hold: Hold, selection: Selection) -> GenerateResponse:
        return GenerateResponse(
            id=self._ids.prefixed("resp"),
            created_at=self._clock.now_ms() // 1000,
            model=selection.model.id,
            rate_limits=hold.rate_limits,
            reasoning_effort=selection.effort or "",
        )

    async def _settle_answer(
        self, answer: ResponsesAnswer, size: Estimate, hold: Hold, response: GenerateResponse
    ) -> None:
        """Settle an answer; one that failed without a cost is released and raised."""
        _note_senseless(answer.cost, hold)
        if answer.failure is not None and answer.cost.usd_ticks is None:
            raise answer.failure
        answers.complete(response, answer)
        charge = await hold.settle(answers.settlement(answer, size))
        answers.close(response, charge, self._clock.now_ms())

    async def _settle_failure(
        self, error: UpstreamError, hold: Hold, response: GenerateResponse
    ) -> None:
        """Settle a failure that upstream bills; any other is released and raised."""
        _note_senseless(error.cost, hold)
        if error.cost.usd_ticks is None and not error.content_violation:
            raise error.error from error
        answers.fail(response, error.error)
        request = answers.failed_settlement(error.cost, content_violation=error.content_violation)
        answers.close(response, await hold.settle(request), self._clock.now_ms())


def _endpoint(request: GenerateRequest) -> Endpoint.ValueType:
    return request.endpoint or Endpoint.ENDPOINT_RESPONSES


def _hold_request(
    call: Call, request: GenerateRequest, selection: Selection, size: Estimate
) -> PlaceHoldRequest:
    worst_case = TextQuantities(
        input_tokens=size.input_tokens_bound,
        output_tokens=size.output_tokens,
        tokens_estimate=size.input_tokens + size.output_tokens,
    )
    return PlaceHoldRequest(
        api_key=call.api_key.reveal(),
        endpoint=_endpoint(request),
        model=selection.model.id,
        worst_case=Quantities(text=worst_case),
        request_id=call.request_id,
        client_request_id=call.client_request_id,
        user=request.user,
    )


def _note_senseless(cost: ProviderCost, hold: Hold) -> None:
    if cost.senseless:
        _LOG.error("upstream reported a cost that makes no sense", extra={"hold": hold.hold_id})
