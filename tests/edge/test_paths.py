"""Which paths there are, however they are spelled."""

import itertools

from tests.edge.conftest import RunningEdge
from tests.edge.raw_http import HEAD, error_of

SLY_PATHS = [
    b"//v1/responses",
    b"/v1//responses",
    b"/v1/responses/",
    b"/v1/responses//",
    b"/v1/./responses",
    b"/v1/x/../responses",
    b"/v1%2fresponses",
    b"/%76%31/responses",
    b"/v1/responses%2f",
    b"/v1/responses;x=1",
    b"/v1/responses?key=1",
    b"/V1/Responses",
    b"http://other.example/v1/responses",
]


HOSTS = [b"x", b"127.0.0.1:1", b"evil.example", b"/v1/healthz", b""]


async def test_no_spelling_of_a_path_or_host_gets_around_the_key(edge: RunningEdge) -> None:
    for path, host in itertools.product(SLY_PATHS, HOSTS):
        answer = await edge.send(
            b"POST " + path + b" HTTP/1.1\r\nhost: " + host + b"\r\nconnection: close\r\n"
            b"x-forwarded-for: 127.0.0.1\r\nx-original-url: /healthz\r\ncontent-length: 0\r\n\r\n"
        )
        assert answer.split(b" ")[1] in {b"401", b"404"}, (path, host)
        assert b"location" not in answer.lower()
    assert edge.text.requests == []


async def test_unknown_paths_and_methods_are_told_in_our_shape(edge: RunningEdge) -> None:
    missing = await edge.get("/v1/nothing")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
    wrong = await edge.get("/v1/responses")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"] == "POST"


NOT_PUBLIC = [
    ("GET", "/v1/responses/resp_1"),
    ("DELETE", "/v1/responses/resp_1"),
    ("GET", "/v1/responses/resp_1/input_items"),
    ("POST", "/v1/responses/compact"),
    ("GET", "/v1/files"),
    ("POST", "/v1/files"),
    ("GET", "/v1/files/f/content"),
    ("GET", "/v1/collections"),
    ("POST", "/v1/vector_stores/v/files"),
    ("POST", "/v1/batches"),
    ("GET", "/v1/realtime"),
    ("POST", "/v1/images/variations"),
    ("POST", "/v1/videos"),
    ("GET", "/v1/videos/video_1"),
    ("POST", "/v1/videos/generations"),
    ("GET", "/v1/videos/video_1/content"),
    ("POST", "/v1/realtime/client_secrets"),
    ("POST", "/v1/tts"),
    ("GET", "/v1/tts/voices/eve"),
    ("POST", "/v1/stt"),
    ("POST", "/v1/audio/translations"),
    ("GET", "/v1/custom-voices"),
]


async def test_what_is_not_public_says_so_to_good_keys(edge: RunningEdge) -> None:
    for method, path in NOT_PUBLIC:
        answer = await edge.http.request(method, path, headers=edge.headers)
        assert answer.status_code == 400, path
        assert answer.json()["error"]["code"] == "unsupported_operation"
        without_key = await edge.http.request(method, path)
        assert without_key.status_code == 401, path


async def test_what_is_called_otherwise_elsewhere_says_how_it_is_called_here(
    edge: RunningEdge,
) -> None:
    for path, here in (
        ("/v1/images/variations", "/v1/images/edits"),
        ("/v1/videos", "/v1/video/generations"),
        ("/v1/tts", "/v1/audio/speech"),
        ("/v1/tts/voices", "/v1/audio/voices"),
        ("/v1/stt", "/v1/audio/transcriptions"),
        ("/v1/audio/translations", "/v1/audio/transcriptions"),
        ("/v1/realtime", "/v1/audio/speech"),
    ):
        error = (await edge.get(path)).json()["error"]
        assert here in error["message"]
        assert error["details"] == {"attempted_endpoint": path, "suggested_endpoint": here}


HANDSHAKE = (
    b" HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: WebSocket\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def test_a_websocket_handshake_gets_a_plain_400(edge: RunningEdge) -> None:
    for path in (b"/v1/realtime?model=grok-voice", b"/v1/responses", b"/other"):
        answer = await edge.send(b"GET " + path + HANDSHAKE)
        assert answer.startswith(b"HTTP/1.1 400 "), path
        assert error_of(answer)["code"] == "unsupported_operation"


async def test_an_offer_of_http_2_is_passed_over(edge: RunningEdge) -> None:
    """Java's client makes it with every plain request; the parser would drop the body."""
    body = b'{"model":"m","input":"hi"}'
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    request = HEAD + offer + b"content-length: %d\r\n\r\n" % len(body) + body
    reader, writer = await edge.open()
    for _ in range(2):
        writer.write(request)
        assert (await reader.readuntil(b'"user":null}')).startswith(b"HTTP/1.1 200 ")
    writer.close()
