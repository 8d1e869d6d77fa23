"""Usage, holds and the catalogue from the command line."""

import asyncio
from typing import Any

from grokgate.api.billing.v1.billing_pb2 import PlaceHoldRequest
from grokgate.api.billing.v1.billing_pb2_grpc import BillingServiceStub
from grokgate.api.types.v1.endpoint_pb2 import Endpoint
from grokgate.api.types.v1.usage_pb2 import Quantities, TextQuantities
from grokgate.chassis.credentials import service_metadata
from grokgate.chassis.ids import IdSource
from grokgate.launch.secret_store import SecretStore
from grokgate.launch.settings import Settings
from grokgate.launch.wires import Wires
from tests.launch.running import Running


def place_hold(gateway: Running, secret: str) -> str:
    """The id of a hold that its service never ends."""
    settings = Settings(_env_file=None, state_dir=gateway.state_dir)  # type: ignore[call-arg]  # pydantic-settings' own
    token = SecretStore(settings.secrets_path).token("text")
    request = PlaceHoldRequest(
        hold_id=IdSource().uuid(),
        api_key=secret,
        endpoint=Endpoint.ENDPOINT_RESPONSES,
        model="xai/grok-4.3",
        worst_case=Quantities(text=TextQuantities(input_tokens=1000, output_tokens=100)),
        request_id="req_1",
    )

    async def place() -> None:
        async with Wires(settings).channel("grpc") as channel:
            billing = BillingServiceStub(channel)
            await billing.PlaceHold(request, metadata=service_metadata(token))

    asyncio.run(place())
    return request.hold_id


def test_usage_is_added_up_by_model_key_user_and_day(gateway: Running) -> None:
    secret = gateway.customer("reported")
    answers = [
        gateway.ask(secret, user="bob"),
        gateway.ask(secret, model="grok-4.5", user="\x1b[31mevil"),
    ]
    charges = [answer.json()["usage"]["cost_in_usd_ticks"] for answer in answers]
    of_account = ("usage", "--account", "reported", "--from", "1h")
    by_model = gateway.json(*of_account)
    assert {one["group"]: one["charge_usd_ticks"] for one in by_model} == {
        "xai/grok-4.3": charges[0],
        "xai/grok-4.5": charges[1],
    }
    assert all(one["provider_usd_ticks"] == one["charge_usd_ticks"] for one in by_model)
    [by_key] = gateway.json(*of_account, "--by", "key")
    assert (by_key["calls"], by_key["charge_usd_ticks"]) == (2, sum(charges))
    [by_day] = gateway.json(*of_account, "--by", "day")
    assert len(by_day["group"]) == len("2026-11-21")
    users = gateway.text(*of_account, "--by", "user")
    assert "bob" in users
    assert "\x1b" not in users, "what callers send must not draw on the operator's screen"
    assert gateway.json(*of_account, "--to", "2h") == []


def test_an_open_hold_is_listed_and_released_with_a_reason(gateway: Running) -> None:
    hold = place_hold(gateway, gateway.customer("stuck"))
    [listed] = gateway.json("hold", "list", "stuck")
    assert (listed["hold_id"], listed["state"]) == (hold, "open")
    assert hold in gateway.text("hold", "list", "stuck")
    reason = ("--reason", "the service is gone")
    released = gateway.json("hold", "release", hold, *reason)
    assert (released["state"], released["void_reason"]) == ("voided", "the service is gone")
    assert "already ended" in gateway.refused("hold", "release", hold, *reason)
    assert gateway.json("hold", "list", "stuck") == []
    [row] = gateway.json("audit", "list", "--subject", hold)
    assert (row["action"], row["reason"]) == ("VoidHold", "the service is gone")


def test_an_empty_list_says_so(gateway: Running) -> None:
    gateway.text("account", "open", "idle")
    printed = gateway.run("hold", "list", "idle", "--to-reconcile")
    assert (printed.code, printed.out, printed.err) == (0, "", "There is none.\n")


def test_the_catalogue_in_force_is_listed_with_prices_by_kind(gateway: Running) -> None:
    models: list[dict[str, Any]] = gateway.json("models")
    prices = {one["id"]: one["text_prices"] for one in models}
    assert prices["xai/grok-4.3"]["output"] == 25_000
    lines = [line.split("  ") for line in gateway.text("models").splitlines()]
    rows = {row[0]: [cell.strip() for cell in row[1:] if cell.strip()] for row in map(list, lines)}
    assert rows["xai/grok-4.5"][-2:] == [
        "$2.00 in, $0.30 cached, $6.00 out / M tokens",
        "from 200,000: $4.00 in, $0.60 cached, $12.00 out",
    ]
    assert {name: rows[name][1:4] for name in rows if "imagine" in name or "voice" in name} == {
        "xai/grok-imagine-image": ["-", "-", "$0.02 / image"],
        "xai/grok-imagine-image-quality": ["-", "-", "$0.04\N{EN DASH}0.06 / image"],
        "xai/grok-imagine-image-2.0": ["-", "-", "$0.04\N{EN DASH}0.08 / image"],
        "xai/grok-imagine-video": ["-", "-", "$0.05\N{EN DASH}0.07 / s + $0.002 / image"],
        "xai/grok-imagine-video-1.5": ["-", "-", "$0.08\N{EN DASH}0.25 / s + $0.01 / image"],
        "xai/grok-imagine-video-1.5-lite": ["-", "-", "$0.02\N{EN DASH}0.14 / s + $0.01 / image"],
        "xai/grok-voice-tts": ["-", "-", "$15.00 / M characters"],
        "xai/grok-voice-stt": ["-", "-", "$0.10 / h"],
    }
