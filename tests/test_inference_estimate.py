"""Estimates that carry their influence values: what may be said of any of them."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats
from statsmodels.api import OLS

from kullback._table import SummaryTable
from kullback.exceptions import InputError, SmallCountWarning
from kullback.inference import AddedRows, Estimate, InformationEstimate

ROUNDING = 1e-10
"""Relative rounding of sums of at most a few hundred products of numbers of order one."""


def means(x, names=None, sample_id="rows", **options):
    """The means of the columns of `x`, whose influence is the centred row over the number of rows."""
    x = np.asarray(x, dtype=float)
    return Estimate(x.mean(axis=0), (x - x.mean(axis=0)) / len(x), names=names, sample_id=sample_id, **options)


@pytest.fixture
def x():
    rng = np.random.default_rng(7)
    return rng.normal(size=(200, 3)) @ rng.normal(size=(3, 3)) + 2.0


matrices = hnp.arrays(np.float64, st.tuples(st.integers(2, 20), st.just(2)), elements=st.floats(-10, 10, width=16))


def test_covariance_of_means_is_numpys(x):
    np.testing.assert_allclose(means(x).covariance, np.cov(x.T, ddof=0) / len(x), rtol=ROUNDING)


@given(matrices)
def test_standard_errors_are_the_roots_of_the_covariance(x):
    estimate = means(x)
    np.testing.assert_allclose(estimate.standard_error**2, np.diag(estimate.covariance), rtol=ROUNDING)


@given(matrices, st.floats(-5, 5), st.floats(-5, 5))
def test_arithmetic_on_one_sample_is_arithmetic_on_its_rows(x, factor, shift):
    a, b = means(x[:, 0:1]), means(x[:, 1:2])
    combined = factor * a - b / 2 + shift
    direct = means(factor * x[:, 0:1] - x[:, 1:2] / 2 + shift)
    # Cancelling rows leave rounding of numbers of order 50 over the number of rows.
    np.testing.assert_allclose(combined.value, direct.value, atol=1e-12)
    np.testing.assert_allclose(combined.standard_error, direct.standard_error, rtol=1e-9, atol=1e-12)


@given(matrices)
def test_the_difference_from_itself_is_zero_without_error(x):
    estimate = means(x)
    difference = estimate - estimate
    assert (difference.value == 0).all()
    assert (difference.standard_error == 0).all()


@given(matrices, st.floats(-5, 5))
def test_a_standard_error_is_never_negative(x, factor):
    estimate = means(x)
    scaled = factor * estimate
    expected = abs(factor) * estimate.standard_error
    # A square underflows below 1e-154.
    np.testing.assert_allclose(scaled.standard_error, expected, rtol=ROUNDING, atol=1e-150)
    np.testing.assert_array_equal((-estimate).standard_error, estimate.standard_error)


@given(matrices, matrices)
def test_independent_samples_add_their_variances(x, z):
    a, b = means(x, sample_id="first"), means(z, sample_id="second")
    for combined in (a + b, a - b):
        np.testing.assert_allclose(combined.covariance, a.covariance + b.covariance, rtol=ROUNDING, atol=1e-15)


def test_equal_samples_are_paired(x):
    a, b = means(x[:, :1]), means(x[:, 1:2])
    expected = a.covariance + b.covariance - 2 * np.cov(x[:, 0], x[:, 1], ddof=0)[0, 1] / len(x)
    np.testing.assert_allclose((a - b).covariance, expected, rtol=ROUNDING)


def test_a_shared_sample_stays_paired_through_a_union(x):
    """(a + c) - a = c, whatever other sample a came from."""
    a, c = means(x, sample_id="a"), means(x[:50] ** 2, sample_id="c")
    for left in ((a + c) - a, (c + a) - a, -(a - (a + c))):
        np.testing.assert_allclose(left.value, c.value, rtol=ROUNDING)
        np.testing.assert_allclose(left.covariance, c.covariance, rtol=ROUNDING)


def test_the_order_of_three_samples_does_not_matter(x):
    a, b, c = (means(x[i::3], sample_id=i) for i in range(3))
    np.testing.assert_allclose(((a + b) + c).covariance, (a + (c + b)).covariance, rtol=ROUNDING)


def test_two_samples_without_a_name_cannot_be_combined(x):
    a, b = means(x, sample_id=None), means(x, sample_id=None)
    with pytest.raises(InputError, match="without a name"):
        a - b
    np.testing.assert_array_equal((a + a).standard_error, (2 * a).standard_error)


def test_an_unnamed_sample_meets_no_other(x):
    a = means(x, sample_id=None)
    for other in (means(x), a.condense()):
        with pytest.raises(InputError, match="without a name"):
            a + other


def test_a_name_means_the_same_units(x):
    with pytest.raises(InputError, match="200 units in one estimate and 100 in the other"):
        means(x) - means(x[:100])


def test_cells_of_two_tables_are_not_the_same_units(x):
    """Nor where their counts agree, as those of two features with quantile bins may."""
    a = means(x[:2], multiplicity=[3.0, 4.0])
    for other in (means(x[:2], multiplicity=[3.0, 4.0]), means(x[:2])):
        for first, second in ((a, other), (other, a)):
            with pytest.raises(InputError, match="'rows' in the cells of a table"):
                first - second
    for same in (a, pickle.loads(pickle.dumps(a)), copy.deepcopy(a)):
        assert ((2 * a - same - a).standard_error == 0).all()
    apart = a + means(x[:2], multiplicity=[3.0, 4.0], sample_id="later")
    np.testing.assert_allclose(apart.covariance, 2 * a.covariance, rtol=ROUNDING)
    np.testing.assert_array_equal(apart.multiplicity, [3, 4, 3, 4])


def test_rows_do_not_meet_their_own_clusters(x):
    a, labels = means(x), np.arange(200) // 4
    whole = a + means(x, sample_id="other")
    for first, second in (
        (a, a.cluster(labels)),
        (a.cluster(labels), a),
        (a.cluster(labels), a.cluster(labels // 2)),
        (whole, a.cluster(labels)),
        (whole, whole.cluster(np.arange(400) // 2)),
    ):
        with pytest.raises(InputError, match="do not pair, though the rows are the same"):
            first - second


def with_added_rows(x, sample_id="rows"):
    """Two means, the first with half a row added to each of two cells."""
    rows = means(x[:, :2], sample_id=sample_id)
    added = AddedRows(rows.sample_id, b"first")
    return rows + Estimate([0, 0], [[0.1, 0.0], [-0.1, 0.0]], sample_id=added)


def test_added_rows_stay_units_where_the_others_are_clustered(x):
    labels, estimate = np.arange(200) // 4, with_added_rows(x)
    clustered = estimate.cluster(labels)
    expected = means(x[:, :2]).cluster(labels).covariance + np.diag([0.02, 0])
    np.testing.assert_allclose(clustered.covariance, expected, rtol=ROUNDING)
    with pytest.raises(InputError, match=r"shape \(200,\), one a row"):
        estimate.cluster(np.arange(202))
    with pytest.raises(InputError, match="do not pair"):
        estimate - clustered


def test_added_rows_are_the_same_in_every_copy(x):
    estimate = with_added_rows(x)
    one, other = (pickle.loads(pickle.dumps(estimate)) for _ in range(2))
    for same in (other, estimate, with_added_rows(x)):
        assert ((one - same).standard_error == 0).all()
    assert len(with_added_rows(x, sample_id=None)) == 2  # they are not another sample without a name


def test_estimates_of_other_lengths_do_not_add(x):
    with pytest.raises(InputError, match="one length"):
        means(x) + means(x[:, :2])


def test_an_array_acts_elementwise(x):
    estimate, factors = means(x), np.array([1.0, -2.0, 0.5])
    for scaled in (factors * estimate, estimate * factors, estimate / (1 / factors)):
        assert isinstance(scaled, Estimate)
        np.testing.assert_allclose(scaled.value, factors * estimate.value)
        expected = np.outer(factors, factors) * estimate.covariance
        np.testing.assert_allclose(scaled.covariance, expected, rtol=ROUNDING)
    shifted = factors - estimate
    np.testing.assert_allclose(shifted.value, factors - estimate.value)
    np.testing.assert_allclose(shifted.covariance, estimate.covariance)
    np.testing.assert_allclose((estimate - factors).value, estimate.value - factors)
    np.testing.assert_allclose((factors + estimate).value, estimate.value + factors)


def test_what_is_not_a_number_does_not_act(x):
    estimate = means(x)
    for act in (
        lambda: estimate * "a",
        lambda: estimate + "a",
        lambda: estimate - "a",
        lambda: estimate / "a",
        lambda: estimate * estimate,
        lambda: estimate / estimate,
        lambda: np.ones(2) * estimate,
    ):
        with pytest.raises(TypeError):
            act()
    with pytest.raises(ZeroDivisionError):
        estimate / 0


def test_delta_method_is_the_closed_form_for_a_ratio(x):
    estimate = means(x[:, :2])
    (a, b), cov = estimate.value, estimate.covariance
    expected = cov[0, 0] / b**2 - 2 * a * cov[0, 1] / b**3 + a**2 * cov[1, 1] / b**4
    numeric = estimate.delta(lambda t: t[0] / t[1])
    analytic = estimate.delta(lambda t: t[0] / t[1], lambda t: [[1 / t[1], -t[0] / t[1] ** 2]])
    assert analytic.covariance[0, 0] == pytest.approx(expected, rel=ROUNDING)
    # Central differences are good to the precision's power 2/3, some 4e-11 of a curvature of order one.
    assert numeric.covariance[0, 0] == pytest.approx(expected, rel=1e-8)


def test_delta_method_of_a_linear_map_is_the_map(x):
    estimate, A = means(x), np.array([[1.0, 2.0, 3.0], [0.0, -1.0, 1.0]])
    mapped = estimate.delta(lambda t: A @ t, names=["s", "d"], target="two sums")
    np.testing.assert_allclose(mapped.covariance, A @ estimate.covariance @ A.T, rtol=1e-8)  # differences, as above
    assert mapped.names == ("s", "d")
    assert mapped.target == "two sums"


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("error", [0.2, 1e-4])
def test_differences_have_the_scale_of_what_they_differ(size, error):
    estimate = Estimate([size], [[error * size]])
    for function, slope in ((np.log, 1 / size), (np.sqrt, 0.5 / np.sqrt(size)), (lambda v: 1 - v, 1.0)):
        # 1 - v rounds to 1e-16, over a step of 1e-11 times the size for the least of them
        expected = pytest.approx(slope * error * size, rel=1e-9, abs=1e-5 * error * size * (size < 1))
        assert estimate.delta(function).standard_error[0] == expected


def test_differences_at_zero_go_by_the_error():
    near = Estimate([0.0], [[1e-8]]).delta(lambda v: np.sqrt(v + 1e-7))
    assert near.standard_error[0] == pytest.approx(1e-8 * 0.5 / np.sqrt(1e-7), rel=1e-6)
    assert Estimate([0.0], [[0.0]]).delta(np.exp).standard_error == 0


@pytest.mark.parametrize("shape", [(3, 2), (2, 2), (6,)])
def test_a_jacobian_of_another_shape_is_refused(x, shape):
    """A transposed one has the right number of entries, in the wrong places."""
    with pytest.raises(InputError, match=r"shape \(2, 3\)"):
        means(x).delta(lambda t: t[:2], lambda t: np.ones(shape))


@pytest.mark.filterwarnings("ignore:.* clusters. below:kullback.exceptions.SmallCountWarning")
@given(matrices, st.data())
def test_clusters_are_rows_summed(x, data):
    labels = np.array(data.draw(st.lists(st.sampled_from("abc"), min_size=len(x), max_size=len(x))))
    assume(np.unique(labels).size > 1)
    estimate = means(x).cluster(labels)
    sums = [means(x).influence[labels == label].sum(axis=0) for label in np.unique(labels)]
    np.testing.assert_allclose(estimate.covariance, sum(np.outer(s, s) for s in sums), atol=1e-13)


def test_clustered_standard_errors_are_statsmodels(x):
    """A regression's influence values, against cov_type="cluster" without its small-sample factor."""
    rng = np.random.default_rng(0)
    X, groups = np.column_stack([np.ones(200), x[:, 1:]]), rng.integers(0, 20, 200)
    model = OLS(x[:, 0], X).fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})
    influence = (X * model.resid[:, None]) @ np.linalg.inv(X.T @ X)
    estimate = Estimate(model.params, influence).cluster(groups)
    np.testing.assert_allclose(estimate.standard_error, model.bse, rtol=1e-8)  # a 3 x 3 inverse
    limits = np.asarray(model.conf_int(0.1))
    np.testing.assert_allclose(estimate.conf_int(0.9), limits, rtol=1e-8)
    np.testing.assert_allclose(estimate.test().pvalue, model.pvalues, rtol=1e-6)  # tails magnify rounding
    joint = model.wald_test(np.eye(3), use_f=False, scalar=True)
    assert estimate.wald_test().statistic == pytest.approx(joint.statistic, rel=1e-6)
    assert estimate.wald_test().pvalue == pytest.approx(joint.pvalue, rel=1e-6)


