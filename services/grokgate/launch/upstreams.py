"""Where each upstream is, and the keys for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from grokgate.catalog.models import Channel
from grokgate.chassis.secrets import Secret
from grokgate.launch.settings import Settings


@dataclass(frozen=True, slots=True)
class Upstream:
    """A provider that speaks xAI's API."""

    base_url: str
    api_keys: tuple[Secret, ...]


Upstreams = Mapping[Channel, Upstream]


def configured_upstreams(settings: Settings) -> Upstreams | None:
    """The configured providers by the channel that they serve; None without a key for xAI."""
    api_keys = _keys(settings.xai_api_key)
    if not api_keys:
        return None
    upstreams = {Channel.XAI: Upstream(settings.xai_base_url, api_keys)}
    if settings.compatible_base_url:
        upstreams[Channel.COMPATIBLE] = Upstream(
            settings.compatible_base_url, _keys(settings.compatible_api_key)
        )
    return upstreams


def _keys(written: SecretStr) -> tuple[Secret, ...]:
    """The keys of a setting that may hold several, with commas."""
    keys = (key.strip() for key in written.get_secret_value().split(","))
    return tuple(Secret(key) for key in keys if key)
