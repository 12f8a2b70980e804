"""A Windows job object around this process: its memory and processor-time limits.

Layouts and numbers are those of winnt.h (JOBOBJECT_EXTENDED_LIMIT_INFORMATION).
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import c_int64, c_size_t, c_uint32, c_uint64, c_void_p

_LIMIT_PROCESS_TIME = 0x0002
_LIMIT_PROCESS_MEMORY = 0x0100
_EXTENDED_LIMITS = 9
_TICKS_PER_SECOND = 10_000_000  # of 100 ns


class _BasicLimits(ctypes.Structure):
    _fields_ = (
        ("per_process_user_time_limit", c_int64),
        ("per_job_user_time_limit", c_int64),
        ("limit_flags", c_uint32),
        ("minimum_working_set_size", c_size_t),
        ("maximum_working_set_size", c_size_t),
        ("active_process_limit", c_uint32),
        ("affinity", c_size_t),
        ("priority_class", c_uint32),
        ("scheduling_class", c_uint32),
    )


class _ExtendedLimits(ctypes.Structure):
    _fields_ = (
        ("basic", _BasicLimits),
        ("io_counters", c_uint64 * 6),
        ("process_memory_limit", c_size_t),
        ("job_memory_limit", c_size_t),
        ("peak_process_memory_used", c_size_t),
        ("peak_job_memory_used", c_size_t),
    )


def limits(*, memory_bytes: int, cpu_seconds: int) -> _ExtendedLimits:
    """Return the structure that Windows is given."""
    wanted = _ExtendedLimits()
    wanted.basic.limit_flags = _LIMIT_PROCESS_TIME | _LIMIT_PROCESS_MEMORY
    wanted.basic.per_process_user_time_limit = cpu_seconds * _TICKS_PER_SECOND
    wanted.process_memory_limit = memory_bytes
    return wanted


if sys.platform == "win32":

    def limit(*, memory_bytes: int, cpu_seconds: int) -> bool:
        """Put this process into a new job with these limits; False when Windows refuses.

        The job's handle is never closed: the job lives as long as the process.
        """
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateJobObjectW.restype = c_void_p
        kernel.GetCurrentProcess.restype = c_void_p
        kernel.SetInformationJobObject.argtypes = (c_void_p, c_uint32, c_void_p, c_uint32)
        kernel.AssignProcessToJobObject.argtypes = (c_void_p, c_void_p)
        job = kernel.CreateJobObjectW(None, None)
        if not job:
            return False
        wanted = limits(memory_bytes=memory_bytes, cpu_seconds=cpu_seconds)
        size = ctypes.sizeof(wanted)
        if not kernel.SetInformationJobObject(job, _EXTENDED_LIMITS, ctypes.byref(wanted), size):
            return False
        return bool(kernel.AssignProcessToJobObject(job, kernel.GetCurrentProcess()))
