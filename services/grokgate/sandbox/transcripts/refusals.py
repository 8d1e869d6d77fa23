"""How transcripts say no: with the older code strings, seen as late as 2026-09-23."""

from grokgate.sandbox.errors import RefusalError, refusal


def wrong(message: str) -> RefusalError:
    """400: the request was understood and is wrong."""
    return refusal(400, "Client specified an invalid argument", message)


def too_large(message: str) -> RefusalError:
    """413: there is too much to listen to."""
    return refusal(413, "Client specified an invalid argument", message)
