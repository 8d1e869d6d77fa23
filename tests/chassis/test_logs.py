"""JSON lines, and what they never show."""

import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from grokgate.chassis.calls import Call
from grokgate.chassis.logs import MaskingFormatter, set_up_logs
from grokgate.chassis.secrets import Secret

KEY = "llmtr-2kQvR7sT9wXyZ0aB3cD4eF5gH6iJ7kL8mN9oP0qR1sT"
UPSTREAM_KEY = "xai-0123456789abcdefABCDEF"

logger = logging.getLogger("tests.logs")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the logs go; everything is put back after the test."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, logging.raiseExceptions)
    stream = io.StringIO()
    # Taken off first, since setting up closes whatever handlers it finds.
    root.handlers = []
    set_up_logs("DEBUG", stream, ["llmtr-", "xai-"])
    yield stream
    logging.captureWarnings(capture=False)
    root.handlers, root.level, logging.raiseExceptions = before


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_a_json_object_with_time_level_logger_message_and_extras(
    stream: io.StringIO,
) -> None:
    logger.warning("hold %s expired", "h1", extra={"usd_ticks": 7})
    (line,) = lines(stream)
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "WARNING",
        "logger": "tests.logs",
        "message": "hold h1 expired",
        "usd_ticks": 7,
    }


def test_lines_below_the_level_are_left_out() -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    root.handlers = []
    set_up_logs("WARNING", stream, [])
    logger.info("quiet")
    logger.warning("loud")
    root.handlers, root.level = before
    assert [line["message"] for line in lines(stream)] == ["loud"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"Authorization: Bearer {KEY}", "Authorization: Bearer ***"),
        ("{'authorization': 'bearer abc.def'}", "{'authorization': 'bearer ***'}"),
        ("Bearer   abc", "Bearer   ***"),
        (f"tried:\n{KEY}", "tried:\nllmtr-***"),
        (f"key_{KEY}", "key_llmtr-***"),
        (f"unknown key {KEY}.", "unknown key llmtr-***."),
        (f"upstream refused {UPSTREAM_KEY}", "upstream refused xai-***"),
        ("('x-grokgate-service-token', 'tok-1')", "('x-grokgate-service-token', '***')"),
        ('("x-grokgate-admin-token", "tok-1")', '("x-grokgate-admin-token", "***")'),
        ("X-Grokgate-Admin-Token: tok-1", "X-Grokgate-Admin-Token: ***"),
        ("key llmtr-2kQvR7… of account a1", "key llmtr-2kQvR7… of account a1"),
        ("the bearer", "the bearer"),
    ],
)
def test_credentials_are_masked_and_nothing_else(
    stream: io.StringIO, text: str, shown: str
) -> None:
    logger.error("%s", text)
    assert lines(stream)[0]["message"] == shown


@pytest.mark.parametrize("name", ["uvicorn.error", "httpx", "grpc", "aiosqlite"])
def test_other_libraries_lines_are_masked_too(stream: io.StringIO, name: str) -> None:
    logging.getLogger(name).warning("sent %r", [(b"authorization", b"Bearer " + KEY.encode())])
    (line,) = lines(stream)
    assert line["logger"] == name
    assert KEY not in stream.getvalue()


def test_a_key_in_extras_is_masked(stream: io.StringIO) -> None:
    logger.info("call", extra={"headers": {"authorization": f"Bearer {KEY}"}, "key": KEY})
    assert KEY not in stream.getvalue()
    assert lines(stream)[0]["key"] == "llmtr-***"


def test_a_secret_in_extras_does_not_show(stream: io.StringIO) -> None:
    call = Call(Secret("no-prefix-no-pattern"), "req_1")
    logger.info("%s", call, extra={"call": call, "token": call.api_key, "all": [call.api_key]})
    assert "no-prefix-no-pattern" not in stream.getvalue()
    assert lines(stream)[0]["token"] == "…"


def test_a_traceback_is_kept_masked_and_without_values(stream: io.StringIO) -> None:
    def answer(prompt: str) -> None:
        assert prompt
        raise ValueError(f"Bearer {KEY} was refused")

    try:
        answer("my private" + " prompt")
    except ValueError:
        logger.exception("failed")
    (line,) = lines(stream)
    assert line["exc_info"].endswith("ValueError: Bearer *** was refused")
    assert "in answer" in line["exc_info"]
    assert "my private prompt" not in stream.getvalue()


def test_a_warning_is_logged(stream: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("odd", stacklevel=1)
    assert lines(stream)[0]["logger"] == "py.warnings"


def test_a_line_that_cannot_be_formatted_shows_no_arguments(
    stream: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    logger.info("%d", KEY)
    assert KEY not in stream.getvalue()
    assert KEY not in "".join(capfd.readouterr())


def test_what_is_no_text_is_still_a_line() -> None:
    said = {"msg": "lone surrogate \ud800", "object": object(), "bytes": b"\xff"}
    line = MaskingFormatter(["llmtr-"]).format(logging.makeLogRecord(said))
    assert json.loads(line)["message"] == "lone surrogate \ud800"
