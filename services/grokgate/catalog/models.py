"""The catalogue: every model, under every name it answers to."""

import tomllib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from grokgate.catalog.efforts import Effort
from grokgate.catalog.options import (
    ImageOptions,
    SpeechOptions,
    TranscriptionOptions,
    VideoOptions,
)
from grokgate.catalog.prices import (
    ONE_PPM,
    ImagePrice,
    NotNegative,
    Prices,
    SpeechPrices,
    TextPrices,
    TranscriptionPrices,
    VideoPrices,
)
from grokgate.chassis.errors import StartupError

CANONICAL_PREFIX = "xai/"

# What each endpoint sells; a model that serves it needs the options and prices of that kind.
KINDS = {
    "responses": "text",
    "chat_completions": "text",
    "images_generations": "image",
    "images_edits": "image",
    "video_generations": "video",
    "audio_speech": "speech",
    "audio_transcriptions": "transcription",
}


class Channel(StrEnum):
    """The upstreams that serve models."""

    XAI = "xai"
    COMPATIBLE = "compatible"


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One entry of `models.toml`; that file documents the fields."""

    id: str
    upstream_model: str
    owned_by: str
    created: int
    version: str
    fingerprint: str
    input_modalities: tuple[str, ...]
    output_modalities: tuple[str, ...]
    endpoints: tuple[str, ...]
    channel: Channel = Channel.XAI
    aliases: tuple[str, ...] = ()
    context_tokens: int = 0
    max_prompt_length: int = 0
    refuse_input_above_tokens: int = 0
    function_tools: bool = True
    reasoning_efforts: tuple[Effort, ...] = ()
    default_reasoning_effort: Effort | None = None
    agents: dict[Effort, int] = {}
    hidden_prefix_tokens: int = 0
    hold_output_tokens: int = 0
    hold_reasoning_tokens: dict[Effort, int] = {}
    hold_reasoning_tokens_default: int = 0
    tokens_per_image: int = 0
    replacement_model: str = ""
    retirement_date: str = ""
    multiplier_ppm: int = ONE_PPM
    violation_fee_usd_ticks: NotNegative = 0
    free: bool = False
    text_prices: TextPrices | None = None
    image: ImageOptions | None = None
    image_prices: tuple[ImagePrice, ...] = ()
    video: VideoOptions | None = None
    video_prices: VideoPrices | None = None
    speech: SpeechOptions | None = None
    speech_prices: SpeechPrices | None = None
    transcription: TranscriptionOptions | None = None
    transcription_prices: TranscriptionPrices | None = None

    @property
    def retired(self) -> bool:
        """Whether calls are refused and pointed to the replacement."""
        return bool(self.retirement_date)

    def prices(self) -> Prices:
        """What the entry costs."""
        return Prices(
            model=self.id,
            multiplier_ppm=self.multiplier_ppm,
            violation_fee_usd_ticks=self.violation_fee_usd_ticks,
            free=self.free,
            text=self.text_prices,
            images=self.image_prices,
            video=self.video_prices,
            speech=self.speech_prices,
            transcription=self.transcription_prices,
        )

    def names(self) -> Iterator[str]:
        """Every id that means this model, once."""
        bare = (self.id.removeprefix(CANONICAL_PREFIX), self.upstream_model, *self.aliases)
        is_prefixed = self.id.startswith(CANONICAL_PREFIX)
        prefixed = (CANONICAL_PREFIX + name for name in bare if is_prefixed)
        yield from dict.fromkeys((self.id, *bare, *prefixed))


class Catalog:
    """The entries by canonical id, and by any other name."""

    def __init__(self, models: Mapping[str, Model]) -> None:
        self.models = dict(models)
        self._by_name: dict[str, Model] = {}
        for model in models.values():
            _check(model)
            for name in model.names():
                taken = self._by_name.setdefault(name, model)
                if taken is not model:
                    raise StartupError(
                        f"catalogue: `{name}` names both {taken.id} and {model.id}; "
                        "remove it from one."
                    )

    def find(self, name: str) -> Model | None:
        """The model of a canonical id, bare upstream name or alias; without effort suffix."""
        return self._by_name.get(name)

    def without_channel(self, channel: Channel) -> "Catalog":
        """The catalogue of a gateway that has no such upstream: its models do not exist there."""
        kept = {name: model for name, model in self.models.items() if model.channel != channel}
        return Catalog(kept)


class LiveCatalog:
    """The catalogue in force. It is replaced whole, so that a call sees one version throughout."""

    def __init__(self, catalog: Catalog) -> None:
        self.current = catalog


def parse_catalog(base: str, overlay: str = "") -> Catalog:
    """The catalogue of `models.toml`'s text, with an operator's file laid over it.

    A `[models."id"]` table of the overlay changes the fields that it names, or adds a model.
    Raises StartupError naming the entry and field at fault.
    """
    entries: dict[str, dict[str, Any]] = _tables(base, "models.toml")
    for name, fields in _tables(overlay, "overlay").items():
        entries[name] = {**entries.get(name, {}), **fields}
    return Catalog({name: _model(name, fields) for name, fields in entries.items()})


def _tables(text: str, source: str) -> dict[str, dict[str, Any]]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise StartupError(f"catalogue: {source} is not TOML: {exc}") from exc
    unknown = sorted(document.keys() - {"models"})
    models = document.get("models", {})
    if unknown or not all(isinstance(fields, dict) for fields in models.values()):
        raise StartupError(f'catalogue: {source} may hold only [models."id"] tables: {unknown}')
    return dict(models)


def _model(name: str, fields: dict[str, Any]) -> Model:
    try:
        return msgspec.convert({"id": name, **fields}, Model)
    except msgspec.ValidationError as exc:
        raise StartupError(f"catalogue: {name}: {exc}") from exc


def _check(model: Model) -> None:
    """Refuse an entry that could be sold wrongly, with one clear line."""
    for problem in _problems(model):
        raise StartupError(f"catalogue: {model.id} {problem}.")


def _problems(model: Model) -> Iterator[str]:
    if not 1 <= model.multiplier_ppm <= 10 * ONE_PPM:
        yield "needs a multiplier_ppm from 1 to 10 000 000"
    if not model.endpoints:
        yield "has no endpoint"
    if unknown := set(model.endpoints) - KINDS.keys():
        yield f"has the unknown endpoint `{min(unknown)}`; known are {', '.join(KINDS)}"
    kinds = dict.fromkeys(KINDS[endpoint] for endpoint in model.endpoints)
    for kind in kinds:
        if not (model.free or getattr(model, f"{kind}_prices")):
            yield f"has no price; set {kind}_prices, or `free = true`"
        if kind != "text" and getattr(model, kind) is None:
            yield f"has no options; set the table `{kind}`"
    yield from _text_problems(model)
    if model.image is not None:
        yield from model.image.problems(model.endpoints, model.image_prices)
    if model.video is not None:
        yield from model.video.problems(model.video_prices)
    if model.speech is not None:
        yield from model.speech.problems()


def _text_problems(model: Model) -> Iterator[str]:
    efforts = model.reasoning_efforts
    if efforts and model.default_reasoning_effort not in efforts:
        yield "lacks default_reasoning_effort among its reasoning_efforts"
    if model.text_prices and model.hold_output_tokens < 1:
        yield "needs hold_output_tokens above 0"
    if any(effort not in model.hold_reasoning_tokens for effort in efforts):
        yield "needs hold_reasoning_tokens for each of its reasoning_efforts"
