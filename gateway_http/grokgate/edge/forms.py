"""From a request's bytes to a multipart form (RFC 7578), as the OpenAI libraries send files."""

import re
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.bodies import body_chunks, require_small, require_uncompressed
from grokgate.edge.fields import NAME_SHOWN_MAX, invalid
from grokgate.edge.limits import EdgeLimits

_FLAGS = re.ASCII | re.IGNORECASE
_FORM_TYPE = re.compile(r"\s*multipart/form-data\s*(;|$)", _FLAGS)
# RFC 2046, 5.1.1: at most 70 of these characters.
_BOUNDARY = re.compile(r""";\s*boundary=("?)([\w'()+,./:=? -]{1,70})\1\s*(;|$)""", _FLAGS)

_FILES_MAX = 64
_TEXTS_MAX = 64
_TEXT_MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FormFile:
    """A file of a form: the field that it is in, and its bytes. What it is called is not read."""

    field: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """A form. Of a text that comes twice, the last counts; files may share a field."""

    texts: dict[str, str]
    files: list[FormFile]


class _InMemoryParser(MultiPartParser):
    """Writes nothing to disk: what clients send is not stored, and its size is capped.

    Of itself the library takes a form that breaks off, and reads what is not UTF-8 as Latin-1.
    """

    spool_max_size = sys.maxsize
    has_ended = False

    async def parse(self) -> FormData:
        """The form; fails with INVALID_VALUE unless it is whole."""
        self.stream = self._to_its_end(self.stream)
        return await super().parse()

    def on_part_end(self) -> None:
        """A part is whole."""
        part = self._current_part
        if part.file is None:
            _require_utf_8(part.field_name, part.data)
        super().on_part_end()

    def on_end(self) -> None:
        """The last boundary has come."""
        self.has_ended = True

    async def _to_its_end(self, chunks: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
        """What fails in here makes the library close its files."""
        received = 0
        async for chunk in chunks:
            received += len(chunk)
            yield chunk
        if not self.has_ended:
            raise _cut_off() if received else _empty()


def is_form(headers: Headers) -> bool:
    """Whether a request says that it carries a form."""
    return _FORM_TYPE.match(headers.get("content-type", "")) is not None


async def read_form(request: Request, limits: EdgeLimits) -> Form:
    """The form that a request carries.

    Fails with BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, INVALID_VALUE; raises ClientDisconnect when
    the client leaves before the end.
    """
    max_bytes = limits.media_body_limit_bytes
    require_small(request.headers, max_bytes)
    require_uncompressed(request.headers)
    parser = _InMemoryParser(
        _plain_headers(request.headers),
        body_chunks(request, max_bytes),
        max_files=_FILES_MAX,
        max_fields=_TEXTS_MAX,
        max_part_size=_TEXT_MAX_BYTES,
    )
    try:
        parts = await parser.parse()
    except MultiPartException as exc:
        raise _invalid(exc.message[:1].lower() + exc.message[1:]) from exc
    try:
        return await _take(parts)
    finally:
        await parts.close()


async def _take(parts: FormData) -> Form:
    form = Form({}, [])
    for name, part in parts.multi_items():
        if isinstance(part, UploadFile):
            form.files.append(FormFile(name, await part.read()))
        else:
            form.texts[name] = part
    return form


def _require_utf_8(name: str, text: bytes | bytearray) -> None:
    try:
        text.decode()
    except UnicodeDecodeError as exc:
        raise invalid(name[:NAME_SHOWN_MAX], "text in UTF-8") from exc


def _plain_headers(headers: Headers) -> Headers:
    """What the parser needs to know; the texts are UTF-8 whatever charset a client names."""
    boundary = _BOUNDARY.search(headers["content-type"])
    if boundary is None:
        raise _invalid("its Content-Type must name the boundary of its parts.")
    return Headers({"content-type": f'multipart/form-data; boundary="{boundary[2]}"'})


def _cut_off() -> GrokgateError:
    return _invalid("it ends before its last boundary, `--boundary--`. Send it whole.")


def _empty() -> GrokgateError:
    return _invalid("it is empty. Send its parts, each after a boundary.")


def _invalid(why: str) -> GrokgateError:
    return GrokgateError(Reason.INVALID_VALUE, f"The form cannot be read: {why}")
