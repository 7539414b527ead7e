"""Kernels compile where there is no place for a cache."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from kullback._core import _jit


def test_a_kernel_without_a_cache_locator_is_compiled_all_the_same(monkeypatch):
    calls = []

    def njit(*, cache, **options):
        calls.append(cache)
        if cache:
            raise RuntimeError("cannot cache function 'f': no locator available for file 'f.py'")
        return lambda function: function

    monkeypatch.setattr(_jit, "njit", njit)
    assert _jit.kernel(abs) is abs
    assert calls == [True, False]


def test_another_error_is_not_swallowed(monkeypatch):
    def njit(**options):
        raise TypeError("not a function")

    monkeypatch.setattr(_jit, "njit", njit)
    with pytest.raises(TypeError):
        _jit.kernel(abs)


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_the_package_imports_where_nothing_can_be_written(tmp_path):
    """A copy whose __pycache__ is a file, and a home that is one: no locator of numba finds a folder."""
    source = Path(_jit.__file__).parents[1]
    copy = tmp_path / "kullback"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in (copy, copy / "_core"):
        (folder / "__pycache__").touch()
    home = tmp_path / "home"
    home.touch()
    unusable = {name: str(home) for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "APPDATA")}
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"} | unusable
    code = (
        "import numpy as np, kullback._core.counts as c;"
        "print(c.__file__, c.count_by_class(np.array([0]), np.array([1]), 1)[0, 1])"
    )
    run = subprocess.run(
        [sys.executable, "-B", "-c", code],
        capture_output=True, text=True, check=True, env=environment | {"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    file, count = run.stdout.split()
    assert Path(file).is_relative_to(copy)
    assert count == "1.0"
