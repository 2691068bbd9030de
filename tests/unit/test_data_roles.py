"""Columns are guessed by name and by value, and found as told."""

import pytest

from instruct_ui.data.readers import read
from instruct_ui.data.roles import guess, resolve
from instruct_ui.data.source import Source
from instruct_ui.errors import DataError


def table(text: str, name: str = "a.csv"):  # type: ignore[no-untyped-def]
    return read(Source(text.encode(), name))


@pytest.mark.parametrize(
    ("text", "columns", "others"),
    [
        ("message,intent,channel\nhi,greet,chat\n", ("message", "intent"), ("channel",)),
        ("label,review\n1,很快\n", ("review", "label"), ()),
        ("文本,主题,情感\n涨了,基金,正面\n", ("文本", "情感"), ("主题",)),
        ("id,Review_Text,Sentiment\n1,fine,pos\n", ("Review_Text", "Sentiment"), ("id",)),
    ],
)
def test_by_name(text: str, columns: tuple[str, str], others: tuple[str, ...]) -> None:
    roles = guess(table(text))
    assert roles.task == "text_classification"
    assert (roles.text, roles.label) == columns
    assert roles.others == others


def test_by_value_whichever_column_comes_first() -> None:
    rows = [("a fine long evening out", "pos"), ("cold soup and no smile", "neg")] * 4
    texts = [f"{t} {i}" for i, (t, _) in enumerate(rows)]
    last = "".join(f"{i},{t},{r[1]}\n" for i, (t, r) in enumerate(zip(texts, rows, strict=True)))
    first = "".join(f"{r[1]},{t}\n" for t, r in zip(texts, rows, strict=True))
    assert (guess(table(last)).text, guess(table(last)).label) == ("1", "2")
    assert (guess(table(first)).text, guess(table(first)).label) == ("1", "0")


def test_no_label_is_guessed_where_every_value_differs() -> None:
    roles = guess(table("Hi.\tone\nRun.\ttwo\nStop!\tthree\n", "a.tsv"))
    assert roles.label is None and roles.text is not None and roles.missing == ("label",)


def test_two_columns_of_two_languages_are_a_translation() -> None:
    roles = guess(table("Hi.\t嗨。\nRun.\t快跑。\nStop!\t停！\n", "a.tsv"))
    assert roles.task == "translation"
    assert roles.columns == {"source": "0", "target": "1"}


def test_conll_takes_first_and_last_column() -> None:
    roles = guess(table("Anna NNP B-PER\nran VB O\n\n", "a.conll"))
    assert roles.task == "token_classification"
    assert roles.columns == {"tokens": "0", "tags": "2"} and roles.others == ("1",)


def test_told_columns_stand_and_are_guessed_around() -> None:
    roles = guess(table("文本,主题,情感\n涨了,基金,正面\n"), told={"label": "主题"})
    assert roles.columns == {"text": "文本", "label": "主题"} and roles.others == ("情感",)


def test_resolve_by_name_and_position() -> None:
    there = table("text,label\nhi,a\n")
    assert resolve({"text": 0, "label": "label"}, there) == {"text": "text", "label": "label"}
    assert resolve({"text": "0", "label": -1}, there) == {"text": "text", "label": "label"}


def test_resolve_names_the_nearest_column() -> None:
    there = table("text,Sentiment\nhi,a\n")
    with pytest.raises(DataError, match=r"a\.csv.*Did you mean Sentiment"):
        resolve({"label": "sentimant"}, there)
    for wanted in ("quux", 7, -3):
        with pytest.raises(DataError) as caught:
            resolve({"label": wanted}, there)
        assert caught.value.key == "data_column" and "text, Sentiment" in str(caught.value)
