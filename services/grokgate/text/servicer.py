"""The text RPCs: hold, ask, answer, settle."""

import asyncio
from functools import partial
from typing import Any

import grpc

from grokgate.api.text.v1.text_pb2 import (
    GenerateRequest,
    GenerateResponse,
    Started,
    StreamGenerateRequest,
)
from grokgate.api.text.v1.text_pb2_grpc import TextServiceServicer
from grokgate.catalog.models import LiveCatalog
from grokgate.chassis.calls import read_call
from grokgate.chassis.clock import Clock
from grokgate.chassis.endpoints import WORDS
from grokgate.chassis.ids import IdSource
from grokgate.metering.holds import Hold
from grokgate.metering.paid_streams import Reader
from grokgate.metering.paid_work import PaidWork
from grokgate.text import answers
from grokgate.text.asked import PATH, Asked, endpoint_of
from grokgate.text.delivery import Delivery
from grokgate.text.estimate import Estimate, check_context, estimate
from grokgate.text.selection import select
from grokgate.text.streamed_generation import StreamedGeneration
from grokgate.text.validation import check
from grokgate.xai.client import XaiClient
from grokgate.xai.errors import UpstreamError
from grokgate.xai.observing import ObservedCall, Observer
from grokgate.xai.responses import ResponsesAnswer, read_answer
from grokgate.xai.written import Written


class TextServicer(TextServiceServicer):
    """Implements TextService; see the contract for each RPC's errors."""

    def __init__(
        self,
        *,
        catalog: LiveCatalog,
        paid_work: PaidWork,
        upstream: XaiClient,
        observer: Observer,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._catalog = catalog
        self._holds = paid_work.holds
        self._paid_calls = paid_work.calls
        self._paid_streams = paid_work.streams
        self._upstream = upstream
        self._observer = observer
        self._clock = clock
        self._ids = ids

    async def Generate(  # noqa: N802  # the contract's name
        self,
        request: GenerateRequest,
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> GenerateResponse:
        """Refuse, or hold and answer; once held, the call outlives its caller."""
        with self._observer.call("text") as call:
            asked = self._admissible(request, context)
            return await self._paid_calls.run(self._generate(asked, call), asked.owner)

    async def StreamGenerate(  # type: ignore[override]  # noqa: N802  # writes by itself; the contract's name
        self,
        request: StreamGenerateRequest,
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> None:
        """Refuse, or hold and answer in events; once held, the call outlives its reader."""
        with self._observer.call("text") as call:
            asked = self._admissible(request.generation, context)
            work = partial(self._stream, asked, call)
            await self._paid_streams.run(context.write, work, asked.owner)

    def _admissible(
        self, request: GenerateRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> Asked:
        call = read_call(context.invocation_metadata(), self._ids)
        call.require_key()
        word = request.reasoning_effort if request.HasField("reasoning_effort") else None
        endpoint = WORDS[endpoint_of(request)]
        selection = select(self._catalog.current, request.model, word, endpoint)
        check(request, selection.model)
        size = estimate(request, selection)
        check_context(size, selection)
        return Asked(call, request, selection, size)

    async def _stream(self, asked: Asked, call: ObservedCall, reader: Reader) -> None:
        async with self._holds.place(asked.hold_request()) as hold:
            started = Started(
                id=self._ids.prefixed("resp"),
                created_at=self._clock.now_ms() // 1000,
                model=asked.selection.model.id,
                rate_limits=hold.rate_limits,
                reasoning_effort=asked.selection.effort or "",
            )
            delivery = Delivery(reader, started)
            generation = StreamedGeneration(asked, hold, delivery, self._clock)
            await generation.run(self._upstream, call)

    async def _generate(self, asked: Asked, call: ObservedCall) -> GenerateResponse:
        async with self._holds.place(asked.hold_request()) as hold:
            response = GenerateResponse(
                id=self._ids.prefixed("resp"),
                created_at=self._clock.now_ms() // 1000,
                model=asked.selection.model.id,
                rate_limits=hold.rate_limits,
                reasoning_effort=asked.selection.effort or "",
            )
            try:
                answer = await self._answer(asked, call, hold)
            except UpstreamError as error:
                await self._settle_failure(error, asked.size, hold, response)
                return response
            except asyncio.CancelledError:
                if hold.reached_upstream:
                    await hold.settle(answers.cut_settlement(asked.size, Written(), "incomplete"))
                raise
            await self._settle_answer(answer, asked.size, hold, response)
            return response

    async def _answer(self, asked: Asked, call: ObservedCall, hold: Hold) -> ResponsesAnswer:
        body = asked.upstream_body(stream=False)
        with asked.observed(call) as upstream:
            answer = read_answer(await self._upstream.post(PATH, body, hold, upstream.traceparent))
            answers.note_answer(upstream, answer)
            return answer

    async def _settle_answer(
        self, answer: ResponsesAnswer, size: Estimate, hold: Hold, response: GenerateResponse
    ) -> None:
        """Settle an answer; one that failed without a cost is released and raised."""
        answer.cost.alarm(hold.hold_id)
        if answer.failure is not None and answer.cost.usd_ticks is None:
            raise answer.failure
        answers.complete(response, answer)
        response.output_items_json.extend(answer.output_items_json)
        settlement = answers.settlement(answer, size)
        answers.estimated(response, settlement)
        charge = await hold.settle(settlement)
        answers.close(response, charge, self._clock.now_ms())

    async def _settle_failure(
        self, error: UpstreamError, size: Estimate, hold: Hold, response: GenerateResponse
    ) -> None:
        """Settle a failure that upstream bills; any other is released and raised."""
        error.cost.alarm(hold.hold_id)
        if error.cost.usd_ticks is None and not error.content_violation:
            raise error.error from error
        answers.fail(response, error.error)
        request = answers.failed_settlement(
            error.cost, size, content_violation=error.content_violation
        )
        answers.estimated(response, request)
        answers.close(response, await hold.settle(request), self._clock.now_ms())
