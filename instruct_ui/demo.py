"""The whole journey on one sample project, in the terminal."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from instruct_ui import experiment
from instruct_ui.data.samples import sample_named
from instruct_ui.evaluation.compare import compare
from instruct_ui.evaluation.verdict import sentence
from instruct_ui.experiment import Outcome
from instruct_ui.preview.client import Preview
from instruct_ui.settings import settings
from instruct_ui.spec import Approach, FewShot, FineTune, Spec, ZeroShot

_WAYS: tuple[tuple[str, Approach], ...] = (
    ("Zero-shot", ZeroShot()),
    ("Few-shot", FewShot(shots_per_label=8)),
    ("Fine-tuned", FineTune(epochs=8, learning_rate=3e-4, patience=3)),
)


def play(out: Path, sample_key: str = "support_intents", model: str = "minilm") -> None:
    """Zero-shot, few-shot and fine-tuned on the same rows; reports go to folders under `out`."""
    sample = sample_named(sample_key)
    preview = Preview()
    outcomes: list[tuple[str, Outcome]] = []
    try:
        for name, approach in _WAYS:
            print(f"{name} with {model} on {sample.file} ...")
            spec = Spec(
                task=sample.task,
                data=sample.data(),
                template=sample.template,
                model=model,
                approach=approach,
            )
            folder = out / name.lower().replace("-", "_")
            outcome = experiment.run(
                spec,
                models_dir=settings().models_dir,
                preview=preview,
                listen=lambda event: None,
                stop=lambda: False,
                out=folder,
            )
            report = outcome.report
            print(
                f"  {report.headline} {report.metrics[report.headline]:.3f} "
                f"on {report.rows} rows, seed {report.seed}"
            )
            outcomes.append((name, outcome))
    finally:
        preview.close()
    for (name_a, a), (name_b, b) in pairwise(outcomes):
        print(sentence(compare(a.predictions, b.predictions, 0), name_a, name_b, "en"))
    print(f"Reports: {out.resolve()}")
