"""The models of November 2026: what each accepts, and which names lead to it.

Ids, aliases, context lengths and efforts are from xAI's model pages and published captures; dates
of creation and fingerprints are the sandbox's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from grokgate.sandbox.prices import (
    IMAGE_PRICES,
    INPUT_IMAGE_TICKS,
    TOKEN_PRICES,
    VIDEO_PRICES,
    ImagePrice,
    TokenPrices,
    VideoPrices,
)

_EFFORTS = ("low", "medium", "high", "xhigh")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextModel:
    """A language model.

    A model without `efforts` refuses the parameter. `agents` says how many agents work, and are
    billed, at each effort; empty means one.
    """

    id: str
    created: int
    context_tokens: int
    aliases: tuple[str, ...] = ()
    efforts: tuple[str, ...] = ()
    default_effort: str = ""
    reasons: bool = True
    agents: Mapping[str, int] = field(default_factory=dict)

    @property
    def prices(self) -> TokenPrices:
        """What its tokens cost."""
        return TOKEN_PRICES[self.id]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageModel:
    """A model that makes pictures."""

    id: str
    created: int
    aliases: tuple[str, ...] = ()

    @property
    def prices(self) -> tuple[ImagePrice, ...]:
        """What its pictures cost; the first is the default."""
        return IMAGE_PRICES[self.id]

    @property
    def input_ticks(self) -> int:
        """What a picture costs that an edit starts from."""
        return INPUT_IMAGE_TICKS[self.id]


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoModel:
    """A model that makes films."""

    id: str
    created: int
    aliases: tuple[str, ...] = ()

    @property
    def prices(self) -> VideoPrices:
        """What its films cost; it has the resolutions that have a price."""
        return VIDEO_PRICES[self.id]


Model = TextModel | ImageModel | VideoModel

TEXT_MODELS = (
    TextModel(
        id="grok-4.20-0309-non-reasoning",
        created=1_773_014_400,
        context_tokens=2_000_000,
        aliases=("grok-4.20-non-reasoning",),
        reasons=False,
    ),
    TextModel(
        id="grok-4.20-0309-reasoning",
        created=1_773_014_400,
        context_tokens=2_000_000,
        aliases=("grok-4.20", "grok-4.20-reasoning", "grok-4.20-beta"),
    ),
    TextModel(
        id="grok-4.20-multi-agent-0309",
        created=1_773_014_400,
        context_tokens=2_000_000,
        aliases=("grok-4.20-multi-agent", "grok-4.20-multi-agent-latest"),
        efforts=_EFFORTS,
        default_effort="low",
        agents={"low": 4, "medium": 4, "high": 16, "xhigh": 16},
    ),
    TextModel(
        id="grok-4.3",
        created=1_777_593_600,
        context_tokens=1_000_000,
        aliases=("grok-4.3-latest",),
        efforts=("none", *_EFFORTS),
        default_effort="low",
    ),
    TextModel(
        id="grok-4.5",
        created=1_782_864_000,
        context_tokens=500_000,
        aliases=("grok-4.5-latest",),
        efforts=_EFFORTS,
        default_effort="high",
    ),
    TextModel(
        id="grok-4.6",
        created=1_785_542_400,
        context_tokens=500_000,
        aliases=("grok-4.6-latest",),
        efforts=_EFFORTS,
        default_effort="high",
    ),
    TextModel(
        id="grok-4.7",
        created=1_790_812_800,
        context_tokens=500_000,
        aliases=("grok-4.7-latest",),
        efforts=_EFFORTS,
        default_effort="high",
    ),
    TextModel(id="grok-build-0.1", created=1_780_272_000, context_tokens=256_000),
)

IMAGE_MODELS = (
    ImageModel(id="grok-imagine-image", created=1_769_904_000),
    ImageModel(id="grok-imagine-image-2.0", created=1_791_504_000),
)

VIDEO_MODELS = (
    VideoModel(id="grok-imagine-video", created=1_769_904_000),
    VideoModel(id="grok-imagine-video-1.5", created=1_780_272_000),
    VideoModel(id="grok-imagine-video-1.5-lite", created=1_785_542_400),
)

# Retired names that are still served, and billed, by another model.
REDIRECTS = {
    "grok-4": "grok-4.3",
    "grok-4-0709": "grok-4.3",
    "grok-4-latest": "grok-4.3",
    "grok-4-fast-reasoning": "grok-4.3",
    "grok-4-fast-non-reasoning": "grok-4.3",
    "grok-3": "grok-4.3",
    "grok-3-mini": "grok-4.3",
    "grok-code-fast-1": "grok-build-0.1",
    "grok-imagine-image-quality": "grok-imagine-image-2.0",
}

ALL_MODELS: tuple[Model, ...] = (*TEXT_MODELS, *IMAGE_MODELS, *VIDEO_MODELS)

_BY_NAME: dict[str, Model] = {
    name: model for model in ALL_MODELS for name in (model.id, *model.aliases)
}


def find_model(name: str) -> Model | None:
    """The model that an id, alias or retired name leads to."""
    return _BY_NAME.get(REDIRECTS.get(name, name))
