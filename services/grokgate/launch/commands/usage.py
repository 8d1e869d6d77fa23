"""`grokgate usage`: what was called and charged, added up."""

from enum import StrEnum
from typing import Annotated

import typer

from grokgate.api.billing.v1.admin_pb2 import SummarizeUsageRequest, UsageGrouping, UsageSummary
from grokgate.chassis.clock import SystemClock
from grokgate.edge.money import usd
from grokgate.launch import moments
from grokgate.launch.commands import options
from grokgate.launch.desk import open_desk
from grokgate.launch.printing import Column, show, working


class By(StrEnum):
    """What usage is added up by."""

    MODEL = "model"
    KEY = "key"
    USER = "user"
    DAY = "day"


_GROUPINGS = {
    By.MODEL: UsageGrouping.USAGE_GROUPING_MODEL,
    By.KEY: UsageGrouping.USAGE_GROUPING_KEY,
    By.USER: UsageGrouping.USAGE_GROUPING_USER,
    By.DAY: UsageGrouping.USAGE_GROUPING_DAY,
}

_SINCE = "RFC 3339, a day in UTC, or a span ago such as 7d; inclusive."
_UNTIL = "As --from; exclusive."


def usage(
    *,
    by: By = By.MODEL,
    from_: Annotated[str | None, typer.Option("--from", help=_SINCE, show_default=False)] = None,
    to: Annotated[str | None, typer.Option("--to", help=_UNTIL, show_default=False)] = None,
    account: Annotated[str, typer.Option(help="One account; every one without.")] = "",
    service: options.Service = None,
    as_json: options.AsJson = False,
) -> None:
    """Add up what was called and charged."""
    now_ms = SystemClock().now_ms()
    request = SummarizeUsageRequest(
        group_by=_GROUPINGS[by],
        from_ms=moments.gone_ms(from_, now_ms),
        to_ms=moments.gone_ms(to, now_ms),
        account_id=account,
    )
    with open_desk(service) as desk, working("Adding up ..."):
        answer = desk.ask(lambda admin: admin.SummarizeUsage, request, timeout_s=None)
    show(answer.summaries, _columns(by), as_json=as_json)


def _columns(by: By) -> list[Column[UsageSummary]]:
    names: list[Column[UsageSummary]] = (
        [Column("name", lambda one: one.name)] if by is By.KEY else []
    )
    return [
        Column(by.value, lambda one: one.group),
        *names,
        Column("calls", lambda one: one.calls, right=True),
        Column("released", lambda one: one.released_calls, right=True),
        Column("open", lambda one: one.open_calls, right=True),
        Column("input tokens", lambda one: one.input_tokens, right=True),
        Column("cached", lambda one: one.cached_input_tokens, right=True),
        Column("output tokens", lambda one: one.output_tokens, right=True),
        Column("charged USD", lambda one: usd(one.charge_usd_ticks), right=True),
        Column("provider USD", lambda one: usd(one.provider_usd_ticks), right=True),
    ]
