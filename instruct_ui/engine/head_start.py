"""What a head knows before the first training step: what few-shot knows of the training rows.

A head that starts at random has first to find out what an untouched encoder already tells, which
with a few dozen rows takes the whole training (Kumar et al. 2022 show that it also bends the
encoder). So a text head starts from the prototypes of the labels, and a tag head from a logistic
regression on word vectors.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from instruct_ui.engine import prototypes
from instruct_ui.engine.base import Stop
from instruct_ui.engine.batching import over_batches, padded
from instruct_ui.engine.encoder import Encoder, pad_id
from instruct_ui.engine.headed_model import HeadedModel
from instruct_ui.engine.loading import Base
from instruct_ui.engine.prototypes import Numbers, Vectors
from instruct_ui.engine.token_windows import IGNORED
from instruct_ui.models.card import ModelCard

_ROWS = 16
"""Texts a label."""
_WINDOWS = 256
_BATCH = 32
_C = 10.0
_UNSEEN = -2.0
"""Bias of a tag without a training row, below the lowest of the others."""


def start_text_head(
    headed: HeadedModel,
    card: ModelCard,
    texts: Sequence[str],
    gold: Sequence[int],
    descriptions: Sequence[str],
    stop: Stop,
) -> None:
    """The head's weights become the labels' prototypes, from up to 16 texts a label."""
    taken = [0] * len(descriptions)
    picked: list[int] = []
    for row, label in enumerate(gold):
        taken[label] += 1
        if taken[label] <= _ROWS:
            picked.append(row)
    headed.model.eval()
    encoder = Encoder(Base(headed.model.encoder, headed.tokenizer, headed.device), card)
    shots = encoder.embed([texts[row] for row in picked], lambda event: None, stop)
    described = encoder.embed(descriptions, lambda event: None, stop)
    centres = prototypes.centres(shots, np.array([gold[row] for row in picked]), described)
    headed.model.start_from(torch.from_numpy(centres).to(headed.device))


def start_tag_head(
    headed: HeadedModel,
    rows: Sequence[Sequence[int]],
    targets: Sequence[Sequence[int]],
    seed: int,
    stop: Stop,
) -> None:
    """The head becomes a logistic regression on the words of up to 256 windows."""
    picked = random.Random(seed).sample(range(len(rows)), min(_WINDOWS, len(rows)))
    vectors, gold = _words(headed, [rows[i] for i in picked], [targets[i] for i in picked], stop)
    seen = np.unique(gold)
    if len(seen) < 2:
        return
    # Encoders crowd their vectors around one point: centred and of length about 1 they can be
    # told apart by moderate weights. The head reads them raw, so both are folded into it.
    centre = vectors.mean(axis=0)
    spread = float(np.linalg.norm(vectors - centre, axis=1).mean())
    model = LogisticRegression(C=_C, max_iter=500).fit((vectors - centre) / spread, gold)
    weight, bias = model.coef_ / spread, model.intercept_
    if len(seen) == 2:  # one row of weights tells the second from the first
        weight, bias = np.stack([-weight[0], weight[0]]) / 2, np.array([-bias[0], bias[0]]) / 2
    bias = bias - weight @ centre
    head = headed.model.classifier
    with torch.no_grad():
        head.weight.zero_()
        head.bias.fill_(float(model.intercept_.min()) + _UNSEEN)
        head.weight[seen] = torch.from_numpy(weight).to(head.weight)
        head.bias[seen] = torch.from_numpy(bias).to(head.bias)


@torch.no_grad()
def _words(
    headed: HeadedModel,
    rows: Sequence[Sequence[int]],
    targets: Sequence[Sequence[int]],
    stop: Stop,
) -> tuple[Vectors, Numbers]:
    """(words, hidden) last-layer vectors of the scored positions, and their tag ids."""

    def run(batch: list[int]) -> list[Vectors]:
        ids, mask = padded([rows[i] for i in batch], pad_id(headed.tokenizer), headed.device)
        read = headed.model.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return list(read.float().cpu().numpy())

    headed.model.eval()
    read = over_batches([len(row) for row in rows], _BATCH, run, lambda event: None, stop)
    gold = [np.array(own) for own in targets]
    kept = [own != IGNORED for own in gold]
    vectors = [v[: len(k)][k] for v, k in zip(read, kept, strict=True)]
    return np.concatenate(vectors), np.concatenate(
        [own[k] for own, k in zip(gold, kept, strict=True)]
    )
