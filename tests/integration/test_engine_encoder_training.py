"""The training loop on a model small enough to see through."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
import torch
from torch import Tensor, nn

from instruct_ui.engine.base import Event
from instruct_ui.engine.estimating import probe
from instruct_ui.engine.training import Check, TrainOutcome, build_optimizer, train
from instruct_ui.errors import RequestError
from instruct_ui.spec import FineTune


@dataclass
class Line:
    """y = 3x from one weight, eight batches an epoch."""

    scores: Sequence[float] | None = None
    """What the checks find, in order; None: minus the validation loss."""
    stop_at: int = 10**9
    model: nn.Linear = field(default_factory=lambda: nn.Linear(1, 1))
    events: list[Event] = field(default_factory=list)
    saved: list[float] = field(default_factory=list)
    steps: int = 0
    checks: int = 0

    def __post_init__(self) -> None:
        nn.init.zeros_(self.model.weight)
        nn.init.zeros_(self.model.bias)

    def loss(self, batch: Tensor) -> Tensor:
        self.steps += 1
        return ((self.model(batch) - 3 * batch) ** 2).mean()

    def check(self) -> Check:
        x = torch.linspace(0.5, 1.2, 9).unsqueeze(1)
        loss = float(((self.model(x) - 3 * x) ** 2).mean())
        self.checks += 1
        score = -loss if self.scores is None else self.scores[self.checks - 1]
        return Check(score, loss)

    def train(
        self,
        settings: FineTune,
        check: bool = True,
        loss: Callable[[Tensor], Tensor] | None = None,
    ) -> TrainOutcome:
        return train(
            self.model,
            lambda epoch: [torch.full((4, 1), 0.5 + 0.1 * i) for i in range(8)],
            loss or self.loss,
            len,
            self.check if check else None,
            settings,
            self.events.append,
            lambda: self.steps >= self.stop_at,
            lambda: self.saved.append(float(self.model.weight.detach())),
            0,
        )

    def told(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.kind == kind]


SETTINGS = FineTune(epochs=4, learning_rate=0.1, patience=0)


def test_training_lowers_the_loss_and_tells_of_every_check() -> None:
    line = Line()
    outcome = line.train(SETTINGS)
    checks = line.told("check")
    assert outcome.steps == 32
    assert [event.values["step"] for event in checks] == [8, 16, 24, 32]
    losses = [float(event.values["loss"] or 0) for event in checks]
    assert losses[-1] < losses[0] / 4
    last = line.told("step")[-1].values
    assert (last["step"], last["steps"], last["epoch"]) == (32, 32, 4)
    assert 0 <= float(last["seconds_left"] or 0) < 60  # the last check is still to come
    assert int(last["memory_bytes"] or 0) > 10**7


def test_the_model_ends_with_its_best_weights_and_saves_each_improvement() -> None:
    line = Line(scores=[0.5, 0.9, 0.7, 0.8])
    outcome = line.train(SETTINGS)
    assert (outcome.best_score, outcome.best_step) == (0.9, 16)
    assert len(line.saved) == 2
    assert float(line.model.weight.detach()) == line.saved[-1]
    assert [event.values["best"] for event in line.told("check")] == [True, True, False, False]


def test_patience_ends_the_training_after_checks_without_gain() -> None:
    line = Line(scores=[0.9, 0.5, 0.5, 0.5])
    outcome = line.train(SETTINGS.model_copy(update={"patience": 2}))
    assert (outcome.steps, outcome.best_step, outcome.stopped) == (24, 8, False)


def test_a_score_that_cannot_rise_yet_does_not_end_it_while_the_loss_falls() -> None:
    line = Line(scores=[0.0] * 4)
    assert line.train(SETTINGS.model_copy(update={"patience": 1})).steps == 32


def test_stopping_keeps_the_best_so_far() -> None:
    line = Line(scores=[0.5, 0.4, 0.3, 0.2], stop_at=20)
    outcome = line.train(SETTINGS)
    assert (outcome.steps, outcome.best_step, outcome.stopped) == (20, 8, True)


def test_stopping_before_the_first_check_judges_once_and_keeps_that() -> None:
    line = Line(stop_at=3)
    outcome = line.train(SETTINGS)
    assert (outcome.steps, outcome.best_step, line.checks, len(line.saved)) == (3, 3, 1, 1)


def test_without_validation_rows_the_last_weights_are_kept() -> None:
    line = Line()
    outcome = line.train(SETTINGS, check=False)
    assert (outcome.best_score, outcome.best_step) == (None, 32)
    assert len(line.saved) == 4


def test_a_loss_that_is_no_number_names_the_step_and_the_rate() -> None:
    line = Line()
    with pytest.raises(RequestError, match=r"step 1.*0\.1"):
        line.train(SETTINGS, loss=lambda batch: line.loss(batch) * math.inf)


def test_the_same_seed_trains_the_same_weights() -> None:
    first, second = Line(), Line()
    for line in (first, second):
        dropped = nn.Dropout(0.5)
        line.train(SETTINGS, loss=lambda batch, d=dropped, own=line: own.loss(d(batch)))  # type: ignore[misc]
    assert float(first.model.weight.detach()) == float(second.model.weight.detach())


def test_biases_and_norms_do_not_decay() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.LayerNorm(3))
    decayed, other = build_optimizer(model, FineTune(weight_decay=0.5)).param_groups
    assert (decayed["weight_decay"], [p.ndim for p in decayed["params"]]) == (0.5, [2])
    assert (other["weight_decay"], [p.ndim for p in other["params"]]) == (0.0, [1, 1, 1])


def test_an_estimate_counts_all_steps_and_takes_some_time() -> None:
    line = Line()
    found = probe(line.model, lambda epoch: [torch.ones(4, 1)] * 8, line.loss, len, 100, SETTINGS)
    assert found.steps == 32
    assert 0 < found.seconds < 60
    assert found.memory_bytes > 10**7
    assert line.steps <= 6
