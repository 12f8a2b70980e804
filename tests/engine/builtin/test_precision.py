"""Half precision is used only where the CPU computes in it."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from engine.builtin.precision import fast_bfloat16, mixed_precision


# The CPU is replaced, because a machine has only one of these.
@pytest.mark.parametrize(
    ("found", "fast"),
    [
        ({"avx2": True, "avx512_bf16": False, "amx_bf16": False}, False),
        ({"avx512_f": True, "avx512_bf16": True}, True),
        ({"amx_bf16": True}, True),
        ({"neon": True, "bf16": True}, True),
        ({"neon": True}, False),
    ],
)
def test_cpu_without_bfloat16_computes_in_float32(
    monkeypatch: pytest.MonkeyPatch, found: dict[str, Any], fast: bool
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found)
    assert fast_bfloat16() is fast
    with mixed_precision():
        made = torch.nn.functional.linear(torch.ones(2, 3), torch.ones(4, 3))
    assert made.dtype == (torch.bfloat16 if fast else torch.float32)
