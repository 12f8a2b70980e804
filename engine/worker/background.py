"""A thread beside the loop, for what needs the processor but not the device."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from engine.worker.work import Wait

_Result = TypeVar("_Result")


class Background:
    """Runs small jobs one after the other; `wake` tells the loop that one is done."""

    def __init__(self, wake: Callable[[], object]) -> None:
        self._wake = wake
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="background")

    def run(self, job: Callable[[], _Result]) -> Wait[_Result]:
        """Start a job; yield what is returned, then take its result."""
        future = self._thread.submit(job)
        future.add_done_callback(lambda _: self._wake())
        return Wait(future)
