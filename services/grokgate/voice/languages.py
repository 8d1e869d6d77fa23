"""Languages as callers name them."""

import re

from grokgate.chassis.refusals import invalid

AUTO = "auto"

# The shape of a BCP-47 tag, such as en, pt-BR or zh-Hans-CN; which tags exist, upstream knows.
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}")


def checked_language(language: str) -> str:
    """A language's tag, or `auto`; raises INVALID_VALUE for anything else."""
    if language == AUTO or _TAG.fullmatch(language):
        return language
    raise invalid("language", "use a BCP-47 code such as en or pt-BR, or auto")
