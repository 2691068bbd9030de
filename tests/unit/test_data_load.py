"""From files to a Dataset: what is used, what is left out, what is refused."""

import re
from pathlib import Path

import pytest
import yaml

from instruct_ui import texts as texts_room
from instruct_ui.data import load
from instruct_ui.data.load import load_dataset
from instruct_ui.data.overview import overview
from instruct_ui.data.readers import read
from instruct_ui.data.report import inspect
from instruct_ui.data.source import Source
from instruct_ui.data.table import Skipped
from instruct_ui.errors import DataError
from instruct_ui.spec import DataSpec, Limit, SplitShares
from instruct_ui.texts import catalogue

TEXTS = "text,label,channel\n" + "".join(
    f"this is text number {i},{'pos' if i % 3 else 'neg'},chat\n" for i in range(30)
)
CONLL = "Anna I-PER\nmet O\nBob I-PER\n\nin O\nRome I-LOC\n\n" * 5


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(data: DataSpec, task: str = "text_classification") -> DataError:
    with pytest.raises(DataError) as caught:
        load_dataset(data, task, 0)  # type: ignore[arg-type]
    assert caught.value.message("zh")
    return caught.value


def test_one_file_is_split_by_shares(tmp_path: Path) -> None:
    data = DataSpec(file=write(tmp_path, "a.csv", TEXTS))
    dataset = load_dataset(data, "text_classification", 0)
    assert [len(dataset.split(n)) for n in ("train", "validation", "test")] == [24, 3, 3]
    assert dataset.labels == ("neg", "pos") and dataset.language == "en"
    assert dataset.label_counts() == {"pos": 20, "neg": 10}
    first = dataset.train[0]
    assert first.text == f"this is text number {first.row}"
    assert first.fields == {"channel": "chat"}, "the gold is no field"
    again = load_dataset(data, "text_classification", 0)
    assert (dataset.sha256, *dataset.train) == (again.sha256, *again.train)


def test_three_files_columns_told_labels_renamed(tmp_path: Path) -> None:
    train = write(tmp_path, "train.tsv", "1\tgood food\n0\tcold soup\n1\tnice\n")
    test = write(tmp_path, "test.tsv", "0\tslow\n1\tfast\n")
    data = DataSpec(
        train=train, test=test, columns={"text": 1, "label": 0}, labels={"0": "bad", "1": "good"}
    )
    dataset = load_dataset(data, "text_classification", 0)
    assert [(e.row, e.label) for e in dataset.test] == [(0, "bad"), (1, "good")]
    assert dataset.labels == ("bad", "good") and not dataset.validation


def test_later_files_are_read_as_the_first(tmp_path: Path) -> None:
    train = write(tmp_path, "train.csv", "phrase,sort\n" + "why not,q\nwell so,a\n" * 5)
    test = write(tmp_path, "test.csv", "phrase,sort\nhow so,q\nfine,a\n")
    assert not read(Source(test)).header, "alone the header of the test file is not to be seen"
    dataset = load_dataset(DataSpec(train=train, test=test), "text_classification", 0)
    assert [e.text for e in dataset.test] == ["how so", "fine"]


def test_rows_without_text_or_label_are_named(tmp_path: Path) -> None:
    text = "text,label\nhi,a\n,a\nho,\n\nhey,b\n   ,b\n"
    data = DataSpec(test=write(tmp_path, "a.csv", text))
    dataset = load_dataset(data, "text_classification", 0)
    assert list(dataset.skipped) == [
        Skipped("blank", (5,), "a.csv"),
        Skipped("no_text", (3, 7), "a.csv"),
        Skipped("no_label", (4,), "a.csv"),
    ]
    assert [e.row for e in dataset.test] == [0, 3]
    assert len(dataset.test) + dataset.rows_skipped == text.count("\n") - 1


def test_sentences_become_iob2(tmp_path: Path) -> None:
    data = DataSpec(train=write(tmp_path, "a.conll", CONLL), labels={"LOC": "place"})
    dataset = load_dataset(data, "token_classification", 0)
    assert dataset.labels == ("PER", "place")
    assert dataset.tags == ("O", "B-PER", "I-PER", "B-place", "I-place")
    assert dataset.train[0].tags == ("B-PER", "O", "B-PER")
    assert dataset.train[0].text == "Anna met Bob"
    assert dataset.label_counts() == {"PER": 10, "place": 5}


def test_chinese_tokens_are_joined_by_nothing(tmp_path: Path) -> None:
    data = DataSpec(test=write(tmp_path, "a.conll", "上\tB-LOC\n海\tI-LOC\n很\tO\n大\tO\n\n"))
    dataset = load_dataset(data, "token_classification", 0)
    assert dataset.test[0].text == "上海很大" and dataset.language == "zh"


def test_jsonl_with_lists_serves_ner(tmp_path: Path) -> None:
    lines = '{"tokens": ["Anna", "ran"], "tags": [1, 0]}\n'
    names = {"0": "O", "1": "B-PER"}
    data = DataSpec(test=write(tmp_path, "a.jsonl", lines), labels=names)
    dataset = load_dataset(data, "token_classification", 0)
    assert dataset.test[0].tags == ("B-PER", "O")
    uneven = write(tmp_path, "b.jsonl", lines + '{"tokens": ["Anna"], "tags": [1, 0]}\n')
    error = refused(DataSpec(test=uneven, labels=names), "token_classification")
    assert (error.key, error.params["line"]) == ("data_tokens_tags", 2)


