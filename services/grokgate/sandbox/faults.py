"""Which directives a call is under, and what those that refuse it do."""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import msgspec

from grokgate.sandbox.answers import Answer, json_answer
from grokgate.sandbox.bills import billed, moderated
from grokgate.sandbox.directives import Directive, directives_in, directives_of_list
from grokgate.sandbox.errors import RefusalError, no_credit, refusal, wrong_key
from grokgate.sandbox.prices import VIOLATION_FEE_TICKS

_REMEMBERED_REQUESTS = 10_000
_OPENING = b"[sandbox:"
_FORM = b"--"
_FORM_WISH = re.compile(rb"\[sandbox:[ -Z^-~]{1,80}\]")
_PROXY_PAGE = (
    b"<!DOCTYPE html><html><head><title>api.x.ai | 502: Bad gateway</title></head>"
    b"<body><h1>Bad gateway</h1><p>Error code 502. Cloudflare</p></body></html>"
)
# The model's own words are no wishes, or an answer that quotes a prompt would bind the next one.
_MODEL_ITEMS = frozenset({"reasoning", "function_call", "function_call_output"})


class Faults:
    """Finds the directives of each call: in a schedule, in its header and in its prompt.

    A sound has no prompt: in a form they may be anywhere, a sound's title or its end among them.

    A schedule has a step for each paid call, in order: a list such as `429` or `slow=1, no-ticks`,
    or an empty string for none. After its last step there are no more faults, unless it repeats.
    """

    def __init__(self, schedule: Sequence[str] = (), *, repeat: bool = False) -> None:
        self._schedule = [directives_of_list(step) for step in schedule]
        self._repeat = repeat
        self.reset()

    def reset(self) -> None:
        """Start the schedule, and every `times=`, again."""
        self._calls = 0
        self._used: OrderedDict[bytes, int] = OrderedDict()

    def of_call(self, path: str, header: str, body: bytes) -> tuple[Directive, ...]:
        """The directives of a call; a directive whose `times` are used up is left out."""
        identity = path.encode() + b"\0" + _without_boundary(body)
        directives = [*self._next_step(body), *directives_of_list(header), *_in_body(body)]
        return tuple(d for d in directives if d.is_for_polls or self._holds(d, identity))

    def of_poll(self, job_id: str, directives: Iterable[Directive]) -> tuple[Directive, ...]:
        """Those of a job's directives that hold for its next poll."""
        identity = job_id.encode()
        return tuple(d for d in directives if d.is_for_polls and self._holds(d, identity))

    def _next_step(self, body: bytes) -> list[Directive]:
        if not self._schedule or not body:
            return []
        call = self._calls % len(self._schedule) if self._repeat else self._calls
        self._calls += 1
        return self._schedule[call] if call < len(self._schedule) else []

    def _holds(self, directive: Directive, identity: bytes) -> bool:
        if directive.times is None:
            return True
        wish = f"\0{directive.name}={directive.argument}".encode()
        digest = blake2b(identity + wish, digest_size=16).digest()
        used = self._used.pop(digest, 0)
        self._used[digest] = used + 1
        if len(self._used) > _REMEMBERED_REQUESTS:
            self._used.popitem(last=False)
        return used < directive.times


def answer_instead(directives: Iterable[Directive]) -> Answer | None:
    """What is answered without any work, if a directive says so."""
    for directive in directives:
        make = _INSTEAD.get(directive.name)
        if make is not None:
            return make(directive)
    return None


def refusal_answer(error: RefusalError) -> Answer:
    """A refusal on its way out."""
    return Answer((msgspec.json.encode(error.body),), status=error.status, headers=error.headers)


def _in_body(body: bytes) -> list[Directive]:
    if _OPENING not in body:
        return []
    if body.startswith(_FORM):
        return [d for wish in _FORM_WISH.findall(body) for d in directives_in(wish.decode())]
    try:
        texts = list(_texts(msgspec.json.decode(body)))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return []  # the handler says what is wrong with it
    return [directive for text in texts for directive in directives_in(text)]


def _without_boundary(body: bytes) -> bytes:
    """What is the same of a form when it is sent again; its boundary is a new one each time."""
    if not body.startswith(_FORM):
        return body
    return body.replace(body.partition(b"\r\n")[0], b"")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict) and not _is_models_own(value):
        for item in value.values():
            yield from _texts(item)


def _is_models_own(item: dict[str, Any]) -> bool:
    return item.get("role") == "assistant" or item.get("type") in _MODEL_ITEMS


def _rate_limited(headers: dict[str, str]) -> Answer:
    body = {
        "code": "resource-exhausted",
        "error": "Too many requests for team 00000000-0000-4000-8000-000000000002. "
        "Requests per Minute (actual/limit): 2/2.",
    }
    return refusal_answer(RefusalError(429, body, headers))


def _moderated(directive: Directive) -> Answer:
    return billed(moderated("image"), directive.number, (), status=400)


def _unsafe(_: Directive) -> Answer:
    body = {"error": "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO"}
    return replace(json_answer(body, status=403), cost_usd_ticks=VIOLATION_FEE_TICKS)


_UNAVAILABLE = {
    "code": "service-unavailable",
    "error": "Service temporarily unavailable. The model is at capacity.",
}
_INSTEAD: dict[str, Callable[[Directive], Answer]] = {
    "429": lambda _: _rate_limited({}),
    "429-retry-after": lambda directive: _rate_limited({"retry-after": directive.argument}),
    "500": lambda _: refusal_answer(refusal(500, "internal-error", "Internal error.")),
    "503": lambda _: json_answer(_UNAVAILABLE, status=503),
    "529": lambda _: json_answer(
        {"error": {"message": "Overloaded", "type": "overloaded_error", "code": None}}, status=529
    ),
    "html": lambda _: Answer((_PROXY_PAGE,), status=502, content_type="text/html"),
    "safety": _unsafe,
    "moderated-cost": _moderated,
    "bad-key": lambda _: refusal_answer(wrong_key()),
    "no-credit": lambda _: refusal_answer(no_credit()),
    "error-in-200": lambda _: json_answer(_UNAVAILABLE),
    "not-json": lambda _: Answer((b"upstream connect error",)),
    "empty": lambda _: Answer((b"",)),
}
