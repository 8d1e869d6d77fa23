"""Who calls and under which ids: the metadata that travels with every RPC."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.ids import IdSource
from grokgate.chassis.secrets import Secret

AUTHORIZATION = "authorization"
REQUEST_ID = "x-request-id"
CLIENT_REQUEST_ID = "x-client-request-id"
TRACEPARENT = "traceparent"
SERVICE_TOKEN = "x-grokgate-service-token"  # noqa: S105  # a header's name
ADMIN_TOKEN = "x-grokgate-admin-token"  # noqa: S105  # a header's name
OPERATOR = "x-grokgate-operator"

# Versions up to fe; an id of zeros alone is none (w3.org/TR/trace-context-1, 3.2).
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)

Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One caller's request as it passes through the rooms.

    `api_key` is empty when the caller sent none. `request_id` is ours; `client_request_id` the
    client's own, or empty.
    """

    api_key: Secret
    request_id: str
    client_request_id: str = ""
    traceparent: str = ""

    def require_key(self) -> Secret:
        """The caller's key, or MISSING_API_KEY."""
        if not self.api_key:
            raise GrokgateError(
                Reason.MISSING_API_KEY,
                "No API key was sent. Send it as `Authorization: Bearer <key>`.",
            )
        return self.api_key

    def metadata(self) -> Metadata:
        """What carries this call to the next service."""
        pairs = [(REQUEST_ID, self.request_id)]
        if self.api_key:
            pairs.append((AUTHORIZATION, f"Bearer {self.api_key.reveal()}"))
        if self.client_request_id:
            pairs.append((CLIENT_REQUEST_ID, self.client_request_id))
        if self.traceparent:
            pairs.append((TRACEPARENT, self.traceparent))
        return tuple(pairs)


def read_call(metadata: Iterable[tuple[str, Any]] | None, ids: IdSource) -> Call:
    """The call that arrived with an RPC; one without a request id gets one."""
    found = {str(name): value for name, value in metadata or () if isinstance(value, str)}
    return Call(
        api_key=bearer(found.get(AUTHORIZATION, "")),
        request_id=found.get(REQUEST_ID) or ids.prefixed("req"),
        client_request_id=found.get(CLIENT_REQUEST_ID, ""),
        traceparent=valid_traceparent(found.get(TRACEPARENT, "")),
    )


def valid_traceparent(text: str) -> str:
    """The caller's place in a trace (W3C Trace Context); empty when it is none."""
    return text if _TRACEPARENT.fullmatch(text) else ""


def bearer(authorization: str) -> Secret:
    """The token of a bearer credential; empty when it is none."""
    scheme, _, token = authorization.partition(" ")
    return Secret(token.strip() if scheme.lower() == "bearer" else "")
