"""A file as the pieces of a stream."""

import asyncio
import os
from collections.abc import AsyncGenerator
from pathlib import Path

from grokgate.api.billing.v1.admin_pb2 import BackupLedgerResponse

PIECE_BYTES = 32 * 1024
# What one hop to a thread reads.
_READ_BYTES = 32 * PIECE_BYTES


async def pieces(path: Path) -> AsyncGenerator[BackupLedgerResponse]:
    """The file from its beginning to its end."""
    with path.open("rb") as file:
        total_bytes = os.fstat(file.fileno()).st_size
        while block := await asyncio.to_thread(file.read, _READ_BYTES):
            for start in range(0, len(block), PIECE_BYTES):
                yield BackupLedgerResponse(
                    total_bytes=total_bytes, piece=block[start : start + PIECE_BYTES]
                )
