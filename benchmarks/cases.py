"""What `tasks.py` measures: data set, template, model and approach, with the rows of each.

Test rows are a seeded sample where there is a limit. Writing is slow without a graphics card, so
the samples for it are small: each run of it ends within four minutes on two slow cores.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from instruct_ui.spec import SPLITS, Spec, parse


@dataclass(frozen=True)
class Case:
    name: str
    task: str
    data: dict[str, Any]
    template: str
    model: str
    approach: dict[str, Any]
    limit: dict[str, int]
    found: float | None = None
    """What was measured by hand before, where it was."""

    def spec(self, base: Path, rows: int | None) -> Spec:
        """For data sets below `base`, with at most `rows` test rows."""
        files = {
            name: str(base / self.data[name]) for name in ("file", *SPLITS) if name in self.data
        }
        limit = dict(self.limit)
        if rows is not None:
            limit["test"] = min(rows, limit.get("test", rows))
        plain = {
            "task": self.task,
            "data": self.data | files,
            "template": self.template,
            "model": self.model,
            "approach": self.approach,
            "limit": limit,
        }
        return parse(plain, self.name)


_ZERO: dict[str, Any] = {"kind": "zero_shot"}
_SHOWN: dict[str, Any] = {"kind": "few_shot"}
"""As many examples as the template shows."""
_LABEL: dict[str, Any] = {"kind": "few_shot", "shots_per_label": 8}


def _few(shots: int) -> dict[str, Any]:
    return {"kind": "few_shot", "shots": shots}


def _tune(epochs: int, **more: Any) -> dict[str, Any]:
    return {"kind": "fine_tune", "epochs": epochs, **more}


def _together(column: str) -> dict[str, Any]:
    """Shares of a file whose rows with one value of `column` stay in one part."""
    return {"train": 0.3, "validation": 0, "test": 0.7, "by": "group", "column": column}


_BANKING = {"train": "banking77/train.csv", "test": "banking77/test.csv"}
_EMOTION = {
    "train": "tweeteval_emotion/train.csv",
    "validation": "tweeteval_emotion/val.csv",
    "test": "tweeteval_emotion/test.csv",
}
_WAIMAI = {
    "file": "waimai_zh/waimai_10k.csv",
    "split": {"train": 0.7, "validation": 0.1, "test": 0.2},
    "columns": {"text": "review", "label": "label"},
    "labels": {"0": "负面", "1": "正面"},
}
_WNUT = {
    "train": "wnut17/wnut17train.conll",
    "validation": "wnut17/emerging.dev.conll",
    "test": "wnut17/emerging.test.annotated",
    "format": "conll",
}
_SEMEVAL = {
    "train": "semeval2010_task8/TRAIN_FILE.TXT",
    "test": "semeval2010_task8/TEST_FILE_FULL.TXT",
}
_XQUAD_EN = {"test": "xquad/xquad.en.json"}
_XQUAD_ZH = {"test": "xquad/xquad.zh.json"}
_XQUAD_SPLIT = {"file": "xquad/xquad.en.json", "split": _together("passage")}
_TO_ZH = {
    "file": "cmn_eng_tatoeba/cmn.txt",
    "split": _together("source"),
    "columns": {"source": 0, "target": 1},
}
_TO_EN = _TO_ZH | {"columns": {"source": 1, "target": 0}}
_DIALOGSUM = {
    "train": "dialogsum/dialogsum.dev.jsonl",
    "test": "dialogsum/dialogsum.test.jsonl",
}
_BITEXT = {
    "train": "bitext_customer_service/Bitext_Sample_Customer_Service_Training_Dataset.csv",
    "test": "bitext_customer_service/Bitext_Sample_Customer_Service_Testing_Dataset.csv",
    "columns": {"question": "utterance", "answer": "intent"},
}
_CROSSWOZ = {"train": "crosswoz_zh/val.json.zip", "test": "crosswoz_zh/test.json.zip"}

_T, _N, _R = "text_classification", "token_classification", "relation_classification"
_Q, _L, _S = "question_answering", "translation", "summarization"
_K, _D = "answer_retrieval", "dialogue"
_LORA = _tune(1, strategy="lora", learning_rate=5e-4)
_SMALL = {"train": 512, "test": 200}
_PART = {"train": 2000, "test": 600}
_RELATIONS = {"train": 4000}
_ASKED, _TOLD, _PUT = {"test": 80}, {"test": 50}, {"test": 100}
_ARROW, _NOTES = "relation-direction", "conversation-notes"
_EN, _ZH = "answer-from-passage", "answer-from-passage-zh"
_E5 = "e5-multilingual"

CASES = (
    Case("banking77", _T, _BANKING, "intent", "minilm", _ZERO, {"test": 600}, 0.60),
    Case("banking77", _T, _BANKING, "intent", "minilm", _LABEL, {"test": 600}, 0.82),
    Case("banking77", _T, _BANKING, "intent", "minilm", _tune(2), {"test": 600}),
    Case("tweeteval_emotion", _T, _EMOTION, "emotion", "minilm", _ZERO, {}, 0.627),
    Case("tweeteval_emotion", _T, _EMOTION, "emotion", "minilm", _LABEL, {}, 0.55),
    Case("tweeteval_emotion", _T, _EMOTION, "emotion", "minilm", _tune(3), {}),
    Case("tweeteval_emotion", _T, _EMOTION, "emotion", "smollm2", _ZERO, {"test": 200}, 0.66),
    Case("tweeteval_emotion", _T, _EMOTION, "emotion", "smollm2", _few(8), {"test": 200}),
    Case("tweeteval_emotion", _T, _EMOTION, "emotion", "smollm2", _LORA, _SMALL),
    Case("waimai_zh", _T, _WAIMAI, "sentiment-zh", _E5, _ZERO, {"test": 600}),
    Case("waimai_zh", _T, _WAIMAI, "sentiment-zh", _E5, _LABEL, {"test": 600}),
    Case("waimai_zh", _T, _WAIMAI, "sentiment-zh", _E5, _tune(1), _PART),
    Case("wnut17", _N, _WNUT, "ner", "minilm", _LABEL, {}),
    Case("wnut17", _N, _WNUT, "ner", "minilm", _tune(3), {}),
    Case("wnut17", _N, _WNUT, "ner", _E5, _tune(2), {}),
    Case("semeval2010_task8", _R, _SEMEVAL, _ARROW, "minilm", _ZERO, {}),
    Case("semeval2010_task8", _R, _SEMEVAL, _ARROW, "minilm", _LABEL, {}),
    Case("semeval2010_task8", _R, _SEMEVAL, _ARROW, "minilm", _tune(3), _RELATIONS),
    Case("xquad_en", _Q, _XQUAD_EN, _EN, "minilm", _ZERO, {}),
    Case("xquad_en", _Q, _XQUAD_EN, _EN, _E5, _ZERO, {}),
    Case("xquad_en", _Q, _XQUAD_SPLIT, _EN, "smollm2", _ZERO, _ASKED),
    Case("xquad_en", _Q, _XQUAD_SPLIT, _EN, "smollm2", _SHOWN, _ASKED),
    Case("xquad_zh", _Q, _XQUAD_ZH, _ZH, _E5, _ZERO, {}),
    Case("cmn_eng_tatoeba_en_zh", _L, _TO_ZH, "translate", "smollm2", _SHOWN, _PUT),
    Case("cmn_eng_tatoeba_zh_en", _L, _TO_EN, "translate-zh", "smollm2", _SHOWN, _PUT),
    Case("dialogsum", _S, _DIALOGSUM, _NOTES, "minilm", _ZERO, {}),
    Case("dialogsum", _S, _DIALOGSUM, _NOTES, "smollm2", _ZERO, _TOLD),
    Case("dialogsum", _S, _DIALOGSUM, _NOTES, "smollm2", _SHOWN, _TOLD),
    Case("bitext_customer_service", _K, _BITEXT, "best-answer", "minilm", _ZERO, {}),
    Case("bitext_customer_service", _K, _BITEXT, "best-answer", "minilm", _few(216), {}),
    Case("crosswoz_zh", _D, _CROSSWOZ, "next-turn-zh", _E5, _ZERO, {}),
    Case("crosswoz_zh", _D, _CROSSWOZ, "next-turn-zh", _E5, _few(200), {}),
)  # fmt: skip

SECOND = {
    _T: "macro_f1",
    _N: "token_macro_f1",
    _R: "macro_f1",
    _Q: "exact_match",
    _L: "bleu",
    _S: "rouge1",
    _K: "mrr",
    _D: "recall_at_1",
}
"""The metric told beside the headline metric of a task."""

NOTES = {
    "semeval2010_task8": "labels as they stand in the file, such as Cause-Effect(e2,e1)",
    "xquad_en": "encoders answer with a whole sentence, on all rows; `smollm2` writes, on a sample "
    "of the 70 % of the passages that lend it no examples",
    "xquad_zh": "the best sentence alone, because no embedded model writes Chinese",
    "cmn_eng_tatoeba_en_zh": "`smollm2` was trained on English and hardly writes Chinese: this "
    "line shows how poor that is, and is no advice",
    "cmn_eng_tatoeba_zh_en": "`smollm2` hardly reads Chinese either: poor, and no advice",
    "dialogsum": "examples come from the development file; three summaries of each dialogue are "
    "accepted",
    "bitext_customer_service": "the set holds no answers, so its intents serve as the known ones",
    "crosswoz_zh": "the last turn of a conversation is its answer, mostly a reply to thanks; known "
    "are the last turns of both files, examples come from the validation file",
}
"""What a reader of the figures has to know of a data set."""
