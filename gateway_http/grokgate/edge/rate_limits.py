"""The `x-ratelimit-*` headers."""

from grokgate.api.types.v1.rate_limits_pb2 import RateLimit, RateLimits


def rate_limit_headers(limits: RateLimits) -> dict[str, str]:
    """The headers for the limits that apply to the calling key."""
    headers: dict[str, str] = {}
    if limits.HasField("requests"):
        _describe(limits.requests, "requests", headers)
    if limits.HasField("tokens"):
        _describe(limits.tokens, "tokens", headers)
    return headers


def duration(milliseconds: int) -> str:
    """How OpenAI writes the time until a reset, in whole seconds rounded up: `1s`, `6m0s`."""
    minutes, seconds = divmod(-(-milliseconds // 1000), 60)
    return f"{minutes}m{seconds}s" if minutes else f"{seconds}s"


def _describe(limit: RateLimit, unit: str, headers: dict[str, str]) -> None:
    headers[f"x-ratelimit-limit-{unit}"] = str(limit.limit)
    headers[f"x-ratelimit-remaining-{unit}"] = str(limit.remaining)
    headers[f"x-ratelimit-reset-{unit}"] = duration(limit.reset_ms)
