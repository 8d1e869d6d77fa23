"""Adds up what was called and charged."""

from dataclasses import dataclass
from enum import StrEnum

import aiosqlite

from grokgate.billing.store_failures import ours


class Grouping(StrEnum):
    """What usage is added up by."""

    MODEL = "model"
    KEY = "key"
    USER = "user"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class SummaryFilter:
    """Which calls, by the time of their admission; None and empty strings do not filter."""

    grouping: Grouping
    account_id: str = ""
    from_ms: int | None = None
    to_ms: int | None = None


@dataclass(frozen=True, slots=True)
class UsageSummary:
    """The usage of one group; the contract explains the fields."""

    group: str
    name: str
    calls: int
    released_calls: int
    open_calls: int
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    charge_usd_ticks: int
    provider_usd_ticks: int
    images_out: int
    images_in: int
    video_us: int
    characters: int
    audio_us: int


_GROUPS = {
    Grouping.MODEL: "model",
    Grouping.KEY: "key_id",
    Grouping.USER: "user",
    Grouping.DAY: "date(placed_at_ms / 1000, 'unixepoch')",
}

# A hold without an account was released before it was placed: nothing was called.
_SUMS = """
SELECT
    grouped,
    {name},
    count(*),
    sum(state IN ('voided', 'expired') AND settle_digest = x''),
    sum(state = 'open'),
    coalesce(sum(json_extract(units, '$.text.input_tokens')), 0),
    coalesce(sum(json_extract(units, '$.text.cached_input_tokens')), 0),
    coalesce(sum(json_extract(units, '$.text.output_tokens')), 0),
    sum(charge_usd_ticks) AS charge,
    coalesce(sum(provider_usd_ticks), 0),
    coalesce(sum(json_extract(units, '$.images.images_out')), 0),
    coalesce(sum(json_extract(units, '$.images.images_in')), 0)
        + coalesce(sum(json_extract(units, '$.video.images_in')), 0),
    coalesce(sum(json_extract(units, '$.video.duration_us')), 0),
    coalesce(sum(json_extract(units, '$.speech.characters')), 0),
    coalesce(sum(json_extract(units, '$.transcription.duration_us')), 0)
FROM (
    SELECT *, {group} AS grouped, nullif(units_json, '') AS units FROM holds
    WHERE account_id <> '' {conditions}
)
GROUP BY grouped ORDER BY {order}
"""


async def summarize(reader: aiosqlite.Connection, wanted: SummaryFilter) -> list[UsageSummary]:
    """The sums: days in their order, others by charge, the highest first."""
    conditions, values = _conditions(wanted)
    by_key, by_day = wanted.grouping is Grouping.KEY, wanted.grouping is Grouping.DAY
    query = _SUMS.format(
        group=_GROUPS[wanted.grouping],
        name="(SELECT name FROM keys WHERE keys.key_id = grouped)" if by_key else "''",
        conditions=conditions,
        order="grouped" if by_day else "charge DESC, grouped",
    )
    with ours():
        return [UsageSummary(*row) for row in await reader.execute_fetchall(query, values)]


def _conditions(wanted: SummaryFilter) -> tuple[str, list[object]]:
    given = {
        "AND account_id = ?": wanted.account_id or None,
        "AND placed_at_ms >= ?": wanted.from_ms,
        "AND placed_at_ms < ?": wanted.to_ms,
    }
    chosen = {condition: value for condition, value in given.items() if value is not None}
    return " ".join(chosen), list(chosen.values())
