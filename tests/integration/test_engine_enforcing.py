"""Enforced constraints: whatever the model would rather write, its answers keep them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from causal_rows import FRAME, TEST, TRAIN, model_folder, question, request

from instruct_ui.data.samples import sample_named
from instruct_ui.engine.base import Enforced, Event, Predictor, Request, Shot
from instruct_ui.engine.causal import open_causal
from instruct_ui.engine.enforcing import Enforcer
from instruct_ui.engine.enforcing_grammars import refuse_unenforceable
from instruct_ui.engine.loading import load_base, load_tokenizer
from instruct_ui.engine.lora import reopen_causal
from instruct_ui.engine.writing import Writer
from instruct_ui.engine.writing_form import WritingForm
from instruct_ui.errors import TemplateError
from instruct_ui.experiment import Answerer, run
from instruct_ui.preview.client import Preview
from instruct_ui.spec import FineTune, Limit, Spec, ZeroShot
from instruct_ui.templates import library
from instruct_ui.templates.checks import Check, IsJson, IsLabel, Pattern, keeps
from instruct_ui.templates.prompt import ChatFrame
from instruct_ui.templates.template import Template

pytestmark = pytest.mark.models
QUESTIONS = [question(text, answer="Answer:") for text, _ in TEST[:4]]
REVIEW = {
    "type": "object",
    "properties": {
        "dish": {"type": "string"},
        "stars": {"type": "integer", "minimum": 1, "maximum": 5},
    },
    "required": ["dish", "stars"],
    "additionalProperties": False,
}
VISIT = {
    "type": "object",
    "properties": {
        "code": {"type": "string", "pattern": "^[a-z]+-\\d{4}$"},
        "meals": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {
                    "kind": {"enum": ["late lunch", "dinner"]},
                    "eaten": {"type": "null"},
                },
                "required": ["kind", "eaten"],
            },
        },
    },
    "required": ["code", "meals"],
}
YEAR = r"\d{4}"
WORDS = ("food", "food quality", "service", "价格")


def ignore(event: Event) -> None:
    pass


def never() -> bool:
    return False


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return load_tokenizer(model_folder())


def json_of(schema: dict[str, Any]) -> tuple[Enforced, Check]:
    enforced = Enforced("json", 2, json_schema=json.dumps(schema))
    return enforced, IsJson(kind="json", schema=schema)


def pattern_of(pattern: str) -> tuple[Enforced, Check]:
    return Enforced("pattern", 3, pattern=pattern), Pattern(kind="pattern", pattern=pattern)


def label_of(several: bool) -> tuple[Enforced, Check]:
    return Enforced("label", 4, words=WORDS, several=several, none="none"), IsLabel(kind="label")


def wide(properties: int) -> Enforced:
    schema = {"type": "object", "properties": {f"p{n}": {} for n in range(properties)}}
    return Enforced("json", 3, json_schema=json.dumps(schema))


def writing(*enforced: Enforced, **changes: Any) -> Request:
    given = {"task": "question_answering", "labels": (), "words": (), "descriptions": ()}
    return request(enforced=enforced, **(given | changes))


def texts(predictor: Predictor) -> list[str]:
    return [answer.text or "" for answer in predictor.predict(QUESTIONS, ignore, never)]


def test_answers_are_json_of_the_schema_though_the_prompt_says_nothing_of_it() -> None:
    enforced, check = json_of(REVIEW)
    bound = open_causal(writing(enforced, answer_tokens=20), ignore, never).predictor
    together = texts(bound)
    assert all(keeps(check, text) for text in together), together
    assert len(set(together)) > 1 and bound.facts["enforced"] == 1
    alone = bound.predict(QUESTIONS[2:3], ignore, never)[0]
    assert alone.text == together[2] and 0 < alone.confidence <= 1
    free = open_causal(writing(answer_tokens=20), ignore, never).predictor
    assert not any(keeps(check, text) for text in texts(free)) and "enforced" not in free.facts


@pytest.mark.parametrize("chat", ["off", "on"])
def test_answers_match_a_pattern_with_a_chat_frame_and_without(chat: str) -> None:
    enforced, check = pattern_of(YEAR)
    bound = open_causal(writing(enforced, answer_tokens=8, chat=chat), ignore, never).predictor
    assert all(keeps(check, text) for text in texts(bound))
    free = open_causal(writing(answer_tokens=8, chat=chat), ignore, never).predictor
    assert not any(keeps(check, text) for text in texts(free))


def test_a_model_asked_one_row_at_a_time_is_bound_alike() -> None:
    enforced, check = pattern_of(r"[a-z]+, [a-z]+")
    base = load_base(model_folder(), "causal")
    form = WritingForm(base.tokenizer, 2048, "SmolLM2", 8)
    prompts = [form.read(asked.prompt)[0] for asked in QUESTIONS[:2]]

    def written(plain: bool) -> list[str]:
        writer = Writer(base.model, plain=plain)
        narrow = enforcer([enforced], form).narrow
        parts = list(writer.write(prompts, form.most, form.ends, form.ended, narrow))
        found = {i: w for batch, many in parts for i, w in zip(batch, many, strict=True)}
        return [form.text(found[i].ids) for i in range(len(prompts))]

    assert written(plain=True) == written(plain=False)
    assert all(keeps(check, text) for text in written(plain=True))


def enforced_topics() -> Template:
    template = library.resolve("topics")
    blocks = tuple(
        block.model_copy(update={"enforced": block.check is not None}) for block in template.blocks
    )
    return template.model_copy(update={"blocks": blocks})


def test_every_row_of_a_run_has_labels_for_an_answer(
    models_dir: Path, preview: Preview, tmp_path: Path
) -> None:
    sample = sample_named("review_aspects_zh")

    def played(template: Template) -> Any:
        spec = Spec(
            task="multi_label",
            data=sample.data(),
            template=template.model_dump(mode="json"),
            model="smollm2",
            approach=ZeroShot(),
            limit=Limit(train=8, test=6),
            chat="off",
            answer_tokens=16,
        )
        return run(
            spec, models_dir=models_dir, preview=preview, listen=ignore, stop=never, out=tmp_path
        )

    free = played(library.resolve("topics"))
    assert any(row.broken for row in free.predictions.rows)
    bound = played(enforced_topics())
    assert bound.report.facts["enforced"] == 1
    for row in bound.predictions.rows:
        assert row.answer.readable and not row.broken, row.answer.text
    answerer = Answerer(bound.spec, tmp_path, models_dir=models_dir, preview=preview)
    _, answer = answerer.answer("The shop sells bicycles and nobody was there.")
    assert answer.readable


def test_a_tuned_model_is_bound_when_it_is_made_and_when_it_comes_back(tmp_path: Path) -> None:
    enforced, check = pattern_of(YEAR)
    train = tuple(Shot(question(text, answer="Answer:"), answer="Good.") for text, _ in TRAIN[:4])
    approach = FineTune(strategy="lora", epochs=1, batch_size=4, lora_rank=2)
    asked = writing(
        enforced, approach=approach, train=train, answer_tokens=8, dtype="float32", out=tmp_path
    )
    opened = open_causal(asked, ignore, never)
    back = reopen_causal(asked, tmp_path)
    for predictor in (opened.predictor, back.predictor):
        assert predictor.facts["enforced"] == 1 and predictor.facts["strategy"] == "lora"
        assert all(keeps(check, text) for text in texts(predictor))


def enforcer(enforced: Sequence[Enforced], form: WritingForm) -> Enforcer:
    return Enforcer(
        enforced,
        form.tokenizer,
        model=form.model,
        vocabulary=49_152,
        most=form.most,
        ends=form.ends,
        mark=form.mark,
    )


def wild_answers(enforced: Sequence[Enforced], form: WritingForm, many: int = 4) -> list[str]:
    """As a model would write that likes any token as well as another."""
    bound = enforcer(enforced, form)
    found = []
    for seed in range(many):
        dice = torch.Generator().manual_seed(seed)
        ids: tuple[int, ...] = ()
        while len(ids) < form.most:
            scores = bound.narrow([ids], 4 * torch.randn(1, 49_152, generator=dice))
            token = int(scores[0].argmax())
            if token in form.ends or form.ended((*ids, token)):
                break
            ids = (*ids, token)
        found.append(form.text(ids))
    return found


@pytest.mark.parametrize(
    ("bound", "most"),
    [
        (json_of(REVIEW), 18),
        (json_of(VISIT), 48),
        (json_of({}), 6),
        (pattern_of(r"^\d{4}-\d{2}$"), 9),
        (pattern_of(r".*sum: (a|b)"), 12),
        (pattern_of(r"[A-Z][a-z]+(?: [a-z]+){3}\."), 14),
        (pattern_of(r".{4}"), 6),
        (pattern_of(r"\p{Han}{3}"), 12),
        (pattern_of(r"[\s\S]+"), 5),
        (label_of(True), 10),
        (label_of(False), 4),
    ],
    ids=lambda value: None if isinstance(value, int) else repr(value[1])[:40],
)
def test_whatever_the_model_likes_the_answer_is_whole_within_its_tokens(
    tokenizer: Any, bound: tuple[Enforced, Check], most: int
) -> None:
    enforced, check = bound
    for text in wild_answers([enforced], WritingForm(tokenizer, 2048, "SmolLM2", most)):
        assert keeps(check, text, (*WORDS, "none")), text
        assert "\n" not in text


@pytest.mark.parametrize("frame", [None, FRAME], ids=["plain", "chat"])
def test_an_answer_may_have_lines_where_the_task_says_so(
    tokenizer: Any, frame: ChatFrame | None
) -> None:
    enforced, check = pattern_of(r"(good|bad)\n(cheap|dear)")
    form = WritingForm(tokenizer, 2048, "SmolLM2", 8, True, frame)
    for text in wild_answers([enforced], form):
        assert keeps(check, text) and "\n" in text


def test_all_enforced_constraints_hold_at_once(tokenizer: Any) -> None:
    (label, is_label), (starts, matches) = label_of(True), pattern_of("f.*|none")
    form = WritingForm(tokenizer, 2048, "SmolLM2", 12)
    found = wild_answers([label, starts], form, many=12)
    assert all(keeps(is_label, text, (*WORDS, "none")) for text in found)
    assert all(keeps(matches, text) for text in found)
    assert len(set(found)) > 1


@pytest.mark.parametrize(
    ("enforced", "told"),
    [
        (Enforced("pattern", 3, pattern=r"(?=a)\w+"), "look-ahead"),
        (Enforced("pattern", 3, pattern=r"(\w)\1"), "backreferences"),
        (Enforced("json", 3, json_schema='{"type": "array", "uniqueItems": true}'), "uniqueItems"),
        (Enforced("label", 3), "labels"),
        (Enforced("json", 3), "one schema"),
        (wide(5_000), "simpler"),
        (Enforced("json", 3, json_schema='{"multipleOf": 1234567}'), "simpler"),
    ],
)
def test_what_cannot_be_enforced_is_told_before_the_model_is_loaded(
    enforced: Enforced, told: str
) -> None:
    beside = pattern_of(YEAR)[0]
    with pytest.raises(TemplateError) as caught:
        open_causal(writing(enforced, beside, folder=Path("/there/is/no/model")), ignore, never)
    assert told in caught.value.message("en")
    assert "3" in caught.value.message("en") and "3" in caught.value.message("zh")


@pytest.mark.parametrize(
    ("enforced", "most"),
    [
        ((pattern_of(r"\d+")[0], pattern_of("[a-z]+")[0]), 12),
        ((pattern_of(r"a\nb")[0],), 12),
        ((json_of(REVIEW)[0],), 8),
    ],
    ids=["contradiction", "two lines", "too few tokens"],
)
def test_no_answer_that_could_keep_them_is_told(
    tokenizer: Any, enforced: tuple[Enforced, ...], most: int
) -> None:
    form = WritingForm(tokenizer, 2048, "SmolLM2", most)
    with pytest.raises(TemplateError) as caught:
        enforcer(enforced, form)
    assert caught.value.key == "enforcing_no_answer"
    for language in ("en", "zh"):
        assert str(most) in caught.value.message(language)


@pytest.mark.parametrize(
    "enforced",
    [
        *(
            Enforced("pattern", 3, pattern=pattern)
            for pattern in (
                "a{1000000000}",
                ".{1,100000}",
                r"((((a{1,99}){1,99}){1,99}){1,99}){1,99}",
                r"(a|aa)+b(a|aa){500}",
                ".*a.{500}",
                r"(?:(?:\w+\s?){1,60}\.){1,60}",
                "(" * 240 + "a" + ")" * 240,
            )
        ),
        json_of({"type": "array", "minItems": 10**9})[0],
        json_of({"type": "string", "minLength": 10**9})[0],
        json_of({"anyOf": [{"properties": {"a": {"const": n}}} for n in range(400)]})[0],
        wide(600),
    ],
    ids=lambda value: (value.pattern or value.json_schema)[:30],
)
def test_what_asks_for_very_much_is_kept_or_refused_in_time(
    tokenizer: Any, enforced: Enforced
) -> None:
    form = WritingForm(tokenizer, 2048, "SmolLM2", 24)
    start = time.process_time()
    try:
        refuse_unenforceable([enforced])
        found = wild_answers([enforced], form, many=1)
    except TemplateError as refused:
        assert refused.key in ("enforcing_no_answer", "enforcing_too_much")
    else:
        if enforced.pattern:
            assert re.fullmatch(enforced.pattern, found[0])
        else:
            assert keeps(IsJson(kind="json"), found[0])
    assert time.process_time() - start < 30
