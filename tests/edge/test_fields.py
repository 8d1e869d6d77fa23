"""The table of fields, row by row."""

from typing import Any

import pytest

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.fields import Field, Support, Table, check_fields
from grokgate.edge.images.fields import EDIT_FIELDS, GENERATION_FIELDS
from grokgate.edge.text.chat_fields import CHAT_FIELDS
from grokgate.edge.text.chat_request import read_chat_request
from grokgate.edge.text.responses_fields import REQUEST, RESPONSES_FIELDS
from grokgate.edge.text.responses_request import read_responses_request
from grokgate.edge.video.fields import VIDEO_FIELDS

BODY = {"model": "xai/grok-4.3", "input": "Hi."}
CHAT_BODY: dict[str, Any] = {
    "model": "xai/grok-4.3",
    "messages": [{"role": "user", "content": "Hi."}],
}
# What no field can be: an array of an array.
NONSENSE: list[list[int]] = [[]]

FAMILIES = {
    "responses": RESPONSES_FIELDS,
    "chat": CHAT_FIELDS,
    "images": GENERATION_FIELDS,
    "edits": EDIT_FIELDS,
    "video": VIDEO_FIELDS,
}
TABLES = {
    f"{family} {where}": table
    for family, tables in FAMILIES.items()
    for where, table in tables.items()
}
ROWS = [(where, name) for where, table in TABLES.items() for name in table]


def rows_of(support: Support) -> list[tuple[str, str]]:
    return [row for row in ROWS if TABLES[row[0]][row[1]].support is support]


def check(table: Table, name: str, value: Any) -> None:
    check_fields({name: value}, table, "")


@pytest.mark.parametrize("name", [n for w, n in rows_of(Support.SERVED) if w == "responses "])
def test_a_served_field_is_read(name: str) -> None:
    with pytest.raises(GrokgateError) as caught:
        read_responses_request(BODY | {name: NONSENSE})
    assert caught.value.param.split("[")[0] == name


@pytest.mark.parametrize("name", [n for w, n in rows_of(Support.SERVED) if w == "chat "])
def test_a_served_field_of_a_chat_is_read(name: str) -> None:
    with pytest.raises(GrokgateError) as caught:
        read_chat_request(CHAT_BODY | {name: NONSENSE})
    assert caught.value.param.split("[")[0] == name


@pytest.mark.parametrize(("where", "name"), rows_of(Support.REFUSED))
def test_a_refused_field_names_itself_and_the_way_out(where: str, name: str) -> None:
    table = TABLES[where]
    with pytest.raises(GrokgateError) as caught:
        check(table, name, NONSENSE)
    assert caught.value.reason is Reason.UNSUPPORTED_PARAMETER
    assert caught.value.param == name
    assert table[name].note in caught.value.message


@pytest.mark.parametrize(("where", "name"), rows_of(Support.WITHOUT_EFFECT))
def test_a_field_without_effect_passes_only_with_what_has_none(where: str, name: str) -> None:
    table = TABLES[where]
    accepted = table[name].accepted
    for value in accepted or (NONSENSE,):
        check(table, name, value)
    if accepted:
        with pytest.raises(GrokgateError) as caught:
            check(table, name, NONSENSE)
        assert caught.value.reason is Reason.UNSUPPORTED_PARAMETER


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("store", True),
        ("background", True),
        ("n", 2),
        ("n", True),
        ("presence_penalty", 0.1),
        ("presence_penalty", False),
        ("service_tier", "priority"),
        ("service_tier", "fast"),
        ("store", 0),
        ("truncation", "middle"),
        ("logprobs", True),
    ],
)
def test_values_that_would_have_an_effect_are_refused(name: str, value: Any) -> None:
    with pytest.raises(GrokgateError) as caught:
        read_responses_request(BODY | {name: value})
    assert (caught.value.reason, caught.value.param) == (Reason.UNSUPPORTED_PARAMETER, name)


@pytest.mark.parametrize(("where", "name"), ROWS)
def test_every_row_says_what_it_is(where: str, name: str) -> None:
    field: Field = TABLES[where][name]
    assert field.note.endswith(".")


def test_what_the_openai_library_always_sends_passes() -> None:
    sent = BODY | {"stream": False, "store": False, "truncation": "disabled", "seed": 7}
    assert read_responses_request(sent).generate == read_responses_request(BODY).generate


def test_a_long_unknown_name_is_shown_in_part() -> None:
    with pytest.raises(GrokgateError) as caught:
        check(REQUEST, "x" * 100_000, 1)
    assert caught.value.reason is Reason.UNKNOWN_PARAMETER
    assert len(caught.value.message) < 200
