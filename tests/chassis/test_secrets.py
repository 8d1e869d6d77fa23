"""Values that do not print."""

import pytest

from grokgate.chassis.secrets import Secret

VALUE = "hunter2-hunter2"


@pytest.mark.parametrize(
    "shown",
    [
        str(Secret(VALUE)),
        repr(Secret(VALUE)),
        f"{Secret(VALUE)}",
        "%s %r" % (Secret(VALUE), Secret(VALUE)),  # noqa: UP031  # the form under test
        repr([Secret(VALUE)]),
        repr({"key": Secret(VALUE)}),
    ],
)
def test_a_secret_does_not_show(shown: str) -> None:
    assert VALUE not in shown


def test_a_secret_is_revealed_by_name() -> None:
    assert Secret(VALUE).reveal() == VALUE


def test_a_secret_has_no_attributes_to_dump() -> None:
    with pytest.raises(TypeError):
        vars(Secret(VALUE))


def test_secrets_compare_by_value_and_only_with_secrets() -> None:
    assert Secret(VALUE) == Secret(VALUE)
    assert Secret(VALUE) != Secret("other")
    assert Secret(VALUE) != VALUE
    assert len({Secret(VALUE), Secret(VALUE)}) == 1


def test_an_empty_secret_is_false() -> None:
    assert not Secret("")
    assert Secret(VALUE)


def test_a_digest_tells_secrets_apart_without_showing_them() -> None:
    assert Secret(VALUE).digest() == Secret(VALUE).digest() != Secret("other").digest()
    assert VALUE not in Secret(VALUE).digest()
