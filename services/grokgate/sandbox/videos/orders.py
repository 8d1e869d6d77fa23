"""From a video request to a job and the film that it promises."""

from grokgate.chassis.clock import Clock
from grokgate.chassis.ids import IdSource
from grokgate.sandbox.answers import Ask
from grokgate.sandbox.directives import find, without_directives
from grokgate.sandbox.models import VideoModel
from grokgate.sandbox.studio.results import Results
from grokgate.sandbox.studio.sizes import film_size, ratio_of, ratio_of_size
from grokgate.sandbox.studio.sources import Source, read_source
from grokgate.sandbox.studio.works import Film, Picture, seed_of
from grokgate.sandbox.studio.workshop import Workshop
from grokgate.sandbox.videos.jobs import Job
from grokgate.sandbox.videos.requests import VideoRequest
from grokgate.sandbox.videos.states import FREE_ENDS

_DEFAULT_RATIO = "16:9"
_DEFAULT_RESOLUTION = "480p"


class Orders:
    """Takes orders. The film is not encoded before somebody fetches it."""

    def __init__(
        self, clock: Clock, workshop: Workshop, results: Results, *, rendering_s: float
    ) -> None:
        self._clock = clock
        self._workshop = workshop
        self._results = results
        self._rendering_s = rendering_s
        self._ids = IdSource(clock)

    async def place(self, ask: Ask, request: VideoRequest, model: VideoModel) -> Job:
        """A job of its own, even for an order that has been placed before."""
        sources = (read_source(request.image),) if request.image else ()
        ratio = ratio_of(request.aspect_ratio or _DEFAULT_RATIO)
        for source in sources:
            ratio = ratio_of_size(await self._workshop.measure(source))
        job = self._job(ask, request, model)
        if not find(ask.directives, "dead-url"):
            self._results.put(job.path, _film(ask, job, request, ratio, sources))
        return job

    def _job(self, ask: Ask, request: VideoRequest, model: VideoModel) -> Job:
        job_id = self._ids.uuid()
        asked = find(ask.directives, "render")
        return Job(
            id=job_id,
            model=model.id,
            words=without_directives(request.prompt),
            seconds=request.length_s,
            path=f"/vidgen/xai-video-{job_id}.mp4",
            created_ms=self._clock.now_ms(),
            rendering_ms=round(1000 * (asked.seconds if asked else self._rendering_s)),
            cost_usd_ticks=0
            if any(find(ask.directives, end) for end in FREE_ENDS)
            else _cost_ticks(request, model),
            directives=ask.directives,
        )


def _cost_ticks(request: VideoRequest, model: VideoModel) -> int:
    second_ticks = model.prices.seconds[request.resolution or _DEFAULT_RESOLUTION]
    return request.length_s * second_ticks + (model.prices.input_image if request.image else 0)


def _film(
    ask: Ask, job: Job, request: VideoRequest, ratio: float, sources: tuple[Source, ...]
) -> Film:
    size = film_size(ratio, request.resolution or _DEFAULT_RESOLUTION)
    made_of = f"{size[0]}x{size[1]}, {job.seconds} s"
    picture = Picture(
        words=job.words,
        small_print=f"grokgate sandbox, {job.model}, {made_of}",
        seed=seed_of(ask.body),
        size=size,
        sources=sources,
    )
    return Film(picture, job.seconds)
