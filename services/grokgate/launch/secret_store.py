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
PAID_SERVICES = ("text",)


@dataclass(frozen=True, slots=True)
class SecretStore:
    """A folder: `peppers/<id>`, `admin.token`, and `<service>.token` for each paid service."""

    folder: Path

    def create_missing(self) -> None:
        """Make what is not there; billing's start does this."""
        peppers = self.folder / "peppers"
        for folder in (self.folder, peppers):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as exc:
                raise StartupError(f"Cannot create {folder}: {exc.strerror}.") from exc
        if not any(peppers.iterdir()):
            load_or_create_secret(peppers / "1", _make)
        for name in ("admin", *PAID_SERVICES):
            load_or_create_secret(self._token_path(name), _make)

    def peppers(self) -> Peppers:
        """Every pepper; the one with the highest id hashes new keys."""
        folder = self.folder / "peppers"
        if not folder.is_dir():
            raise StartupError(f"{folder} is missing: no key works without it. Restore a backup.")
        files = [path for path in folder.iterdir() if path.name.isdecimal()]
        files.sort(key=lambda path: int(path.name), reverse=True)
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

    def _token_path(self, name: str) -> Path:
        return self.folder / f"{name}.token"


def _fingerprint(pepper: Secret) -> str:
    """Tells a pepper from another that was put under its name."""
    return hashlib.sha256(b"grokgate pepper " + pepper.reveal().encode()).hexdigest()[:8]


def _make() -> str:
    return secrets.token_urlsafe(32)