def test_the_same_clusters_stay_paired_and_others_do_not(x):
    labels = np.arange(200) // 4
    a, b = means(x[:, :1]), means(x[:, 1:2])
    paired = a.cluster(labels) - b.cluster(labels)
    np.testing.assert_allclose(paired.covariance, (a - b).cluster(labels).covariance, rtol=ROUNDING)
    again = a.cluster(labels) - a.cluster([f"c{label:03}" for label in labels])
    assert again.standard_error == 0


def test_a_cluster_of_each_row_changes_nothing(x):
    np.testing.assert_allclose(means(x).cluster(np.arange(200)).covariance, means(x).covariance, rtol=ROUNDING)


def test_clusters_need_a_label_a_row_and_rows(x):
    with pytest.raises(InputError, match=r"shape \(200,\)"):
        means(x).cluster([1, 2])
    with pytest.raises(InputError, match="cannot be clustered"):
        means(x, multiplicity=np.ones(200)).cluster(np.arange(200))


@given(matrices, st.data())
def test_a_multiplicity_is_repeated_rows(x, data):
    repeats = data.draw(hnp.arrays(np.int64, len(x), elements=st.integers(0, 4)))
    influence = means(x).influence
    cells = Estimate([0, 0], influence, multiplicity=repeats.astype(float))
    rows = Estimate([0, 0], np.repeat(influence, repeats, axis=0))
    np.testing.assert_allclose(cells.covariance, rows.covariance, rtol=ROUNDING, atol=1e-14)


