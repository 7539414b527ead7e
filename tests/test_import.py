"""`import kullback` is a table of contents: nothing heavy is loaded before it is asked for."""

import subprocess
import sys

import pytest

import kullback

HEAVY = (
    "numpy",
    "pandas",
    "scipy",
    "sklearn",
    "statsmodels",
    "xgboost",
    "matplotlib",
    "numba",
    "pulp",
    "narwhals",
)


def loaded_by(statement):
    """Top-level modules that a fresh interpreter has after `statement` and did not have before."""
    code = f"import sys; before = set(sys.modules); {statement}; print(*sorted(set(sys.modules) - before))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in run.stdout.split()}


def test_the_package_alone_loads_nothing_heavy():
    loaded = loaded_by("import kullback")
    assert "kullback" in loaded
    assert not loaded & set(HEAVY)


@pytest.mark.parametrize("room", ["information", "inference", "metrics"])
def test_a_room_loads_no_model_and_no_plot(room):
    loaded = loaded_by(f"import kullback.{room}")
    assert not loaded & {"statsmodels", "xgboost", "matplotlib", "pulp"}


def test_it_says_its_version():
    major, minor, patch = kullback.__version__.split(".")
    assert all(part.isdigit() for part in (major, minor, patch))


@pytest.mark.parametrize("room", ["information", "inference", "metrics"])
def test_every_name_that_a_room_promises_is_there(room):
    module = __import__(f"kullback.{room}", fromlist=["__all__"])
    assert sorted(module.__all__) == sorted(set(module.__all__))
    for name in module.__all__:
        assert hasattr(module, name)
