"""Callers' keys from the command line."""

import time

from grokgate.launch import moments
from tests.launch.running import Running

HOUR_MS = 3_600_000


def test_a_key_is_issued_with_its_policy_and_works(gateway: Running) -> None:
    gateway.customer("keys")
    issued = gateway.json(
        *("key", "issue", "keys", "--name", "laptop", "--model", "xai/grok-4.3"),
        *("--model", "xai/grok-4.5", "--endpoint", "responses", "--rpm", "60", "--tpm", "90000"),
        *("--concurrency", "2", "--budget-usd", "5.25", "--budget-period", "month"),
        *("--expires", "2100-01-01"),
    )
    assert issued["key"]["policy"] == {
        "allowed_models": ["xai/grok-4.3", "xai/grok-4.5"],
        "allowed_endpoints": ["responses"],
        "requests_per_minute": 60,
        "tokens_per_minute": 90_000,
        "concurrency": 2,
        "budget_usd_ticks": 52_500_000_000,
        "budget_usd": "5.25",
        "budget_period": "month",
        "expires_at_ms": 4_102_444_800_000,
    }
    assert gateway.ask(issued["secret"]).is_success
    assert gateway.ask(issued["secret"], model="xai/grok-4.6").status_code == 403
    [listed] = [key for key in gateway.json("key", "list", "keys") if key["name"] == "laptop"]
    assert listed["id"] == issued["key"]["id"]
    assert issued["secret"] not in str(listed)
    table = gateway.text("key", "list", "keys")
    for cell in ("laptop", "60 rpm, 90000 tpm, 2 at once", "5.25 a month", "active until 2100-01"):
        assert cell in table


def test_a_model_may_be_named_by_any_of_its_names(gateway: Running) -> None:
    gateway.text("account", "open", "named")
    names = ("grok-4.3", "xai/grok-4.3-latest", "grok-imagine-image", "xai/grok-4.5")
    given = [word for name in names for word in ("--model", name)]
    issued = gateway.json("key", "issue", "named", *given)
    assert issued["key"]["policy"]["allowed_models"] == [
        "xai/grok-4.3",
        "xai/grok-imagine-image",
        "xai/grok-4.5",
    ]


def test_a_person_sees_the_new_secret_on_a_line_of_its_own(gateway: Running) -> None:
    gateway.text("account", "open", "shown")
    printed = gateway.run("key", "issue", "shown")
    secret = printed.out.splitlines()[-1]
    assert secret.startswith("llmtr-")
    assert "not shown again" in printed.err
    assert gateway.ask(secret).status_code == 402


def test_a_rotated_key_goes_on_for_the_overlap(gateway: Running) -> None:
    old_secret = gateway.customer("rotating")
    [old] = gateway.json("key", "list", "rotating")
    before_ms = time.time_ns() // 1_000_000
    rotated = gateway.json("key", "rotate", old["id"], "--overlap", "2h")
    left_ms = rotated["old_key"]["revoked_at_ms"] - before_ms
    assert 2 * HOUR_MS <= left_ms < 2 * HOUR_MS + 60_000
    assert rotated["key"]["account_id"] == "rotating"
    assert gateway.ask(old_secret).is_success
    assert gateway.ask(rotated["secret"]).is_success
    gateway.text("key", "rotate", rotated["key"]["id"], "--overlap", "0s")
    assert gateway.ask(rotated["secret"]).json()["error"]["code"] == "revoked_api_key"
    assert "no longer works" in gateway.refused("key", "rotate", rotated["key"]["id"])


def test_a_key_is_revoked_now_or_later(gateway: Running) -> None:
    secret = gateway.customer("revoked")
    [key] = gateway.json("key", "list", "revoked")
    later = gateway.json("key", "revoke", key["id"], "--at", "2100-01-01T00:00:00Z")
    assert later["revoked_at_ms"] == 4_102_444_800_000
    assert gateway.ask(secret).is_success
    assert "revoked" in gateway.text("key", "revoke", key["id"])
    assert gateway.ask(secret).status_code == 401


def test_what_a_key_cannot_be_for_is_named(gateway: Running) -> None:
    issue = ("key", "issue", "demo")
    assert "audio_speech" in gateway.misused(*issue, "--endpoint", "telepathy")
    assert "`grok-99`, no canonical id" in gateway.refused(*issue, "--model", "grok-99")
    assert "is no time" in gateway.misused(*issue, "--expires", "tomorrow")
    assert "a time to come" in gateway.misused(*issue, "--expires", "2001-01-01")
    assert "is no span" in gateway.misused("key", "rotate", "key_1", "--overlap", "1w")
    assert "more than 366d" in gateway.misused("key", "rotate", "key_1", "--overlap", "367d")


def test_an_expiry_may_be_a_span(gateway: Running) -> None:
    gateway.text("account", "open", "spans")
    now_ms = time.time_ns() // 1_000_000
    issued = gateway.json("key", "issue", "spans", "--expires", "30d")
    assert 0 <= issued["key"]["policy"]["expires_at_ms"] - (now_ms + 30 * 24 * HOUR_MS) < 60_000
    shown = moments.shown(issued["key"]["policy"]["expires_at_ms"])
    assert f"active until {shown}" in gateway.text("key", "list", "spans")
