"""API keys: any that begins with `xai-` is good, except those that say otherwise."""

from typing import Any

from grokgate.chassis.calls import bearer
from grokgate.sandbox.answers import Answer, Ask, json_answer
from grokgate.sandbox.errors import blocked_team, no_credit, no_key, wrong_key

_WRONG = "xai-wrong"
_BLOCKED = "xai-blocked"
_NO_CREDIT = "xai-no-credit"


def read_key(authorization: str) -> str:
    """The key of an Authorization header, or the refusal that xAI gives."""
    key = bearer(authorization).reveal()
    if not key:
        raise no_key()
    if not key.startswith("xai-") or key.startswith(_WRONG):
        raise wrong_key()
    return key


def check_may_spend(key: str) -> None:
    """Refuse a key whose team is blocked or has no money."""
    if key.startswith(_BLOCKED):
        raise blocked_team()
    if key.startswith(_NO_CREDIT):
        raise no_credit()


def key_page(ask: Ask) -> Answer:
    """GET /v1/api-key: what a key is and whether it works; free of charge."""
    key = ask.api_key
    page: dict[str, Any] = {
        "redacted_api_key": f"{key[:4]}...{key[-4:]}",
        "user_id": "00000000-0000-4000-8000-000000000001",
        "name": "sandbox key",
        "create_time": "2026-01-01T00:00:00Z",
        "modify_time": "2026-01-01T00:00:00Z",
        "modified_by": "00000000-0000-4000-8000-000000000001",
        "team_id": "00000000-0000-4000-8000-000000000002",
        "acls": ["api-key:model:*", "api-key:endpoint:*"],
        "api_key_id": "00000000-0000-4000-8000-000000000003",
        "team_blocked": key.startswith(_BLOCKED),
        "api_key_blocked": False,
        "api_key_disabled": False,
    }
    return json_answer(page)
