"""How a fake service fails."""

from typing import Any, NoReturn

from grpc_status import rpc_status

from grokgate.chassis.errors import GrokgateError
from grokgate.chassis.statuses import to_status


async def abort(context: Any, error: GrokgateError) -> NoReturn:
    """End a call with an error, described as services do."""
    await context.abort_with_status(rpc_status.to_status(to_status(error)))
    raise AssertionError("abort_with_status returned")
