"""A run as it is shown: its name, and the sign and colour it has everywhere."""

from __future__ import annotations

from dataclasses import dataclass

from instruct_ui.evaluation.report import Report


@dataclass(frozen=True, slots=True)
class RunSign:
    sign: str
    """Before the run's name in tables."""
    symbol: str
    """The same shape under plotly's name for it."""
    light: str
    dark: str
    """Colours on the light and the dark surface, at least 4.5:1 each."""


RUN_SIGNS: tuple[RunSign, ...] = (
    RunSign("●", "circle", "#0E6460", "#5CC2BA"),
    RunSign("▲", "triangle-up", "#9B2C4C", "#E993A9"),
    RunSign("■", "square", "#586273", "#AEB6C2"),
    RunSign("◆", "diamond", "#0B5394", "#82B4E8"),
    RunSign("▼", "triangle-down", "#7A5200", "#DDB04F"),
    RunSign("✚", "cross", "#5B3A94", "#BCA3EA"),
    RunSign("★", "star", "#1B6B3A", "#7FCB99"),
    RunSign("✖", "x", "#8A3B12", "#E29B74"),
)


@dataclass(frozen=True, slots=True)
class ShownRun:
    name: str
    report: Report
    mark: int = 0
    """Which sign and colour; the caller keeps it the same wherever the run appears."""

    @property
    def sign(self) -> RunSign:
        return run_sign(self.mark)


def run_sign(mark: int) -> RunSign:
    """Sign and colour number `mark`; past the eighth, signs come again in other colours."""
    size = len(RUN_SIGNS)
    shape, colour = RUN_SIGNS[mark % size], RUN_SIGNS[(mark + mark // size) % size]
    return RunSign(shape.sign, shape.symbol, colour.light, colour.dark)
