"""The secret files of an installation: made at the first start, mode 600, never logged."""

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path

from grokgate.billing.peppers import Peppers
from grokgate.chassis.credentials import ServiceTokens
from grokgate.chassis.errors import StartupError
from grokgate.chassis.secret_files import load_or_create_secret, load_secret
from grokgate.chassis.secrets import Secret

# The services that place and settle holds.
PAID_SERVICES = ("text", "media", "voice")


@dataclass(frozen=True, slots=True)
class SecretStore:
    """A folder: `peppers/<id>`, `admin.token`, and `<service>.token` for each paid service."""

    folder: Path

    @property
    def peppers_folder(self) -> Path:
        """Where the peppers are."""
        return self.folder / "peppers"

    def create_missing(self) -> None:
        """Make what is not there; billing's start does this."""
        for folder in (self.folder, self.peppers_folder):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as exc:
                raise StartupError(f"Cannot create {folder}: {exc.strerror}.") from exc
        if not self.has_peppers():
            load_or_create_secret(self.peppers_folder / "1", _make)
        for name in ("admin", *PAID_SERVICES):
            load_or_create_secret(self._token_path(name), _make)

    def has_peppers(self) -> bool:
        """Whether there is any."""
        return bool(self._pepper_files())

    def peppers(self) -> Peppers:
        """Every pepper; the one with the highest id hashes new keys."""
        files = self._pepper_files()
        if not files:
            raise StartupError(
                f"{self.peppers_folder} has no pepper: no key works without one. Restore a backup."
            )
        peppers = [(path.name, load_secret(path)) for path in files]
        return Peppers({f"{name}-{_fingerprint(pepper)}": pepper for name, pepper in peppers})

    def service_tokens(self) -> ServiceTokens:
        """What billing knows the paid services by."""
        return ServiceTokens({name: self.token(name) for name in PAID_SERVICES})

    def token(self, name: str) -> Secret:
        """The token of a service, or of `admin`."""
        path = self._token_path(name)
        if not path.exists():
            raise StartupError(
                f"{path} is missing. Billing makes it at its first start: start billing first, "
                "or copy the file from where it runs."
            )
        return load_secret(path)

    def _pepper_files(self) -> list[Path]:
        """The newest first."""
        folder = self.peppers_folder
        if not folder.is_dir():
            return []
        files = [path for path in folder.iterdir() if path.name.isdecimal()]
        return sorted(files, key=lambda path: int(path.name), reverse=True)

    def _token_path(self, name: str) -> Path:
        return self.folder / f"{name}.token"


def _fingerprint(pepper: Secret) -> str:
    """Tells a pepper from another that was put under its name."""
    return hashlib.sha256(b"grokgate pepper " + pepper.reveal().encode()).hexdigest()[:8]


def _make() -> str:
    return secrets.token_urlsafe(32)
