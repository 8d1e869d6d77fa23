"""Who a peer is: another service of ours, or an operator."""

import hmac
from collections.abc import Iterable, Mapping

from grokgate.chassis.calls import ADMIN_TOKEN, OPERATOR, SERVICE_TOKEN, Metadata
from grokgate.chassis.errors import GrokgateError, Reason, StartupError
from grokgate.chassis.rpc_types import Context
from grokgate.chassis.secrets import Secret

# Where gRPC puts the names in a certificate that it has verified.
_CERTIFICATE_NAMES = ("x509_common_name", "peer_dns")


class ServiceTokens:
    """The services that may call each other, by name, and the token that proves each."""

    def __init__(self, tokens: Mapping[str, Secret]) -> None:
        for name, token in tokens.items():
            if not token:
                raise StartupError(f"The service token of {name!r} is empty. Set one.")
        if len(set(tokens.values())) < len(tokens):
            raise StartupError("Two services have the same token. Give each its own.")
        self._tokens = {name: token.reveal().encode() for name, token in tokens.items()}

    def identify(self, context: Context) -> str:
        """The calling service's name, by its token or its mTLS certificate.

        Fails with SERVICE_CREDENTIAL_REQUIRED; a wrong token is not mended by a certificate.
        """
        sent = _sent(context, SERVICE_TOKEN)
        name = self._by_token(sent) if sent else self._by_certificate(context.auth_context())
        if name is None:
            raise GrokgateError(
                Reason.SERVICE_CREDENTIAL_REQUIRED,
                f"Only a service may call this. Send its token as `{SERVICE_TOKEN}` metadata, or "
                "connect with its certificate.",
            )
        return name

    def _by_token(self, sent: str) -> str | None:
        # Every token is compared, so that the time taken does not tell which one was close.
        token = sent.encode()
        names = [name for name, known in self._tokens.items() if hmac.compare_digest(known, token)]
        return names[0] if names else None

    def _by_certificate(self, auth_context: Mapping[str, Iterable[bytes]]) -> str | None:
        names = (
            name.decode(errors="replace")
            for key in _CERTIFICATE_NAMES
            for name in auth_context.get(key, ())
        )
        return next((name for name in names if name in self._tokens), None)


def service_metadata(token: Secret) -> Metadata:
    """What a service adds to its calls so that `ServiceTokens.identify` knows it."""
    return ((SERVICE_TOKEN, token.reveal()),)


def require_admin(context: Context, token: Secret) -> str:
    """The operator's name, `admin` when none was sent; or ADMIN_TOKEN_REQUIRED.

    An empty `token` admits nobody.
    """
    sent = _sent(context, ADMIN_TOKEN)
    if not token or not hmac.compare_digest(token.reveal().encode(), sent.encode()):
        raise GrokgateError(
            Reason.ADMIN_TOKEN_REQUIRED,
            f"Only an operator may call this. Send the admin token as `{ADMIN_TOKEN}` metadata.",
        )
    return _sent(context, OPERATOR) or "admin"


def admin_metadata(token: Secret, operator: str) -> Metadata:
    """What an operator's tool adds to its calls; `operator` signs the audit trail."""
    return (ADMIN_TOKEN, token.reveal()), (OPERATOR, operator)


def _sent(context: Context, name: str) -> str:
    for key, value in context.invocation_metadata() or ():
        if key == name and isinstance(value, str):
            return value
    return ""
