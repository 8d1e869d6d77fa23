"""One streamed answer under its hold: ask, answer as upstream does, settle."""

import asyncio

from grokgate.api.billing.v1.billing_pb2 import SettleHoldRequest
from grokgate.api.text.v1.text_pb2 import Finished
from grokgate.chassis.clock import Clock
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.metering.holds import Hold
from grokgate.text import answers
from grokgate.text.asked import PATH, Asked
from grokgate.text.delivery import Delivery
from grokgate.xai.client import XaiClient
from grokgate.xai.errors import UpstreamError
from grokgate.xai.observing import ObservedCall
from grokgate.xai.responses import ResponsesAnswer
from grokgate.xai.streamed_answer import StreamedAnswer


class StreamedGeneration:
    """Charged is the provider's bill, or the price list on the provider's counts.

    A stream without its last event has neither. It is charged by a partial estimate, the prompt
    and what was written so far, when it was cut (the gateway stops, or a drain meets its limits),
    and when upstream failed after it had written something; before that, nothing is charged.
    What was cut ends for its reader in a failure, never as if it were whole.
    """

    def __init__(self, asked: Asked, hold: Hold, delivery: Delivery, clock: Clock) -> None:
        self._asked = asked
        self._hold = hold
        self._delivery = delivery
        self._clock = clock
        self._streamed = StreamedAnswer()

    async def run(self, upstream: XaiClient, call: ObservedCall) -> None:
        """Answer and end the hold; raises GrokgateError for a failure before the first event."""
        try:
            await self._relay(upstream, call)
        except UpstreamError as error:
            self._streamed.end(error)
        except asyncio.CancelledError:
            if self._hold.reached_upstream:
                await self._end_cut()
            raise
        if self._streamed.answer is not None:
            await self._end_answered(self._streamed.answer)
        elif self._streamed.error is not None:
            await self._end_failed(self._streamed.error)

    async def _relay(self, upstream: XaiClient, call: ObservedCall) -> None:
        streamed = self._streamed
        body = self._asked.upstream_body(stream=True)
        with self._asked.observed(call) as asked:
            async with upstream.stream(PATH, body, self._hold, asked.traceparent) as batches:
                async for batch in batches:
                    page = streamed.take(batch)
                    if page.events or not streamed.ended:
                        await self._delivery.send(page)
                    if streamed.ended:
                        break
                streamed.end()
                if streamed.error is not None:
                    raise streamed.error
            if streamed.answer is not None:
                answers.note_answer(asked, streamed.answer)

    async def _end_answered(self, answer: ResponsesAnswer) -> None:
        answer.cost.alarm(self._hold.hold_id)
        if answer.failure is not None and answer.cost.usd_ticks is None:
            await self._end_unpaid(answer.failure)
            return
        finished = Finished()
        answers.complete(finished, answer)
        await self._settle(answers.settlement(answer, self._asked.size), finished)

    async def _end_failed(self, error: UpstreamError) -> None:
        error.cost.alarm(self._hold.hold_id)
        if self._streamed.written and not error.content_violation:
            settlement = answers.with_cost(self._partial("failed"), error.cost)
        elif error.cost.usd_ticks is not None or error.content_violation:
            settlement = answers.failed_settlement(
                error.cost, self._asked.size, content_violation=error.content_violation
            )
        else:
            await self._end_unpaid(error.error)
            return
        await self._settle(settlement, _failure(error.error))

    async def _end_unpaid(self, error: GrokgateError) -> None:
        if not self._delivery.opened:
            raise error
        self._hold.release(error.reason.lower())
        await self._finish(_failure(error))

    async def _end_cut(self) -> None:
        if self._streamed.answer is not None:
            await self._end_answered(self._streamed.answer)
            return
        error = GrokgateError(
            Reason.OVERLOADED, "The gateway stopped before the answer was complete."
        )
        await self._settle(self._partial("incomplete"), _failure(error))

    def _partial(self, status: str) -> SettleHoldRequest:
        return answers.cut_settlement(self._asked.size, self._streamed.written, status)

    async def _settle(self, settlement: SettleHoldRequest, finished: Finished) -> None:
        answers.estimated(finished, settlement)
        charge = await self._hold.settle(settlement)
        if charge is not None:
            finished.charge.CopyFrom(charge)
        await self._finish(finished)

    async def _finish(self, finished: Finished) -> None:
        finished.completed_at = self._clock.now_ms() // 1000
        await self._delivery.finish(finished)


def _failure(error: GrokgateError) -> Finished:
    finished = Finished()
    answers.fail(finished, error)
    return finished
