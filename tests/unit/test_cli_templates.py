"""`instruct-ui templates` and `instruct-ui render` as a person calls them: what they print and how
they end."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from instruct_ui import cli
from instruct_ui.cli.validating import Validator
from instruct_ui.data.dataset import Example
from instruct_ui.data.load import load_dataset
from instruct_ui.data.samples import SAMPLES, Sample
from instruct_ui.preview.client import Preview
from instruct_ui.tasks import REGISTRY
from instruct_ui.templates.answers import written
from instruct_ui.templates.library import all_templates, resolve, slug
from instruct_ui.templates.prompt import Prompt, Segment
from instruct_ui.templates.template import Template, load

GOOD: dict[str, Any] = {
    "name": "mine",
    "task": "text_classification",
    "blocks": [
        {"kind": "instruction", "text": 'One of {{ labels | join(", ") }}.'},
        {"kind": "examples", "text": "{{ text }}\nIt is: {{ answer }}", "shots": 2},
        {"kind": "input", "text": "{{ text }}"},
        {"kind": "answer", "text": "It is:"},
    ],
}

PROMPTSOURCE = """\
dataset: acme_nli
templates:
  id-1: !Template
    name: Does one say two?
    answer_choices: No ||| Yes
    jinja: 'One: {{premise}} Two: {{hypothesis}} Yes or no? ||| {{ answer_choices[label] }}'
    reference: After a talk in the kitchen.
  id-2: !Template
    name: shows it
    jinja: '{{premise}} {{ label }} ||| {{ label }}'
