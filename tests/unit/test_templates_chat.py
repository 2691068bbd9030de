"""Chat templates of the families in use: the frame is what transformers writes around the text, and
every token is counted once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from instruct_ui.data.dataset import Example
from instruct_ui.engine.candidates import encode
from instruct_ui.errors import ModelError
from instruct_ui.preview.measure import Reader, measure
from instruct_ui.templates.chat import frame_of
from instruct_ui.templates.prompt import ChatFrame, Prompt
from instruct_ui.templates.render import render
from instruct_ui.templates.template import parse

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + "
    "message['content'] + '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
LLAMA_2 = """\
{% if messages[0]['role'] == 'system' %}\
{% set turns = messages[1:] %}\
{% set told = '<<SYS>>\\n' + messages[0]['content'] + '\\n<</SYS>>\\n\\n' %}\
{% else %}{% set turns = messages %}{% set told = '' %}{% endif %}\
{% for turn in turns %}\
{% if (turn['role'] == 'user') != (loop.index0 % 2 == 0) %}\
{{ raise_exception('user and assistant take turns') }}{% endif %}\
{% if turn['role'] == 'user' %}\
{{ bos_token + '[INST] ' + (told if loop.first else '') + turn['content'].strip() + ' [/INST]' }}\
{% elif turn['role'] == 'assistant' %}\
{{ ' ' + turn['content'].strip() + ' ' + eos_token }}{% endif %}{% endfor %}"""
LLAMA_3 = """\
{{- bos_token }}
{%- if messages[0]['role'] == 'system' %}
    {%- set told = messages[0]['content'] | trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set told = '' %}
{%- endif %}
{{- '<|start_header_id|>system<|end_header_id|>\\n\\n' }}
{%- if tools is not none %}
    {{- 'Environment: ipython\\n' }}{{- tools | tojson(indent=4) }}
{%- endif %}
{{- 'Cutting Knowledge Date: December 2023\\n' }}
{{- 'Today Date: ' + strftime_now('%d %b %Y') + '\\n\\n' }}
{{- told + '<|eot_id|>' }}
{%- for message in messages %}
    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' }}
    {{- message['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
"""
MISTRAL = """\
{{ bos_token }}{% for message in messages %}\
{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}\
{{ raise_exception('roles must alternate') }}{% endif %}\
{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}\
{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token }}\
{% else %}{{ raise_exception('only user and assistant') }}{% endif %}{% endfor %}"""
GEMMA = """\
{{ bos_token }}{% if messages[0]['role'] == 'system' %}\
{{ raise_exception('no system role here') }}{% endif %}\
{% for message in messages %}\
{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}\
{{ raise_exception('roles must alternate') }}{% endif %}\
{% set role = 'model' if message['role'] == 'assistant' else message['role'] %}\
{{ '<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}{% endfor %}\
{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}"""
QWEN_2_5 = """\
{%- if tools %}
    {{- '<|im_start|>system\\n# Tools\\n' }}{{- tools | tojson }}{{- '<|im_end|>\\n' }}
{%- elif messages[0]['role'] == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
{%- else %}
    {{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if message.role == 'system' and loop.first %}{% continue %}{% endif %}
    {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}
"""
QWEN_3 = """\
{%- set ns = namespace(last=-1) %}
{%- for message in messages[::-1] %}
    {%- if message.role == 'user' %}
        {%- set ns.last = messages | length - 1 - loop.index0 %}
        {%- break %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- set content = message.content %}
    {%- if message.role == 'assistant' %}
        {%- set thought = '' %}
        {%- if '</think>' in content %}
            {%- set thought = content.split('</think>')[0].split('<think>')[-1].strip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {{- '<|im_start|>assistant\\n' }}
        {%- if loop.index0 > ns.last %}
            {{- '<think>\\n' + thought + '\\n</think>\\n\\n' }}
        {%- endif %}
        {{- content + '<|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}
"""
THINKS_ALWAYS = """\
{{ bos_token }}{% for message in messages %}\
{% if message['role'] == 'user' %}{{ '<|User|>' + message['content'] }}\
{% else %}{{ '<|Assistant|>' + message['content'] + eos_token }}{% endif %}{% endfor %}\
{% if add_generation_prompt %}{{ '<|Assistant|><think>\\n' }}{% endif %}"""
PHI_3 = """\
{% for message in messages %}\
{{ '<|' + message['role'] + '|>\\n' + message['content'] + '<|end|>\\n' }}{% endfor %}\
{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% else %}{{ eos_token }}{% endif %}"""
PHI_4 = """\
{% for message in messages %}{% if message['role'] == 'assistant' %}\
{{ '<|im_start|>assistant<|im_sep|>' }}\
{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}\
{% else %}\
{{ '<|im_start|>' + message['role'] + '<|im_sep|>' + message['content'] + '<|im_end|>' }}\
{% endif %}{% endfor %}\
{% if add_generation_prompt %}{{ '<|im_start|>assistant<|im_sep|>' }}{% endif %}"""


@dataclass(frozen=True)
class Family:
    source: str
    frame: ChatFrame
    special: tuple[str, ...]
    bos: str | None = None
    eos: str | None = None
    leads: bool = False
    """Whether the tokenizer puts its token of beginning before every text."""
    pieces: bool = False
    """Whether it splits as sentencepiece does, not by bytes."""


_IM = ("<|im_start|>", "<|im_end|>")
_HEADER = "<|start_header_id|>{}<|end_header_id|>\n\n"
FAMILIES = {
    "chatml": Family(
        CHATML,
        ChatFrame("<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n", end="<|im_end|>\n"),
        _IM,
        eos="<|im_end|>",
    ),
    "llama_2": Family(
        LLAMA_2,
        ChatFrame("<s>[INST] ", " [/INST]", end=" </s>"),
        ("<s>", "</s>"),
        "<s>",
        "</s>",
        leads=True,
        pieces=True,
    ),
    "llama_3": Family(
        LLAMA_3,
        ChatFrame(
            "<|begin_of_text|>"
            + _HEADER.format("system")
            + "Cutting Knowledge Date: December 2023\n"
            "Today Date: 26 Jul 2024\n\n<|eot_id|>" + _HEADER.format("user"),
            "<|eot_id|>" + _HEADER.format("assistant"),
            end="<|eot_id|>",
        ),
        ("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
        "<|begin_of_text|>",
        "<|eot_id|>",
        leads=True,
    ),
    "mistral": Family(
        MISTRAL,
        ChatFrame("<s>[INST] ", " [/INST]", end="</s>"),
        ("<s>", "</s>", "[INST]", "[/INST]"),
        "<s>",
        "</s>",
        leads=True,
        pieces=True,
    ),
    "gemma": Family(
        GEMMA,
        ChatFrame(
            "<bos><start_of_turn>user\n",
            "<end_of_turn>\n<start_of_turn>model\n",
            end="<end_of_turn>\n",
        ),
        ("<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"),
        "<bos>",
        "<eos>",
        leads=True,
        pieces=True,
    ),
    "qwen_2_5": Family(
        QWEN_2_5,
        ChatFrame(
            "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n",
            "<|im_end|>\n<|im_start|>assistant\n",
            end="<|im_end|>\n",
        ),
        _IM,
        eos="<|im_end|>",
    ),
    "qwen_3": Family(
        QWEN_3,
        ChatFrame(
            "<|im_start|>user\n",
            "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n",
            end="<|im_end|>\n",
        ),
        (*_IM, "<think>", "</think>"),
        eos="<|im_end|>",
    ),
    "thinks_always": Family(
        THINKS_ALWAYS,
        ChatFrame("<s><|User|>", "<|Assistant|><think>\n\n</think>\n\n", end="</s>"),
        ("<s>", "</s>", "<|User|>", "<|Assistant|>", "<think>", "</think>"),
        "<s>",
        "</s>",
        leads=True,
    ),
    "phi_3": Family(
        PHI_3,
        ChatFrame("<|user|>\n", "<|end|>\n<|assistant|>\n", end="<|end|>\n<|endoftext|>"),
        ("<s>", "<|endoftext|>", "<|user|>", "<|assistant|>", "<|end|>"),
        "<s>",
        "<|endoftext|>",
        leads=True,
        pieces=True,
    ),
    "phi_4": Family(
        PHI_4,
        ChatFrame(
            "<|im_start|>user<|im_sep|>",
            "<|im_end|><|im_start|>assistant<|im_sep|>",
            end="<|im_end|>",
        ),
        (*_IM, "<|im_sep|>", "<|endoftext|>"),
        "<|endoftext|>",
        "<|im_end|>",
    ),
}
LABELS = ("bad", "very_good")
SHOTS = (Example(1, "Dull, so dull.", "bad"), Example(2, "爱它！ Loved it.", "very_good"))
ROWS = (
    Example(7, "A fine film. 好看极了 🎬", "very_good"),
    Example(8, "", "bad"),
    Example(9, "\n\n  blanks around  \n", "bad"),
    Example(10, "<|im_end|></s>[INST] <think>", "bad"),
)
BLOCKS = {
    "all": [
        ("instruction", "Judge the film."),
        ("constraint", "One of {{ labels | join(', ') }}."),
        ("examples", "{{ text }}\nSo: {{ label }}"),
        ("input", "{{ text }}"),
        ("answer", "So: "),
    ],
    "blanks at the ends": [("instruction", "\n \n"), ("input", "\n {{ text }}"), ("answer", "\n")],
    "the input last": [("instruction", "Judge."), ("input", "{{ text }} \n\n")],
}


@cache
def trained(pieces: bool) -> str:
    """A tokenizer of some 400 tokens, as JSON."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=pieces, unk_token="<unk>" if pieces else None))
    initial = [f"<0x{byte:02X}>" for byte in range(256)] if pieces else []
    if pieces:
        tokenizer.normalizer = normalizers.Replace(" ", "▁")
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=420,
        special_tokens=["<unk>", *initial],
        initial_alphabet=[] if pieces else pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    text = "Judge the film. A fine film. Dull, so dull. Loved it. One of bad, very good. So: system"
    tokenizer.train_from_iterator([text] * 5, trainer)
    return str(tokenizer.to_str())


def build(family: Family, folder: Path) -> Path:
    tokenizer = Tokenizer.from_str(trained(family.pieces))
    tokenizer.add_special_tokens(list(family.special))
    if family.leads:
        assert family.bos is not None
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{family.bos} $A",
            special_tokens=[(family.bos, tokenizer.token_to_id(family.bos))],
        )
    tokenizer.save(str(folder / "tokenizer.json"))
    return configured(
        folder,
        tokenizer_class="PreTrainedTokenizerFast",
        bos_token=family.bos,
        eos_token=family.eos,
        chat_template=family.source,
    )


def configured(folder: Path, **config: object) -> Path:
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def reader(folder: Path, **changes: Any) -> Reader:
    known = Reader(
        str(folder), "causal", 2048, "", chat=True, reads_instruction=True, tags_words=False
    )
    return replace(known, **changes)


def prompt(row: Example, blocks: str) -> Prompt:
    plain = [{"kind": kind, "text": text} for kind, text in BLOCKS[blocks]]
    made = parse({"name": "t", "task": "text_classification", "blocks": plain}, "t")
    return render(made, row, LABELS, SHOTS)


@pytest.fixture(scope="module", params=FAMILIES)
def family(request: pytest.FixtureRequest) -> Family:
    return FAMILIES[request.param]


@pytest.fixture(scope="module")
def folder(family: Family, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(family, tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def reference(folder: Path) -> Any:
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast.from_pretrained(folder)


def test_the_frame_of_a_family(family: Family, folder: Path) -> None:
    assert frame_of(folder) == family.frame


def test_the_chat_is_what_transformers_writes(folder: Path, reference: Any) -> None:
    frame = frame_of(folder)
    assert frame is not None
    asked = [{"role": "user", "content": "A fine film."}]
    answered = [*asked, {"role": "assistant", "content": "very good"}]

    def written(messages: list[dict[str, str]], ask: bool) -> str:
        text: str = reference.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=ask, enable_thinking=False
        )
        return _on_the_day(text)

    before, expected = f"{frame.before}A fine film.{frame.after}", written(asked, True)
    if expected.endswith("<think>\n"):
        expected += "\n</think>\n\n"
    assert before == expected
    assert written(answered, False).endswith("very good" + frame.end)


def _on_the_day(text: str) -> str:
    """transformers writes today's date."""
    return re.sub(r"Today Date: .*\n", "Today Date: 26 Jul 2024\n", text)


@pytest.mark.parametrize("blocks", BLOCKS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.row)
@pytest.mark.parametrize("chat", [True, False], ids=["chat", "plain"])
def test_what_is_counted_is_what_the_model_reads(
    family: Family, folder: Path, reference: Any, row: Example, blocks: str, chat: bool
) -> None:
    asked = prompt(row, blocks)
    frame = frame_of(folder) if chat else None
    whole = asked.before_answer(frame)
    parts, total = measure(asked, reader(folder, chat=chat))
    assert "".join(part.text for part in parts) == whole
    assert total == len(encode(reference, [whole], framed=chat)[0])
    lead = int(family.leads and not chat)
    assert sum(part.tokens for part in parts) == total - lead
    assert [part.tokens for part in parts] == _beginning_in([p.text for p in parts], folder)


def _beginning_in(texts: list[str], folder: Path) -> list[int]:
    """For each text the tokens that begin in it, all encoded as one."""
    encoding = Tokenizer.from_file(str(folder / "tokenizer.json")).encode(
        "".join(texts), add_special_tokens=False
    )
    owner = [n for n, text in enumerate(texts) for _ in text]
    found = [owner[min(start, len(owner) - 1)] for start, _ in encoding.offsets]
    return [found.count(n) for n in range(len(texts))]


def test_the_token_of_beginning_stands_there_once(
    family: Family, folder: Path, reference: Any
) -> None:
    """Where the chat template writes it, the tokenizer does not add another."""
    asked = prompt(ROWS[0], "all")
    for frame in (frame_of(folder), None):
        ids = encode(reference, [asked.before_answer(frame)], framed=frame is not None)[0]
        begins = family.leads if frame is None else bool(family.bos and family.bos in frame.before)
        assert ids.count(reference.bos_token_id) == begins == (ids[0] == reference.bos_token_id)


def test_a_model_that_reads_and_writes_reads_the_prompt_with_its_special_tokens(
    folder: Path, reference: Any
) -> None:
    asked = prompt(ROWS[0], "all")
    parts, total = measure(asked, reader(folder, family="seq2seq", chat=False))
    assert total == len(reference(asked.text.rstrip())["input_ids"])
    assert "".join(part.text for part in parts) == asked.text.rstrip()


def test_an_encoder_reads_its_parts_with_a_line_between_them(folder: Path, reference: Any) -> None:
    asked = prompt(ROWS[0], "all")
    reads = reader(folder, family="encoder", chat=False, text_prefix="query: ")
    parts, total = measure(asked, reads)
    assert total == len(reference("query: " + asked.encoder_text(True))["input_ids"])
    assert [p.kind for p in parts if p.read] == ["instruction", "input"]
    assert [p.tokens for p in parts if not p.read] == [0] * (len(parts) - 2)


# What stands beside the families


def test_without_a_model_nothing_is_counted() -> None:
    asked = prompt(ROWS[0], "all")
    parts, total = measure(asked, None)
    assert total == 0 and "".join(part.text for part in parts) == asked.text


def test_a_tokenizer_that_cannot_be_loaded_is_told(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        measure(prompt(ROWS[0], "all"), reader(configured(tmp_path)))
    assert caught.value.key == "engine_no_tokenizer"


def test_a_prompt_stands_within_its_frame(tmp_path: Path) -> None:
    frame = frame_of(configured(tmp_path, chat_template=CHATML))
    before = prompt(ROWS[0], "all").before_answer(frame)
    assert before.startswith("<|im_start|>user\nJudge the film.")
    assert before.endswith("好看极了 🎬<|im_end|>\n<|im_start|>assistant\nSo:")


def _beside(folder: Path) -> Path:
    (folder / "chat_template.jinja").write_text("{{ bos_token }}" + CHATML, encoding="utf-8")
    return configured(folder, bos_token={"content": "<s>"}, chat_template="not this one")


def _several(folder: Path) -> Path:
    named = [
        {"name": "tool_use", "template": "not this one"},
        {"name": "default", "template": "{{ bos_token }}" + CHATML},
    ]
    return configured(folder, bos_token="<s>", chat_template=named)


def _apart(folder: Path) -> Path:
    tokens = {"bos_token": "<s>", "eos_token": "</s>"}
    (folder / "special_tokens_map.json").write_text(json.dumps(tokens), encoding="utf-8")
    return configured(folder, chat_template="{{ bos_token }}" + CHATML)


@pytest.mark.parametrize("made", [_beside, _several, _apart])
def test_where_chat_template_and_tokens_stand(tmp_path: Path, made: Callable[[Path], Path]) -> None:
    frame = frame_of(made(tmp_path))
    assert frame is not None and frame.before == "<s><|im_start|>user\n"


def test_what_a_chat_template_writes_as_json_is_plain_text(tmp_path: Path) -> None:
    source = "{{ {'说': '<b>'} | tojson }}" + CHATML
    frame = frame_of(configured(tmp_path, chat_template=source))
    assert frame is not None and frame.before == '{"说": "<b>"}<|im_start|>user\n'


def test_no_chat_template_no_frame(tmp_path: Path) -> None:
    assert frame_of(tmp_path) is None
    assert frame_of(configured(tmp_path, bos_token="<s>")) is None


@pytest.mark.parametrize(
    "source",
    [
        "{{ raise_exception('no') }}",
        "{{",
        "nothing of the user",
        "{{ messages[0].content.split()[9] }}",
        "{{ 1 // 0 }}",
        "{% include '/etc/passwd' %}",
        "{{ messages[0].content.__class__ }}",
        "{{ messages.append(1) }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    ],
)
def test_a_chat_template_that_cannot_be_used_is_told(tmp_path: Path, source: str) -> None:
    with pytest.raises(ModelError) as caught:
        frame_of(configured(tmp_path, chat_template=source))
    assert caught.value.key == "chat_template_failed"
    assert str(tmp_path) in caught.value.message("en")


def test_a_configuration_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "tokenizer_config.json").write_bytes(b'{"chat_template": "\xff')
    with pytest.raises(ModelError) as caught:
        frame_of(tmp_path)
    assert caught.value.key == "chat_template_failed"
