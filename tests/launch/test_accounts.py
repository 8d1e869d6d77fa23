"""Accounts and their money from the command line."""

import pytest

from tests.launch.running import Running, Terminal

TICKS = 10**10


def test_an_account_is_opened_credited_corrected_and_listed(gateway: Running) -> None:
    opened = gateway.json("account", "open", "acme", "--name", "Acme Inc.")
    assert opened == {
        "id": "acme",
        "name": "Acme Inc.",
        "posted_usd_ticks": 0,
        "posted_usd": "0.00",
        "held_usd_ticks": 0,
        "held_usd": "0.00",
        "multiplier_ppm": 1_000_000,
        "suspended": False,
        "requests_per_minute": None,
        "tokens_per_minute": None,
        "concurrency": None,
        "created_at_ms": opened["created_at_ms"],
    }
    credited = gateway.json("credit", "add", "acme", "--id", "invoice-7", "--usd", "12.50")
    assert (credited["posted_usd_ticks"], credited["posted_usd"]) == (125 * TICKS // 10, "12.50")
    correction = ("--id", "fix-1", "--usd", "-0.5", "--reason", "refund")
    assert gateway.json("account", "adjust", "acme", *correction)["posted_usd"] == "12.00"
    listed = {one["id"]: one["posted_usd"] for one in gateway.json("account", "list")}
    assert (listed["acme"], listed["demo"]) == ("12.00", "10.00")
    table = gateway.text("account", "list")
    assert "Acme Inc." in table
    assert "\x1b" not in table, "a pipe gets no colours"


@pytest.mark.parametrize(
    ("amount", "ticks"),
    [
        (("--usd", "0.0000000001"), 1),
        (("--usd", "12345678.9012345678"), 123456789012345678),
        (("--usd", "3"), 3 * TICKS),
        (("--ticks", "7"), 7),
    ],
)
def test_money_is_exact_to_the_tick(gateway: Running, amount: tuple[str, ...], ticks: int) -> None:
    account = f"exact-{ticks}"
    gateway.text("account", "open", account)
    credited = gateway.json("credit", "add", account, "--id", account, *amount)
    assert credited["posted_usd_ticks"] == ticks


@pytest.mark.parametrize(
    "amount",
    ["0.00000000001", "1e3", "NaN", "1_000", "1,5", "", ".5", "\N{ARABIC-INDIC DIGIT ONE}"],
)
def test_what_is_no_exact_amount_is_refused(gateway: Running, amount: str) -> None:
    complaint = gateway.misused("credit", "add", "demo", "--id", "x", "--usd", amount)
    assert "at most 10 decimals" in complaint


def test_exactly_one_amount_is_given(gateway: Running) -> None:
    credit = ("credit", "add", "demo", "--id", "x")
    assert "give one of them" in gateway.misused(*credit)
    assert "not both" in gateway.misused(*credit, "--usd", "1", "--ticks", "1")


def test_a_credit_of_one_id_is_added_once(gateway: Running) -> None:
    gateway.text("account", "open", "twice")
    for _ in range(2):
        credit = gateway.json("credit", "add", "twice", "--id", "twice-1", "--usd", "1")
        assert credit["posted_usd"] == "1.00"
    line = gateway.refused("credit", "add", "twice", "--id", "twice-1", "--usd", "2")
    assert line == "grokgate: `--id` was already used for another credit. Use a new id."


def test_a_repeated_payment_says_that_it_changed_nothing(gateway: Running) -> None:
    gateway.text("account", "open", "again")
    credit = ("credit", "add", "again", "--id", "again-1", "--usd", "1")
    adjustment = ("account", "adjust", "again", "--id", "again-2", "--usd", "-1", "--reason")
    for line, repeat in (((*credit,), (*credit,)), ((*adjustment, "a"), (*adjustment, "b"))):
        assert gateway.run(*line).err == ""
        assert gateway.run(*repeat).err.startswith("Nothing was changed: this id was used before")
    [adjusted, _, _] = gateway.json("audit", "list", "--subject", "again")
    assert adjusted["reason"] == "a"


def test_an_account_that_is_opened_again_just_so_is_left_as_it_is(gateway: Running) -> None:
    line = ("account", "open", "reopened", "--name", "Once")
    opened = gateway.json(*line)
    gateway.text("credit", "add", "reopened", "--id", "reopened-1", "--usd", "1")
    repeated = gateway.run(*line)
    assert (repeated.code, repeated.err) == (
        0,
        "Nothing was changed: the account was opened before.\n",
    )
    again = gateway.json(*line)
    assert (again["created_at_ms"], again["posted_usd"]) == (opened["created_at_ms"], "1.00")
    refused = gateway.refused("account", "open", "reopened", "--name", "Twice")
    assert "`ACCOUNT` was already used" in refused
    assert len(gateway.json("audit", "list", "--subject", "reopened")) == 2


@pytest.mark.parametrize(
    "line",
    [("hold", "list", "nobody"), ("key", "list", "nobody"), ("usage", "--account", "nobody")],
)
def test_a_list_of_an_account_that_is_none_says_so(gateway: Running, line: tuple[str, ...]) -> None:
    assert gateway.refused(*line) == "grokgate: There is no account of that id."


@pytest.mark.parametrize(
    ("amount", "wrong"),
    [("115292151", "too large"), ("9" * 5000, "too large"), ("-115292151", "too small")],
)
def test_an_amount_beyond_the_ledger_is_told_so(gateway: Running, amount: str, wrong: str) -> None:
    complaint = gateway.misused("credit", "add", "demo", "--id", "x", "--usd", amount)
    assert f"is {wrong}: write an amount" in " ".join(complaint.split())


def test_an_audit_row_shows_times_and_money_as_such(gateway: Running) -> None:
    gateway.text("account", "open", "told")
    gateway.text("credit", "add", "told", "--id", "told-1", "--usd", "2.5")
    gateway.text("account", "resume", "told")
    table = gateway.text("audit", "list", "--subject", "told")
    assert "posted_usd: 0.00 > 2.50" in table
    assert table.splitlines()[2].split()[-2:] == ["nothing", "-"]
    key = gateway.json("key", "issue", "told")["key"]["id"]
    gateway.text("key", "revoke", key, "--at", "2100-01-01")
    changed = gateway.text("audit", "list", "--subject", key)
    assert "revoked_at: null > 2100-01-01 00:00:00Z" in changed


def test_a_suspended_accounts_key_is_refused_until_it_is_resumed(gateway: Running) -> None:
    key = gateway.customer("moody")
    assert gateway.json("account", "suspend", "moody")["suspended"]
    assert gateway.ask(key).json()["error"]["code"] == "account_suspended"
    assert not gateway.json("account", "resume", "moody")["suspended"]
    another = gateway.json("key", "issue", "moody")["secret"]
    assert gateway.ask(another).is_success


def test_the_multiplier_and_limits_are_set_and_taken_away(gateway: Running) -> None:
    gateway.text("account", "open", "limited")
    assert gateway.json("account", "set-multiplier", "limited", "1.25")["multiplier_ppm"] == 1250000
    limits = gateway.json("account", "set-limits", "limited", "--rpm", "60", "--concurrency", "3")
    assert (limits["requests_per_minute"], limits["concurrency"]) == (60, 3)
    taken = gateway.json("account", "set-limits", "limited", "--rpm", "0")
    assert (taken["requests_per_minute"], taken["concurrency"]) == (None, 3)
    assert "at least one limit" in gateway.misused("account", "set-limits", "limited")
    assert "at most 6 decimals" in gateway.misused("account", "set-multiplier", "limited", "x")


def test_a_refusal_is_one_line(gateway: Running) -> None:
    line = gateway.refused("account", "suspend", "nobody")
    assert line == "grokgate: There is no account of that id."


def test_every_change_is_signed_by_its_operator(gateway: Running) -> None:
    gateway.text("account", "open", "signed", "--operator", "olivia")
    gateway.text("account", "set-multiplier", "signed", "2", "--operator", "otto")
    gateway.text("account", "suspend", "signed")
    rows = gateway.json("audit", "list", "--subject", "signed")
    suspended, doubled, opened = rows
    assert [row["action"] for row in rows] == ["UpdateAccount", "UpdateAccount", "OpenAccount"]
    assert (opened["operator"], doubled["operator"]) == ("olivia", "otto")
    assert suspended["operator"] not in ("", "admin", "olivia", "otto")
    assert opened["before"] is None
    assert doubled["before"]["multiplier_ppm"] == 1_000_000
    assert doubled["after"]["multiplier_ppm"] == 2_000_000
    table = gateway.text("audit", "list", "--subject", "signed")
    assert "multiplier_ppm: 1000000 > 2000000" in table
    complaint = gateway.misused(
        "account", "suspend", "signed", "--operator", "zo\N{LATIN SMALL LETTER E WITH DIAERESIS}"
    )
    assert "ASCII" in complaint


def test_audit_rows_come_in_pages(gateway: Running) -> None:
    gateway.text("account", "open", "paged")
    gateway.text("account", "suspend", "paged")
    printed = gateway.run("audit", "list", "--subject", "paged", "--limit", "1")
    assert "UpdateAccount" in printed.out
    _, _, after = printed.err.strip().rpartition("--after ")
    assert "OpenAccount" in gateway.text("audit", "list", "--subject", "paged", "--after", after)


def test_without_a_gateway_the_addresses_are_named(gateway: Running, terminal: Terminal) -> None:
    assert "admin.token is missing" in terminal.refused("account", "list")
    lost = {"GROKGATE_GRPC_ADDRESS": "unix:/nowhere/a", "GROKGATE_BILLING_ADDRESS": "127.0.0.1:1"}
    terminal.environment = gateway.environment | lost
    line = terminal.refused("account", "list")
    assert "no billing answers at unix:/nowhere/a nor 127.0.0.1:1" in line


def test_a_split_gateway_is_found_by_itself(split: Running) -> None:
    assert [one["id"] for one in split.json("account", "list")] == ["demo"]
    assert split.json("account", "list", "--service", "billing")
    assert "grokgate.sock" in split.refused("account", "list", "--service", "grpc")
