"""What other libraries log about each request does not fill the gateway's log."""

import httpx

from tests.support.gateway import AllGateway


async def test_a_malformed_form_of_a_client_is_no_warning_of_the_gateways() -> None:
    async with AllGateway(log_level="INFO") as gateway:
        answer = await gateway.http.post(
            f"{gateway.url}/v1/audio/transcriptions",
            content=b"--line, and no line's end",
            headers={
                "authorization": f"Bearer {await gateway.new_key()}",
                "content-type": "multipart/form-data; boundary=line",
            },
        )
        assert answer.status_code == httpx.codes.BAD_REQUEST
        gateway.process.terminate()
        await gateway.process.wait()
        log = (gateway.state_dir / "log").read_text()
    assert answer.headers["x-request-id"] in log
    assert "multipart" not in log
