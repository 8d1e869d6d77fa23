"""The tables between the ledger's words and the contract's are complete."""

import pytest

from grokgate.api.billing.v1.account_pb2 import BudgetPeriod
from grokgate.api.billing.v1.billing_pb2 import HoldState
from grokgate.api.types.v1.money_pb2 import ChargeBasis
from grokgate.api.types.v1.usage_pb2 import Quantities
from grokgate.billing import commands, responses
from grokgate.billing.units import decode_units, encode_units
from tests.billing.servicers.running import tokens


def test_every_word_has_its_own_number() -> None:
    assert set(responses.STATES) == set(commands.HoldState)
    assert set(responses.STATES.values()) == set(HoldState.values()) - {0}
    assert set(responses.BASES) == set(commands.Basis)
    assert set(responses.BASES.values()) == set(ChargeBasis.values()) - {0}
    assert set(responses.BUDGET_PERIODS) == set(commands.BudgetPeriod)
    assert set(responses.BUDGET_PERIODS.values()) == set(BudgetPeriod.values())


@pytest.mark.parametrize("quantities", [tokens(0, 0), tokens(12, 7, 3), tokens(2**53 - 1, 0)])
def test_units_survive_as_json(quantities: Quantities) -> None:
    assert decode_units(encode_units(quantities)) == quantities


def test_nothing_counted_stays_nothing() -> None:
    assert encode_units(Quantities()) == ""
    assert decode_units("") is None
