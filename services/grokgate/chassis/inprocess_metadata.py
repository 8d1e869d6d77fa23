"""Metadata between two ends in one process, under the rules of a wire."""

import re
from collections.abc import Sequence

import grpc

Pairs = tuple[tuple[str, str | bytes], ...]
MetadataLike = grpc.aio.Metadata | Sequence[tuple[str, str | bytes]]

# https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, "Custom-Metadata" (2026-11).
_LEGAL_KEY = re.compile(r"[0-9a-z_.-]+")
_BINARY_SUFFIX = "-bin"


def legal_pairs(metadata: MetadataLike | None) -> Pairs:
    """The metadata as it was given.

    Raises grpc.aio.InternalError, as a wire does, unless keys are lower case and values printable
    ASCII, or bytes under a key that ends in `-bin`.
    """
    if not metadata:
        return ()
    pairs = tuple(metadata)
    for key, value in pairs:
        if not (_LEGAL_KEY.fullmatch(key) and _is_legal_value(key, value)):
            raise grpc.aio.InternalError(f"The metadata of key {key!r} is not legal.")
    return pairs


def _is_legal_value(key: str, value: str | bytes) -> bool:
    if isinstance(value, str):
        return value.isascii() and value.isprintable() and not key.endswith(_BINARY_SUFFIX)
    return key.endswith(_BINARY_SUFFIX)