@given(matrices)
def test_condensing_keeps_the_covariance(x):
    estimate = means(x, names=["a", "b"], target="means")
    short = estimate.condense("condensed")
    assert short.influence.shape == (2, 2)
    np.testing.assert_allclose(short.covariance, estimate.covariance, atol=1e-13)  # roots of eigenvalues of order 100
    assert (short.names, short.target, short.sample_id) == (("a", "b"), "means", "condensed")


def test_a_condensed_estimate_no_longer_pairs(x):
    with pytest.raises(InputError, match="without a name"):
        means(x, sample_id=None).condense() - means(x, sample_id=None)


def test_concatenation_keeps_covariances(x):
    parts = [means(x[:, [i]], names=[n]) for i, n in enumerate("abc")]
    whole = Estimate.concatenate(parts)
    assert whole.names == ("a", "b", "c")
    np.testing.assert_allclose(whole.covariance, means(x).covariance, rtol=ROUNDING)
    other = means(x[:20, :2], sample_id="other")
    mixed = Estimate.concatenate([parts[0], other])
    np.testing.assert_allclose(mixed.covariance[1:, 1:], other.covariance, rtol=ROUNDING)
    assert (mixed.covariance[0, 1:] == 0).all()
    with pytest.raises(InputError, match="at least one"):
        Estimate.concatenate([])


