"""The API's description of itself: `/openapi.json` for programs, `/docs` for people."""

import hashlib
from base64 import b64encode
from functools import cached_property
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from grokgate.edge.answers import json_answer
from grokgate.edge.reference.document import openapi_document
from grokgate.edge.reference.page import STYLE, docs_page

_STYLE_HASH = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# The page loads nothing and runs nothing.
_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'"


def reference_routes() -> list[Route]:
    """The routes that describe the others."""
    reference = Reference()
    return [Route("/openapi.json", reference.openapi), Route("/docs", reference.docs)]


class Reference:
    """Serves what is written once, when it is first asked for; no key needed."""

    @cached_property
    def _document(self) -> dict[str, Any]:
        return openapi_document()

    @cached_property
    def _page(self) -> str:
        return docs_page(self._document)

    async def openapi(self, _: Request) -> Response:
        """`GET /openapi.json`."""
        return json_answer(self._document)

    async def docs(self, _: Request) -> Response:
        """`GET /docs`."""
        return Response(
            self._page, media_type="text/html", headers={"content-security-policy": _POLICY}
        )
