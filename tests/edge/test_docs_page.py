"""The description of the API as a page for people."""

from html.parser import HTMLParser

from grokgate.edge.reference.document import openapi_document
from grokgate.edge.reference.elements import page, prose, tag
from grokgate.edge.reference.page import docs_page
from tests.edge.conftest import RunningEdge

DOCUMENT = openapi_document()
VOID = {"meta"}


class Reader(HTMLParser):
    """Collects what a page consists of; fails where elements are not nested."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.add(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def test_the_page_tells_of_every_operation_and_object() -> None:
    reader = read(docs_page(DOCUMENT))
    operations = {
        operation["operationId"]
        for methods in DOCUMENT["paths"].values()
        for operation in methods.values()
    }
    assert operations | set(DOCUMENT["components"]["schemas"]) <= set(reader.ids)
    for path in DOCUMENT["paths"]:
        assert f'curl "$GROKGATE_URL{path}"' in reader.text
    for name in DOCUMENT["components"]["schemas"]["ResponsesRequest"]["properties"]:
        assert name in reader.text


def test_every_link_of_the_page_leads_into_it() -> None:
    reader = read(docs_page(DOCUMENT))
    assert len(set(reader.ids)) == len(reader.ids)
    assert reader.links <= {f"#{id_}" for id_ in reader.ids} | {"#", "openapi.json"}


def test_the_page_needs_no_network_and_no_script() -> None:
    reader = read(docs_page(DOCUMENT))
    assert reader.tags & {"script", "link", "img", "iframe", "object"} == set()
    assert "src" not in reader.attributes
    assert "url(" not in reader.text
    assert "@import" not in reader.text


async def test_the_page_is_served_with_a_policy_that_admits_its_own_style(
    edge: RunningEdge,
) -> None:
    answer = await edge.http.get("/docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert answer.text == docs_page(DOCUMENT)


def test_what_is_written_into_a_page_is_escaped() -> None:
    evil = "<script>\"&'</script>"
    text = page(tag("html", tag("p", *prose(f"{evil} `{evil}` end"), title=evil)))
    reader = read(text.removeprefix("<!doctype html>"))
    assert reader.tags == {"html", "p", "code"}
    assert reader.text.strip() == f"{evil} {evil} end"