def test_limit_is_a_seeded_sample_that_keeps_all_labels(tmp_path: Path) -> None:
    data = DataSpec(file=write(tmp_path, "a.csv", TEXTS))
    limited = load_dataset(data, "text_classification", 0, Limit(train=2, test=1))
    assert (len(limited.train), len(limited.test)) == (2, 1)
    assert limited.labels == ("neg", "pos")
    whole = load_dataset(data, "text_classification", 0)
    assert {e.row for e in limited.train} < {e.row for e in whole.train}


def test_hash_is_over_bytes_and_reading_not_over_the_place(tmp_path: Path) -> None:
    one = DataSpec(file=write(tmp_path, "a.csv", TEXTS))
    first = load_dataset(one, "text_classification", 0).sha256
    moved = DataSpec(file=write(tmp_path, "b.csv", TEXTS), sha256=first)
    assert load_dataset(moved, "text_classification", 5).sha256 == first
    other_columns = one.model_copy(update={"columns": {"text": "channel"}})
    assert load_dataset(other_columns, "text_classification", 0).sha256 != first
    write(tmp_path, "b.csv", TEXTS.replace("number 3", "number three"))
    assert refused(moved).key == "data_changed"


@pytest.mark.parametrize(
    ("text", "columns", "key"),
    [
        ("text,label\nhi,a\nho,a\n", {}, "data_one_label"),
        ("text,label\nhi,\nho,\n", {}, "data_no_rows"),
        ("text,label\nhi,a\nho,b\n", {"label": "lable"}, "data_column_near"),
        ("text,label\nhi,a\nho,b\n", {"lable": "label"}, "data_role_unknown"),
        ("text,label\nhi,a\nho,b\n", {"label": "text", "text": "text"}, "data_same_column"),
        ("text\nhi\nho\n", {}, "data_no_role"),
        ("text,label\nhi,a\nho,b\n", {}, "data_too_few_rows"),
    ],
)
def test_what_cannot_be_used_is_refused(
    tmp_path: Path, text: str, columns: dict[str, str | int], key: str
) -> None:
    error = refused(DataSpec(file=write(tmp_path, "a.csv", text), columns=columns))
    assert error.key == key
    assert "a.csv" in str(error) or key == "data_role_unknown"


@pytest.mark.parametrize(("rows", "labels"), [(5000, 5000), (40, 30), (5000, 501)])
def test_a_column_of_ids_is_no_label(tmp_path: Path, rows: int, labels: int) -> None:
    text = "text,label\n" + "".join(f"text {i},id{i % labels}\n" for i in range(rows))
    error = refused(DataSpec(file=write(tmp_path, "a.csv", text)))
    assert error.key == "data_not_labels" and str(labels) in str(error) and "label" in str(error)


def test_task_and_file_must_go_together(tmp_path: Path) -> None:
    conll = DataSpec(test=write(tmp_path, "a.conll", CONLL))
    assert refused(conll).key == "data_conll_for_texts"
    texts = DataSpec(test=write(tmp_path, "a.csv", TEXTS), columns={"tokens": 0, "tags": 1})
    assert refused(texts, "token_classification").key == "data_not_a_list"
    outside = DataSpec(test=write(tmp_path, "b.conll", "Hi O\nyou O\n\n"))
    assert refused(outside, "token_classification").key == "data_no_entities"


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    assert refused(DataSpec(test=tmp_path / "no.csv")).key == "data_missing"
    assert refused(DataSpec(test=tmp_path)).key == "data_unreadable"


def test_overview_of_a_dataset(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", TEXTS + ",pos,chat\nno label yet,,chat\n")
    dataset = load_dataset(DataSpec(file=path, split=SplitShares()), "text_classification", 0)
    seen = overview(dataset, first=2)
    assert (seen.rows, sum(s.count for s in seen.skipped), len(seen.first)) == (30, 2, 2)
    assert seen.labels == (("pos", 20), ("neg", 10))
    assert (seen.characters.min, seen.words.median, seen.characters.max) == (21, 5, 22)
    assert seen.splits == (("train", 24), ("validation", 3), ("test", 3))


def test_a_file_without_labels_is_read_for_labelling(tmp_path: Path) -> None:
    data = DataSpec(file=write(tmp_path, "a.csv", "text\nhello\nyou\n"))
    report = inspect(data, "text_classification", 0)
    assert (report.overview.rows, report.overview.unlabelled) == (2, 2)
    assert report.fault is not None and report.fault.key == "data_no_role"
    assert refused(data).key == "data_no_role"


def test_overview_of_sentences_counts_entities_and_characters_of_chinese(tmp_path: Path) -> None:
    data = DataSpec(train=write(tmp_path, "a.conll", CONLL))
    seen = overview(load_dataset(data, "token_classification", 0))
    assert seen.labels == (("PER", 10), ("LOC", 5)) and seen.words.max == 3
    chinese = "文本,标签\n我用 GPS 导航,好\n不好用,差\n"
    data = DataSpec(train=write(tmp_path, "b.csv", chinese))
    seen = overview(load_dataset(data, "text_classification", 0))
    assert (seen.words.max, seen.language) == (5, "zh")


def test_every_error_of_the_room_has_its_text_in_both_languages() -> None:
    room = Path(load.__file__).parent
    raised = {key for p in room.rglob("*.py") for key in re.findall(r'"(data_\w+)"', p.read_text())}
    assert len(raised) > 25
    for key in raised:
        entry = catalogue()[f"errors.{key}"]
        names = [set(re.findall(r"(?<!\{)\{(\w+)\}", entry[lang])) for lang in ("en", "zh")]
        assert names[0] == names[1], key
    texts = Path(texts_room.__file__).parent / "errors_data.yaml"
    defined = {key for key in yaml.safe_load(texts.read_text()) if key.startswith("data_")}
    assert raised == defined
