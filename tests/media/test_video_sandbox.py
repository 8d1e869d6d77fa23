"""Videos of the sandbox: every way in which a job may end, over real sockets."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from grokgate.api.media.v1.media_pb2 import StreamVideoContentRequest
from grokgate.sandbox.service import Sandbox
from grokgate.xai.timeouts import Timeouts
from grokgate.xai.transport import PyreqwestTransport
from tests.media.running import EXPIRED, FAILED, PROCESSING, SUCCEEDED, House, running_house

COST = 2_500_000_000


@dataclass
class Scene:
    house: House
    sandbox: Sandbox

    def creations(self) -> int:
        paths = [received.path for received in self.sandbox.requests]
        return paths.count("/v1/videos/generations")


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    sandbox = Sandbox(rendering_s=0.05)
    url = await sandbox.start()
    try:
        async with running_house(tmp_path) as house:
            await house.add_room(
                PyreqwestTransport(connect_timeout_s=1, silence_timeout_s=60),
                content=PyreqwestTransport(connect_timeout_s=1, silence_timeout_s=60),
                base_url=f"{url}/v1",
                keys=("xai-test",),
                timeouts=Timeouts(header_s=0.25),
                hard_deadline_s=0.9,
            )
            yield Scene(house, sandbox)
    finally:
        await sandbox.stop()


@pytest.mark.parametrize(
    ("directive", "state", "charge"),
    [
        ("", SUCCEEDED, COST),
        ("[sandbox:moderated]", FAILED, COST),
        ("[sandbox:moderated-free]", FAILED, 0),
        ("[sandbox:withheld]", FAILED, COST),
        ("[sandbox:no-url]", FAILED, COST),
        ("[sandbox:failed]", FAILED, COST),
        ("[sandbox:failed-free=internal_error]", FAILED, 0),
        ("[sandbox:expired]", FAILED, 0),
        ("[sandbox:poll=429-retry-after=0 times=2]", SUCCEEDED, COST),
        ("[sandbox:poll=503 times=3]", SUCCEEDED, COST),
        ("[sandbox:poll=reset-before-answer times=3]", SUCCEEDED, COST),
        ("[sandbox:poll-empty]", EXPIRED, 0),
        ("[sandbox:poll-unknown]", EXPIRED, 0),
    ],
)
async def test_a_job_ends_as_its_directive_says(
    scene: Scene, directive: str, state: int, charge: int
) -> None:
    house = scene.house
    video = await house.settled((await house.start_video(f"a cat {directive}")).id)
    assert (video.state, video.charge.usd_ticks) == (state, charge)
    [row] = await house.usage()
    assert row.charge.usd_ticks == charge
    assert scene.creations() == 1
    assert len(await house.to_reconcile()) == (charge == 0)


@pytest.mark.parametrize(
    "directive", ["reset-before-answer", "silent", "truncated-body", "not-json"]
)
async def test_a_creation_whose_answer_was_lost_is_asked_for_once(
    scene: Scene, directive: str
) -> None:
    house = scene.house
    video = await house.start_video(f"a cat [sandbox:{directive}]")
    assert video.state == PROCESSING
    assert (await house.job(video.id)).inner_state == "outcome_unknown"
    assert (await house.settled(video.id)).state == EXPIRED
    assert scene.creations() == 1
    await house.usage()
    assert len(await house.to_reconcile()) == 1


async def test_the_video_itself_can_be_had_whole_and_in_part(scene: Scene) -> None:
    house = scene.house
    video = await house.ended((await house.start_video()).id)
    for asked_range, length in [("", None), ("bytes=0-9", 10)]:
        request = StreamVideoContentRequest(id=video.id, range=asked_range)
        call = house.one.media.StreamVideoContent(request, metadata=house.key)
        info, *pieces = [piece async for piece in call]
        body = b"".join(piece.data for piece in pieces)
        assert info.info.content_type == "video/mp4"
        assert len(body) == info.info.length == (length or info.info.length)
        assert body[4:8] == b"ftyp"
        assert bool(info.info.content_range) is bool(asked_range)
