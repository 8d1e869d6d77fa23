"""The description of the API as one page that needs no network and no script."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any
from xml.etree.ElementTree import Element

from grokgate.edge.answers import json_text
from grokgate.edge.reference.elements import Content, page, prose, table, tag
from grokgate.edge.reference.objects import object_section, type_words

Described = dict[str, Any]

STYLE = files("grokgate.edge.reference").joinpath("page.css").read_text()


def docs_page(document: Described) -> str:
    """The page that tells what an OpenAPI document tells."""
    title = f"{document['info']['title']} API"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", STYLE),
    )
    schemas = document["components"]["schemas"]
    main = tag(
        "main",
        *_introduction(document, title),
        *(section for group in _groups(document) for section in _group_section(document, group)),
        tag("h2", "Objects", id="objects"),
        *(object_section(name, schema) for name, schema in sorted(schemas.items())),
    )
    body = tag("body", _navigation(document, title), main)
    return page(tag("html", head, body, lang="en"))


def _introduction(document: Described, title: str) -> Iterator[Element]:
    yield tag("h1", title, " ", tag("small", document["info"]["version"]))
    yield tag("p", *prose(document["info"]["description"]))
    key = document["components"]["securitySchemes"]["key"]["description"]
    link = tag("a", "openapi.json", href="openapi.json")
    yield tag("p", *prose(key), " For programs: ", link, ".")


def _navigation(document: Described, title: str) -> Element:
    parts = [tag("a", title, href="#", class_="title")]
    for group in _groups(document):
        parts.append(tag("h4", group))
        parts += [
            tag("a", _badge(method), tag("span", path), href=f"#{operation['operationId']}")
            for path, method, operation in _operations(document, group)
        ]
    parts.append(tag("a", "Objects", href="#objects", class_="objects"))
    return tag("nav", *parts)


def _groups(document: Described) -> list[str]:
    return [group["name"] for group in document["tags"]]


def _operations(document: Described, group: str) -> list[tuple[str, str, Described]]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if group in operation["tags"]
    ]


def _group_section(document: Described, group: str) -> Iterator[Element]:
    yield tag("h2", group)
    for path, method, operation in _operations(document, group):
        yield _operation_section(path, method, operation)


def _operation_section(path: str, method: str, operation: Described) -> Element:
    parts = [
        tag("h3", _badge(method), tag("code", path)),
        tag("p", *prose(operation["summary"])),
        tag("pre", _command(path, operation)),
    ]
    if operation["parameters"]:
        parts.append(table(*(_parameter(each) for each in operation["parameters"])))
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        parts.append(tag("p", "Send: ", *type_words(schema), *_form(operation)))
    answers = operation["responses"].items()
    parts.append(table(*(_answer(status, answer) for status, answer in answers)))
    return tag("section", *parts, id=operation["operationId"])


def _form(operation: Described) -> list[Content]:
    form = operation["requestBody"]["content"].get("multipart/form-data")
    return [" or, as a multipart form, ", *type_words(form["schema"])] if form else []


def _command(path: str, operation: Described) -> str:
    lines = [f'curl "$GROKGATE_URL{path}"']
    if "security" not in operation:
        lines.append('-H "Authorization: Bearer $GROKGATE_API_KEY"')
    if "requestBody" in operation:
        body = json_text(operation["requestBody"]["content"]["application/json"]["example"])
        lines += ['-H "Content-Type: application/json"', f"-d '{body}'"]
    return " \\\n  ".join(lines)


def _parameter(parameter: Described) -> list[list[Content]]:
    name = tag("code", parameter["name"])
    return [[name], type_words(parameter["schema"]), prose(parameter["description"])]


def _answer(status: str, answer: Described) -> list[list[Content]]:
    label = tag("b", status, class_=f"status-{status[0]}")
    if status != "200":
        return [[label], prose(answer["description"])]
    shown = [
        part
        for media_type, media in answer["content"].items()
        for part in (*type_words(media["schema"]), f" as {media_type}. ")
    ]
    return [[label], shown]


def _badge(method: str) -> Element:
    return tag("b", method.upper(), class_=f"badge {method}")
