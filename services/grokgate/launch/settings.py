"""Every setting, read in one place: environment, `.env`, then `grokgate.toml`."""

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

from grokgate.chassis.errors import StartupError

ENV_PREFIX = "GROKGATE_"
LEDGER_FILE = "ledger.sqlite3"

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Settings(BaseSettings):
    """All settings; each is `GROKGATE_` and its name in the environment, but for XAI_API_KEY."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_file=".env",
        toml_file="grokgate.toml",
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

    sandbox_port: int = Field(default=0, ge=0, le=65535)
    """Loopback port of the sandbox; 0 takes a free one."""

    key_prefix: str = Field(default="llmtr-", pattern=r"^[a-z][a-z0-9]{0,15}-$")
    """What callers' keys begin with."""

    text_body_limit_bytes: int = Field(default=4 * 1024 * 1024, ge=1024)
    """The largest body of a text request."""

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
    """How long money stays held after its owner was last heard of."""

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

    billing_metrics_address: str = ""
    """`host:port` where `serve billing` shows its metrics, to anybody; nowhere when empty."""

    text_metrics_address: str = ""
    """`host:port` where `serve text` shows its metrics, to anybody; nowhere when empty."""

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

    @field_validator("xai_base_url")
    @classmethod
    def _keys_travel_encrypted(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            return url
        raise ValueError("use an https URL; http only on 127.0.0.1, ::1 or localhost")

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
    def secrets_path(self) -> Path:
        """The folder of the secret files."""
        return self.secrets_dir or self.state_dir / "secrets"

    def address(self, service: str) -> str:
        """Where a service (`grpc`, `billing` or `text`) listens and is found."""
        configured: str = getattr(self, f"{service}_address")
        name = "grokgate" if service == "grpc" else service
        return configured or f"unix:{(self.state_dir / f'{name}.sock').resolve()}"

    def metrics_address(self, service: str) -> str:
        """Where a service (`billing` or `text`) shows its metrics; empty when nowhere."""
        configured: str = getattr(self, f"{service}_metrics_address")
        return configured


def read_settings() -> Settings:
    """The settings in force; raises StartupError naming the one at fault."""
    try:
        return Settings()
    except ValidationError as exc:
        first = exc.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        variable = name if name.isupper() else f"{ENV_PREFIX}{name.upper()}"
        message = first["msg"].removeprefix("Value error, ")
        raise StartupError(f"{variable}: {message}" if name else message) from exc