def test_entries_are_found_by_place_and_name(x):
    estimate = means(x, names=["a", "b", "c"])
    for chosen in (estimate[["c", "a"]], estimate[[2, 0]], estimate[::-2], estimate[np.array([-1, 0])]):
        assert chosen.names == ("c", "a")
        np.testing.assert_allclose(chosen.value, estimate.value[[2, 0]])
        np.testing.assert_allclose(chosen.covariance, estimate.covariance[np.ix_([2, 0], [2, 0])], rtol=ROUNDING)
    assert float(estimate["b"]) == float(estimate[1]) == estimate.value[1]
    assert len(estimate) == 3
    assert [float(entry) for entry in estimate] == estimate.value.tolist()
    with pytest.raises(KeyError, match="there are: a, b, c"):
        estimate["d"]
    with pytest.raises(IndexError):
        estimate[3]
    with pytest.raises(TypeError, match="Choose one"):
        float(estimate)


def test_wald_limits_and_tests_are_the_normal_laws(x):
    estimate = means(x)
    z = (estimate.value - 1.9) / estimate.standard_error
    for alternative, pvalue in {
        "two-sided": 2 * stats.norm.sf(abs(z)),
        "greater": stats.norm.sf(z),
        "less": stats.norm.cdf(z),
    }.items():
        test = estimate.test(1.9, alternative)
        np.testing.assert_allclose(test.statistic, z, rtol=ROUNDING)
        np.testing.assert_allclose(test.pvalue, pvalue, rtol=1e-8)
    expected = stats.norm.interval(0.8, estimate.value, estimate.standard_error)
    np.testing.assert_allclose(estimate.conf_int(0.8), np.transpose(expected), rtol=ROUNDING)
    with pytest.raises(InputError, match="alternative"):
        estimate.test(alternative="sideways")


