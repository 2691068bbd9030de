"""Few-shot heads on vectors of length 1."""

import numpy as np
import pytest

from instruct_ui.engine import prototypes
from instruct_ui.engine.prototypes import Method, Numbers, Vectors

LABELS = 3
METHODS: tuple[Method, ...] = ("prototypes", "logistic")


def unit(vectors: Vectors) -> Vectors:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def clouds(per_label: int, noise: float, seed: int) -> tuple[Vectors, Numbers]:
    draw = np.random.default_rng(seed)
    gold = np.repeat(np.arange(LABELS), per_label)
    return unit(np.eye(8)[gold] + noise * draw.standard_normal((len(gold), 8))), gold


DESCRIPTIONS = unit(np.eye(8)[:LABELS] + 0.3)


@pytest.mark.parametrize("method", METHODS)
def test_a_head_tells_clouds_apart_with_probabilities(method: Method) -> None:
    shots, gold = clouds(8, 0.2, 0)
    texts, wanted = clouds(20, 0.2, 1)
    found = prototypes.fit(method, shots, gold, DESCRIPTIONS)(texts)
    assert (found.argmax(axis=1) == wanted).mean() > 0.95
    assert found.sum(axis=1) == pytest.approx(np.ones(len(texts)), abs=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_a_label_without_shots_is_found_by_its_description(method: Method) -> None:
    shots, gold = clouds(4, 0.1, 0)
    kept = gold != 2
    found = prototypes.fit(method, shots[kept], gold[kept], DESCRIPTIONS)(DESCRIPTIONS)
    assert found.argmax(axis=1).tolist() == [0, 1, 2]


@pytest.mark.parametrize("method", METHODS)
def test_one_label_alone_is_certain(method: Method) -> None:
    shots, _ = clouds(1, 0.1, 0)
    head = prototypes.fit(method, shots, np.zeros(LABELS, np.int64), DESCRIPTIONS[:1])
    assert head(shots).tolist() == [[1.0]] * LABELS


def test_shots_move_a_prototype_away_from_a_misleading_description() -> None:
    shots, gold = clouds(8, 0.1, 0)
    misleading = DESCRIPTIONS[[1, 0, 2]]
    assert prototypes.nearest(misleading)(shots).argmax(axis=1).tolist() != gold.tolist()
    found = prototypes.fit("prototypes", shots, gold, misleading)(shots)
    assert found.argmax(axis=1).tolist() == gold.tolist()


def test_auto_takes_logistic_where_one_direction_tells_the_labels_apart() -> None:
    # The rest is loud and means nothing, which pulls prototypes aside and a regression ignores.
    draw = np.random.default_rng(0)
    gold = np.tile([0, 1], 20)
    loud = draw.standard_normal((40, 8)) * np.array([0.05, *[1.0] * 7])
    loud[:, 0] += np.where(gold == 0, 0.4, -0.4)
    same = np.repeat(unit(np.ones((1, 8))), 2, axis=0)
    assert prototypes.choose(unit(loud), gold, same, 0) == "logistic"


def test_auto_takes_prototypes_where_the_shots_are_vague() -> None:
    shots, gold = clouds(8, 1.0, 2)
    assert prototypes.choose(shots, gold, DESCRIPTIONS, 0) == "prototypes"


def test_auto_does_not_judge_on_too_few_shots() -> None:
    shots, gold = clouds(3, 1.5, 0)
    assert prototypes.choose(shots, gold, DESCRIPTIONS, 0) == "logistic"
