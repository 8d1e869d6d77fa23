"""How xAI says no: its statuses and its body shapes."""

from collections.abc import Mapping
from typing import Any


class RefusalError(Exception):
    """A call that is answered with an error.

    `body` is the JSON body, whole. Most are flat, `{code, error}`; a body that could not be read
    gives `{error}` alone (published captures, 2026).
    """

    def __init__(
        self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = dict(body)
        self.headers = dict(headers or {})


def refusal(status: int, code: str, message: str) -> RefusalError:
    """The flat shape."""
    return RefusalError(status, {"code": code, "error": message})


def invalid_argument(message: str) -> RefusalError:
    """400: the request was understood and is wrong."""
    return refusal(400, "invalid-argument", message)


def unreadable(problem: str) -> RefusalError:
    """422: the body is no JSON, or a field has the wrong type."""
    message = f"Failed to deserialize the JSON body into the target type: {problem}"
    return RefusalError(422, {"error": message})


def not_found(message: str) -> RefusalError:
    """404: nothing has that id."""
    return refusal(404, "not-found", message)


def no_key() -> RefusalError:
    """401: no bearer credential came."""
    return refusal(401, "unauthenticated", "No API key provided. Send `Authorization: Bearer`.")


def wrong_key() -> RefusalError:
    """400, not 401: what xAI answers to a key that it does not know."""
    return invalid_argument(
        "Incorrect API key provided. You can obtain an API key from https://console.x.ai."
    )


def blocked_team() -> RefusalError:
    """403: the team may not call."""
    return refusal(403, "permission-denied", "Your team has been blocked. Contact support@x.ai.")


def no_credit() -> RefusalError:
    """403: the team's money is gone (the same text was a 429 until early 2026)."""
    return refusal(
        403,
        "permission-denied",
        "Your team has either used all available credits or reached its monthly spending limit.",
    )
