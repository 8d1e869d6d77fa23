"""Results by HTTP: without a key, whole or in part."""

import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from grokgate.sandbox.errors import RefusalError
from grokgate.sandbox.studio.results import Results
from grokgate.sandbox.studio.works import FILM_TYPE, IMAGE_TYPE

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


async def serve_result(request: Request, results: Results) -> Response:
    """GET and HEAD of a result's URL."""
    path = request.url.path
    try:
        data = await results.fetch(path)
    except RefusalError as error:
        return JSONResponse(error.body, error.status)
    if data is None:
        return Response("Not found\n", 404, media_type="text/plain")
    media_type = FILM_TYPE if path.endswith(".mp4") else IMAGE_TYPE
    return _part(data, request.headers.get("range", ""), media_type)


def _part(data: bytes, asked: str, media_type: str) -> Response:
    """What a Range header asks for; one of several ranges, or of another unit, is ignored."""
    headers = {"accept-ranges": "bytes"}
    match = _RANGE.fullmatch(asked)
    if match is None or match[0] == "bytes=-":
        return Response(data, headers=headers, media_type=media_type)
    first, end = _bounds(match[1], match[2], len(data))
    if first >= end:
        headers["content-range"] = f"bytes */{len(data)}"
        return Response(status_code=416, headers=headers)
    headers["content-range"] = f"bytes {first}-{end - 1}/{len(data)}"
    return Response(data[first:end], 206, headers=headers, media_type=media_type)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(size - int(last), 0), size
    return int(first), min(int(last) + 1, size) if last else size
