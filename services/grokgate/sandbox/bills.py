"""What an answer says of its cost, and what the call cost in truth."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from grokgate.sandbox.answers import Answer, json_answer
from grokgate.sandbox.directives import Directive, find


def forge_bill(response: dict[str, Any], directives: Sequence[Directive]) -> None:
    """Change a response's usage as directives say."""
    usage = response["usage"]
    ticks = find(directives, "ticks")
    if ticks:
        usage["cost_in_usd_ticks"] = ticks.number
    if find(directives, "ticks-text"):
        usage["cost_in_usd_ticks"] = "not an integer"
    if find(directives, "no-ticks"):
        usage.pop("cost_in_usd_ticks", None)
    if find(directives, "no-usage"):
        response["usage"] = None


def billed(
    body: dict[str, Any],
    cost_usd_ticks: int,
    directives: Sequence[Directive],
    *,
    status: int = 200,
) -> Answer:
    """An answer with its usage."""
    whole = {**body, "usage": {"cost_in_usd_ticks": cost_usd_ticks}}
    forge_bill(whole, directives)
    return replace(json_answer(whole, status=status), cost_usd_ticks=cost_usd_ticks)


def moderated(what: str) -> dict[str, Any]:
    """The body of a refusal that comes after the work; what it cost stands beside it."""
    message = f"Generated {what} rejected by content moderation."
    return {"code": "imagine:content-moderated", "error": message}


def moderation(what: str, cost_usd_ticks: int, directives: Sequence[Directive]) -> Answer | None:
    """The refusal of what has been made, if a directive asks for it."""
    if find(directives, "moderated"):
        return billed(moderated(what), cost_usd_ticks, directives, status=400)
    if find(directives, "moderated-free"):
        return json_answer(moderated(what), status=400)
    return None
