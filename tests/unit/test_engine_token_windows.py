"""Long sentences in windows: every word is scored once, with what stands around it in view."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruct_ui.engine.token_windows import IGNORED, Window, cut

BEFORE, AFTER = (101,), (102,)


def sentence(lengths: list[int]) -> list[list[int]]:
    """Words of so many pieces; piece 1000 w + p is the p-th of word w."""
    return [[1000 * (word + 1) + piece for piece in range(n)] for word, n in enumerate(lengths)]


def scored(windows: list[Window]) -> list[int]:
    return [word for window in windows for word in window.words if word >= 0]


@given(
    st.lists(st.integers(0, 5), max_size=60),
    st.integers(3, 20),
    st.one_of(st.none(), st.integers(0, 12)),
)
def test_every_word_with_a_piece_is_scored_once(
    lengths: list[int], window: int, context: int | None
) -> None:
    pieces = sentence(lengths)
    windows = cut(pieces, 7, window, BEFORE, AFTER, context)
    assert scored(windows) == [word for word, n in enumerate(lengths) if n]
    for found in windows:
        assert found.sentence == 7
        assert len(found.ids) == len(found.words) <= window
        assert (found.ids[:1], found.ids[-1:]) == (BEFORE, AFTER)
        for piece, word in zip(found.ids, found.words, strict=True):
            assert word < 0 or piece == pieces[word][0]


@pytest.mark.parametrize("count", [1, 7, 8, 9, 10, 15, 16, 17, 63, 64, 65])
def test_lengths_around_the_edges_of_a_window(count: int) -> None:
    windows = cut(sentence([1] * count), 0, 10, BEFORE, AFTER, 2)
    assert scored(windows) == list(range(count))
    assert len(windows) == 1 if count <= 8 else len(windows) > 1


def test_words_at_an_inner_edge_are_scored_where_they_have_context() -> None:
    first, second = cut(sentence([1] * 12), 0, 10, BEFORE, AFTER, 2)
    assert scored([first]) == [0, 1, 2, 3, 4, 5]
    assert first.ids[1:-1] == tuple(1000 * (w + 1) for w in range(8))
    assert scored([second]) == [6, 7, 8, 9, 10, 11]
    assert second.ids[1:-1] == tuple(1000 * (w + 1) for w in range(4, 12))


def test_a_word_longer_than_the_window_is_cut_short() -> None:
    windows = cut(sentence([2, 50, 2]), 0, 10, BEFORE, AFTER)
    assert scored(windows) == [0, 1, 2]


def test_targets_stand_on_first_pieces_alone() -> None:
    (window,) = cut(sentence([2, 0, 1]), 0, 10, BEFORE, AFTER)
    assert window.targets([4, 5, 6]) == [IGNORED, 4, IGNORED, 6, IGNORED]


def test_a_sentence_without_pieces_has_no_window() -> None:
    assert cut([], 0, 10, BEFORE, AFTER) == []
    assert cut([[], []], 0, 10, BEFORE, AFTER) == []


def test_a_window_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        cut([[1]], 0, 2, BEFORE, AFTER)
