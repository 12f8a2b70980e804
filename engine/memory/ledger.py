"""What a job would hold at its peak, found on PyTorch's meta device: nothing is computed."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterator
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

#: The allocator of CUDA rounds every block up to this.
_BLOCK: Final = 512


class Ledger(TorchDispatchMode):
    """Follows all tensors that are made inside, until the last one that uses them goes."""

    def __init__(self) -> None:
        super().__init__()
        self.held = 0
        self.peak = 0
        self._known = weakref.WeakSet[Any]()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Do one operation and write down what it made."""
        before = {id(s) for t in tree_leaves((args, kwargs)) if (s := _storage(t)) is not None}
        out = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(out):
            storage = _storage(tensor)
            if storage is not None and id(storage) not in before:
                self._add(storage)
        return out

    def _add(self, storage: Any) -> None:
        if storage in self._known:
            return
        size = -(-storage.nbytes() // _BLOCK) * _BLOCK
        self._known.add(storage)
        weakref.finalize(storage, self._drop, size)
        self.held += size
        self.peak = max(self.peak, self.held)

    def _drop(self, size: int) -> None:
        self.held -= size


def _storage(tensor: object) -> Any:
    return tensor.untyped_storage() if isinstance(tensor, Tensor) else None


@contextlib.contextmanager
def whole_attention() -> Iterator[None]:
    """Make attention one operation, as on a GPU; the meta device would take it to pieces.

    PyTorch's own switch for this, a function mode, does not hold while gradients are computed.
    """
    attention = functional.scaled_dot_product_attention

    def whole(query: Tensor, key: Tensor, value: Tensor, *_: Any, **__: Any) -> Tensor:
        attend: Any = getattr(torch.ops.aten, "_scaled_dot_product_flash_attention")  # noqa: B009 - no public name
        return attend(query, key, value)[0]

    functional.scaled_dot_product_attention = whole
    try:
        yield
    finally:
        functional.scaled_dot_product_attention = attention


def peak_bytes(job: Callable[[], object]) -> int:
    """Say how much a job on the meta device holds at once beyond what was there before."""
    with Ledger() as ledger, whole_attention():
        job()
    return ledger.peak
