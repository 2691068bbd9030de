"""Rows and requests the causal tests share."""

from pathlib import Path
from typing import Any

from instruct_ui.engine.base import Question, Request, Shot
from instruct_ui.models import catalogue, fetch
from instruct_ui.settings import settings
from instruct_ui.spec import ZeroShot
from instruct_ui.templates.prompt import ChatFrame, Prompt, Segment

CARD = catalogue.EMBEDDED["smollm2"]
FRAME = ChatFrame(
    before="<|im_start|>system\nYou are a helpful AI assistant.<|im_end|>\n<|im_start|>user\n",
    after="<|im_end|>\n<|im_start|>assistant\n",
    end="<|im_end|>",
)
MOODS = ("negative", "positive")
TRAIN = (
    ("The soup was cold and the waiter was rude.", "negative"),
    ("What a wonderful evening, we will come again!", "positive"),
    ("I waited two hours and nobody came.", "negative"),
    ("Best cake in town, and so friendly.", "positive"),
    ("Dirty tables, loud music, awful food.", "negative"),
    ("Everything was fresh and delicious.", "positive"),
    ("They lost my order twice.", "negative"),
    ("The staff made our day, thank you!", "positive"),
)
TEST = (
    ("The bread was stale.", "negative"),
    ("A lovely place with a great view and kind people.", "positive"),
    ("Never again, I was ill for three days after the fish they served us.", "negative"),
    ("Superb!", "positive"),
    ("Too expensive for such tiny portions, and the room smelled of paint.", "negative"),
    ("The children loved it, and so did we.", "positive"),
    ("My steak was burnt.", "negative"),
    ("Perfect coffee.", "positive"),
)


def model_folder() -> Path:
    return fetch.locate("smollm2", settings().models_dir)


def question(text: str, examples: str = "", answer: str = "Mood:") -> Question:
    segments = (
        Segment("instruction", 1, "Is the mood of the review negative or positive?\n\n"),
        Segment("examples", 1, examples),
        Segment("input", 1, f"Review: {text}\n"),
        Segment("answer", 1, answer),
    )
    return Question(Prompt(segments), text)


def shots(rows: tuple[tuple[str, str], ...]) -> tuple[Shot, ...]:
    return tuple(Shot(question(text), label) for text, label in rows)


def request(**changes: Any) -> Request:
    given: dict[str, Any] = {
        "card": CARD,
        "folder": model_folder(),
        "task": "text_classification",
        "labels": MOODS,
        "words": MOODS,
        "descriptions": MOODS,
        "approach": ZeroShot(),
        "blank": question("N/A"),
        "chat": "off",
        "frame": FRAME,
    }
    return Request(**(given | changes))
