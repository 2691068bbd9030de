"""Rows and requests the encoder tests share."""

from pathlib import Path
from typing import Any

from instruct_ui.engine.base import Event, Question, Request, Shot
from instruct_ui.models import catalogue, fetch
from instruct_ui.settings import settings
from instruct_ui.spec import ZeroShot
from instruct_ui.templates.prompt import Prompt

TOPICS = ("card_lost", "delivery", "refund")
DESCRIPTIONS = ("card lost", "delivery", "refund")
TRAIN = (
    ("I cannot find my bank card anywhere.", "card_lost"),
    ("Someone stole my card on the train.", "card_lost"),
    ("My wallet is gone and the card was in it.", "card_lost"),
    ("Please block my card, I left it in a taxi.", "card_lost"),
    ("When will my parcel arrive?", "delivery"),
    ("The courier never came to my house.", "delivery"),
    ("Tracking says the package is still in the depot.", "delivery"),
    ("My order has been on its way for two weeks.", "delivery"),
    ("I want my money back for this jacket.", "refund"),
    ("You charged me twice, please return one payment.", "refund"),
    ("How long until the refund is on my account?", "refund"),
    ("I sent the shoes back but got no money yet.", "refund"),
)
TEST = (
    ("I dropped my debit card somewhere in the park.", "card_lost"),
    ("A thief took my credit card this morning.", "card_lost"),
    ("Where is my package?", "delivery"),
    ("The delivery man left nothing at the door.", "delivery"),
    ("Give me back what I paid.", "refund"),
    ("Still waiting for the repayment of my cancelled order.", "refund"),
)

TYPES = ("LOC", "PER")
SENTENCES = (
    ("Maria Keller lives in Berlin .", "B-PER I-PER O O B-LOC O"),
    ("Yesterday Peter Olsen flew to Oslo .", "O B-PER I-PER O O B-LOC O"),
    ("The mayor of Paris met Anna Rossi .", "O O O B-LOC O B-PER I-PER O"),
    ("John Baker left London in June .", "B-PER I-PER O B-LOC O O O"),
    ("It rained all week .", "O O O O O"),
    ("Trains from Vienna to Prague are late .", "O O B-LOC O B-LOC O O O"),
    ("David Stone paints houses .", "B-PER I-PER O O O"),
    ("In Madrid , Laura Perez opened a shop .", "O B-LOC O B-PER I-PER O O O O"),
)
UNSEEN = (
    ("Susan Miller works in Hamburg .", "B-PER I-PER O O B-LOC O"),
    ("Buses from Lyon to Geneva are full .", "O O B-LOC O B-LOC O O O"),
)


def ignore(event: Event) -> None:
    pass


def never() -> bool:
    return False


def model_folder(name: str = "minilm") -> Path:
    return fetch.locate(name, settings().models_dir)


def question(text: str) -> Question:
    return Question(Prompt(()), text)


def sentence(words: str) -> Question:
    return Question(Prompt(()), words, tuple(words.split()))


def texts(rows: tuple[tuple[str, str], ...]) -> tuple[Shot, ...]:
    return tuple(Shot(question(text), label) for text, label in rows)


def tagged(rows: tuple[tuple[str, str], ...]) -> tuple[Shot, ...]:
    return tuple(Shot(sentence(words), tags=tuple(tags.split())) for words, tags in rows)


def request(model: str = "minilm", **changes: Any) -> Request:
    given: dict[str, Any] = {
        "card": catalogue.EMBEDDED[model],
        "folder": model_folder(model),
        "task": "text_classification",
        "labels": TOPICS,
        "words": DESCRIPTIONS,
        "descriptions": DESCRIPTIONS,
        "approach": ZeroShot(),
    }
    return Request(**given | changes)


def tag_request(model: str = "minilm", **changes: Any) -> Request:
    given: dict[str, Any] = {
        "task": "token_classification",
        "labels": TYPES,
        "words": TYPES,
        "descriptions": TYPES,
    }
    return request(model, **given | changes)
