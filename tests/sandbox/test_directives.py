"""How directives are written and read."""

import pytest

from grokgate.sandbox.directives import (
    DIRECTIVES,
    Directive,
    directives_in,
    directives_of_list,
    without_directives,
)
from grokgate.sandbox.errors import RefusalError


def test_a_prompt_may_contain_several_directives_among_its_words() -> None:
    prompt = "Please [sandbox:slow=0.5] say [sandbox:429 times=2] hi [sandbox:ticks=-5]"
    assert directives_in(prompt) == [
        Directive("slow", "0.5"),
        Directive("429", times=2),
        Directive("ticks", "-5"),
    ]
    assert without_directives(prompt) == "Please say hi"


def test_a_call_keeps_its_json_with_brackets_and_all() -> None:
    arguments = '{"where": ["]", {"a": "}]"}]}'
    prompt = f"[sandbox:call get_weather {arguments}] thanks"
    assert directives_in(prompt) == [Directive("call", f"get_weather {arguments}")]
    assert without_directives(prompt) == "thanks"


def test_a_header_parts_its_directives_by_commas() -> None:
    assert directives_of_list("no-ticks, slow=1 times=3") == [
        Directive("no-ticks"),
        Directive("slow", "1", 3),
    ]
    assert directives_of_list("") == []


@pytest.mark.parametrize(
    "prompt",
    [
        "[sandbox:nonsense]",
        "[sandbox:429",
        "[sandbox:ticks]",
        "[sandbox:ticks=many]",
        "[sandbox:500=1]",
        "[sandbox:slow=-1]",
        "[sandbox:call f {not json}]",
        "[sandbox:call]",
    ],
)
def test_a_directive_that_cannot_be_read_is_refused_with_the_list_of_all(prompt: str) -> None:
    with pytest.raises(RefusalError) as caught:
        directives_in(prompt)
    assert caught.value.status == 400
    assert all(name in caught.value.body["error"] for name in DIRECTIVES)


@pytest.mark.parametrize("name", DIRECTIVES)
def test_every_directive_has_a_sentence_that_names_its_argument(name: str) -> None:
    known = DIRECTIVES[name]
    assert known.meaning.endswith("."), known
    assert all(word in known.meaning for word in known.argument.value.strip("=").split())
