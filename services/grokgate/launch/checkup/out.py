"""What can be checked by asking: the running services, xAI's key, xAI's prices."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from grokgate.billing.upstream_prices import image_differences, text_differences
from grokgate.catalog.models import Channel
from grokgate.chassis.errors import GrokgateError, StartupError
from grokgate.chassis.health import WHOLE_SERVER
from grokgate.launch.catalog_files import load_catalog
from grokgate.launch.checkup.findings import Finding, broken, ok, warning
from grokgate.launch.reaching import ADMIN_SERVICE, serves
from grokgate.launch.secret_store import PAID_SERVICES
from grokgate.launch.settings import Settings
from grokgate.launch.upstreams import configured_upstreams
from grokgate.launch.wires import Wires
from grokgate.xai.probe import Probe
from grokgate.xai.timeouts import Timeouts
from grokgate.xai.transport import PyreqwestTransport

# What is asked at each address whether it serves; of a paid service, whether it does as a whole.
_SERVICES = {"grpc": ADMIN_SERVICE, "billing": ADMIN_SERVICE} | dict.fromkeys(
    PAID_SERVICES, WHOLE_SERVER
)


async def check_services(settings: Settings, *, in_use: bool) -> AsyncIterator[Finding]:
    """Whether the services answer over gRPC; `in_use` is whether a billing runs on this ledger."""
    try:
        addresses = {name: settings.address(name) for name in _SERVICES}
        answering = await _answering(settings)
    except StartupError as exc:
        yield broken("services", str(exc))
        return
    if "grpc" in answering:
        yield ok("services", f"every service answers at {addresses['grpc']}")
    elif answering:
        for name in ("billing", *PAID_SERVICES):
            if name in answering:
                yield ok("services", f"{name} answers at {addresses[name]}")
            else:
                yield broken(
                    "services",
                    f"{name} does not answer at {addresses[name]}. Run: grokgate serve {name}",
                )
    elif in_use:
        yield broken(
            "services",
            f"a gateway runs, but answers neither at {addresses['grpc']} nor at "
            f"{addresses['billing']}. Give the addresses that it was given, or look at its log",
        )
    else:
        yield warning("services", "no gateway runs. Run: grokgate serve all")


async def check_upstream(settings: Settings) -> AsyncIterator[Finding]:
    """Whether each key works and, with the first that does, whether the prices are xAI's."""
    upstreams = configured_upstreams(settings)
    if upstreams is None:
        yield warning("upstream", "XAI_API_KEY is not set: a sandbox stands in for xAI")
        return
    upstream = upstreams[Channel.XAI]
    timeout_s = settings.upstream_connect_timeout_s
    async with aclosing(
        PyreqwestTransport(connect_timeout_s=timeout_s, silence_timeout_s=Timeouts().silence_s)
    ) as transport:
        probes = [Probe(transport, upstream.base_url, key) for key in upstream.api_keys]
        working: list[Probe] = []
        for number, probe in enumerate(probes, 1):
            which = f"key {number} of {len(probes)}"
            try:
                await probe.check_key()
            except GrokgateError as exc:
                yield broken("upstream", f"{which}: {exc.message}. Look at it on console.x.ai")
            else:
                working.append(probe)
                yield ok("upstream", f"{which} works at {upstream.base_url}")
        if working:
            for finding in await _prices(working[0], settings):
                yield finding


async def _prices(probe: Probe, settings: Settings) -> list[Finding]:
    try:
        catalog = load_catalog(settings.catalog)
        differing = [
            *text_differences(catalog, await probe.text_prices()),
            *image_differences(catalog, await probe.image_prices()),
        ]
    except StartupError:  # which is a finding of its own
        return []
    except GrokgateError as exc:
        return [warning("prices", f"{exc.message}, so they were not compared. Try again")]
    found = [
        warning("prices", f"{model}: {what}. Correct it in the file that GROKGATE_CATALOG names")
        for model, what in differing
    ]
    return found or [ok("prices", "the catalogue has xAI's price of every text and image model")]


async def _answering(settings: Settings) -> set[str]:
    wires = Wires(settings)
    answering = set()
    for name, service in _SERVICES.items():
        async with wires.channel(name) as channel:
            if await serves(channel, service):
                answering.add(name)
    return answering
