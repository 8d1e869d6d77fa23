"""Misbehaviour on demand: what a call may ask for, and how it is written.

In a prompt `[sandbox:429]`, with an argument `[sandbox:slow=2]`, for the first tries only
`[sandbox:500 times=1]`. In the header `x-sandbox-fault`, or in a schedule, the same without the
brackets, several parted by commas.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from grokgate.sandbox.errors import invalid_argument


class Argument(Enum):
    """What follows a directive's name."""

    NONE = ""
    NUMBER = "=N"
    SECONDS = "=SECONDS"
    CALL = " NAME {json}"
    CODE = "=CODE"
    DIRECTIVE = "=DIRECTIVE"


@dataclass(frozen=True, slots=True)
class Known:
    """A directive that there is, with one sentence for the documentation.

    The `times` of one that is for polls count the polls of a job, not its creations.
    """

    name: str
    meaning: str
    argument: Argument = Argument.NONE
    is_for_polls: bool = False

    @property
    def form(self) -> str:
        """How it is written, such as `ticks=N`."""
        return self.name + self.argument.value


DIRECTIVES = {
    known.name: known
    for known in (
        # Refusals, before any work.
        Known("429", "Refuses with 429: too many requests."),
        Known("429-retry-after", "The same, with a Retry-After of N seconds.", Argument.NUMBER),
        Known("500", "Fails with 500 and a JSON error."),
        Known("503", "Fails with 503: temporarily unavailable."),
        Known("529", "Fails with 529: overloaded, in the nested error shape."),
        Known("html", "Fails with 502 and a proxy's HTML page."),
        Known("safety", "Refuses with 403: the prompt violates the usage guidelines."),
        Known(
            "moderated-cost",
            "Refuses with 400: content moderated, and N ticks charged.",
            Argument.NUMBER,
        ),
        Known("bad-key", "Refuses as if the API key were unknown."),
        Known("no-credit", "Refuses as if the team had no money."),
        Known("error-in-200", "Answers 200 with an error body."),
        Known("not-json", "Answers 200 with a body that is no JSON."),
        Known("empty", "Answers 200 without a body."),
        # The bill.
        Known("no-ticks", "Leaves `cost_in_usd_ticks` out of the usage."),
        Known("ticks", "Reports N ticks as the cost, however absurd.", Argument.NUMBER),
        Known("ticks-text", "Reports a cost that is not an integer."),
        Known("no-usage", "Answers with a null usage."),
        # The connection.
        Known("slow", "Waits SECONDS before it answers.", Argument.SECONDS),
        Known("silent", "Never answers; waits until the client goes."),
        Known("reset-before-answer", "Resets the connection after it has read the request."),
        Known("reset-mid-body", "Resets the connection halfway through the body."),
        Known("reset-after", "Resets the connection after N bytes of the body.", Argument.NUMBER),
        Known("truncated-body", "Closes the connection halfway through the body."),
        # The stream; without effect on an answer that is not streamed. Speech obeys the first two.
        Known("delay", "Waits SECONDS before each event but the first.", Argument.SECONDS),
        Known("stall", "Waits SECONDS halfway through the events.", Argument.SECONDS),
        Known("split", "Sends N bytes at a time, whatever the events.", Argument.NUMBER),
        Known("ping", "Sends a ping before each event."),
        Known("eof-before-terminal", "Ends in good order, without the last event and its usage."),
        Known("error-event", "Breaks off halfway with an error event."),
        Known(
            "error-event-nested",
            "Breaks off after its first event, with an error event of the nested shape.",
        ),
        # The words.
        Known("words", "Answers with N words.", Argument.NUMBER),
        Known("call", "Calls the function NAME with the arguments {json}.", Argument.CALL),
        Known("annotate", "Cites a web page in the answer."),
        Known("refuse", "Answers with a refusal."),
        Known("failed", "Ends with status `failed`, and charges."),
        # Images and videos.
        Known("moderated", "Content moderated: 400, at the end of a video's job; charged in full."),
        Known("moderated-free", "The same, neither charged nor with a usage."),
        Known("withheld", "Has `respect_moderation` false and no image or video; charged in full."),
        Known("images", "Returns, and charges, N images at most.", Argument.NUMBER),
        Known("dead-url", "Gives URLs that are answered with 404."),
        Known("no-url", "Ends a video's job well, without a URL; charged in full."),
        Known(
            "failed-free",
            "Ends a video's job with status `failed` and the error CODE; not charged.",
            Argument.CODE,
        ),
        Known("expired", "Ends a video's job with status `expired`; not charged."),
        Known("render", "Takes SECONDS to make a video.", Argument.SECONDS),
        # Transcripts.
        Known(
            "duration",
            "Reports SECONDS as the sound's duration; the log keeps the true bill.",
            Argument.SECONDS,
        ),
        Known("no-duration", "Leaves the duration out."),
        # The polls of a video's job; `times` counts them, job by job.
        Known(
            "poll",
            "Meets each poll with DIRECTIVE, such as `poll=429` or `poll=slow=1`.",
            Argument.DIRECTIVE,
            is_for_polls=True,
        ),
        Known("poll-empty", "Answers each poll with 202 and no body.", is_for_polls=True),
        Known(
            "poll-unknown", "Answers each poll with a status word of its own.", is_for_polls=True
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Directive:
    """One wish. With `times` it holds for the first so many identical requests only."""

    name: str
    argument: str = ""
    times: int | None = None

    @property
    def is_for_polls(self) -> bool:
        """Whether it waits for the polls of the job that is created."""
        return DIRECTIVES[self.name].is_for_polls

    @property
    def inner(self) -> "Directive":
        """The argument of a DIRECTIVE directive."""
        return _whole_wish(self.argument)

    @property
    def number(self) -> int:
        """The argument of a NUMBER directive."""
        return int(self.argument)

    @property
    def seconds(self) -> float:
        """The argument of a SECONDS directive."""
        return float(self.argument)


_OPENING = "[sandbox:"
_WISH = re.compile(r"\s*([a-z0-9-]+)(?:=([^\s\],]+))?(?:\s+times=(\d+))?\s*")
_CALL = re.compile(r"\s*call\s+([\w.-]+)\s*")
_VALID = {
    Argument.NONE: re.compile(r""),
    Argument.NUMBER: re.compile(r"-?\d{1,30}"),
    Argument.SECONDS: re.compile(r"\d{1,6}(\.\d{1,6})?"),
    Argument.CALL: re.compile(r"(?!)"),  # `_read_call` reads it
    Argument.CODE: re.compile(r"[a-z_]{1,40}"),
    Argument.DIRECTIVE: re.compile(r"(?!poll)[a-z0-9-]+(=.+)?"),  # and it must be a known one
}


def directives_in(prompt: str) -> list[Directive]:
    """The directives that a prompt contains."""
    return [directive for directive, _, _ in _spans(prompt)]


def without_directives(prompt: str) -> str:
    """A prompt's words for the model."""
    kept, position = [], 0
    for _, start, end in _spans(prompt):
        kept.append(prompt[position:start])
        position = end
    kept.append(prompt[position:])
    return " ".join("".join(kept).split())


def directives_of_list(text: str) -> list[Directive]:
    """The directives of a header or of a step of a schedule: `429, slow=1`; empty for none."""
    return [_whole_wish(wish) for wish in text.split(",") if wish.strip()]


def find(directives: Iterable[Directive], name: str) -> Directive | None:
    """The first directive of a name."""
    return next((directive for directive in directives if directive.name == name), None)


def _spans(prompt: str) -> Iterator[tuple[Directive, int, int]]:
    start = prompt.find(_OPENING)
    while start >= 0:
        directive, end = _bracketed(prompt, start + len(_OPENING))
        yield directive, start, end
        start = prompt.find(_OPENING, end)


def _bracketed(prompt: str, start: int) -> tuple[Directive, int]:
    read = _read_call(prompt, start) or _read_wish(prompt, start)
    if read is None or not prompt.startswith("]", read[1]):
        raise _unknown(prompt[start : start + 40].partition("]")[0])
    return read[0], read[1] + 1


def _whole_wish(text: str) -> Directive:
    read = _read_wish(text, 0)
    if read is None or read[1] != len(text):
        raise _unknown(text)
    return read[0]


def _read_wish(text: str, start: int) -> tuple[Directive, int] | None:
    match = _WISH.match(text, start)
    known = match and DIRECTIVES.get(match[1])
    if match is None or known is None:
        return None
    argument = match[2] or ""
    if not _VALID[known.argument].fullmatch(argument):
        return None
    if known.argument is Argument.DIRECTIVE and _read_wish(argument, 0) is None:
        return None
    return Directive(match[1], argument, int(match[3]) if match[3] else None), match.end()


def _read_call(text: str, start: int) -> tuple[Directive, int] | None:
    match = _CALL.match(text, start)
    if match is None:
        return None
    try:
        _, end = json.JSONDecoder().raw_decode(text, match.end())
    except (ValueError, RecursionError):
        return None
    return Directive("call", f"{match[1]} {text[match.end() : end]}"), end


def _unknown(text: str) -> Exception:
    known = ", ".join(known.form for known in DIRECTIVES.values())
    return invalid_argument(f"Unknown sandbox directive {text!r}. Known: {known}.")
