"""Every setting, read in one place: environment, `.env`, then `grokgate.toml`."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from grokgate.chassis.addresses import unix_path
from grokgate.chassis.errors import StartupError

ENV_PREFIX = "GROKGATE_"
LEDGER_FILE = "ledger.sqlite3"

_ENV_FILE = ".env"
_TOML_FILE = "grokgate.toml"

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Settings(BaseSettings):
    """All settings; each is `GROKGATE_` and its name in the environment, but for XAI_API_KEY."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_file=_ENV_FILE,
        toml_file=_TOML_FILE,
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    host: str = "127.0.0.1"
    """Address on which the HTTP edge listens."""

    port: int = Field(default=8080, ge=0, le=65535)
    """Port on which the HTTP edge listens; 0 takes a free one."""

    state_dir: Path = Path("var")
    """Folder of the ledger, the secrets and the demo key."""

    catalog: Path | None = None
    """TOML file laid over the built-in catalogue; read again on SIGHUP."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The least severe log line that is written."""

    xai_api_key: SecretStr = Field(
        default=SecretStr(""), validation_alias=AliasChoices("XAI_API_KEY", "xai_api_key")
    )
    """Key of api.x.ai, or several with commas, tried in order. Without one the sandbox serves."""

    xai_base_url: str = "https://api.x.ai/v1"
    """Where xAI's REST API is."""

    compatible_base_url: str = ""
    """Where the compatible channel's image API is; without it `grok-4-image` does not exist."""

    compatible_api_key: SecretStr = SecretStr("")
    """Key of the compatible channel, or several with commas."""

    sandbox_port: int = Field(default=0, ge=0, le=65535)
    """Loopback port of the sandbox; 0 takes a free one."""

    key_prefix: str = Field(default="llmtr-", pattern=r"^[a-z][a-z0-9]{0,15}-$")
    """What callers' keys begin with."""

    text_body_limit_bytes: int = Field(default=4 * 1024 * 1024, ge=1024)
    """The largest body of a text request."""

    media_body_limit_bytes: int = Field(default=48 * 1024 * 1024, ge=1024)
    """The largest body of a request with images or audio in it."""

    speech_characters_limit: int = Field(default=15_000, ge=1)
    """How many characters one speech call may say; xAI takes 15000."""

    header_timeout_s: float = Field(default=10, gt=0)
    """How long a client may take to send a request's head."""

    body_timeout_s: float = Field(default=60, gt=0)
    """How long a client may take to send a request's body."""

    answer_timeout_s: float = Field(default=600, gt=0)
    """How long a client waits for an answer before it gets a 504."""

    upstream_connect_timeout_s: float = Field(default=5, gt=0)
    """How long a connection to upstream may take."""

    upstream_header_timeout_s: float = Field(default=300, gt=0)
    """How long upstream may take until its answer begins."""

    upstream_idle_timeout_s: float = Field(default=120, gt=0)
    """How long upstream may pause within an answer."""

    upstream_total_timeout_s: float = Field(default=3600, gt=0)
    """How long an upstream call may take in all."""

    hold_expiry_s: float = Field(default=120, ge=3, le=86_400)
    """How long money stays held after its owner was last heard of; 3 at least, 86400 at most."""

    video_deadline_s: float = Field(default=3600, gt=0)
    """How long a video may take before it expires uncharged."""

    video_poll_first_s: float = Field(default=1, gt=0)
    """How long after its creation upstream is first asked about a video."""

    video_poll_ceiling_s: float = Field(default=5, gt=0)
    """The longest wait between two questions about a video."""

    video_polls_per_second: float = Field(default=400, gt=0)
    """How many questions a second one upstream key takes; what is more waits."""

    video_lease_s: float = Field(default=20, ge=1)
    """How long after a media process has died another takes over its videos."""

    drain_limit: int = Field(default=64, ge=0)
    """How many calls without a caller are read to their end at once."""

    drain_timeout_s: float = Field(default=120, gt=0)
    """How long a call without a caller is read."""

    stall_timeout_s: float = Field(default=60, gt=0)
    """How long a reader of a stream may take nothing before the call goes on without it."""

    shutdown_grace_s: float = Field(default=30, ge=0)
    """How long a stopping service waits for calls under way."""

    grpc_address: str = ""
    """Where `serve all` listens for gRPC; `unix:<state_dir>/grokgate.sock` when empty."""

    billing_address: str = ""
    """Where billing listens and is found; `unix:<state_dir>/billing.sock` when empty."""

    text_address: str = ""
    """Where text listens and is found; `unix:<state_dir>/text.sock` when empty."""

    media_address: str = ""
    """Where media listens and is found; `unix:<state_dir>/media.sock` when empty."""

    voice_address: str = ""
    """Where voice listens and is found; `unix:<state_dir>/voice.sock` when empty."""

    billing_metrics_address: str = ""
    """`host:port` where `serve billing` shows its metrics, to anybody; nowhere when empty."""

    text_metrics_address: str = ""
    """`host:port` where `serve text` shows its metrics, to anybody; nowhere when empty."""

    media_metrics_address: str = ""
    """`host:port` where `serve media` shows its metrics, to anybody; nowhere when empty."""

    voice_metrics_address: str = ""
    """`host:port` where `serve voice` shows its metrics, to anybody; nowhere when empty."""

    otel_enabled: bool = False
    """Whether spans go to OpenTelemetry, by its own `OTEL_` variables; needs `grokgate[otel]`."""

    secrets_dir: Path | None = None
    """Folder of the secret files (docs/operations.md); `<state_dir>/secrets` when unset."""

    tls_certificate: Path | None = None
    """PEM certificate that gRPC servers show and clients identify with."""

    tls_key: Path | None = None
    """PEM key of the certificate."""

    tls_authority: Path | None = None
    """PEM certificates that peers must be signed by."""

    allow_plaintext: bool = False
    """Whether gRPC may leave this machine without TLS."""

    @field_validator("xai_base_url", "compatible_base_url")
    @classmethod
    def _keys_travel_encrypted(cls, url: str) -> str:
        parts = urlsplit(url)
        if not url:
            return url
        if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            return url
        raise ValueError("use an https URL; http only on 127.0.0.1, ::1 or localhost")

    @model_validator(mode="after")
    def _channels_are_whole(self) -> Self:
        if self.compatible_base_url and not self.compatible_api_key.get_secret_value():
            raise ValueError("set compatible_api_key together with compatible_base_url")
        return self

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        files = (self.tls_certificate, self.tls_key, self.tls_authority)
        if any(files) and not all(files):
            raise ValueError("set tls_certificate, tls_key and tls_authority together, or none")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # not a source here
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given first wins."""
        toml = TomlConfigSettingsSource(settings_cls)
        return init_settings, env_settings, dotenv_settings, toml

    @property
    def ledger_path(self) -> Path:
        """The ledger's database."""
        return self.state_dir / LEDGER_FILE

    @property
    def jobs_path(self) -> Path:
        """The database of the video jobs."""
        return self.state_dir / "media.sqlite3"

    @property
    def secrets_path(self) -> Path:
        """The folder of the secret files."""
        return self.secrets_dir or self.state_dir / "secrets"

    def address(self, service: str) -> str:
        """Where `grpc` or a service such as `text` listens and is found, or StartupError."""
        configured: str = getattr(self, f"{service}_address")
        name = "grokgate" if service == "grpc" else service
        address = configured or f"unix:{(self.state_dir / f'{name}.sock').resolve()}"
        try:
            unix_path(address)
        except StartupError as exc:
            setting = f"{service}_address" if configured else "state_dir"
            raise StartupError(f"{ENV_PREFIX}{setting.upper()}: {exc}") from exc
        return address

    def metrics_address(self, service: str) -> str:
        """Where a service without HTTP shows its metrics; empty when nowhere."""
        configured: str = getattr(self, f"{service}_metrics_address")
        return configured


def read_settings() -> Settings:
    """The settings in force; raises StartupError naming the one, or the file, at fault."""
    try:
        settings = Settings()
        _refuse_unknown(TomlConfigSettingsSource(Settings).toml_data)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as exc:
        raise StartupError(f"{_TOML_FILE} or {_ENV_FILE} cannot be read: {exc}.") from exc
    except ValidationError as exc:
        first = exc.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        variable = name if name.isupper() else f"{ENV_PREFIX}{name.upper()}"
        message = first["msg"].removeprefix("Value error, ")
        raise StartupError(f"{variable}: {message}" if name else message) from exc
    return settings


def _refuse_unknown(in_file: Mapping[str, object]) -> None:
    """Raise StartupError for a setting that is none: a misspelt one would be without effect."""
    for name in in_file:
        if name not in Settings.model_fields:
            raise StartupError(f"{_TOML_FILE}: there is no setting `{name}`. Leave it out.")
