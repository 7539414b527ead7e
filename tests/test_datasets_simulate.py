"""The simulated law is what its truth says, by Bayes' rule row by row, by integrals and by large samples."""

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from kullback.datasets import SimulatedCredit, make_credit
from kullback.datasets import _simulate as law
from kullback.exceptions import InputError

LARGE = 200_000
SURE = stats.norm.isf(5e-5)
"""Standard errors that chance passes once in ten thousand; seeds are fixed, so this is a one-time risk."""


@pytest.fixture(scope="module")
def credit():
    return make_credit(LARGE, event_rate=0.2, random_state=1)


def normal(x, name, event):
    return stats.norm.pdf(x, law._GAUSSIAN[name][0 if not event else 1], law._GAUSSIAN[name][2])


def bureau_density(score, event):
    """Mass of no file and of missing, density of a score."""
    no_file, missing = law._NO_FILE[event], law._MISSING[event]
    if np.isnan(score):
        return missing
    return no_file if score == -1 else (1 - no_file - missing) * normal(score, "bureau_score", event)


def share(of_one, level, event):
    return of_one[event] if level else 1 - of_one[event]


def row_density(row, event):
    """Density of a row given the class, a factor a feature, up to factors that do not depend on the class."""
    return (
        normal(np.log(row.income), "income", event)
        * normal(np.log(row.utilization / (1 - row.utilization)), "utilization", event)
        * np.exp(-row.months_on_book / law._MONTHS[event]) / law._MONTHS[event]
        * np.exp(-law._DELINQUENCIES[event]) * law._DELINQUENCIES[event] ** row.delinquencies
        * bureau_density(row.bureau_score, event)
        * law._PURPOSE[row.purpose][event]
        * share(law._OWNER, row.owner, event)
        * share(law._GROUP, row.group, event)
        * law._REGION[row.region][row.group][event]
    )  # fmt: skip


@pytest.mark.parametrize("event_rate", [0.03, 0.5])
def test_the_probability_of_a_row_is_bayes_rule(event_rate):
    credit = make_credit(400, event_rate=event_rate, random_state=0)
    for row, probability in zip(credit.data.itertuples(), credit.probability, strict=True):
        bad, good = event_rate * row_density(row, 1), (1 - event_rate) * row_density(row, 0)
        assert probability == pytest.approx(bad / (bad + good), rel=1e-9)


def test_the_probability_is_calibrated_in_every_cell_of_the_discrete_features(credit):
    """Sum over cells of (events - expected)^2 / variance is chi-square with a degree of freedom a cell."""
    frame = credit.data.assign(y=credit.target, p=credit.probability, v=credit.probability * (1 - credit.probability))
    cells = frame.groupby(["purpose", "owner", "region", "group"])[["y", "p", "v"]].sum()
    assert len(cells) == 5 * 2 * 4 * 2
    statistic = ((cells["y"] - cells["p"]) ** 2 / cells["v"]).sum()
    assert stats.chi2.sf(statistic, len(cells)) > 1e-4


def test_the_probability_is_calibrated_along_itself_and_along_each_number(credit):
    residual, variance = credit.target - credit.probability, credit.probability * (1 - credit.probability)
    features = credit.data.select_dtypes("number").fillna(-2).assign(p=credit.probability)
    for name, values in features.items():
        cell = np.searchsorted(np.unique(np.quantile(values, np.linspace(0.05, 0.95, 19))), values)
        z = np.bincount(cell, residual) / np.sqrt(np.bincount(cell, variance))
        assert stats.chi2.sf((z**2).sum(), z.size) > 1e-4, name


def test_the_share_of_events_is_the_event_rate(credit):
    assert abs(credit.target.mean() - 0.2) < SURE * np.sqrt(0.2 * 0.8 / LARGE)


def jeffreys_integral(good, bad, low, high):
    return integrate.quad(lambda x: (good(x) - bad(x)) * np.log(good(x) / bad(x)), low, high, limit=200)[0]


def test_information_values_of_numbers_are_their_integrals(credit):
    iv = credit.information_value
    for name in ("income", "utilization"):
        low, high, sd = law._GAUSSIAN[name]
        reach = min(low, high) - 12 * sd, max(low, high) + 12 * sd
        integral = jeffreys_integral(lambda x, n=name: normal(x, n, 0), lambda x, n=name: normal(x, n, 1), *reach)
        assert iv[name] == pytest.approx(integral, rel=1e-8)
    months = [stats.expon(scale=mean).pdf for mean in law._MONTHS]
    assert iv["months_on_book"] == pytest.approx(jeffreys_integral(*months, 0, 2000), rel=1e-8)
    counts = np.arange(60)
    p, q = (stats.poisson(mean).pmf(counts) for mean in law._DELINQUENCIES)
    assert iv["delinquencies"] == pytest.approx(((p - q) * np.log(p / q)).sum(), rel=1e-12)
    scores = jeffreys_integral(lambda x: bureau_density(x, 0), lambda x: bureau_density(x, 1), 0, 1400)
    states = sum((a - b) * np.log(a / b) for a, b in (law._NO_FILE, law._MISSING))
    assert iv["bureau_score"] == pytest.approx(scores + states, rel=1e-8)


