"""Each thing that the doctor can find, provoked once."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from grokgate.launch.secret_store import PAID_SERVICES
from tests.launch.running import Running, Terminal


def findings(terminal: Terminal, check: str) -> list[tuple[str, str]]:
    """State and message of what is found of one thing."""
    found = json.loads(terminal.run("doctor", "--json").out)
    return [(one["state"], one["message"]) for one in found if one["check"] == check]


def the_finding(terminal: Terminal, check: str, state: str) -> str:
    """The message of the one finding of a thing."""
    [(found, message)] = findings(terminal, check)
    assert found == state, message
    return message


@pytest.fixture
def restored(gateway: Running, folder: Path) -> Terminal:
    """A sound installation whose gateway does not run."""
    gateway.text("ledger", "backup", str(folder / "backup"))
    terminal = Terminal(folder / "var")
    terminal.text("ledger", "restore", str(folder / "backup"))
    return terminal


def upstream(gateway: Running, terminal: Terminal, key: str, **settings: str) -> Terminal:
    """The terminal with a key of the sandbox."""
    added = {"XAI_API_KEY": key, "GROKGATE_XAI_BASE_URL": gateway.upstream, **settings}
    return Terminal(terminal.state_dir, **added)


def test_a_sound_gateway_has_nothing_broken(gateway: Running) -> None:
    terminal = upstream(gateway, gateway, "xai-one,xai-two")
    printed = terminal.run("doctor")
    assert printed.code == 0
    assert {line.split()[0] for line in printed.out.splitlines()} == {"ok"}
    assert "key 2 of 2 works" in printed.out
    assert "every text and image model" in printed.out
    assert "\x1b" not in printed.out


def test_a_fresh_folder_is_told_what_the_first_start_makes(terminal: Terminal) -> None:
    printed = terminal.run("doctor")
    assert printed.code == 0
    for check in ("state folder", "secrets", "ledger", "services", "upstream"):
        the_finding(terminal, check, "warning")


def test_a_wrong_setting_is_named(terminal: Terminal) -> None:
    terminal.environment["GROKGATE_PORT"] = "http"
    assert terminal.run("doctor").code == 1
    assert "GROKGATE_PORT" in the_finding(terminal, "settings", "broken")


def test_a_broken_catalogue_is_named(terminal: Terminal, folder: Path) -> None:
    (folder / "mine.toml").write_text('[models."xai/grok-4.3"]\nmultiplier_ppm = -1\n')
    terminal.environment["GROKGATE_CATALOG"] = str(folder / "mine.toml")
    assert "xai/grok-4.3 needs" in the_finding(terminal, "catalogue", "broken")


def test_a_state_folder_open_to_others_is_named_with_the_fix(restored: Terminal) -> None:
    ledger = restored.state_dir / "ledger.sqlite3"
    ledger.chmod(0o644)
    restored.state_dir.chmod(0o755)
    assert findings(restored, "state folder") == [
        ("broken", f"{path} is open to other users. Run: chmod {mode} {path}")
        for path, mode in ((restored.state_dir, 700), (ledger, 600))
    ]


@pytest.mark.parametrize(
    "name", ["peppers/1", "admin.token", *(f"{name}.token" for name in PAID_SERVICES)]
)
def test_an_unusable_secret_is_named(restored: Terminal, name: str) -> None:
    (restored.state_dir / "secrets" / name).write_text("")
    assert f"{name} is empty" in the_finding(restored, "secrets", "broken")


def test_a_missing_token_is_named(restored: Terminal) -> None:
    (restored.state_dir / "secrets" / "text.token").unlink()
    assert "text.token is missing" in the_finding(restored, "secrets", "broken")


@pytest.mark.parametrize("lost", ["secrets", "secrets/peppers", "secrets/peppers/1"])
def test_lost_peppers_are_named(restored: Terminal, lost: str) -> None:
    path = restored.state_dir / lost
    path.unlink() if path.is_file() else shutil.rmtree(path)
    assert "is not in" in the_finding(restored, "secrets", "broken")


def test_another_pepper_than_the_ledgers_is_named(gateway: Running, restored: Terminal) -> None:
    pepper = restored.state_dir / "secrets" / "peppers" / "1"
    kept = pepper.read_text()
    pepper.write_text("another pepper, for the keys of another ledger")
    assert "issued under the pepper 1-" in the_finding(restored, "secrets", "broken")
    (pepper.parent / "2").touch(mode=0o600)
    (pepper.parent / "2").write_text(kept)
    assert "issued under the pepper 1-" in the_finding(restored, "secrets", "broken")
    the_finding(gateway, "secrets", "ok")


def test_the_ledgers_revision_is_told(gateway: Running, restored: Terminal) -> None:
    assert "is in use" in the_finding(gateway, "ledger", "ok")
    assert "not in use, at revision ledger_" in the_finding(restored, "ledger", "ok")


def test_a_ledger_of_a_newer_version_is_broken(restored: Terminal) -> None:
    connection = sqlite3.connect(restored.state_dir / "ledger.sqlite3")
    connection.execute("UPDATE alembic_version SET version_num = 'ledger_9999'")
    connection.commit()
    connection.close()
    assert "ledger_9999 of a newer version" in the_finding(restored, "ledger", "broken")


def test_a_file_that_is_no_ledger_is_broken(restored: Terminal) -> None:
    (restored.state_dir / "ledger.sqlite3").write_text("a letter")
    assert "is no ledger" in the_finding(restored, "ledger", "broken")


def test_a_gateway_at_other_addresses_is_broken(gateway: Running) -> None:
    lost = {"GROKGATE_GRPC_ADDRESS": "unix:/nowhere/a", "GROKGATE_BILLING_ADDRESS": "127.0.0.1:1"}
    terminal = Terminal(gateway.state_dir, **lost)
    assert "unix:/nowhere/a nor at 127.0.0.1:1" in the_finding(terminal, "services", "broken")


def test_an_address_that_makes_no_sense_is_broken(terminal: Terminal) -> None:
    terminal.environment["GROKGATE_BILLING_ADDRESS"] = "everywhere"
    assert "'everywhere' is no address" in the_finding(terminal, "services", "broken")
    terminal.environment["GROKGATE_BILLING_ADDRESS"] = "10.1.2.3:7000"
    assert "plaintext" in the_finding(terminal, "services", "broken")


def test_each_service_of_a_split_gateway_is_looked_for(split: Running) -> None:
    services = ("billing", *PAID_SERVICES)
    assert [state for state, _ in findings(split, "services")] == ["ok"] * len(services)
    for lost in PAID_SERVICES:
        setting = {f"GROKGATE_{lost.upper()}_ADDRESS": "unix:/nowhere/at-all"}
        terminal = Terminal(split.state_dir, **setting)
        found = dict(zip(services, findings(terminal, "services"), strict=True))
        state, message = found.pop(lost)
        assert (state, {state for state, _ in found.values()}) == ("broken", {"ok"})
        assert f"Run: grokgate serve {lost}" in message


@pytest.mark.parametrize(
    ("key", "why"),
    [("xai-wrong", "answered 400"), ("xai-blocked", "`team_blocked`"), ("xai-good", "")],
)
def test_an_upstream_key_that_does_not_work_is_broken(
    gateway: Running, terminal: Terminal, key: str, why: str
) -> None:
    asking = upstream(gateway, terminal, key)
    message = the_finding(asking, "upstream", "broken" if why else "ok")
    assert why in message
    assert key not in asking.run("doctor").out


def test_an_upstream_that_cannot_be_reached_is_broken(terminal: Terminal) -> None:
    terminal.environment |= {
        "XAI_API_KEY": "xai-good",
        "GROKGATE_XAI_BASE_URL": "http://127.0.0.1:1/v1",
    }
    assert "cannot be reached" in the_finding(terminal, "upstream", "broken")


def test_prices_that_differ_from_upstreams_are_named(
    gateway: Running, terminal: Terminal, folder: Path
) -> None:
    (folder / "mine.toml").write_text(
        '[models."xai/grok-4.5".text_prices]\ninput = 1\ncached_input = 3000\noutput = 60000\n'
        "image_input = 20000\n"
        '[models."xai/grok-4.6"]\nupstream_model = "grok-4.6-beta"\n'
    )
    asking = upstream(gateway, terminal, "xai-good", GROKGATE_CATALOG=str(folder / "mine.toml"))
    first, second = findings(asking, "prices")
    assert first[0] == second[0] == "warning"
    assert "xai/grok-4.5: `input` is 1 here and 20000 upstream" in first[1]
    assert "`long_context_threshold` is 0 here and 200000 upstream" in first[1]
    assert "upstream does not list `grok-4.6-beta`" in second[1]
    assert asking.run("doctor").code == 0


def test_image_prices_that_differ_from_upstreams_are_named(
    gateway: Running, terminal: Terminal, folder: Path
) -> None:
    (folder / "mine.toml").write_text(
        '[models."xai/grok-imagine-image"]\n'
        'image_prices = [{ resolution = "1k", usd_ticks = 1 }]\n'
        '[models."xai/grok-imagine-image-quality"]\nimage_prices = ['
        '{ resolution = "1k", usd_ticks = 3 },'
        '{ resolution = "1.5k", usd_ticks = 500_000_000 },'
        '{ resolution = "2k", usd_ticks = 600_000_000 }]\n'
    )
    asking = upstream(gateway, terminal, "xai-good", GROKGATE_CATALOG=str(folder / "mine.toml"))
    assert [message.partition(". Correct")[0] for _, message in findings(asking, "prices")] == [
        "xai/grok-imagine-image: an image at `1k` is 1 here and 200000000 upstream",
        "xai/grok-imagine-image-quality: an image at `1k` is 3 here and 400000000 upstream",
    ]
