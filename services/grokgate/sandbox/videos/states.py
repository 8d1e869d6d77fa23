"""What a poll is told of a job: how far it is, and how it ended."""

from typing import Any

from grokgate.sandbox.answers import Answer, json_answer
from grokgate.sandbox.bills import billed, moderation
from grokgate.sandbox.directives import find
from grokgate.sandbox.videos.jobs import Job

# Which ends are not charged. xAI publishes nothing of it: the kinder guess.
FREE_ENDS = ("moderated-free", "failed-free", "expired")

_EMPTY_EVERY = 3
_MESSAGES = {"invalid_argument": "Generated video rejected by content moderation."}


def empty_answer() -> Answer:
    """202 without a body, which every third poll of a pending job gets."""
    return Answer((b"",), status=202)


def pending_answer(job: Job, now_ms: int) -> Answer:
    """202, with the progress or without."""
    if job.polls % _EMPTY_EVERY == 0:
        return empty_answer()
    return json_answer({"status": "pending", "progress": job.progress(now_ms)}, status=202)


def final_answer(job: Job, base_url: str) -> Answer:
    """How a job ended: done, unless a directive says otherwise."""
    verdict = moderation("video", job.cost_usd_ticks, job.directives)
    if verdict is not None:
        return verdict
    if find(job.directives, "expired"):
        return json_answer({"status": "expired"})
    free = find(job.directives, "failed-free")
    if free:
        return json_answer(_failed(free.argument))
    page = _failed("internal_error") if find(job.directives, "failed") else _done(job, base_url)
    return billed(page, job.cost_usd_ticks, job.directives)


def _failed(code: str) -> dict[str, Any]:
    message = _MESSAGES.get(code, "The video could not be generated.")
    return {"status": "failed", "error": {"code": code, "message": message}}


def _done(job: Job, base_url: str) -> dict[str, Any]:
    video: dict[str, Any] = {"duration": job.seconds, "respect_moderation": True}
    if find(job.directives, "withheld"):
        video |= {"url": "", "respect_moderation": False}
    elif not find(job.directives, "no-url"):
        video["url"] = base_url + job.path
    return {"status": "done", "progress": 100, "model": job.model, "video": video}
