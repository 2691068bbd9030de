"""Candidates on token ids, with a toy tokenizer whose tokens cross the seam of prompt and word."""

import re
from typing import Any

import pytest

from instruct_ui.engine.candidates import CandidateReader, Candidates, common_length, shorten
from instruct_ui.errors import ModelError
from instruct_ui.templates.prompt import ChatFrame, Prompt, Segment

PIECES = re.compile(r"<end>|\n\n(?=\w)|\n| ?\w+| ?[^\w\s]")
"""Two line ends are one token before a letter and two otherwise."""


class Pieces:
    """Called like a transformers tokenizer."""

    def __init__(self, beginning: int | None = None) -> None:
        self.known: dict[str, int] = {}
        self.bos_token_id = beginning
        self.eos_token_id = 1
        self.unk_token_id = 2

    def __call__(self, texts: Any, add_special_tokens: bool = True) -> dict[str, Any]:
        if isinstance(texts, str):
            lead = [self.bos_token_id] if add_special_tokens and self.bos_token_id else []
            return {"input_ids": [*lead, *self.ids(texts)]}
        return {"input_ids": [self.ids(text) for text in texts]}

    def ids(self, text: str) -> list[int]:
        return [self.known.setdefault(p, 10 + len(self.known)) for p in PIECES.findall(text)]

    def text(self, ids: tuple[int, ...]) -> list[str]:
        names = {number: piece for piece, number in self.known.items()}
        return [names[i] for i in ids]


def prompt(text: str, instruction: str = "Which mood?", answer: str = "Mood:") -> Prompt:
    return Prompt(
        (
            Segment("instruction", 1, f"{instruction}\n"),
            Segment("input", 1, f"{text}\n"),
            Segment("answer", 1, answer),
        )
    )


def reader(words: tuple[str, ...], tokenizer: Pieces, **given: Any) -> CandidateReader:
    return CandidateReader(tokenizer, words, given.pop("window", 1000), "toy", **given)


def test_candidates_share_the_prompt_and_differ_in_the_words() -> None:
    tokenizer = Pieces()
    row = reader(("good", "very bad"), tokenizer).read(prompt("nice day"))
    assert tokenizer.text(row.shared)[-2:] == ["Mood", ":"]
    assert [tokenizer.text(t) for t in row.tails] == [[" good"], [" very", " bad"]]
    assert not row.cut


def test_line_ends_before_the_word_are_read_together_with_it() -> None:
    tokenizer = Pieces()
    ends = ChatFrame(before="", after="\n\n", end="<end>")
    row = reader(("good", "bad"), tokenizer, frame=ends).read(prompt("day", answer=""))
    assert tokenizer.text(row.shared)[-2:] == ["day", "\n\n"]
    assert tokenizer.ids("day\n\n")[-2:] == [tokenizer.known["\n"]] * 2  # alone: another token


@pytest.mark.parametrize(
    ("frame", "ending"), [(None, "\n"), (ChatFrame("<", ">", "<end>"), "<end>")]
)
def test_a_word_that_begins_another_gets_its_ending(frame: ChatFrame | None, ending: str) -> None:
    tokenizer = Pieces()
    given = {"frame": frame, "ending": ending}
    row = reader(("good", "good enough", "bad"), tokenizer, **given).read(prompt("day"))
    assert [tokenizer.text(t)[-1] for t in row.tails] == [ending] * 3
    apart = reader(("good", "bad enough"), tokenizer, **given).read(prompt("day"))
    assert ending not in [tokenizer.text(t)[-1] for t in apart.tails]


def test_equal_words_and_a_single_word_still_leave_a_tail() -> None:
    for words in [("good",), ("good", "good")]:
        row = reader(words, Pieces()).read(prompt("day"))
        assert all(len(tail) == 1 for tail in row.tails)
        assert row.shared


def test_a_beginning_is_put_where_the_tokenizer_puts_one_but_not_into_a_frame() -> None:
    frame = ChatFrame("<", ">")
    assert reader(("a", "b"), Pieces(5)).read(prompt("day")).shared[0] == 5
    assert reader(("a", "b"), Pieces(5), frame=frame).read(prompt("day")).shared[0] != 5
    assert reader(("a", "b"), Pieces()).read(prompt("day")).shared[0] != 5


def test_an_empty_prompt_has_a_token_to_start_from() -> None:
    row = reader(("a", "b c"), Pieces()).read(Prompt((Segment("input", 1, ""),)))
    assert row.shared == (1,)
    assert [len(tail) for tail in row.tails] == [1, 2]


def test_a_long_text_loses_its_middle_and_nothing_else() -> None:
    tokenizer = Pieces()
    long = "first " + "word " * 200 + "last"
    fitting = reader(("good", "bad"), tokenizer, window=40).read(prompt(long))
    words = "".join(tokenizer.text(fitting.shared))
    assert fitting.cut
    assert 35 <= fitting.longest <= 40
    assert words.startswith("Which mood?\nfirst")
    assert words.endswith("last\nMood:")


def test_an_instruction_beyond_the_window_is_an_error() -> None:
    with pytest.raises(ModelError) as caught:
        reader(("a", "b"), Pieces(), window=40).read(prompt("day", instruction="so " * 50))
    assert caught.value.key == "causal_prompt_too_long"
    assert caught.value.params["window"] == 40


def test_shortening_keeps_as_much_as_fits() -> None:
    whole = prompt("x" * 100)
    kept = shorten(whole, lambda p: len(p.text) <= 80)
    assert kept is not None
    assert len(kept.text) == 80
    assert shorten(whole, lambda p: False) is None


def test_common_length() -> None:
    assert common_length([(1, 2, 3), (1, 2, 4), (1, 2)]) == 2
    assert common_length([(1, 2)]) == 2
    assert common_length([(1,), (2,)]) == common_length([]) == common_length([(), (1,)]) == 0
    assert Candidates((1, 2), ((3,), (4, 5))).longest == 4
