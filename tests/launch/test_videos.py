"""Video jobs from the command line, in one process and split."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.launch.running import Running, Terminal, running


def start(gateway: Running, secret: str, prompt: str) -> Any:
    """The new video's answer to POST /v1/video/generations, which does not wait for its end."""
    body = {
        "model": "grok-imagine-video",
        "prompt": prompt,
        "duration_seconds": 2,
        "max_wait_seconds": 0,
    }
    headers = {"authorization": f"Bearer {secret}"}
    with httpx.Client(trust_env=False, timeout=60) as client:
        answer = client.post(f"{gateway.url}/v1/video/generations", json=body, headers=headers)
    assert answer.is_success, answer.text
    return answer.json()


def refuse(gateway: Running, secret: str, prompt: str) -> str:
    """The id of a video whose creation upstream refuses."""
    with pytest.raises(AssertionError):
        start(gateway, secret, prompt)
    newest: str = gateway.json("video", "list")[0]["video"]["id"]
    return newest


@pytest.mark.parametrize("kind", ["gateway", "split"])
def test_a_job_is_followed_to_its_charge(kind: str, request: pytest.FixtureRequest) -> None:
    gateway: Running = request.getfixturevalue(kind)
    secret = gateway.customer(f"films-{kind}")
    video = start(gateway, secret, "A cat [sandbox:render=2]")
    [listed] = gateway.json("video", "list", "--account", f"films-{kind}")
    assert listed["video"]["id"] == video["id"]
    lines = gateway.text("video", "show", video["id"], "--follow", "--json").splitlines()
    told = [json.loads(line) for line in lines]
    assert [one["video"]["state"] for one in told][-1] == "succeeded"
    assert all(one != other for one, other in pairwise(told))
    assert told[-1]["video"]["charge"]["usd"] == "0.10"
    [summed] = gateway.json("usage", "--account", f"films-{kind}")
    assert summed["video_us"] == 2_000_000
    header, _, row = gateway.text("usage", "--account", f"films-{kind}").splitlines()
    assert "video s" in header
    assert "input tokens" not in header
    assert row.split()[-3:] == ["2", "0.10", "0.10"]
    told_again = gateway.run("video", "show", video["id"], "--follow")
    assert told_again.err == "succeeded 100 %\n"
    shown = told_again.out
    rows = dict(line.rstrip().split("  ", 1) for line in shown.splitlines())
    told_of = {title: rows[title].strip() for title in ("state", "charged USD", "length")}
    assert told_of == {"state": "succeeded", "charged USD": "0.10", "length": "2 s"}


def test_without_a_terminal_each_change_is_a_line(gateway: Running) -> None:
    video = start(gateway, gateway.customer("watched"), "A cat [sandbox:render=1]")
    printed = gateway.run("video", "show", video["id"], "--follow")
    lines = printed.err.splitlines()
    assert lines[-1] == "succeeded 100 %"
    assert len(lines) > 1
    assert all(line != after for line, after in pairwise(lines))
    assert "succeeded" in printed.out


def test_jobs_are_listed_by_state_and_in_pages(gateway: Running) -> None:
    secret = gateway.customer("pages")
    ids = [start(gateway, secret, "A cat [sandbox:render=60]")["id"] for _ in range(2)]
    of_account = ("video", "list", "--account", "pages")
    first = gateway.run(*of_account, "--limit", "1")
    assert ids[1] in first.out
    _, _, after = first.err.strip().rpartition("--after ")
    assert after == ids[1]
    assert ids[0] in gateway.text(*of_account, "--after", after)
    assert gateway.json(*of_account, "--state", "succeeded") == []
    assert len(gateway.json(*of_account, "--state", "processing")) == 2


def test_a_job_whose_answer_was_lost_is_to_be_reconciled(gateway: Running) -> None:
    secret = gateway.customer("lost")
    video = start(gateway, secret, "A cat [sandbox:reset-before-answer]")
    printed = gateway.run("video", "reconcile", "--account", "lost")
    assert video["id"] in printed.out
    assert "outcome_unknown" in printed.out
    for needed in ("console.x.ai", "hold list --to-reconcile", "account adjust"):
        assert needed in printed.err
    [job] = gateway.json("video", "reconcile", "--account", "lost")
    assert (job["upstream_id"], job["inner_state"]) == ("", "outcome_unknown")
    nothing = gateway.run("video", "reconcile", "--account", "pages")
    assert (nothing.out, nothing.err) == ("", "There is none.\n")


def test_what_was_refused_at_once_comes_after_what_nobody_told(gateway: Running) -> None:
    secret = gateway.customer("unclear")
    lost = start(gateway, secret, "A cat [sandbox:reset-before-answer]")["id"]
    refused = refuse(gateway, secret, "A cat [sandbox:529]")
    jobs = gateway.json("video", "reconcile", "--account", "unclear")
    assert [job["video"]["id"] for job in jobs] == [refused, lost]
    printed = gateway.text("video", "reconcile", "--account", "unclear")
    assert printed.index(lost) < printed.index("sent, never answered") < printed.index(refused)
    assert printed.index(refused) < printed.index("creation refused, cost not told")


def test_what_was_reconciled_before_need_not_be_listed(gateway: Running) -> None:
    start(gateway, gateway.customer("before"), "A cat [sandbox:reset-before-answer]")
    of_account = ("video", "reconcile", "--account", "before")
    assert len(gateway.json(*of_account, "--since", "1h")) == 1
    nothing = gateway.run(*of_account, "--since", "2999-01-01")
    assert (nothing.out, nothing.err) == ("", "There is none.\n")
    holds = ("hold", "list", "before")
    assert len(gateway.json(*holds, "--since", "1h")) == 1
    assert gateway.json(*holds, "--since", "2999-01-01") == []


def test_what_is_no_video_or_no_media_is_named(gateway: Running) -> None:
    assert gateway.refused("video", "show", "nope") == "grokgate: There is no such video."
    line = gateway.refused("video", "list", "--service", "media")
    assert "no media answers at" in line
    assert "GROKGATE_MEDIA_ADDRESS" in line


def test_a_job_of_a_backup_is_finished_and_charged_after_the_restore(
    gateway: Running, folder: Path
) -> None:
    video = start(gateway, gateway.customer("restored"), "A cat [sandbox:render=4]")
    gateway.text("ledger", "backup", str(folder / "backup"))
    Terminal(folder / "var").text("ledger", "restore", str(folder / "backup"))
    upstream = {"XAI_API_KEY": "xai-good", "GROKGATE_XAI_BASE_URL": gateway.upstream}
    with running(folder / "var", **upstream) as moved:
        line = moved.text("video", "show", video["id"], "--follow", "--json").splitlines()[-1]
        job = json.loads(line)
        assert (job["video"]["state"], job["video"]["charge"]["usd"]) == ("succeeded", "0.10")
        balances = {one["id"]: one["posted_usd"] for one in moved.json("account", "list")}
        assert balances["restored"] == "9.90"
        assert moved.json("ledger", "verify")["problems"] == []
