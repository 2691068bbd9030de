"""The models known here: the three that need no hub, and any other by folder or hub id."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from instruct_ui.errors import ModelError
from instruct_ui.models import e5, local, minilm, ready, smollm2
from instruct_ui.models.card import ModelCard
from instruct_ui.models.names import Place, hub_names, place_of

_E5_LANGUAGES = (
    "en zh af am ar as az be bg bn br bs ca cs cy da de el eo es et eu fa fi fr fy ga gd gl gu ha "
    "he hi hr hu hy id is it ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my ne nl no "
    "om or pa pl ps pt ro ru sa sd si sk sl so sq sr su sv sw ta te th tl tr ug uk ur uz vi xh "
    "yi"
)
"""As the model card of multilingual-e5-small lists them, the two of the page first."""

EMBEDDED: MappingProxyType[str, ModelCard] = MappingProxyType(
    {
        "minilm": ModelCard(
            name="minilm",
            title="MiniLM-L6",
            family="encoder",
            parameters=22_713_216,
            download_mb=84,
            licence="Apache-2.0",
            languages=("en",),
            window=minilm.WINDOW,
            embedded=True,
        ),
        "smollm2": ModelCard(
            name="smollm2",
            title="SmolLM2 135M Instruct",
            family="causal",
            parameters=134_515_008,
            download_mb=93,
            licence="Apache-2.0",
            languages=("en",),
            window=smollm2.WINDOW,
            embedded=True,
        ),
        "e5-multilingual": ModelCard(
            name="e5-multilingual",
            title="multilingual-e5-small",
            family="encoder",
            parameters=117_505_920,
            download_mb=91,
            licence="MIT",
            languages=tuple(_E5_LANGUAGES.split()),
            window=e5.WINDOW,
            text_prefix=e5.PREFIX,
            embedded=True,
        ),
    }
)


def card(name: str, models_dir: Path) -> ModelCard:
    """The card of an embedded key, a local folder or a hub id. Embedded models have one before
    they are downloaded, others are read from their files. Raises ModelError for an unknown name,
    a hub model that is not here yet, or a folder that may not be loaded.
    """
    place = place_of(name, models_dir)
    if place.kind == "embedded":
        return EMBEDDED[place.name]
    if place.kind == "hub" and not ready.is_whole(place.folder):
        raise ModelError("model_not_here", name=place.name)
    return _read(place)


def cards(models_dir: Path) -> list[ModelCard]:
    """The embedded models, then every hub model that is wholly here."""
    found = [place_of(name, models_dir) for name in hub_names(models_dir)]
    return [*EMBEDDED.values(), *(_read(p) for p in found if ready.is_whole(p.folder))]


def _read(place: Place) -> ModelCard:
    facts = local.read(place.folder)
    return ModelCard(
        name=place.name,
        title=place.name.rsplit("/", 1)[-1] if place.kind == "hub" else place.folder.name,
        family=facts.family,
        parameters=facts.parameters,
        download_mb=facts.megabytes,
        licence=facts.licence,
        languages=facts.languages,
        window=facts.window,
        text_prefix=facts.text_prefix,
    )
