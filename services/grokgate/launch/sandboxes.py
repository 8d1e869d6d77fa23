"""The stand-in xAI, for whoever has no key."""

from grokgate.catalog.models import Channel
from grokgate.chassis.errors import StartupError
from grokgate.chassis.secrets import Secret
from grokgate.launch.settings import Settings
from grokgate.launch.upstreams import Upstream, Upstreams
from grokgate.sandbox.service import Sandbox

# The sandbox takes any keys that look like those of whom it stands in for.
_XAI_KEY = Secret("xai-sandbox")
_COMPATIBLE_KEY = Secret("sk-sandbox")


class SandboxUpstream:
    """A sandbox on a loopback port, and how to reach it."""

    def __init__(self, settings: Settings) -> None:
        self._sandbox = Sandbox()
        self._port = settings.sandbox_port

    async def start(self) -> Upstreams:
        """Listen; the upstreams that it stands in for."""
        try:
            url = await self._sandbox.start(port=self._port)
        except OSError as exc:
            raise StartupError(
                f"The sandbox cannot listen on port {self._port}: {exc.strerror}. "
                "Set GROKGATE_SANDBOX_PORT to a free one."
            ) from exc
        return {
            Channel.XAI: Upstream(f"{url}/v1", (_XAI_KEY,)),
            Channel.COMPATIBLE: Upstream(f"{url}{Sandbox.compatible_path}", (_COMPATIBLE_KEY,)),
        }

    async def stop(self) -> None:
        """Close."""
        await self._sandbox.stop()
