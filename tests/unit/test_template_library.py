"""Every shipped template works with any data of its task, and shows no row its own answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from jinja2 import meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from instruct_ui.data.dataset import Dataset, Example, Examples
from instruct_ui.data.load import load_dataset
from instruct_ui.data.samples import SAMPLES, Sample
from instruct_ui.tasks import REGISTRY, TASKS, TaskName
from instruct_ui.templates.answers import written
from instruct_ui.templates.checks import Check, Contains, keeps
from instruct_ui.templates.library import FOLDER, all_templates, of_task, starter
from instruct_ui.templates.picking import ShotPicker
from instruct_ui.templates.prompt import continuation
from instruct_ui.templates.render import describe, render
from instruct_ui.templates.template import Template, load

FILES = sorted(FOLDER.glob("*/*.yaml"))
TEMPLATES = [load(path) for path in FILES]
CHECKED = [(t, b.check) for t in TEMPLATES for b in t.blocks if b.check is not None]
GOLD = "zzgold"
WITH_LABELS = ("label", "labels", "tags")

# The rows a template is tried on: those made by hand for what it alone asks for, else a sample of
# its task and language, else these. A row: the columns the task reads, then the gold as it is
# answered ("" where there is nothing).
ROWS: dict[str, tuple[tuple[str, ...], ...]] = {
    "text_pair/en": (
        ("The shop opens at nine.", "At nine the shop opens.", "same"),
        ("The lift is broken.", "The lift works again.", "different"),
        ("Ana sold the boat to Piet.", "Piet bought the boat from Ana.", "same"),
    ),
    "text_pair/zh": (
        ("几点能取件？", "什么时候可以去拿快递？", "相同"),
        ("怎么退货？", "怎么换货？", "不同"),
        ("密码忘了咋办", "想不起密码了怎么找回", "相同"),
    ),
    "multi_label/en": (
        ("The soup was cold and the bill was wrong.", "food, price"),
        ("We were there on a Monday.", ""),
        ("Lovely waiters, but the music was too loud.", "service, noise"),
    ),
    "multi_label/zh": (
        ("东西不错，就是等了九天才到。", "物流"),
        ("挺好的，会再来。", ""),
        ("客服爱答不理，盒子也压扁了。", "服务, 包装"),
    ),
    "relation_classification/zh": (
        ("<e1>周砚</e1>一九八七年拜<e2>秦老板</e2>学戏。", "学生"),
        ("<e1>宋岚</e1>把儿子<e2>宋小满</e2>送上了火车。", "母亲"),
        ("<e2>阿贵</e2>的师父<e1>马六爷</e1>今年不收徒了。", "老师"),
    ),
    "summarization/zh": (
        ("各位住户：二号楼电梯周四检修，上午九点到下午四点停用。", "二号楼电梯周四白天停用检修。"),
        ("今早七点，南湾大桥恢复双向通行，比计划早了三天。", "南湾大桥今晨提前三天恢复通行。"),
    ),
    "dialogue/en": (
        ("Guest: Is the pool heated?\nHotel: Yes.\nGuest: Until when?", "It is open until ten."),
        ("Guest: My key card does not work.", "Come by the desk and we will give you a new one."),
    ),
    "translation/zh": (
        ("末班车十点半开。", "The last bus leaves at half past ten."),
        ("我爸种的番茄熟了。", "My dad's tomatoes are ripe."),
    ),
    "answer_retrieval/en": (
        ("Can I bring my dog?", "Dogs on a lead are welcome everywhere except in the kitchen."),
        ("Where do I leave my bike?", "There are stands behind the north gate."),
    ),
    "answer_retrieval/zh": (
        ("身份证丢了去哪补？", "居民身份证遗失的，可到就近派出所申请补领。"),
        ("老人坐车要钱吗", "年满七十周岁的老人凭敬老卡免费乘坐公交车。"),
    ),
    "generation/en": (
        ("Name three things made of wool.", "A scarf, a blanket and a carpet."),
        ("Say that we are shut on Sundays.", "We look forward to seeing you on Monday."),
    ),
    "generation/zh": (
        ("写一句祝同事退休快乐的话。", "愿您往后的日子清闲自在，常回来坐坐。"),
        ("给社区义卖起个名字。", "旧物新家市集"),
    ),
    "relation_triples/en": (
        (
            "Ida Holm runs Havfisk in Grenaa.",
            "Ida Holm | runs | Havfisk; Havfisk | based in | Grenaa",
        ),
        ("It rained all day.", ""),
        ("Priya Nair leads Monsoon Labs.", "Priya Nair | leads | Monsoon Labs"),
    ),
    "relation_triples/zh": (
        (
            "云溪茶厂由罗守义创办于1958年。",
            "云溪茶厂 | 成立时间 | 1958年; 云溪茶厂 | 创办人 | 罗守义",
        ),
        ("天渐渐黑了。", ""),
        ("青禾水壶容量为1.5升，重820克。", "青禾水壶 | 容量 | 1.5升; 青禾水壶 | 重量 | 820克"),
    ),
    "cause-and-effect": (
        (
            "Ice felled the mast: no power.",
            "ice | causes | fall of the mast; fall of the mast | causes | power cut",
        ),
        ("The mayor spoke at noon.", ""),
    ),
    "yes-or-no": (
        ("Cats may travel in the cabin, dogs in the hold.", "may a dog sit in the cabin", "no"),
        ("The museum is free on Fridays.", "is there a day without a fee", "yes"),
    ),
    "figure-with-unit": (
        ("The hut has 24 beds and 3 stoves.", "How many can sleep there?", "24 beds"),
        ("The pass is shut from 1 November.", "Who keeps the pass?", ""),
        ("A day ticket costs 14 euros, a week 60.", "What is a week's ticket?", "60 euros"),
    ),
    "headline": (
        ("The town's last cinema will close in May.", "Last cinema in town to close in May"),
        ("A goat got on the train to Leeds.", "Goat takes the train to Leeds"),
    ),
    "key-facts": (
        ("Water is off in Elm Road on 4 May, 8 to 12.", "No water in Elm Road; 4 May, 8 to 12"),
        ("Mr Osei leads the choir from June.", "New leader of the choir: Mr Osei; from June"),
    ),
    "conversation-notes": (
        ("Ben: Cinema?\nMia: Saturday?\nBen: Fine.", "Ben and Mia go to the cinema on Saturday."),
        ("Lu: The printer is dead.\nKai: I'll ring them.", "Kai will call about Lu's printer."),
    ),
    "decisions-zh": (
        ("老陈说周五前把围栏修好，大家同意。停车费先不谈。", "老陈周五前修好围栏"),
        ("定了：小吴订桌子，三桌；小郑月底前收齐款。", "小吴订三桌；小郑月底前收款"),
    ),
    "business-letter": (
        ("Please let us know by Friday.", "敬请于周五前告知。"),
        ("You will find our offer enclosed.", "随函附上报价，请您查收。"),
    ),
    "subtitles": (
        ("Well, you know, I never really liked him.", "我其实一直不喜欢他"),
        ("Get down! Get down, all of you!", "趴下！都趴下！"),
    ),
    "as-in-the-examples": (
        ("Der Laden ist zu.", "The shop is shut."),
        ("Es regnet wieder.", "It is raining again."),
    ),
    "natural-chinese-zh": (
        ("He was let down by everyone he knew.", "认识的人个个让他寒了心。"),
        ("She was beside herself with joy.", "她高兴得不知怎么好。"),
    ),
    "signs-zh": (("小心地滑", "Caution: wet floor"), ("请勿投喂动物", "Do not feed the animals")),
    "short-reply": (
        ("Ana: Which platform?", "Platform 4, see you there."),
        ("Jo: I'm outside\nJo: no bell?", "Coming down now, the bell is broken."),
    ),
    "upset-customer": (
        ("Client: Third parcel lost!", "That is our fault; a new one leaves by courier today."),
        ("Client: I waited all day.", "You lost a day because of us. The fitter comes at eight."),
    ),
    "ask-back": (
        ("Caller: I want to book a table.", "For how many people would that be?"),
        ("Caller: My boiler is off again.", "Which number does its display show?"),
    ),
    "companion-zh": (
        ("友：今天又加班到十点", "心疼你，先吃口热的。明天能早点走不？"),
        ("友：我猫会开门了！", "哈哈成精了，快拍给我看。"),
    ),
    "tutor-zh": (
        ("学生：3x+2=11，我不会移项。", "先想想，等号左边多出来的2，怎样才能让它消失？"),
        ("学生：过去式是goed吗？", "这个词不走寻常路，你记得went这个词吗？"),
    ),
    "json-object": (
        ("Rosa Lind wants the keys.", '{"who": "Rosa Lind", "what": "keys", "when": null}'),
        ("Umbrella found on Monday.", '{"who": null, "what": "umbrella", "when": "Monday"}'),
    ),
    "python-function": (
        ("Double a number.", "def double(number):\n    return 2 * number"),
        ("The area of a circle.", "import math\n\ndef area(r):\n    return math.pi * r * r"),
    ),
    "likely-ending": (
        ("Tom forgot his umbrella. On the way home it poured.", "He came home soaked."),
        ("The toast had been in for ten minutes.", "Smoke rose and the alarm went off."),
    ),
    "words-to-sentence": (
        ("dog, ball, throw", "The girl throws a ball for her dog."),
        ("rain, wait, bus", "They wait for the bus in the rain."),
    ),
    "friendly-rewrite": (
        ("Pay at once.", "Could you please pay the bill this week?"),
        ("Failure to sign means no parcel.", "Please sign, so that we can hand over your parcel."),
    ),
    "product-copy-zh": (
        ("类型#卫衣 材质#棉 颜色#米白", "米白色的棉质卫衣，软和又好搭。"),
        ("类型#雨伞 骨数#十骨", "十根伞骨撑得稳，起风的日子也安心。"),
    ),
    "more-rows-zh": (
        ("鞋买大了，能换小一码吗", "上周拍的裤子有点紧，想换大一号行不行"),
        ("快递三天没动了", "我的包裹从周二起就停在中转站，帮忙催催"),
    ),
}


each_template = pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: t.name)


@cache
def data_for(name: str) -> Dataset:
    """Rows such as the template `name` is for."""
    template = all_templates()[name]
    task, language = template.task, template.language
    if name not in ROWS:
        needed = {"choices"} & {used for b in template.blocks for used in used_by(b.text)}
        for sample in SAMPLES.values():
            fits = needed <= dict(sample.columns).keys()
            if (sample.task, sample.language) == (task, language) and fits:
                return load_dataset(sample.data(), task, 0)
    rows = [_example(task, row) for row in ROWS.get(name) or ROWS[f"{task}/{language}"]]
    labels = {e.label for e in rows if e.label} or {g for e in rows for g in e.gold}
    known = tuple(sorted(labels)) if REGISTRY[task].gold.shape in WITH_LABELS else ()
    train, test = Examples.of(rows[:-1]), Examples.of(rows[-1:])
    return Dataset(task, known, train, Examples.of(()), test, "", language)


def _example(task: TaskName, row: Sequence[str]) -> Example:
    *read, gold = row
    names = [role.name for role in REGISTRY[task].reads if role.needed]
    example = Example(0, read[0], fields=dict(zip(names[1:], read[1:], strict=True)))
    match REGISTRY[task].gold.shape:
        case "label":
            return replace(example, label=gold)
        case "labels" | "triples":
            between = ", " if REGISTRY[task].gold.shape == "labels" else "; "
            return replace(example, gold=tuple(gold.split(between)) if gold else ())
        case _:
            return replace(example, gold=(gold,) if gold else ())


def shots_for(template: Template, dataset: Dataset) -> tuple[Example, ...]:
    block = template.block("examples")
    assert block is not None
    picker = ShotPicker(template.task, dataset.train, block.shots, block.picker, block.seed)
    return tuple(picked.example for picked in picker.for_row(None))


def used_by(text: str) -> set[str]:
    """Names a jinja text asks for."""
    return set(meta.find_undeclared_variables(ImmutableSandboxedEnvironment().parse(text)))


def asked(template: Template) -> str:
    """What the template tells the model to do."""
    told = (b.text for b in template.blocks if b.kind in ("instruction", "constraint"))
    return " ".join(told)


# The library as a whole


def test_there_is_a_choice_for_every_task_in_both_languages() -> None:
    assert len(TEMPLATES) >= 48
    count = Counter(t.task for t in TEMPLATES)
    chinese = Counter(t.task for t in TEMPLATES if t.language == "zh")
    assert {task: count[task] for task in TASKS if count[task] < 4} == {}
    assert {task: chinese[task] for task in TASKS if chinese[task] < 2} == {}


def test_names_are_unique_so_none_hides_another() -> None:
    assert len(all_templates()) == len(FILES)
    assert sum(len(of_task(task)) for task in TASKS) == len(FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_file_lies_where_its_name_and_task_say(path: Path) -> None:
    template = load(path)
    assert (path.parent.name, path.stem) == (template.task, template.name)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_new_project_finds_its_starter(task: TaskName, language: str) -> None:
    assert (starter(task, language).task, starter(task, language).language) == (task, language)


@pytest.mark.parametrize("sample", [s for s in SAMPLES.values() if s.template], ids=lambda s: s.key)
def test_every_sample_names_a_template_of_its_task(sample: Sample) -> None:
    assert all_templates()[sample.template].task == sample.task


def test_descriptions_and_notes_tell_the_templates_apart() -> None:
    for told in ([t.description for t in TEMPLATES], [t.when for t in TEMPLATES]):
        assert all(told) and len(told) == len(set(told))


# What a template asks

_MARKS = re.compile(r"{{.*?}}|{%.*?%}|</?e[12]>")
_NEAR = {"en": (3, 0.33), "zh": (2, 0.18)}
"""Length of the pieces, and the largest share of them two templates may have in common. The nearest
two of the library share 0.28 (en) and 0.13 (zh); free paraphrases, as those in the test below,
share 0.35 and 0.22 with their template."""


def likeness(one: str, other: str, language: str) -> float:
    """Jaccard index of the sets of pieces of n letters, jinja and marks of entities left out."""
    length, _ = _NEAR[language]
    between = " " if language == "en" else ""
    plain = [re.sub(r"[\W_]+", between, _MARKS.sub("", t)).lower() for t in (one, other)]
    a, b = ({p[i : i + length] for i in range(len(p) - length + 1)} for p in plain)
    return len(a & b) / max(1, len(a | b))


@pytest.mark.parametrize("task", TASKS)
def test_no_template_is_another_in_other_words(task: TaskName) -> None:
    near = [
        (one.name, other.name)
        for one, other in combinations([t for t in TEMPLATES if t.task == task], 2)
        if one.language == other.language
        and likeness(asked(one), asked(other), one.language) > _NEAR[one.language][1]
    ]
    assert near == []


@pytest.mark.parametrize(
    ("name", "paraphrase"),
    [
        (
            "sentiment",
            "Consider the customer's message and determine the attitude. Select one of the "
            "following. Base your decision on the general impression rather than a single remark.",
        ),
        (
            "sentiment-zh",
            "请阅读这条评论，判断作者是什么态度。从中选择一个。又褒又贬的，看哪边说得更重。",
        ),
    ],
    ids=["en", "zh"],
)
def test_a_paraphrase_would_be_found(name: str, paraphrase: str) -> None:
    template = all_templates()[name]
    bound = _NEAR[template.language][1]
    assert likeness(asked(template), paraphrase, template.language) > bound


@each_template
def test_uses_only_the_columns_of_its_task(template: Template) -> None:
    """Of those a data set may lack only choices, which its note has to name then."""
    task = REGISTRY[template.task]
    chosen = "choices" in template.when or "选项列" in template.when
    reads = [role for role in task.reads if role.needed or (chosen and role.shape == "choices")]
    known = {role.name for role in reads if role.shape != "tokens"} | {"text"}
    if task.gold.shape in WITH_LABELS:
        known |= {"labels"}
    for block in template.blocks:
        seen = known | {"answer"} if block.kind == "examples" else known
        assert used_by(block.text) <= seen, block.kind
    assert used_by(template.label_description) == {"label"}
    assert not template.encoder_reads_instruction


@each_template
def test_says_what_to_answer_where_there_is_nothing(template: Template) -> None:
    if template.none or REGISTRY[template.task].gold.shape in (
        "labels",
        "tags",
        "triples",
        "answers",
    ):
        assert template.none_word in asked(template)


# Prompts


@each_template
def test_renders_on_rows_of_its_task_and_ends_with_its_answer_form(template: Template) -> None:
    dataset = data_for(template.name)
    shots = shots_for(template, dataset)
    example = dataset.test[0]
    prompt = render(template, example, dataset.labels, shots)
    answer = template.block("answer")
    assert answer is not None and prompt.text.endswith(answer.text)
    assert answer.text == answer.text.strip() and answer.text[-1] in ":："
    assert sum(s.kind == "examples" for s in prompt.segments) == len(shots) > 0
    names = [role.name for role in REGISTRY[template.task].reads[1:] if role.needed]
    for row in (example, *shots):
        assert all(text in prompt.text for text in (row.text, *map(row.fields.get, names)) if text)
    unread = [b.kind for b in template.blocks if b.kind not in {s.kind for s in prompt.segments}]
    assert not unread


@each_template
def test_an_example_reads_like_the_row_with_its_answer(template: Template) -> None:
    """A model that continues the pattern of the examples writes the answer and nothing else."""
    dataset = data_for(template.name)
    shot = shots_for(template, dataset)[0]
    shown = render(template, dataset.test[0], dataset.labels, (shot,))
    asking = render(template, shot, dataset.labels)
    example = next(s.text for s in shown.segments if s.kind == "examples")
    row = "".join(s.text for s in asking.segments if s.kind in ("input", "answer"))
    assert example.rstrip() == row + continuation(row, written(template, shot))


@each_template
def test_takes_any_label_set_of_the_data(template: Template) -> None:
    labels = ("first_kind", "second_kind")
    assert not template.label_words
    for text, label in zip(describe(template, labels), labels, strict=True):
        assert label.replace("_", " ") in text
    prompt = render(template, data_for(template.name).test[0], labels)
    if any("labels" in used_by(b.text) for b in template.blocks):
        assert "first kind" in prompt.text and "second kind" in prompt.text


@each_template
def test_the_gold_of_the_row_is_never_visible(template: Template) -> None:
    dataset = data_for(template.name)
    example = dataset.test[0]
    match REGISTRY[template.task].gold.shape:
        case "label":
            marked = replace(example, label=GOLD)
        case "tags":
            marked = replace(example, tags=tuple(f"B-{GOLD}" for _ in example.tokens))
        case _:
            marked = replace(example, gold=(GOLD,))
    shots = shots_for(template, dataset)
    assert GOLD not in render(template, marked, dataset.labels, shots).text
    # The same mark on a shot does show: the check above can fail.
    assert GOLD in render(template, example, dataset.labels, (*shots, marked)).text


# Checks

_RAMBLING = (
    "Sure! Here is what you asked for.\n" + "And another thing. " * 60,
    "好的！答案如下。\n" + "还有一件事要说。" * 60,
)


def test_checks_of_every_kind_are_in_use() -> None:
    assert len({template.name for template, _ in CHECKED}) >= 20
    assert {check.kind for _, check in CHECKED} == {
        *("label", "words", "sentences", "json", "python", "pattern", "language", "contains")
    }


@pytest.mark.parametrize(
    ("template", "check"), CHECKED, ids=[f"{t.name}-{c.kind}" for t, c in CHECKED]
)
def test_gold_answers_keep_the_checks_and_a_rambling_one_does_not(
    template: Template, check: Check
) -> None:
    dataset = data_for(template.name)
    words = [*map(template.word, dataset.labels), template.none_word]
    answers = [written(template, row) for row in dataset.everything()]
    kept = sum(keeps(check, answer, words) for answer in answers)
    assert kept >= 0.95 * len(answers)
    if not isinstance(check, Contains):
        assert not all(keeps(check, text, words) for text in _RAMBLING)
