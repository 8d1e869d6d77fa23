"""Usage as CSV."""

import csv
import io

import httpx
import pytest

from grokgate.api.billing.v1.account_pb2 import ListUsageRequest, ListUsageResponse, UsageRow
from grokgate.api.types.v1.usage_pb2 import Quantities, VideoQuantities
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.account.usage_csv import COLUMNS, accepts_csv
from tests.edge.conftest import RunningEdge
from tests.edge.usage_rows import settled

CSV = {"accept": "text/csv"}


async def download(edge: RunningEdge, query: str = "") -> httpx.Response:
    return await edge.http.get(f"/v1/usage{query}", headers=edge.headers | CSV)


async def rows(edge: RunningEdge, query: str = "") -> list[dict[str, str]]:
    text = (await download(edge, query)).text
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


async def test_a_header_and_a_line_a_call(edge: RunningEdge) -> None:
    edge.accounts.usage = ListUsageResponse(rows=[settled()])
    answer = await download(edge)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text == (
        "request_id,client_request_id,created_at,model,endpoint,input_tokens,cached_input_tokens,"
        "output_tokens,images_in,images_out,quality,resolution,seconds,characters,held_usd_ticks,"
        "charge_usd_ticks,charge_usd,basis,status,void_reason,late,latency_ms,user,hold_id,"
        "key_id\r\n"
        "req_1,,1780000000,xai/grok-4.3,responses,9,1,2,,,,,,,100,50,0.000000005,provider,"
        "completed,,false,12,,h1,key_1\r\n"
    )


async def test_the_columns_are_those_of_json(edge: RunningEdge) -> None:
    edge.accounts.usage = ListUsageResponse(rows=[settled()])
    [row] = (await edge.get("/v1/usage")).json()["data"]
    flat = [name for field in row for name in (row["units"] if field == "units" else [field])]
    assert ["object", *COLUMNS] == flat


async def test_media_have_columns_of_their_own(edge: RunningEdge) -> None:
    video = Quantities(video=VideoQuantities(duration_us=5_250_000, resolution="480p", images_in=1))
    edge.accounts.usage = ListUsageResponse(rows=[settled(units=video)])
    [row] = await rows(edge)
    assert (row["seconds"], row["resolution"], row["images_in"]) == ("5.25", "480p", "1")
    assert (row["input_tokens"], row["images_out"], row["characters"]) == ("", "", "")


async def test_what_is_unknown_is_empty(edge: RunningEdge) -> None:
    edge.accounts.usage = ListUsageResponse(rows=[UsageRow(request_id="req_1", status="open")])
    [row] = await rows(edge)
    assert (row["input_tokens"], row["user"], row["endpoint"]) == ("", "", "")
    assert (row["basis"], row["charge_usd"]) == ("none", "0.00")


async def test_any_text_comes_back_whole(edge: RunningEdge) -> None:
    users = ['a,"b"', "two\r\nlines", "ünïcode 😀", " spaces ", "'quoted", "1-2", "a=b"]
    edge.accounts.usage = ListUsageResponse(rows=[settled(user=user) for user in users])
    assert [row["user"] for row in await rows(edge)] == users


async def test_no_text_is_a_formula(edge: RunningEdge) -> None:
    formulas = [f"{start}cmd|' /C calc'!A0" for start in ("=", "+", "-", "@", "\t", "\r")]
    edge.accounts.usage = ListUsageResponse(
        rows=[settled(user=formula, client_request_id=formula) for formula in formulas]
    )
    disarmed = [f"'{formula}" for formula in formulas]
    found = await rows(edge)
    assert [row["user"] for row in found] == disarmed
    assert [row["client_request_id"] for row in found] == disarmed


async def test_without_a_limit_every_page_comes(edge: RunningEdge) -> None:
    edge.accounts.usage_pages = [
        ListUsageResponse(rows=[settled(hold_id="h3")], has_more=True, last_id="h3"),
        ListUsageResponse(rows=[settled(hold_id="h2")], has_more=True, last_id="h2"),
        ListUsageResponse(rows=[settled(hold_id="h1")], last_id="h1"),
    ]
    assert [row["hold_id"] for row in await rows(edge, "?status=completed")] == ["h3", "h2", "h1"]
    assert edge.accounts.usage_requests == [
        ListUsageRequest(status="completed", limit=1000, after=after) for after in ("", "h3", "h2")
    ]


async def test_a_limit_is_one_page(edge: RunningEdge) -> None:
    edge.accounts.usage = ListUsageResponse(rows=[settled()], has_more=True, last_id="h1")
    assert len(await rows(edge, "?limit=1&after=h9")) == 1
    assert edge.accounts.usage_requests == [ListUsageRequest(limit=1, after="h9")]


async def test_a_refusal_is_an_error_in_json(edge: RunningEdge) -> None:
    refused = await download(edge, "?limit=0")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_value")
    edge.accounts.usage_pages = [GrokgateError(Reason.INVALID_VALUE, "No.", param="after")]
    assert (await download(edge)).status_code == 400


async def test_a_failure_between_pages_breaks_the_answer_off(edge: RunningEdge) -> None:
    edge.accounts.usage_pages = [
        ListUsageResponse(rows=[settled()], has_more=True, last_id="h1"),
        GrokgateError(Reason.BILLING_UNAVAILABLE, "Gone."),
    ]
    with pytest.raises(httpx.RemoteProtocolError):
        await download(edge)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/csv", True),
        ("TEXT/CSV; charset=utf-8", True),
        ("text/html, text/csv;q=0.9", True),
        ("application/json", False),
        ("*/*", False),
        ("text/*", False),
        ("", False),
        ("text/csvx", False),
    ],
)
def test_csv_is_for_those_who_name_it(accept: str, expected: bool) -> None:  # noqa: FBT001  # a column of the table
    assert accepts_csv(accept) is expected
