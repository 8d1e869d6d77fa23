"""`GET /v1/usage`: what a caller's calls held and cost."""

from collections.abc import AsyncIterator

import grpc.aio
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from grokgate.api.billing.v1.account_pb2 import ListUsageRequest, ListUsageResponse
from grokgate.api.billing.v1.account_pb2_grpc import AccountServiceStub
from grokgate.chassis.calls import Call
from grokgate.edge.account.usage_csv import CSV_TYPE, accepts_csv, csv_header, csv_lines
from grokgate.edge.account.usage_objects import UsagePage, usage_object
from grokgate.edge.account.usage_query import LIMIT_MAX, read_usage_query
from grokgate.edge.answers import json_answer
from grokgate.edge.auth import KeyFilter
from grokgate.edge.middleware import call_of
from grokgate.edge.rpcs import ask_billing


class Usage:
    """Serves usage rows: a page as JSON, or as CSV a page or all of them."""

    def __init__(self, keys: KeyFilter, billing: grpc.aio.Channel, timeout_s: float) -> None:
        self._keys = keys
        self._accounts = AccountServiceStub(billing)
        self._timeout_s = timeout_s

    async def rows(self, request: Request) -> Response:
        """`GET /v1/usage`; as CSV if `Accept` names it, and then every row unless `limit` is."""
        call = call_of(request)
        await self._keys.admit(call)
        query = read_usage_query(request.query_params)
        if accepts_csv(request.headers.get("accept", "")):
            return await self._csv(query, call)
        page = await self._page(query, call)
        return json_answer(
            UsagePage(
                data=[usage_object(row) for row in page.rows],
                has_more=page.has_more,
                last_id=page.last_id or None,
            )
        )

    async def _csv(self, query: ListUsageRequest, call: Call) -> Response:
        """Page after page, each asked for when the client has taken the one before."""
        every = not query.limit
        query.limit = query.limit or LIMIT_MAX
        first = await self._page(query, call)

        async def text() -> AsyncIterator[str]:
            yield csv_header()
            page = first
            yield csv_lines(usage_object(row) for row in page.rows)
            while every and page.has_more:
                query.after = page.last_id
                page = await self._page(query, call)
                yield csv_lines(usage_object(row) for row in page.rows)

        return StreamingResponse(text(), media_type=CSV_TYPE)

    async def _page(self, query: ListUsageRequest, call: Call) -> ListUsageResponse:
        return await ask_billing(self._accounts.ListUsage, query, call, self._timeout_s)
