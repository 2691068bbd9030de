"""Which number format to compute in: by what the processor has, checked by a short timing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

import torch

DtypeName = Literal["auto", "float32", "bfloat16"]

_GAIN = 0.9
"""bfloat16 costs some exactness, so it has to be faster by more than the timing's noise."""


def has_native_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 itself; emulated, it is several times slower."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu":
        return False
    # The functions are private in torch, so a version without them counts as a processor without.
    asked = (
        getattr(torch.cpu, name, None)
        for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    )
    if any(ask() for ask in asked if ask is not None):
        return True
    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("bf16", False))  # ARM


def pick_dtype(
    wanted: DtypeName,
    time_step: Callable[[torch.dtype], float] | None = None,
    device: torch.device | None = None,
) -> torch.dtype:
    """The format asked for; for `auto` float32, unless bfloat16 is native and faster.

    `time_step(dtype)` gives the seconds of one typical step; without it the processor decides.
    """
    if wanted != "auto":
        return torch.float32 if wanted == "float32" else torch.bfloat16
    if not has_native_bfloat16(device or torch.device("cpu")):
        return torch.float32
    if time_step is None:
        return torch.bfloat16
    fast = time_step(torch.bfloat16) < _GAIN * time_step(torch.float32)
    return torch.bfloat16 if fast else torch.float32


def seconds_of(step: Callable[[], object], repeats: int = 3) -> float:
    """The shortest of a few runs after one to warm up: the least disturbed by others."""
    step()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        step()
        taken.append(time.perf_counter() - start)
    return min(taken)


def name_of(dtype: torch.dtype) -> str:
    """`float32`, `bfloat16`."""
    return str(dtype).removeprefix("torch.")
