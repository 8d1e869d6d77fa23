"""`/v1/video/generations` and what is below it."""

import grpc.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from grokgate.api.media.v1.media_pb2 import (
    GetVideoRequest,
    StreamVideoContentRequest,
    Video,
    WaitForVideoRequest,
)
from grokgate.api.media.v1.media_pb2_grpc import MediaServiceStub
from grokgate.api.types.v1.endpoint_pb2 import ENDPOINT_VIDEO_GENERATIONS
from grokgate.chassis.errors import GrokgateError
from grokgate.edge.answers import json_answer
from grokgate.edge.auth import KeyFilter
from grokgate.edge.bodies import read_media_json_object
from grokgate.edge.departure import while_client_waits
from grokgate.edge.limits import EdgeLimits
from grokgate.edge.middleware import call_of
from grokgate.edge.paid_endings import cost_headers
from grokgate.edge.rate_limits import rate_limit_headers
from grokgate.edge.rpcs import ask, ask_about, ask_about_in_stream
from grokgate.edge.stopping import unless_stopping
from grokgate.edge.video.content import VideoContent
from grokgate.edge.video.objects import has_ended, video_object, video_page
from grokgate.edge.video.query import read_video_query
from grokgate.edge.video.request import read_video_request

# What a wait may take longer than was asked for.
_WAIT_MARGIN_S = 5
_ASK_AGAIN = {"retry-after": "5"}


def video_routes(keys: KeyFilter, media: grpc.aio.Channel, limits: EdgeLimits) -> list[Route]:
    """The routes that make and show videos."""
    videos = Videos(keys, media, limits)
    return [
        Route("/v1/video/generations", videos.create_or_list, methods=["GET", "POST"]),
        Route("/v1/video/generations/{id}", videos.entry),
        Route("/v1/video/generations/{id}/content", videos.content),
    ]


class Videos:
    """Serves videos, which are made with or without somebody who waits for them."""

    def __init__(self, keys: KeyFilter, media: grpc.aio.Channel, limits: EdgeLimits) -> None:
        self._keys = keys
        self._media = MediaServiceStub(media)
        self._limits = limits

    async def create_or_list(self, request: Request) -> Response:
        """`POST` and `GET /v1/video/generations`."""
        return await (self.create if request.method == "POST" else self.page)(request)

    async def create(self, request: Request) -> Response:
        """Start a video; 200 with it if it ends within the wait, else 202.

        A video that failed within the wait is a 200 as well: it is there, and says why.
        """
        call = call_of(request)
        await self._keys.admit(call, ENDPOINT_VIDEO_GENERATIONS)
        asked = await read_video_request(await read_media_json_object(request, self._limits))
        timeout_s = self._limits.answer_timeout_s
        starting = ask(self._media.StartVideo, asked.start, call, timeout_s)
        started = await while_client_waits(request, starting)
        video = await self._wait(request, started.video, asked.max_wait_s)
        headers = rate_limit_headers(started.rate_limits)
        if has_ended(video):
            return json_answer(video_object(video), headers=headers | cost_headers(video))
        headers |= {"location": f"/v1/video/generations/{video.id}"} | _ASK_AGAIN
        return json_answer(video_object(video), status=202, headers=headers)

    async def page(self, request: Request) -> Response:
        """`GET /v1/video/generations`."""
        call = call_of(request)
        await self._keys.admit(call)
        query = read_video_query(request.query_params)
        timeout_s = self._limits.media_timeout_s
        return json_answer(
            video_page(await ask_about(self._media.ListVideos, query, call, timeout_s))
        )

    async def entry(self, request: Request) -> Response:
        """`GET /v1/video/generations/{id}`; with a time to ask again until it has ended."""
        call = call_of(request)
        await self._keys.admit(call)
        asked = GetVideoRequest(id=request.path_params["id"])
        timeout_s = self._limits.media_timeout_s
        answer = await ask_about(self._media.GetVideo, asked, call, timeout_s)
        headers = {} if has_ended(answer.video) else _ASK_AGAIN
        return json_answer(video_object(answer.video), headers=headers)

    async def content(self, request: Request) -> VideoContent:
        """`GET /v1/video/generations/{id}/content`."""
        call = call_of(request)
        await self._keys.admit(call)
        asked = StreamVideoContentRequest(
            id=request.path_params["id"], range=request.headers.get("range", "")
        )
        timeout_s = self._limits.stream_timeout_s
        pieces = ask_about_in_stream(self._media.StreamVideoContent, asked, call, timeout_s)
        return VideoContent(request, pieces)

    async def _wait(self, request: Request, video: Video, max_wait_s: int) -> Video:
        """The video at its end, or as it is when the wait is over or the gateway stops."""
        if has_ended(video) or not max_wait_s:
            return video
        asked = WaitForVideoRequest(id=video.id, max_wait_ms=max_wait_s * 1000)
        waiting = ask_about(
            self._media.WaitForVideo, asked, call_of(request), max_wait_s + _WAIT_MARGIN_S
        )
        try:
            answer = await while_client_waits(request, unless_stopping(request, waiting))
        except GrokgateError:
            # It goes on without us; an error would hide its id.
            return video
        return video if answer is None else answer.video
