"""The one way a kernel is compiled."""

from collections.abc import Callable
from typing import TypeVar

from numba import njit

__all__ = ["kernel"]

Function = TypeVar("Function", bound=Callable[..., object])


def kernel(function: Function) -> Function:
    """Compile `function` and keep the machine code on disk where there is a place for it.

    With read-only site-packages and no usable home directory (containers, Spark executors) numba has
    nowhere to put a cache and says so with a RuntimeError at import; the kernel is then compiled per process.
    """
    options = {"nogil": True, "error_model": "numpy"}
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:
        return njit(cache=False, **options)(function)
