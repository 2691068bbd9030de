"""Label scores with the shared prefix run once, against the plain computation."""

import time
from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from causal_rows import CARD, FRAME, TEST, TRAIN, model_folder, question
from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

from instruct_ui.engine.base import Question
from instruct_ui.engine.candidates import CandidateReader, Candidates
from instruct_ui.engine.loading import Base, load_base
from instruct_ui.engine.prefix_cache import LabelScorer, can_share, plain_scores
from instruct_ui.templates.prompt import ChatFrame

EXAMPLES = "".join(f"Review: {text}\nMood: {label}\n\n" for text, label in TRAIN)
UNEVEN = (
    "Bad.",
    "Good. " * 60,
    "We came late, and they still cooked for us; that was kind of them, and the food was fine.",
    "",
    "很好吃，下次再来！",
    "Bad.",
)
ONE_TOKEN = ("negative", "positive")
MANY_TOKENS = ("bad", "very disappointing service", "good, come again")
ONE_BEGINS_ANOTHER = ("good", "good enough", "good enough for me")
SMALL = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "initializer_range": 0.5,
}


@pytest.fixture(scope="module")
def real() -> Base:
    return load_base(model_folder(), "causal")


@pytest.fixture(scope="module")
def base(real: Base) -> Base:
    """The real tokenizer with a model of chance: as exact a test of sums, in less time."""
    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(**SMALL, vocab_size=real.model.config.vocab_size))
    return replace(real, model=model.eval())


def read(
    base: Base, words: tuple[str, ...], questions: Sequence[Question], frame: ChatFrame | None
) -> list[Candidates]:
    reader = CandidateReader(base.tokenizer, words, CARD.window, CARD.name, frame)
    return [reader.read(q.prompt) for q in questions]


def score(scorer: LabelScorer, rows: list[Candidates]) -> torch.Tensor:
    found = torch.zeros(len(rows), len(rows[0].tails), dtype=torch.float64)
    for batch, scores in scorer.score(rows):
        found[batch] = scores
    return found


def plain(base: Base, rows: list[Candidates]) -> torch.Tensor:
    return torch.stack([plain_scores(base.model, row) for row in rows])


def assert_same(found: torch.Tensor, expected: torch.Tensor) -> None:
    assert expected.std() > 0.2  # there is something to tell apart
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)


@pytest.mark.models
@pytest.mark.parametrize("words", [ONE_TOKEN, MANY_TOKENS, ONE_BEGINS_ANOTHER])
@pytest.mark.parametrize("frame", [None, FRAME])
def test_scores_equal_the_plain_computation(
    base: Base, words: tuple[str, ...], frame: ChatFrame | None
) -> None:
    rows = read(base, words, [question(t, EXAMPLES[:200]) for t in UNEVEN], frame)
    scorer = LabelScorer(base.model, cells=600)  # several batches
    assert_same(score(scorer, rows), plain(base, rows))
    assert scorer.shared_tokens > 40


@pytest.mark.models
def test_scores_of_the_embedded_model_equal_the_plain_computation(real: Base) -> None:
    rows = read(real, MANY_TOKENS, [question(t, EXAMPLES[:200]) for t in UNEVEN[2:5]], None)
    assert_same(score(LabelScorer(real.model), rows), plain(real, rows))


@pytest.mark.models
def test_a_prefix_that_ends_in_line_breaks_is_shared_on_token_ids(base: Base) -> None:
    """Alone, the break before the row is another token than in front of the row's first letter."""
    instruction = question("", EXAMPLES[:200])
    seam = instruction.prompt.segments[1].text + "\n\n"
    texts = ("Bad food", "\n\nGood food", "  spaces", "7 of 10")
    framed = ChatFrame(before="", after="\n\n\n\n", end="")
    rows = [
        row
        for text in texts
        for row in read(base, MANY_TOKENS, [question(text, seam, answer="")], framed)
    ]
    assert_same(score(LabelScorer(base.model), rows), plain(base, rows))


@pytest.mark.models
def test_one_row_alone_and_the_next_with_another_prompt(base: Base) -> None:
    """A text tried out is a batch of one, and starts from what the last one left."""
    scorer = LabelScorer(base.model)
    prompts = [question("Bad."), question("Nice place"), question("Nice place", EXAMPLES[:150])]
    for words in (ONE_TOKEN, MANY_TOKENS):
        for asked in prompts:
            rows = read(base, words, [asked], None)
            torch.testing.assert_close(score(scorer, rows), plain(base, rows), rtol=0, atol=1e-4)
    seen = scorer.tokens_seen
    score(scorer, read(base, ONE_TOKEN, [prompts[-1]], None))
    assert scorer.tokens_seen == seen + 1


@pytest.mark.models
def test_rows_that_share_nothing(base: Base) -> None:
    rows = [
        Candidates((5000, 6000, 7000), ((8000,), (8001, 9000, 100))),
        Candidates((5001,), ((8000,), (8001, 9000))),
    ]
    assert_same(score(LabelScorer(base.model), rows), plain(base, rows))


@pytest.mark.models
def test_shared_work_is_done_once(real: Base) -> None:
    """Twelve times as fast was measured on 40 rows; half of it would be a fault."""
    rows = read(real, ONE_TOKEN, [question(t, EXAMPLES) for t, _ in TEST], None)
    scorer = LabelScorer(real.model)
    score(scorer, rows)  # warm
    scorer = LabelScorer(real.model)
    start = time.perf_counter()
    score(scorer, rows)
    shared = time.perf_counter() - start
    start = time.perf_counter()
    plain(real, rows[:2])
    assert (time.perf_counter() - start) * len(rows) / 2 > 4 * shared
    own = sum(len(row.shared) - scorer.shared_tokens for row in rows)
    assert scorer.tokens_seen == scorer.shared_tokens + own


def test_architectures_that_cannot_share_are_found_and_scored_alone() -> None:
    torch.manual_seed(0)
    assert can_share(LlamaForCausalLM(LlamaConfig(**SMALL, vocab_size=64)).eval())
    sliding = MistralForCausalLM(MistralConfig(**SMALL, vocab_size=64, sliding_window=4)).eval()
    assert not can_share(sliding)
    row = Candidates((7, 8, 9, 10, 11, 12), ((13, 14, 15), (16, 17)))
    found = score(LabelScorer(sliding, plain=True), [row, row])
    torch.testing.assert_close(found, torch.stack([plain_scores(sliding, row)] * 2))
