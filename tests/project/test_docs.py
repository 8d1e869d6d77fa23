"""What exists is documented, and what is documented exists."""

import re
from pathlib import Path

import pytest

from grokgate.chassis.errors import Reason
from grokgate.edge.errors import PUBLIC_ERRORS
from grokgate.edge.fields import Table
from grokgate.edge.images.fields import EDIT_FIELDS, GENERATION_FIELDS
from grokgate.edge.text.chat_fields import CHAT_FIELDS
from grokgate.edge.text.responses_fields import RESPONSES_FIELDS
from grokgate.edge.video.fields import VIDEO_FIELDS
from grokgate.edge.voice.fields import SPEECH_FIELDS, TRANSCRIPTION_FIELDS
from grokgate.launch.settings import Settings
from grokgate.sandbox.directives import DIRECTIVES
from tests.project.test_protos import SOURCES, descriptor

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def rows(page: str) -> list[list[str]]:
    """Every row of a page's tables, cell by cell."""
    lines = (DOCS / page).read_text().splitlines()
    return [
        [cell.strip() for cell in line.strip("| ").split(" | ")]
        for line in lines
        if line[:1] == "|"
    ]


def test_every_setting_is_documented_with_its_default_and_meaning() -> None:
    documented = {row[0].strip("`"): row for row in rows("configuration.md")}
    for name, field in Settings.model_fields.items():
        variable = "XAI_API_KEY" if name == "xai_api_key" else f"GROKGATE_{name.upper()}"
        row = documented.pop(variable)
        assert row[2] == field.description
        if isinstance(field.default, str | int | float) and field.default != "":
            assert row[1].strip("`") == str(field.default).lower() or row[1].strip("`") == str(
                field.default
            )
    assert [name for name in documented if name.startswith("GROKGATE_")] == []


def test_every_error_reason_is_documented_as_it_is_answered() -> None:
    documented = {
        row[3].strip("`"): (int(row[0]), row[1].strip("`"), row[2].strip("`"))
        for row in rows("errors.md")
        if row[0].isdigit()
    }
    answered = {str(r): (e.status, e.type, e.code) for r, e in PUBLIC_ERRORS.items()}
    assert documented == answered
    assert set(documented) == set(Reason)


@pytest.mark.parametrize(
    ("route", "fields"),
    [
        ("POST /v1/responses", RESPONSES_FIELDS),
        ("POST /v1/chat/completions", CHAT_FIELDS),
        ("POST /v1/images/generations", GENERATION_FIELDS),
        ("POST /v1/images/edits", EDIT_FIELDS),
        ("POST /v1/video/generations", VIDEO_FIELDS),
        ("POST /v1/audio/speech", SPEECH_FIELDS),
        ("POST /v1/audio/transcriptions", TRANSCRIPTION_FIELDS),
    ],
)
def test_every_field_is_documented_as_it_is_treated(route: str, fields: dict[str, Table]) -> None:
    text = (DOCS / "api.md").read_text().split(f"\n## `{route}`\n")[1].split("\n## ")[0]
    for where, table in fields.items():
        title = f"### Fields of `{where}`\n" if where else "### Fields of the body\n"
        section = text.split(title, 1)[1].split("\n#", 1)[0]
        listed = [line for line in section.splitlines() if line.startswith("| `")]
        assert listed == [
            f"| `{name}` | {field.support.value} | {field.note} |" for name, field in table.items()
        ]


def test_every_route_is_documented() -> None:
    documented = set(
        re.findall(r"^\| `(?:GET|POST|DELETE) (/\S+)`", (DOCS / "api.md").read_text(), re.MULTILINE)
    )
    sources = (ROOT / "gateway_http" / "grokgate" / "edge").rglob("*.py")
    source = "".join(path.read_text() for path in sources)
    served = {path.replace(":path", "") for path in re.findall(r'Route\("([^"]+)"', source)}
    assert documented == served


def test_every_rpc_is_documented() -> None:
    text = (DOCS / "ARCHITECTURE.md").read_text()
    for path in SOURCES:
        for service in descriptor(path).services_by_name.values():
            assert f"`{service.name}." in text
            for rpc in service.methods:
                assert re.search(rf"[`.]{rpc.name}`", text), rpc.full_name


def test_every_directive_of_the_sandbox_is_documented() -> None:
    documented = [tuple(row) for row in rows("sandbox.md")[2:]]
    assert documented == [(f"`{known.form}`", known.meaning) for known in DIRECTIVES.values()]


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", page.read_text())
    broken = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert broken == []


def test_every_verb_of_the_makefile_is_in_the_readme() -> None:
    verbs = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    readme = (ROOT / "README.md").read_text()
    missing = [verb for verb in verbs if f"`make {verb}`" not in readme]
    assert missing == ["help", "clean"]
