"""The services that are paid for, made from the settings."""

import tempfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import grpc

from grokgate.catalog.models import Channel
from grokgate.chassis.credentials import service_metadata
from grokgate.chassis.rooms import Room
from grokgate.launch.building import Building
from grokgate.launch.upstreams import Upstream, Upstreams
from grokgate.media.service import MediaRoom
from grokgate.media.videos.limits import VideoLimits
from grokgate.metering.paid_work import PaidWork, WorkLimits
from grokgate.text.service import TextRoom
from grokgate.voice.service import VoiceRoom
from grokgate.xai.client import XaiClient
from grokgate.xai.observing import Observer
from grokgate.xai.timeouts import Timeouts
from grokgate.xai.transport import PyreqwestTransport


class PaidRooms:
    """Makes rooms that ask upstreams, and billing over a channel."""

    def __init__(self, building: Building, upstreams: Upstreams, billing: grpc.aio.Channel) -> None:
        self._building = building
        self._upstreams = upstreams
        self._billing = billing

    def room(self, service: str) -> Room:
        """One of `PAID_SERVICES`."""
        rooms: dict[str, Callable[[], Room]] = {
            "text": self._text,
            "media": self._media,
            "voice": self._voice,
        }
        return rooms[service]()

    def _text(self) -> TextRoom:
        building = self._building
        return TextRoom(
            catalog=building.catalog,
            paid_work=self._paid_work("text"),
            upstream=self._client(self._upstreams[Channel.XAI]),
            observer=self._observer,
            clock=building.clock,
            ids=building.ids,
        )

    def _media(self) -> MediaRoom:
        building, settings = self._building, self._building.settings
        return MediaRoom(
            catalog=building.catalog,
            billing=self._billing,
            paid_work=self._paid_work("media"),
            upstreams={word: self._client(one) for word, one in self._upstreams.items()},
            content=self._transport(),
            database=settings.jobs_path,
            admin_token=building.secrets.token("admin"),
            observer=self._observer,
            clock=building.clock,
            ids=building.ids,
            metrics=building.metrics,
            video_limits=VideoLimits(
                poll_first_s=settings.video_poll_first_s,
                poll_ceiling_s=settings.video_poll_ceiling_s,
                polls_per_second=settings.video_polls_per_second,
                hard_deadline_s=settings.video_deadline_s,
                lease_s=settings.video_lease_s,
                # A lease is renewed while a question asked under it cannot outlive it.
                renew_s=settings.video_lease_s / 4,
                poll_timeout_s=settings.video_lease_s / 2,
            ),
        )

    def _voice(self) -> VoiceRoom:
        building, settings = self._building, self._building.settings
        return VoiceRoom(
            catalog=building.catalog,
            paid_work=self._paid_work("voice"),
            upstream=self._client(self._upstreams[Channel.XAI]),
            observer=self._observer,
            ids=building.ids,
            spool_folder=Path(tempfile.gettempdir()),
            audio_ceiling_bytes=settings.media_body_limit_bytes,
            max_speech_characters=settings.speech_characters_limit,
        )

    @cached_property
    def _observer(self) -> Observer:
        """One for all rooms, since they share the process's metrics."""
        building = self._building
        return Observer(building.metrics.registry, building.tracing, building.clock)

    def _paid_work(self, service: str) -> PaidWork:
        building, settings = self._building, self._building.settings
        return PaidWork(
            service,
            billing=self._billing,
            credentials=service_metadata(building.secrets.token(service)),
            clock=building.clock,
            ids=building.ids,
            registry=building.metrics.registry,
            limits=WorkLimits(
                hold_expiry_ms=int(settings.hold_expiry_s * 1000),
                drain_limit=settings.drain_limit,
                drain_timeout_s=settings.drain_timeout_s,
                stall_timeout_s=settings.stall_timeout_s,
            ),
        )

    def _client(self, upstream: Upstream) -> XaiClient:
        return XaiClient(
            transport=self._transport(),
            base_url=upstream.base_url,
            api_keys=upstream.api_keys,
            timeouts=self._timeouts(),
            clock=self._building.clock,
        )

    def _transport(self) -> PyreqwestTransport:
        timeouts = self._timeouts()
        return PyreqwestTransport(
            connect_timeout_s=timeouts.connect_s, silence_timeout_s=timeouts.silence_s
        )

    def _timeouts(self) -> Timeouts:
        settings = self._building.settings
        return Timeouts(
            connect_s=settings.upstream_connect_timeout_s,
            header_s=settings.upstream_header_timeout_s,
            idle_s=settings.upstream_idle_timeout_s,
            total_s=settings.upstream_total_timeout_s,
        )
