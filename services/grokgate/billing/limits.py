"""Rate limits by GCRA: one integer for each limit.

The integer, `until_ns`, is the Unix time in nanoseconds at which all that was taken will have
drained at the limit's rate (GCRA's theoretical arrival time). What has not drained yet may be at
most one minute's worth, so a whole minute's allowance may be taken at once. Intervals are rounded
down to the nanosecond, so that a burst of exactly the limit always fits.
"""

from grokgate.billing.commands import RateLimit
from grokgate.chassis.errors import GrokgateError, Reason

WINDOW_NS = 60_000_000_000
_MS_NS = 1_000_000

_UNITS = {Reason.REQUESTS_LIMITED: "requests", Reason.TOKENS_LIMITED: "tokens"}


def take(reason: Reason, per_minute: int | None, until_ns: int, amount: int, now_ms: int) -> int:
    """`until_ns` after taking `amount`; unchanged without a limit.

    Fails with `reason`: REQUESTS_LIMITED or TOKENS_LIMITED. An amount above the limit itself could
    never fit, so that refusal names no time to try again.
    """
    if per_minute is None:
        return until_ns
    now_ns = now_ms * _MS_NS
    taken_until_ns = max(until_ns, now_ns) + amount * WINDOW_NS // per_minute
    wait_ns = taken_until_ns - now_ns - WINDOW_NS
    if wait_ns > 0:
        state = _rate(per_minute, until_ns, now_ms)
        raise _refusal(reason, amount, state, -(-wait_ns // _MS_NS))
    return taken_until_ns


def correct(per_minute: int | None, until_ns: int, taken: int, used: int, now_ms: int) -> int:
    """`until_ns` once it is known that `used` was used where `taken` was taken."""
    if per_minute is None or used == taken:
        return until_ns
    if used < taken:
        return until_ns - (taken - used) * WINDOW_NS // per_minute
    return max(until_ns, now_ms * _MS_NS) + (used - taken) * WINDOW_NS // per_minute


def rate(per_minute: int | None, until_ns: int, now_ms: int) -> RateLimit | None:
    """What is left of a limit; None without one."""
    return None if per_minute is None else _rate(per_minute, until_ns, now_ms)


def tighter(one: RateLimit | None, other: RateLimit | None) -> RateLimit | None:
    """The one of which less is left."""
    if one is None or other is None:
        return one or other
    return min(one, other, key=lambda limit: limit.remaining)


def _refusal(reason: Reason, amount: int, state: RateLimit, wait_ms: int) -> GrokgateError:
    units = _UNITS[reason]
    details = {"limit": state.limit, "required": amount, "remaining": state.remaining}
    if amount > state.limit:
        return GrokgateError(
            reason,
            f"The call needs about {amount} {units}, above the limit of {state.limit} a minute, so "
            "it can never fit. Shorten the input, lower the cap on output tokens, or ask for a "
            "higher limit.",
            details=details,
        )
    return GrokgateError(
        reason,
        f"The limit of {state.limit} {units} a minute is used up. Try again in "
        f"{-(-wait_ms // 1000)} s.",
        details=details,
        retry_after_ms=wait_ms,
    )


def _rate(per_minute: int, until_ns: int, now_ms: int) -> RateLimit:
    undrained_ns = max(until_ns - now_ms * _MS_NS, 0)
    return RateLimit(
        limit=per_minute,
        remaining=max(WINDOW_NS - undrained_ns, 0) * per_minute // WINDOW_NS,
        reset_ms=-(-undrained_ns // _MS_NS),
    )
