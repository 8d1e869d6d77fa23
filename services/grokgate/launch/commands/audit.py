"""`grokgate audit`: what operators changed."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

from grokgate.api.billing.v1.admin_pb2 import AuditRow, ListAuditRowsRequest
from grokgate.billing.fields import TOO_MANY
from grokgate.edge.money import usd
from grokgate.launch import moments
from grokgate.launch.commands import options
from grokgate.launch.commands.groups import new_group
from grokgate.launch.desk import open_desk
from grokgate.launch.plain import plain
from grokgate.launch.printing import Column, print_json, print_note, show

group = new_group("Read what operators changed.")


@group.command("list")
def list_rows(
    *,
    subject: Annotated[
        str, options.text_option("--subject", metavar="ID", help_text="One account, key or hold.")
    ] = "",
    limit: Annotated[int, options.rows("So many rows.")] = 50,
    after: Annotated[
        int,
        options.number_option(
            "--after", most=TOO_MANY - 1, help_text="Older than this row's number."
        ),
    ] = 0,
    service: options.Service = None,
    as_json: options.AsJson = False,
) -> None:
    """List changes, the newest first: when, who, what, and what is different."""
    request = ListAuditRowsRequest(subject=subject, limit=limit, after=after)
    with open_desk(service) as desk:
        answer = desk.ask(lambda admin: admin.ListAuditRows, request)
    if as_json:
        print_json([_json(row) for row in answer.rows])
        return
    show(answer.rows, _COLUMNS, as_json=False)
    if answer.has_more:
        print_note(f"Older changes follow: --after {answer.rows[-1].sequence}")


def _json(row: AuditRow) -> dict[str, Any]:
    """The row with its subject before and after as values, null where there was none."""
    values = plain(row)
    values["before"] = _decoded(values.pop("before_json"))
    values["after"] = _decoded(values.pop("after_json"))
    return values


def _changed(row: AuditRow) -> str:
    """What is different, as `suspended: false > true`."""
    before, after = _decoded(row.before_json) or {}, _decoded(row.after_json) or {}
    if not before:
        return "new"
    changes = (
        f"{_word(name)}: {_short(name, before.get(name))} > {_short(name, value)}"
        for name, value in after.items()
        if before.get(name) != value
    )
    return ", ".join(changes) or "nothing"


def _word(name: str) -> str:
    """A field's name without the unit that a person is not shown."""
    return name.removesuffix("_ticks").removesuffix("_ms")


def _short(name: str, value: object) -> str:
    if isinstance(value, int) and name.endswith("_at_ms"):
        return moments.shown(value)
    if isinstance(value, int) and name.endswith("_usd_ticks"):
        return usd(value)
    return json.dumps(value, ensure_ascii=False)


def _decoded(text: str) -> dict[str, Any] | None:
    value: dict[str, Any] | None = json.loads(text) if text else None
    return value


_COLUMNS: Sequence[Column[AuditRow]] = (
    Column("number", lambda row: row.sequence, right=True),
    Column("when", lambda row: moments.shown(row.at_ms)),
    Column("who", lambda row: row.operator),
    Column("what", lambda row: row.action),
    Column("subject", lambda row: row.subject),
    Column("changed", _changed),
    Column("reason", lambda row: row.reason),
)