@given(matrices, st.floats(0.01, 0.99))
def test_limits_and_test_agree(x, level):
    """The limits hold exactly the nulls that the two-sided test does not reject."""
    estimate = means(x)
    limits = estimate.conf_int(level)
    pvalue = estimate.test(limits[:, 1]).pvalue
    free = estimate.standard_error > 1e-9  # without error both ends are the value
    np.testing.assert_allclose(pvalue[free], 1 - level, rtol=1e-6)


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, "high", None, np.nan])
def test_a_confidence_level_lies_between_0_and_1(x, level):
    with pytest.raises(InputError, match="between 0 and 1"):
        means(x).conf_int(level)


def test_an_estimate_without_error_is_certain():
    sure = Estimate([1.0, 0.0], np.zeros((3, 2)))
    test = sure.test()
    assert test.statistic.tolist() == [np.inf, 0.0]
    assert test.pvalue.tolist() == [0.0, 1.0]
    with pytest.raises(InputError, match="above zero"):
        sure.wald_test()


def test_a_joint_test_counts_the_rank(x):
    estimate = means(x)
    doubled = Estimate.concatenate([estimate, estimate])
    assert doubled.wald_test(2.0).df == 3
    assert doubled.wald_test(2.0).statistic == pytest.approx(estimate.wald_test(2.0).statistic, rel=1e-6)


def test_a_joint_test_does_not_depend_on_units(x):
    scales = np.array([1.0, 1e-8, 1e7])
    test, scaled = means(x).wald_test(2.0), (means(x) * scales).wald_test(2.0 * scales)
    assert scaled.df == test.df == 3
    assert scaled.statistic == pytest.approx(test.statistic, rel=1e-9)  # an eigenvalue decomposition


def test_what_is_known_exactly_and_differs_is_rejected(x):
    """A constant; and two values whose sum has no error."""
    rows = means(x[:, :1])
    certain = Estimate.concatenate([rows, Estimate([3.0], np.zeros((200, 1)), sample_id="rows")])
    opposed = Estimate.concatenate([rows, 5.0 - rows])
    for estimate, null in ((certain, [2.0, 3.0]), (opposed, [2.0, 3.0])):
        held, not_held = estimate.wald_test(null), estimate.wald_test([2.0, 3.1])
        assert (held.df, not_held.df) == (1, 1)
        assert held.statistic == pytest.approx(rows.wald_test(2.0).statistic, rel=1e-6)
        assert (not_held.statistic, not_held.pvalue) == (np.inf, 0)


def test_nearly_equal_statistics_are_not_taken_for_certain(x):
    """The difference of two values may have an error of a millionth of theirs."""
    noise = 1e-6 * np.random.default_rng(1).normal(size=(200, 1))
    pair = means(np.hstack([x[:, :1], x[:, :1] + noise]))
    assert np.isfinite(pair.wald_test(2.0).statistic)


def test_nothing_can_be_changed(x):
    estimate = means(x, multiplicity=np.ones(200))
    for array in (estimate.value, estimate.influence, estimate.multiplicity):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    for name in ("value", "influence", "standard_error", "names"):
        with pytest.raises(AttributeError):
            setattr(estimate, name, 0)
    source = np.ones(2)
    kept = Estimate(source, np.zeros((1, 2)))
    source[:] = 5
    assert kept.value.tolist() == [1, 1]


