"""`grokgate usage`: what was called and charged, added up."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from grokgate.api.billing.v1.admin_pb2 import SummarizeUsageRequest, UsageGrouping, UsageSummary
from grokgate.chassis.clock import SystemClock
from grokgate.edge.money import usd
from grokgate.launch.commands import options
from grokgate.launch.desk import open_desk
from grokgate.launch.known_accounts import find_account
from grokgate.launch.moments import Moment, gone_ms
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

_SECOND_US = 1_000_000
_UNITS: Sequence[Column[UsageSummary]] = (
    Column("input tokens", lambda one: one.input_tokens or None, right=True),
    Column("cached", lambda one: one.cached_input_tokens or None, right=True),
    Column("output tokens", lambda one: one.output_tokens or None, right=True),
    Column("images", lambda one: one.images_out or None, right=True),
    Column("images sent", lambda one: one.images_in or None, right=True),
    Column("video s", lambda one: _seconds(one.video_us), right=True),
    Column("characters", lambda one: one.characters or None, right=True),
    Column("audio s", lambda one: _seconds(one.audio_us), right=True),
)

_SINCE = "RFC 3339, a day in UTC, or a span ago such as 7d; inclusive."
_UNTIL = "As --from; exclusive."


def usage(
    *,
    by: By = By.MODEL,
    from_: Annotated[Moment | None, options.moment_option("--from", _SINCE)] = None,
    to: Annotated[Moment | None, options.moment_option("--to", _UNTIL)] = None,
    account: options.OneAccount = "",
    service: options.Service = None,
    as_json: options.AsJson = False,
) -> None:
    """Add up what was called and charged."""
    now_ms = SystemClock().now_ms()
    request = SummarizeUsageRequest(
        group_by=_GROUPINGS[by],
        from_ms=gone_ms(from_, now_ms) if from_ else None,
        to_ms=gone_ms(to, now_ms) if to else None,
        account_id=account,
    )
    with open_desk(service) as desk, working("Adding up ..."):
        answer = desk.ask(lambda admin: admin.SummarizeUsage, request, timeout_s=None)
        if account and not answer.summaries:
            find_account(desk, account)
    show(answer.summaries, _columns(by, answer.summaries), as_json=as_json)


def _columns(by: By, rows: Sequence[UsageSummary]) -> list[Column[UsageSummary]]:
    """The columns; of units only those that any row has."""
    names: list[Column[UsageSummary]] = (
        [Column("name", lambda one: one.name)] if by is By.KEY else []
    )
    return [
        Column(by.value, lambda one: one.group),
        *names,
        Column("calls", lambda one: one.calls, right=True),
        Column("released", lambda one: one.released_calls, right=True),
        Column("open", lambda one: one.open_calls, right=True),
        *(column for column in _UNITS if any(column.cell(row) for row in rows)),
        Column("charged USD", lambda one: usd(one.charge_usd_ticks), right=True),
        Column("provider USD", lambda one: usd(one.provider_usd_ticks), right=True),
    ]


def _seconds(microseconds: int) -> str | None:
    return f"{Decimal(microseconds) / _SECOND_US:f}" if microseconds else None