@pytest.mark.parametrize("name", ["purpose", "owner", "group", "region", "delinquencies", "noise_0"])
def test_information_values_are_the_limits_of_large_samples(credit, name):
    values, truth = credit.data[name], credit.information_value[name]
    if name == "delinquencies":  # four and more share a bin, so that none is empty; what that loses is exact
        values, few = np.minimum(values, 4), np.arange(4)
        p, q = (np.append(stats.poisson(m).pmf(few), stats.poisson(m).sf(3)) for m in law._DELINQUENCIES)
        truth = ((p - q) * np.log(p / q)).sum()
        assert 0 < credit.information_value[name] - truth < 1e-3
    elif name == "noise_0":
        values = values > 0.3
    g, b = (pd.crosstab(values, credit.target)[event].to_numpy() for event in (0, 1))
    p, q = g / g.sum(), b / b.sum()
    # c times a non-central chi-square: mean IV + (J - 1) c, variance c^2 (2 (J - 1) + 4 IV / c); c = 1/G + 1/B
    c, df = 1 / g.sum() + 1 / b.sum(), len(g) - 1
    sd = c * np.sqrt(2 * df + 4 * truth / c)
    assert abs(((p - q) * np.log(p / q)).sum() - truth - df * c) < SURE * sd


def test_every_column_has_its_truth_and_noise_has_none(credit):
    assert list(credit.information_value) == [
        "income", "utilization", "months_on_book", "delinquencies", "bureau_score", "purpose", "owner", "region",
        "group", "noise_0", "noise_1",
    ]  # fmt: skip
    assert set(credit.information_value) == set(credit.data)
    assert all(type(value) is float for value in credit.information_value.values())
    assert credit.information_value["noise_0"] == 0


def test_noise_is_independent_of_the_target(credit):
    for name in ("noise_0", "noise_1"):
        assert (
            stats.ks_2samp(credit.data[name][credit.target == 0], credit.data[name][credit.target == 1]).pvalue > 1e-4
        )


def test_columns_are_what_the_documentation_says(credit):
    data = credit.data
    assert (data["income"] > 0).all()
    assert data["utilization"].between(0, 1).all()
    assert data["delinquencies"].dtype.kind == "i"
    assert data["owner"].dtype == bool
    assert set(data["group"]) == {0, 1}
    assert set(data["region"]) == {"north", "south", "east", "west"}
    assert (data["bureau_score"] == -1).mean() == pytest.approx(0.8 * 0.05 + 0.2 * 0.11, abs=0.003)
    assert data["bureau_score"].isna().mean() == pytest.approx(0.8 * 0.06 + 0.2 * 0.04, abs=0.003)
    assert data.drop(columns="bureau_score").notna().all(axis=None)


def test_region_leans_on_the_group_given_the_class(credit):
    for event in (0, 1):
        rows = credit.target == event
        table = pd.crosstab(credit.data["region"][rows], credit.data["group"][rows])
        assert stats.chi2_contingency(table).pvalue < 1e-10


@pytest.mark.parametrize("seed", [3, np.random.default_rng, np.random.RandomState])
def test_the_same_seed_draws_the_same_table(seed):
    def fresh():
        return make_credit(50, random_state=seed if isinstance(seed, int) else seed(3))

    pd.testing.assert_frame_equal(fresh().data, fresh().data)
    np.testing.assert_array_equal(fresh().target, fresh().target)
    assert not fresh().data.equals(make_credit(50, random_state=4).data)


def test_no_seed_draws_anew_and_a_generator_moves_on():
    assert not make_credit(50).data.equals(make_credit(50).data)
    rng = np.random.default_rng(0)
    assert not make_credit(50, random_state=rng).data.equals(make_credit(50, random_state=rng).data)


def test_a_table_has_the_rows_and_the_noise_asked_for():
    credit = make_credit(np.int64(1), n_noise=0, random_state=0)
    assert isinstance(credit, SimulatedCredit)
    assert credit.data.shape == (1, 9)
    assert credit.target.dtype == np.int64
    assert make_credit(7, n_noise=5, random_state=0).data.shape == (7, 14)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_samples": 0}, "n_samples must be at least 1"),
        ({"n_samples": 10.0}, "10.0 and 2 came"),
        ({"n_noise": -1}, "n_noise at least 0"),
        ({"n_noise": "2"}, "n_noise at least 0"),
        ({"event_rate": 0}, "event_rate must be between 0 and 1; 0 came"),
        ({"event_rate": 1.0}, "event_rate must be between 0 and 1"),
        ({"event_rate": np.nan}, "event_rate must be between 0 and 1"),
        ({"event_rate": "0.1"}, "event_rate must be between 0 and 1"),
    ],
)
def test_arguments_out_of_range_are_told(arguments, message):
    with pytest.raises(InputError, match=message):
        make_credit(**arguments)