def test_pickling_keeps_everything(x):
    estimate = means(x, names=["a", "b", "c"], target="means").cluster(np.arange(200) // 2)
    again = pickle.loads(pickle.dumps(estimate))
    np.testing.assert_array_equal(again.covariance, estimate.covariance)
    assert (again.names, again.target) == (estimate.names, estimate.target)
    assert ((again - estimate).standard_error == 0).all()  # the sample's name is kept as well


def test_pickling_together_keeps_an_unnamed_sample_together(x):
    estimate = means(x, sample_id=None)
    a, b = pickle.loads(pickle.dumps((estimate, 2 * estimate)))
    assert ((2 * a - b).standard_error == 0).all()


def test_tables_show_values_errors_limits_and_pvalues(x):
    estimate = means(x, names=["a<b", "b", "c"], target="the population's means")
    frame = estimate.to_frame(0.9)
    assert list(frame.columns) == ["estimate", "standard_error", "lower", "upper", "pvalue"]
    assert list(frame.index) == ["a<b", "b", "c"]
    np.testing.assert_array_equal(frame[["lower", "upper"]], estimate.conf_int(0.9))
    summary = estimate.summary(0.9)
    assert isinstance(summary, SummaryTable)
    assert str(summary).splitlines()[0] == "Estimate"
    assert "Limits at 90%." in str(summary)
    assert "the population's means" in repr(estimate)
    html = estimate._repr_html_()
    assert "a&lt;b" in html
    assert "<table" in html


def test_a_summary_gives_a_copy_and_renders_without_a_title():
    frame = Estimate([0.00001], [[1.0]]).to_frame()
    table = SummaryTable(frame)
    copy = table.to_frame()
    copy["estimate"] = 0
    assert table.frame["estimate"].iloc[0] == 0.00001
    assert "1.000e-05" in str(table)
    assert "<strong>" not in table._repr_html_()


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([1.0], np.zeros((3, 2))), {}, "one column a value"),
        (([1.0], np.zeros(3)), {}, r"2 dimension\(s\)"),
        (([np.nan], np.zeros((3, 1))), {}, "finite"),
        (([1.0], np.full((3, 1), np.inf)), {}, "3 entries are not"),
        (([1.0], np.zeros((3, 1))), {"names": ["a", "b"]}, "one entry a value"),
        (([1.0], np.zeros((3, 1))), {"multiplicity": [1, 2]}, "one entry a unit"),
        (([1.0], np.zeros((3, 1))), {"multiplicity": [1, 2, -1]}, "not be negative"),
    ],
)
def test_bad_input_is_named(arguments, options, message):
    with pytest.raises(InputError, match=message):
        Estimate(*arguments, **options)


def test_arithmetic_on_a_divergence_gives_a_plain_estimate():
    """The non-central law is for the divergence itself, not for differences of two."""
    iv = InformationEstimate([0.2], [[0.01]], df=2, null_scale=0.01, bias=0.02, sample_id="rows")
    assert type(iv - iv) is Estimate
    assert type(2 * iv) is Estimate
    assert type(iv[0]) is InformationEstimate


@pytest.mark.filterwarnings("ignore:.* clusters. below:kullback.exceptions.SmallCountWarning")
def test_a_table_tests_the_value_of_no_effect():
    ratio = Estimate([1.1, 0.9], np.array([[0.05, 0.0], [0.0, 0.05]]), names=["a", "b"], null=1.0)
    expected = ratio.test(1.0).pvalue
    np.testing.assert_array_equal(ratio.to_frame()["pvalue"], expected)
    assert "p-values test a value of 1." in str(ratio)
    for kept in (ratio["a"], ratio.cluster([0, 1])["a"], ratio.condense()["a"]):
        assert kept.null == 1.0
        assert kept.to_frame()["pvalue"].iloc[0] == pytest.approx(expected[0])
    assert (ratio["a"] - ratio["b"]).null == 0.0
    assert (2 * ratio - 1).null == 0.0


def test_rows_without_a_cluster_and_masks_are_refused():
    one = Estimate([1.0, 2.0], np.eye(2))
    with pytest.raises(InputError, match="labels must not have missing"):
        one.cluster([1.0, np.nan])
    with pytest.raises(InputError, match="not by a mask"):
        one[[True, False]]


@pytest.mark.filterwarnings("ignore:.* clusters. below:kullback.exceptions.SmallCountWarning")
def test_clusters_are_the_same_whatever_their_names():
    rng = np.random.default_rng(31)
    labels = rng.integers(0, 8, 40)
    names = np.array(["q", "b", "z", "a", "m", "c", "y", "k"])[labels]
    one, other = (Estimate([1.0], rng.normal(size=(40, 1)), sample_id="rows") for _ in range(2))
    gap = one.cluster(labels) - other.cluster(names)
    sums = np.bincount(labels, (one.influence - other.influence)[:, 0])
    assert gap.standard_error[0] == pytest.approx(np.sqrt((sums**2).sum()))


def test_one_cluster_has_no_error_and_few_are_told():
    estimate = Estimate([1.0], np.linspace(-1, 1, 40)[:, None])
    with pytest.raises(InputError, match="two clusters"):
        estimate.cluster(np.zeros(40))
    with pytest.warns(SmallCountWarning, match="4 clusters"):
        estimate.cluster(np.arange(40) % 4)
