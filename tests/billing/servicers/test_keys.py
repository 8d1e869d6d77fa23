"""Keys and peppers: what is random, what is shown, what is stored, and how peppers are changed."""

import hashlib
import hmac
import logging
from pathlib import Path

import pytest

from grokgate.api.billing.v1.account_pb2 import GetKeyRequest
from grokgate.api.billing.v1.admin_pb2 import ListKeysRequest, RevokeKeyRequest
from grokgate.billing.keys import make_key
from grokgate.billing.peppers import Peppers
from grokgate.chassis.errors import StartupError
from grokgate.chassis.secrets import Secret
from tests.billing.servicers.running import (
    ADMIN_TOKEN,
    AS_ADMIN,
    AS_TEXT,
    PEPPERS,
    TEXT_TOKEN,
    Billing,
    as_caller,
    refusal,
    running_billing,
    settlement,
)

NEW_PEPPER = {"pepper-2": Secret("second pepper, quite long enough to be one")}


def test_a_key_has_256_random_bits_and_shows_six_characters() -> None:
    key = make_key("llmtr-")
    text = key.secret.reveal()
    assert text.startswith("llmtr-")
    assert len(text) == len("llmtr-") + 43
    assert text.removeprefix("llmtr-").isalnum()
    assert key.display == text[:12]


def test_a_key_is_made_of_the_given_randomness() -> None:
    assert make_key("k-", choose=lambda alphabet: alphabet[-1]).secret == Secret("k-" + "9" * 43)


def test_a_key_is_stored_as_its_hmac_under_the_current_pepper() -> None:
    peppers = Peppers(NEW_PEPPER | PEPPERS)
    new, old = (
        hmac.new(pepper.reveal().encode(), b"llmtr-x", hashlib.sha256).digest()
        for pepper in (*NEW_PEPPER.values(), *PEPPERS.values())
    )
    assert peppers.current_id == "pepper-2"
    assert peppers.hash(Secret("llmtr-x")) == new
    assert peppers.hashes(Secret("llmtr-x")) == [new, old]


@pytest.mark.parametrize("peppers", [{}, {"p": Secret("")}, {"p": Secret("x" * 31)}])
def test_billing_does_not_start_without_a_good_pepper(peppers: dict[str, Secret]) -> None:
    with pytest.raises(StartupError, match="pepper"):
        Peppers(peppers)


async def test_a_key_outlives_the_pepper_it_was_issued_under(tmp_path: Path) -> None:
    async with running_billing(tmp_path / "ledger.db") as billing:
        old = await billing.customer()
    async with running_billing(tmp_path / "ledger.db", peppers=NEW_PEPPER | PEPPERS) as billing:
        new = (await billing.issue_key()).secret
        assert await billing.place(old) != await billing.place(new)


async def test_a_ledger_whose_keys_have_lost_their_pepper_is_refused(tmp_path: Path) -> None:
    async with running_billing(tmp_path / "ledger.db") as billing:
        await billing.customer()
        [key] = (await billing.admin.ListKeys(ListKeysRequest(), metadata=AS_ADMIN)).keys
    with pytest.raises(StartupError, match="Restore secrets/peppers"):
        async with running_billing(tmp_path / "ledger.db", peppers=NEW_PEPPER):
            pass
    async with running_billing(tmp_path / "ledger.db") as billing:
        await billing.admin.RevokeKey(RevokeKeyRequest(id=key.id), metadata=AS_ADMIN)
    async with running_billing(tmp_path / "ledger.db", peppers=NEW_PEPPER) as billing:
        assert (await billing.issue_key()).secret


async def test_no_secret_ever_reaches_a_log(
    billing: Billing, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = await billing.customer()
    request = billing.hold_request(secret)
    await billing.billing.PlaceHold(request, metadata=AS_TEXT)
    other = billing.hold_request(secret, hold_id=request.hold_id)
    await refusal(billing.billing.PlaceHold(other, metadata=AS_TEXT))
    unknown = billing.hold_request("llmtr-SecretOfNobody")
    await refusal(billing.billing.PlaceHold(unknown, metadata=AS_TEXT))
    senseless = settlement(request.hold_id, provider_usd_ticks=-1)
    await billing.billing.SettleHold(senseless, metadata=AS_TEXT)
    await billing.account.GetKey(GetKeyRequest(), metadata=as_caller(secret))
    logged = "".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "PlaceHold" in logged
    for hidden in (secret, secret[12:], "SecretOfNobody", *tokens_in_use()):
        assert hidden not in logged


def tokens_in_use() -> list[str]:
    peppers = [pepper.reveal() for pepper in PEPPERS.values()]
    return [TEXT_TOKEN.reveal(), ADMIN_TOKEN.reveal(), *peppers]