"""
ONE_TASK = json.dumps(
    {
        "Definition": ["Turn the sentence into a question."],
        "Positive Examples": [{"input": "It rains.", "output": "Does it rain?"}],
        "Negative Examples": [],
        "Input_language": ["English"],
        "Instances": [{"input": "They sing.", "output": ["Do they sing?"]}],
    }
)


def called(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = cli.main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def write(path: Path, plain: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = plain if isinstance(plain, str) else yaml.safe_dump(plain, allow_unicode=True)
    path.write_text(text, encoding="utf-8")
    return path


def with_block(at: int, **changes: Any) -> dict[str, Any]:
    blocks = [block | changes if i == at else block for i, block in enumerate(GOOD["blocks"])]
    return GOOD | {"blocks": blocks}


# list


def test_the_library_is_listed_in_columns(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = called(capsys, "templates", "list")
    lines = out.splitlines()
    assert (code, err, len(lines)) == (0, "", len(all_templates()))
    starts = {
        line.index(all_templates()[line.split()[0]].task, len(line.split()[0])) for line in lines
    }
    assert len(starts) == 1, "all tasks stand below one another"
    assert any(line.endswith(all_templates()["sentiment"].description) for line in lines)


def test_the_list_is_narrowed_by_task_and_language(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = ("--task", "text_pair", "--language", "zh", "--json")
    code, out, _ = called(capsys, "templates", "list", *wanted)
    found = json.loads(out)
    expected = {
        t.name for t in all_templates().values() if (t.task, t.language) == ("text_pair", "zh")
    }
    assert code == 0 and {entry["name"] for entry in found} == expected
    assert set(found[0]) == {"name", "task", "language", "description", "when"}
    assert "两个" in out, "Chinese stays readable"


@pytest.mark.parametrize(
    "action", [("list",), ("import", "x", "--from", "promptsource", "--out", "y")]
)
def test_a_task_that_is_not_there_is_answered_with_those_that_are(
    capsys: pytest.CaptureFixture[str], action: tuple[str, ...]
) -> None:
    code, out, err = called(capsys, "templates", *action, "--task", "guessing")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "text_classification" in err


@pytest.mark.parametrize("arguments", [("templates",), ("templates", "list", "--language", "fr")])
def test_what_is_no_command_ends_with_two(arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2


# validate


def test_every_shipped_template_is_valid(capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(__file__).resolve().parents[2] / "templates_library"
    code, out, err = called(capsys, "templates", "validate", folder)
    assert (code, err) == (0, "")
    assert out.count(": ok\n") == len(out.splitlines()) == len(all_templates())


def test_a_template_with_two_mistakes_says_both_with_their_places(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = with_block(0, text="Say {{ lable }}.")
    plain["blocks"][2] = {"kind": "input", "text": "one\n{{ text "}
    code, out, err = called(capsys, "templates", "validate", write(tmp_path / "two.yaml", plain))
    first, *mistakes = out.splitlines()
    assert code == 2 and first == f"{tmp_path / 'two.yaml'}: 2 mistakes"
    assert "Block 1 (instruction)" in mistakes[0] and "“lable”" in mistakes[0]
    assert "Block 3 (input), line 2" in mistakes[1]
    assert "1 of 1" in err and err.count("\n") == 1


def test_mistakes_of_form_and_of_jinja_are_told_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = with_block(1, shots=-3) | {"langauge": "zh", "label_description": "{{ lable }}"}
    plain["blocks"][0] = {"kind": "instruction", "text": "{{ label }}"}
    plain["blocks"].append(
        {"kind": "constraint", "text": "{{ 1 / 0 }}", "check": {"kind": "words"}}
    )
    code, out, _ = called(capsys, "templates", "validate", write(tmp_path / "a.yaml", plain))
    mistakes = [line.removeprefix("  - ") for line in out.splitlines()[1:]]
    assert code == 2 and len(mistakes) == 7, out
    told = "\n".join(mistakes)
    for part in (
        "langauge: ",
        "Block 2, shots: ",
        "Block 5, check.words: give `at_least` or `at_most`",
        "the answer block stands last",
        "Block 1 (instruction) uses “label”, the right answer",
        "Block 5 (constraint) cannot be filled in: ZeroDivisionError",
        "(label_description): there is no field “lable”",
    ):
        assert part in told, part


NO_TEMPLATES = {
    "empty": ("", "valid dictionary"),
    "list": ("- a\n- b\n", "valid dictionary"),
    "open": ("name: [", "line 1"),
    "tab": ("name: a\n\tb: c\n", "line 2"),
    "deep": ("[" * 1_000, "nested too deeply"),
    "date": ("when: 2020-13-45", "month"),
    "itself": ("a: &a [*a]", "a: Extra inputs"),
    "task": ("name: x\ntask: guessing\nblocks: 3\n", "no task of this name"),
    "blocks": ("name: x\ntask: text_pair\nblocks: []\n", "needs an input block"),
    "kinds": (
        "name: x\ntask: text_pair\nblocks: [1, {kind: banner}, {text: a}]\n",
        "Block 2, kind",
    ),
    "types": (
        "name: {}\ntask: text_pair\nlabel_words: [a]\nblocks: [{kind: [a]}]\n",
        "label_words",
    ),
    "large": ("#" * (2**20 + 1), "larger than 1 MB"),
}


def test_what_is_no_template_is_told_and_the_next_one_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, (text, _) in NO_TEMPLATES.items():
        write(tmp_path / f"{name}.yaml", text)
    write(tmp_path / "latin.yaml", "").write_bytes("name: café".encode("latin-1"))
    write(tmp_path / "good.yaml", GOOD)
    code, out, err = called(capsys, "templates", "validate", tmp_path)
    told = dict(part.split(".yaml: ", 1) for part in out.split(f"{tmp_path}/") if part)
    assert code == 2 and f"{len(told) - 1} of {len(told)}" in err
    assert told.pop("good") == "ok\n"
    assert "utf-8" in told.pop("latin")
    assert told.keys() == NO_TEMPLATES.keys()
    assert {name for name, (_, part) in NO_TEMPLATES.items() if part not in told[name]} == set()


def test_a_template_that_asks_too_much_stops_neither_the_others_nor_their_blocks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = with_block(0, text="{{ 'a' * 10**9 }}")
    plain["blocks"][3] = {"kind": "answer", "text": "{{ nothing }}"}
    write(tmp_path / "a.yaml", plain)
    write(tmp_path / "b.yaml", GOOD)
    code, out, _ = called(capsys, "templates", "validate", tmp_path)
    assert code == 2 and "Block 1 (instruction) asked for too much" in out
    assert "Block 4 (answer)" in out and "b.yaml: ok" in out


def test_a_folder_is_looked_through_and_one_without_templates_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "some" / "deep" / "a.yaml", GOOD)
    write(tmp_path / "some" / "b.yml", GOOD)
    write(tmp_path / "some" / "notes.txt", "nothing")
    (tmp_path / "some" / "folder.yaml").mkdir()
    code, out, _ = called(capsys, "templates", "validate", tmp_path / "some")
    assert code == 0 and out.count(": ok\n") == 2
    empty = write(tmp_path / "empty" / "readme.md", "x").parent
    code, out, err = called(capsys, "templates", "validate", empty, tmp_path / "not there.yaml")
    assert code == 2 and "no template in this folder" in out and "No such file" in out
    assert "2 of 2" in err


def test_a_hostile_file_name_neither_breaks_nor_fakes_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [b"\xff\xfe.yaml", b"\x1b[2Jgone.yaml", b"a\nb.yaml: ok", b"\xe2\x80\xaelmay.yaml"]
    for name in names:
        with open(os.path.join(os.fsencode(tmp_path), name), "w", encoding="utf-8") as file:
            file.write("name: 3")
    paths = [os.fsdecode(os.path.join(os.fsencode(tmp_path), name)) for name in names]
    code, out, err = called(capsys, "templates", "validate", *paths)
    heads = [line for line in out.splitlines() if not line.startswith("  - ")]
    assert code == 2 and len(heads) == 4 and all(h.endswith(": 3 mistakes") for h in heads)
    assert not {"\x1b", "\u202e", "\udcff"} & set(out + err)
    code, _, err = called(capsys, "templates", "diff", "sentiment", f"{paths[1]}/x")
    assert code == 2 and "\x1b" not in err
    code, _, err = called(capsys, "templates", "diff", "sentiment", f"{'x' * 5_000}.yaml")
    assert code == 2 and "too long" in err


def test_a_pipe_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    code, out, _ = called(capsys, "templates", "validate", tmp_path / "pipe.yaml")
    assert code == 2 and "not a file" in out


def test_rows_of_a_file_replace_the_sample(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = write(tmp_path / "own.yaml", with_block(2, text="{{ mood }}: {{ text }}"))
    data = write(tmp_path / "d.csv", "text,label,mood\nhi,a,chat\nbye,b,mail\n")
    code, out, _ = called(capsys, "templates", "validate", own)
    assert code == 2 and "“mood”" in out
    assert called(capsys, "templates", "validate", own, "--data", data)[0] == 0
    code, out, err = called(capsys, "templates", "validate", own, "--data", tmp_path / "no.csv")
    assert code == 2 and "no.csv" in err


class ShowingGold(Preview):
    """What must never happen: the right answer of the row stands in its prompt."""

    def prompts(
        self,
        template: Template,
        examples: Sequence[Example],
        labels: Sequence[str],
        shots: Sequence[Example] = (),
    ) -> list[Prompt]:
        prompts = super().prompts(template, examples, labels, shots)
        golds = [Segment("input", 2, str(example.label)) for example in examples]
        return [Prompt((*p.segments, g)) for p, g in zip(prompts, golds, strict=True)]


def test_a_prompt_that_changes_with_the_right_answer_would_be_found(tmp_path: Path) -> None:
    path = write(tmp_path / "good.yaml", GOOD)
    with closing(ShowingGold()) as preview:
        mistakes = Validator(preview).mistakes(path)
    assert len(mistakes) == 2 and all("changes with its right answer" in m for m in mistakes)


# import


def imported(
    capsys: pytest.CaptureFixture[str], file: Path, out: Path, *more: str
) -> tuple[int, str, str]:
    return called(
        capsys, "templates", "import", file, "--from", "promptsource", "--out", out, *more
    )


def test_templates_of_promptsource_become_files_that_are_valid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out_folder = tmp_path / "new" / "folder"
    code, out, err = imported(capsys, write(tmp_path / "t.yaml", PROMPTSOURCE), out_folder)
    assert (code, err) == (0, "")
    (written,) = out_folder.iterdir()
    template = load(written)
    assert written.stem == slug(template.name) and template.task == "text_pair"
    assert f"{written}  (text_pair)\n  - " in out, "with notes of what was changed"
    assert "not carried over: shows it\n  - " in out and "must not read it" in out
    assert called(capsys, "templates", "validate", out_folder)[0] == 0


def test_a_task_of_super_natural_instructions_is_named_as_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "task12_Make a question.json", ONE_TASK)
    source = ("--from", "super-naturalinstructions")
    arguments = ("templates", "import", file, *source, "--out", tmp_path / "out")
    assert called(capsys, *arguments)[0] == 0
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["task12-make-a-question.yaml"]
    code, out, err = called(capsys, *arguments, "--force", "--task", "text_pair")
    assert code == 2 and "not carried over" in out and "no template could be carried over" in err


def test_nothing_is_overwritten_without_being_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, folder = write(tmp_path / "t.yaml", PROMPTSOURCE), tmp_path / "out"
    assert imported(capsys, file, folder)[0] == 0
    (written,) = folder.iterdir()
    whole = written.read_text(encoding="utf-8")
    written.write_text("mine", encoding="utf-8")
    code, out, err = imported(capsys, file, folder)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert written.name in err and "--force" in err
    assert written.read_text(encoding="utf-8") == "mine"
    assert imported(capsys, file, folder, "--force")[0] == 0
    assert written.read_text(encoding="utf-8") == whole
    assert list(folder.iterdir()) == [written]


def test_a_link_in_the_folder_leads_nowhere_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, folder = write(tmp_path / "t.yaml", PROMPTSOURCE), tmp_path / "out"
    imported(capsys, file, folder)
    (written,) = folder.iterdir()
    written.unlink()
    written.symlink_to(tmp_path / "elsewhere")
    assert imported(capsys, file, folder)[0] == 2, "a link to nothing is something as well"
    assert imported(capsys, file, folder, "--force")[0] == 0
    assert not (tmp_path / "elsewhere").exists() and not written.is_symlink()


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("/", "template"),
        ("", "template"),
        ("..", "template"),
        ("Is it about sports?", "is-it-about-sports"),
        ("a\x00b\nc", "a-b-c"),
        ("\udcff", "template"),
        ("情感 判断", "情感-判断"),
        ("-rf", "rf"),
    ],
)
def test_a_name_becomes_the_name_of_a_file_in_the_folder(name: str, stem: str) -> None:
    assert slug(name) == stem
    assert Path(slug(name)).name == slug(name)


def test_long_names_stay_apart_and_fit_the_disk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = {"jinja": "{{ text }} ||| {{ label }}", "answer_choices": None}
    long = "\U00020000" * 79
    entries = {str(i): {**entry, "name": long + end} for i, end in enumerate("ab")}
    file = write(tmp_path / "t.yaml", json.dumps({"templates": entries}, ensure_ascii=False))
    code, _, err = imported(capsys, file, tmp_path / "out")
    assert (code, err) == (0, "")
    assert len(list((tmp_path / "out").iterdir())) == 2


@pytest.mark.parametrize(
    ("text", "part"),
    [("dataset: x\n", "no templates of promptsource"), ("a: [", "YAML"), ("templates: {a: 1}", "")],
)
def test_a_file_of_another_form_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, part: str
) -> None:
    code, _, err = imported(capsys, write(tmp_path / "t.yaml", text), tmp_path / "out")
    assert code == 2 and part in err and "t.yaml" in err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_takes_no_files_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, taken = write(tmp_path / "t.yaml", PROMPTSOURCE), write(tmp_path / "taken", "x")
    code, _, err = imported(capsys, file, taken)
    assert code == 2 and "nothing can be written there" in err
    code, _, err = imported(capsys, tmp_path / "no.yaml", tmp_path / "out")
    assert code == 2 and "no.yaml" in err


# diff


def test_the_difference_of_two_files_is_marked_word_by_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a = write(tmp_path / "a.yaml", GOOD)
    blocks = with_block(1, shots=8)["blocks"]
    blocks[3] = {"kind": "answer", "text": "Now it is:"}
    b = write(tmp_path / "b.yaml", GOOD | {"blocks": blocks, "none": "nothing"})
    code, out, err = called(capsys, "templates", "diff", a, b)
    assert (code, err) == (0, "")
    assert out == (
        "mine → mine\n"
        "2 blocks differ: examples, answer form. "
        "These settings differ too: word for “nothing”.\n"
        "\n~ examples (changed)\n  {{ text }}\n  It is: {{ answer }}\n  shots: 2 → 8\n"
        "\n~ answer form (changed)\n  [-It-]{+Now it+} is:\n"
        "\nsettings\n  word for “nothing”: none → nothing\n"
    )


def test_library_names_and_the_same_values_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = called(capsys, "templates", "diff", "topic", "topic-zh", "--json")
    found = json.loads(out)
    assert code == 0 and (found["a"], found["b"]) == ("topic", "topic-zh")
    changed = [block for block in found["blocks"] if block["what"] != "same"]
    assert len(changed) == found["changed_blocks"] > 0
    assert {"what", "kind", "number", "before", "after", "pieces", "settings"} <= set(changed[0])
    assert {"language"} <= {setting["name"] for setting in found["settings"]}


def test_what_would_be_a_command_to_the_terminal_is_written_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a = write(tmp_path / "a.yaml", GOOD)
    b = write(tmp_path / "b.yaml", with_block(0, text="\x1b]0;gone\x07 \x9b2J \u202e"))
    _, out, _ = called(capsys, "templates", "diff", a, b)
    assert "\\x1b]0;gone\\x07" in out and not {"\x1b", "\x9b", "\u202e"} & set(out)
    _, out, _ = called(capsys, "templates", "diff", a, b, "--json")
    assert json.loads(out)["blocks"][0]["after"] == "\x1b]0;gone\x07 \x9b2J \u202e"


def test_a_template_that_is_not_there_is_answered_with_near_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = called(capsys, "templates", "diff", "sentimnet", "topic")
    assert (code, out, err.count("\n")) == (2, "", 1) and "sentiment" in err
    code, _, err = called(capsys, "templates", "diff", "topic", "zzz")
    assert code == 2 and len(err) < 200, "not the whole library"
    code, _, err = called(capsys, "templates", "diff", "topic", "no/such.yaml")
    assert code == 2 and "no/such.yaml" in err and "No such file" in err


def test_a_reader_that_has_read_enough_is_no_fault() -> None:
    command = [sys.executable, "-m", "instruct_ui.cli", "templates", "list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 0


@pytest.mark.parametrize("no_color", ["", "1"])
def test_colours_are_for_a_terminal_alone(tmp_path: Path, no_color: str) -> None:
    main, side = pty.openpty()
    try:
        subprocess.run(
            [sys.executable, "-m", "instruct_ui.cli", "templates", "diff", "topic", "topic-zh"],
            stdout=side,
            check=True,
            timeout=60,
            env={**os.environ, "TERM": "xterm", "NO_COLOR": no_color},
        )
        out = os.read(main, 100_000).decode()
    finally:
        os.close(main)
        os.close(side)
    assert ("\x1b[31m[-" in out and "\x1b[32m{+" in out) is (not no_color)
    assert "[-" in out and "{+" in out, "nobody needs the colour"


# render


EACH_SHAPE = {REGISTRY[s.task].gold.shape: s for s in reversed(SAMPLES.values())}
"""A sample for every way in which gold is written as an answer."""


@pytest.mark.models
@pytest.mark.usefixtures("models_dir")
@pytest.mark.parametrize("sample", EACH_SHAPE.values(), ids=lambda s: s.task)
def test_a_row_of_any_task_is_shown_with_its_answer_as_it_is_written(
    capsys: pytest.CaptureFixture[str], sample: Sample
) -> None:
    options = ("--data", sample.path, "--row", 7, "--model", "minilm")
    code, out, err = called(capsys, "render", sample.template, *options)
    assert (code, err) == (0, "")
    rows = load_dataset(sample.data(), sample.task, 0).everything()
    row = next(row for row in rows if row.row == 7)
    gold = written(resolve(sample.template), row)
    assert gold and out.endswith(f"-- gold: {gold} (not shown to the model)\n")
    before, _, asked = out.partition("[input 1: ")
    assert row.text in asked and "[examples 1: " in before
    assert row.text not in before, "no example is the row itself"


@pytest.mark.models
@pytest.mark.usefixtures("models_dir")
def test_the_gold_is_told_by_its_label_word_and_a_row_without_one_is_shown_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = write(tmp_path / "own.yaml", GOOD | {"label_words": {"pos": "rather good"}})
    data = write(tmp_path / "d.csv", "text,label\nfine,pos\nhow now,\nnice,pos\n")
    options = ("--data", data, "--model", "minilm")
    code, out, _ = called(capsys, "render", own, *options)
    assert code == 0 and out.endswith("-- gold: rather good (not shown to the model)\n")
    code, out, _ = called(capsys, "render", own, *options, "--row", 1)
    assert code == 0 and "how now" in out and "gold:" not in out
    options = ("--data", write(tmp_path / "bare.csv", "text\nfine\nnice\n"), *options[2:])
    code, out, _ = called(capsys, "render", own, *options, "--row", 1)
    assert code == 0 and "nice" in out and "[examples" not in out and "gold:" not in out


@pytest.mark.models
@pytest.mark.usefixtures("models_dir")
@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"--row": "3"}, "rows 0 to 2"),
        ({"--row": "-1"}, "rows 0 to 2"),
        ({"--data": "no.csv"}, "no.csv"),
        ({"--model": "no-such-model"}, "no-such-model"),
    ],
)
def test_what_cannot_be_rendered_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, str], part: str
) -> None:
    data = write(tmp_path / "d.csv", "text,label\nfine,pos\nhow now,\nnice,neg\n")
    options = {"--data": str(data), "--row": "0"} | changes
    arguments = [word for option in options.items() for word in option]
    code, out, err = called(capsys, "render", "sentiment", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1) and part in err
