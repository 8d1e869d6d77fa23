"""The sandbox's tokenizer: near enough to a real one, exact, and the same everywhere."""

import re

# What xAI puts before every prompt: "Say hi" was billed as 208 tokens (published capture, 2026).
PREFIX_TOKENS = 200
MESSAGE_TOKENS = 6
CACHE_BLOCK_TOKENS = 128
IMAGE_TOKENS = {"low": 256, "high": 1024, "auto": 1024}

_IDEOGRAPHIC = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(rf" ?[^\W\d_{_IDEOGRAPHIC}]{{1,6}}|\d{{1,3}}| ?[^\s]|\s{{1,8}}")


def split(text: str) -> list[str]:
    """The tokens of a text; joined they are the text again."""
    return _TOKEN.findall(text)


def count(text: str) -> int:
    """How many tokens a text has; never more than it has characters."""
    return len(split(text))


def cached_tokens(tokens: int) -> int:
    """What of a prompt's known beginning is served from the cache: whole blocks."""
    return tokens // CACHE_BLOCK_TOKENS * CACHE_BLOCK_TOKENS
