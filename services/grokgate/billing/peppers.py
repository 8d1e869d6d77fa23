"""What turns a caller's key into what the ledger stores of it."""

import hmac
from collections.abc import Mapping

from grokgate.chassis.errors import StartupError
from grokgate.chassis.secrets import Secret

_LEAST_CHARACTERS = 32


class Peppers:
    """Secrets that only billing knows: a stolen database alone does not tell which keys are good.

    The first of the mapping (pepper id -> pepper) hashes new keys; the others still find the keys
    that were issued under them. Raises StartupError when there is none, or a short one.
    """

    def __init__(self, peppers: Mapping[str, Secret]) -> None:
        if not peppers:
            raise StartupError("No pepper is set: billing cannot store or find keys without one.")
        for pepper_id, pepper in peppers.items():
            if len(pepper.reveal()) < _LEAST_CHARACTERS:
                raise StartupError(
                    f"The pepper `{pepper_id}` is shorter than {_LEAST_CHARACTERS} characters."
                )
        self.ids = frozenset(peppers)
        self.current_id = next(iter(peppers))
        self._peppers = [pepper.reveal().encode() for pepper in peppers.values()]

    def hash(self, key: Secret) -> bytes:
        """HMAC-SHA256 of a key under the current pepper, 32 bytes."""
        return hmac.digest(self._peppers[0], key.reveal().encode(), "sha256")

    def hashes(self, key: Secret) -> list[bytes]:
        """What the key may be stored as: under each pepper, the current one first."""
        text = key.reveal().encode()
        return [hmac.digest(pepper, text, "sha256") for pepper in self._peppers]
