"""Where upstream is, and the keys for it."""

from dataclasses import dataclass

from grokgate.chassis.secrets import Secret
from grokgate.launch.settings import Settings


@dataclass(frozen=True, slots=True)
class Upstream:
    """A provider that speaks xAI's API."""

    base_url: str
    api_keys: tuple[Secret, ...]


def configured_upstream(settings: Settings) -> Upstream | None:
    """The configured provider with the keys that are set; None without any."""
    keys = [key.strip() for key in settings.xai_api_key.get_secret_value().split(",")]
    api_keys = tuple(Secret(key) for key in keys if key)
    return Upstream(settings.xai_base_url, api_keys) if api_keys else None
