"""Every limit of the edge in one place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeLimits:
    """What the edge allows a client and waits for a service."""

    header_timeout_s: float = 10
    """Seconds in which a request's line and headers must arrive."""

    body_timeout_s: float = 60
    """Seconds in which a request's whole body must arrive after its headers."""

    keep_alive_timeout_s: int = 75
    """Seconds for which an idle connection is kept between requests."""

    linger_timeout_s: float = 2
    """Seconds for which the rest of a request is thrown away after a refusal."""

    stall_timeout_s: float = 60
    """Seconds for which a client may take nothing of its answer before it is cut off."""

    header_limit_bytes: int = 65_536
    """The largest request line and headers, in bytes, unless they arrive in one piece."""

    text_body_limit_bytes: int = 4 * 1024 * 1024
    """The largest body of a text request, in bytes."""

    media_body_limit_bytes: int = 48 * 1024 * 1024
    """The largest body of a request with images or audio in it, in bytes."""

    json_max_depth: int = 128
    """How deep objects and arrays may be nested in a body."""

    answer_timeout_s: float = 600
    """Seconds for which a client waits for an answer; the paid call goes on without it."""

    stream_timeout_s: float = 3_600
    """Seconds for which a streamed answer may last; the paid call goes on without it."""

    heartbeat_s: float = 15
    """Seconds of silence after which a stream gets its status, or a comment."""

    billing_timeout_s: float = 5
    """Seconds for which a question to billing may take."""

    media_timeout_s: float = 10
    """Seconds for which a question about what the media or voice service has may take."""

    readiness_timeout_s: float = 2
    """Seconds in which a service must say that it is ready."""

    good_key_kept_ms: int = 5_000
    """Milliseconds for which billing's description of a key is kept."""

    bad_key_kept_ms: int = 1_000
    """Milliseconds for which billing's refusal of a key is kept."""

    keys_kept_max: int = 10_000
    """How many descriptions and refusals are kept at once."""
