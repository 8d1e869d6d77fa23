"""How speech says no: `{error}` alone, without a code."""

from grokgate.sandbox.errors import RefusalError


def wrong(message: str) -> RefusalError:
    """400: the request was understood and is wrong."""
    return RefusalError(400, {"error": message})


def voice_not_found(voice_id: str) -> RefusalError:
    """404: there is no such voice."""
    return RefusalError(404, {"error": f"Voice not found: {voice_id}"})
