"""The language of a text, and espeak-ng's name for it."""

_AUTO = "auto"
_DEFAULT = "en"
_TURKISH_LETTERS = frozenset("çğıöşüÇĞİÖŞÜ")
_ESPEAK_NAMES = {"en": "en-us", "zh": "cmn", "no": "nb", "tl": "fil"}


def language_of(text: str, asked: str) -> str:
    """The language that was asked for; of `auto`, Turkish where its letters are, else English."""
    if asked.lower() != _AUTO:
        return asked
    return "tr" if _TURKISH_LETTERS.intersection(text) else _DEFAULT


def espeak_names(language: str) -> list[str]:
    """What to ask espeak-ng for: the whole tag, such as pt-BR, then its language alone."""
    tag = language.lower().replace("_", "-")
    names = dict.fromkeys((tag, tag.partition("-")[0]))
    return [_ESPEAK_NAMES.get(name, name) for name in names]
