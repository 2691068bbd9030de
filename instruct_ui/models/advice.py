"""Which model suits: what is said of a model, and what the page advises against and why.

Answers are a key of `texts/` with its parameters, for `texts.say`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from instruct_ui.errors import ModelError
from instruct_ui.models.card import ModelCard
from instruct_ui.tasks import KINDS, REGISTRY, Kind, TaskName

Advice = tuple[str, dict[str, object]]

MANY_UNKNOWN = 0.05
"""From this share of unknown words on a warning is due."""
_READS_ALL = "multilingual"
"""What some model cards name instead of a list of languages."""
_ANY_LANGUAGE = "e5-multilingual"


def about(card: ModelCard) -> Advice:
    """One or two sentences on what the model is good for."""
    key = f"about_{card.name}" if card.embedded else f"about_{card.family}"
    return f"models.{key}", {"title": card.title}


def advise(card: ModelCard, task: TaskName, language: str | None, kind: Kind) -> Advice | None:
    """What speaks against using `card` for `task` by approach `kind` on texts in `language`
    (`en`, `zh`, ...; None: unknown). The gravest reason only; None where nothing is known.
    """
    return _impossible(card, task, kind) or _wrong_language(card, task, language)


def refuse_impossible(card: ModelCard, task: TaskName, kind: Kind) -> None:
    """Raises ModelError where the model cannot do the task by this approach."""
    found = _impossible(card, task, kind)
    if found is not None:
        raise ModelError(found[0].removeprefix("errors."), **found[1])


def advise_unknown(card: ModelCard, share: float) -> Advice | None:
    """A warning where many words are unknown to the model (`share` as of `unknown_share`)."""
    if share < MANY_UNKNOWN:
        return None
    return "models.advice_unknown_words", {"title": card.title, "percent": round(100 * share)}


def unknown_share(tokenizer_path: Path, texts: Sequence[str]) -> float:
    """Share (0 to 1) of the words in `texts` that hold the unknown token of `tokenizer.json`.
    A word is what the tokenizer itself splits before it looks up pieces; in Chinese text that is
    a single character for some models. Byte-level tokenizers know no unknown: 0.
    """
    from tokenizers import Tokenizer  # only the preview and worker processes pay for it

    text = tokenizer_path.read_text(encoding="utf-8")
    unknown = _unknown_id(json.loads(text)["model"])
    tokenizer = Tokenizer.from_str(text)
    if isinstance(unknown, str):
        unknown = tokenizer.token_to_id(unknown)
    if unknown is None:
        return 0.0
    tokenizer.no_truncation()
    tokenizer.no_padding()
    words = missed = 0
    for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False):
        words += len({w for w in encoding.word_ids if w is not None})
        pairs = zip(encoding.ids, encoding.word_ids, strict=True)
        missed += len({w for i, w in pairs if i == unknown and w is not None})
    return missed / words if words else 0.0


def token_counts(tokenizer_path: Path, texts: Sequence[str]) -> list[int]:
    """Tokens of each text, special ones included."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tokenizer_path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return [len(encoding.ids) for encoding in tokenizer.encode_batch(list(texts))]


def _unknown_id(model: dict[str, object]) -> str | int | None:
    """Unigram names a number, the others the token."""
    found = model.get("unk_id", model.get("unk_token"))
    return found if isinstance(found, str | int) else None


def _impossible(card: ModelCard, task: TaskName, kind: Kind) -> Advice | None:
    if card.can(task, kind):
        return None
    others = [other for other in KINDS if card.can(task, other)]
    match card.family:
        case "encoder" if not others:
            key = "model_cannot_write"
        case "encoder" if kind == "zero_shot":
            key = "model_tags_need_rows"
        case "encoder":
            key = "model_only_zero_shot" if others == ["zero_shot"] else "model_not_trained"
        case "causal":
            key = "model_cannot_rank"
        case _:
            key = "model_cannot_rank" if not others else "model_no_seq2seq_training"
    return f"errors.{key}", {"title": card.title}


def _wrong_language(card: ModelCard, task: TaskName, language: str | None) -> Advice | None:
    known = {code.lower().split("-")[0] for code in card.languages}
    if not known or language is None or language in known or _READS_ALL in known:
        return None
    reads = "english_only" if known == {"en"} else "not_trained"
    found = language if language in ("en", "zh") else "other"
    params: dict[str, object] = {"title": card.title, "code": language}
    if not any(REGISTRY[task].way("encoder", kind) for kind in KINDS):
        return f"models.advice_bring_{found}", params
    return f"models.advice_{reads}_{found}", params | {"better": _ANY_LANGUAGE}
