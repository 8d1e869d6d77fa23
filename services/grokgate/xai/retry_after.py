"""When upstream says that another try may succeed."""

from email.utils import parsedate_to_datetime


def read_retry_after(header: str | None, now_ms: int) -> int | None:
    """Milliseconds of a Retry-After header: seconds or a date (RFC 9110)."""
    if header is None:
        return None
    try:
        if header.strip().isdigit():
            return int(header) * 1000
        at_ms = int(parsedate_to_datetime(header).timestamp() * 1000)
    except ValueError:
        return None
    return max(0, at_ms - now_ms)
