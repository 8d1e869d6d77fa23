"""POST /v1/videos/generations and GET /v1/videos/{request_id}."""

from collections.abc import Sequence
from dataclasses import replace

from grokgate.chassis.clock import Clock
from grokgate.sandbox.answers import Answer, Ask, json_answer
from grokgate.sandbox.bodies import read_body, read_typed
from grokgate.sandbox.directives import Directive, find
from grokgate.sandbox.errors import refusal
from grokgate.sandbox.faults import Faults, answer_instead
from grokgate.sandbox.keys import check_may_spend
from grokgate.sandbox.videos.jobs import Job, Jobs
from grokgate.sandbox.videos.orders import Orders
from grokgate.sandbox.videos.requests import VideoRequest
from grokgate.sandbox.videos.states import empty_answer, final_answer, pending_answer
from grokgate.sandbox.videos.validation import check_request


class Videos:
    """Answers video calls: a creation, and the polls of its job."""

    def __init__(self, clock: Clock, faults: Faults, orders: Orders, jobs: Jobs) -> None:
        self._clock = clock
        self._faults = faults
        self._orders = orders
        self._jobs = jobs

    async def create(self, ask: Ask) -> Answer:
        """Place an order. The call bears the whole cost of the job; polls are free."""
        check_may_spend(ask.api_key)
        request = read_typed(read_body(ask.body), VideoRequest)
        job = await self._orders.place(ask, request, check_request(request))
        self._jobs.add(job)
        return replace(json_answer({"request_id": job.id}), cost_usd_ticks=job.cost_usd_ticks)

    def poll(self, ask: Ask) -> Answer:
        """What has become of a job."""
        job = self._jobs.find(ask.path_params["request_id"])
        if job is None:
            raise refusal(404, "Some requested entity was not found", "No such video.")
        job.polls += 1
        wishes = self._faults.of_poll(job.id, job.directives)
        met = tuple(wish.inner for wish in wishes if wish.name == "poll")
        answer = answer_instead(met) or self._state(job, wishes, ask.base_url)
        return replace(answer, directives=met)

    def _state(self, job: Job, wishes: Sequence[Directive], base_url: str) -> Answer:
        now_ms = self._clock.now_ms()
        if find(wishes, "poll-unknown"):
            return json_answer({"status": "dreaming"})
        if find(wishes, "poll-empty"):
            return empty_answer()
        if not job.is_finished(now_ms):
            return pending_answer(job, now_ms)
        return replace(final_answer(job, base_url), cost_usd_ticks=0)
