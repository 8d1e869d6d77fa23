"""What the ledger says when it refuses."""

from decimal import Decimal

from grokgate.billing.commands import HoldState
from grokgate.chassis.errors import GrokgateError, Reason

# Far below what a 64-bit column holds, so that sums of a few amounts still fit.
MOST_USD_TICKS = 1 << 60
USD_TICKS = 10**10

_SOON_MS = 1000


def invalid(param: str, message: str) -> GrokgateError:
    """A field of a command that nobody may send so."""
    return GrokgateError(Reason.INVALID_VALUE, f"`{param}` {message}", param=param)


def unknown(param: str, what: str) -> GrokgateError:
    """A thing that is named but does not exist."""
    return GrokgateError(Reason.NOT_FOUND, f"There is no {what} of that id.", param=param)


def taken(param: str, what: str) -> GrokgateError:
    """An id that is already used, for something else."""
    return GrokgateError(
        Reason.ALREADY_EXISTS,
        f"`{param}` was already used for another {what}. Use a new id.",
        param=param,
    )


def ended(state: HoldState) -> GrokgateError:
    """A hold that is no longer open."""
    return GrokgateError(
        Reason.HOLD_ENDED, f"The hold has already ended: {state}.", param="hold_id"
    )


def usd(usd_ticks: int) -> str:
    """An amount for people, such as `0.25 USD`."""
    return f"{(Decimal(usd_ticks) / USD_TICKS).normalize():f} USD"


def insufficient(required_usd_ticks: int, available_usd_ticks: int) -> GrokgateError:
    """A balance that does not cover a call, and will not without a payment."""
    return GrokgateError(
        Reason.INSUFFICIENT_BALANCE,
        f"The call needs up to {usd(required_usd_ticks)} and the account has "
        f"{usd(available_usd_ticks)}. Add credit, or ask for less.",
        details={
            "required_usd_ticks": required_usd_ticks,
            "available_usd_ticks": available_usd_ticks,
        },
    )


def holds_outstanding(
    required_usd_ticks: int, available_usd_ticks: int, held_usd_ticks: int
) -> GrokgateError:
    """A balance that would cover a call if other calls did not hold it."""
    return GrokgateError(
        Reason.HOLDS_OUTSTANDING,
        f"The call needs up to {usd(required_usd_ticks)}, and calls under way hold "
        f"{usd(held_usd_ticks)} of the balance. Try again when they have ended.",
        details={
            "required_usd_ticks": required_usd_ticks,
            "available_usd_ticks": available_usd_ticks,
            "held_usd_ticks": held_usd_ticks,
        },
        retry_after_ms=_SOON_MS,
    )


def hold_too_large(required_usd_ticks: int, most_usd_ticks: int) -> GrokgateError:
    """A call above the caller's own cap."""
    return GrokgateError(
        Reason.MAX_BUDGET_EXCEEDED,
        f"The call may cost up to {usd(required_usd_ticks)}, above the `max_budget_usd` of "
        f"{usd(most_usd_ticks)}. Raise it, or ask for less.",
        param="max_budget_usd",
        details={"required_usd_ticks": required_usd_ticks, "limit_usd_ticks": most_usd_ticks},
    )


def too_many_at_once(whose: str, concurrency: int) -> GrokgateError:
    """A call beyond those that may run at once."""
    return GrokgateError(
        Reason.CONCURRENCY_LIMITED,
        f"The {whose} may have {concurrency} calls under way at once. Wait until one has ended.",
        details={"limit": concurrency},
        retry_after_ms=_SOON_MS,
    )


def not_allowed(reason: Reason, param: str, value: str, allowed: tuple[str, ...]) -> GrokgateError:
    """A model or endpoint that the key is not for."""
    return GrokgateError(
        reason,
        f"The API key may not use the {param} `{value}`. Use one of: {', '.join(allowed)}.",
        param=param,
        details={"allowed": list(allowed)},
    )
