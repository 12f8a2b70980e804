"""Half precision for training on a CPU, where the CPU computes in it."""

from __future__ import annotations

import torch

# Any other CPU computes bfloat16 by a detour that is fifty times slower than float32.
FAST = ("amx_bf16", "avx512_bf16", "bf16")


def fast_bfloat16() -> bool:
    """Say whether this CPU multiplies bfloat16 matrices itself."""
    found = torch.cpu.get_capabilities()
    return any(found.get(name, False) for name in FAST)


def mixed_precision() -> torch.autocast:
    """Compute in bfloat16 where that is faster, else in float32."""
    return torch.autocast("cpu", torch.bfloat16, enabled=fast_bfloat16())
