"""One package's bounds of E[Y(1) | X] in its own process: ``python -m validation.performance._bounds_worker WHO DIR``.

Reads `data.npz` (X, treatment, outcome, new) from the folder, fits and predicts at the new rows for every divergence,
writes the (rows, 2) bounds to `WHO.npz` and prints the CPU seconds. What is imported, compiled or set up once is used
on a few rows first and not timed.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

DIVERGENCES = ("worst_case", "chi2", "kl", "hellinger", "js", "tv")
PAPER_NAMES = {"chi2": "Chi2", "kl": "KL", "hellinger": "Hellinger", "js": "JS", "tv": "TV"}

Data = dict[str, np.ndarray]
Bounds = dict[str, np.ndarray]


def kullback(data: Data, method: str) -> Bounds:
    """One fit with default settings, from which each divergence is read."""
    from kullback.bounds import under_assumptions, with_laws_kept

    fitted = with_laws_kept(_fitted(data, method, "worst_case"))
    return {name: under_assumptions(fitted, divergence=name).predict_bounds(data["new"]) for name in DIVERGENCES}


def kullback_apart(data: Data, method: str) -> Bounds:
    """A fit with default settings for each divergence, as if no other were wanted."""
    return {name: _fitted(data, method, name).predict_bounds(data["new"]) for name in DIVERGENCES}


def _fitted(data: Data, method: str, divergence: str) -> Any:
    from kullback.bounds import CausalBounds

    bounds = CausalBounds(
        divergence=divergence, outcome_bounds=(0, 1), estimand="mean", arm=1, method=method, random_state=0
    )
    return bounds.fit(data["X"], data["outcome"], treatment=data["treatment"])


def itbound(data: Data, epochs: int = 256) -> Bounds:
    """The package with the settings of its paper's experiments; propensities are fitted once for all divergences."""
    from fbound.estimators.causal_bound import DebiasedCausalBoundEstimator, prefit_propensity_cache

    trees = {
        "max_depth": 10, "learning_rate": 0.005, "subsample": 0.8, "colsample_bytree": 0.8, "reg_lambda": 1.0,
        "min_child_weight": 1, "n_jobs": 1, "verbosity": 0,
    }  # fmt: skip
    propensity = trees | {"n_estimators": 300, "objective": "binary:logistic", "eval_metric": "logloss"}
    shared = {"propensity_config": propensity, "n_folds": 2, "eps_propensity": 1e-3}
    settings = {
        "num_epochs": epochs, "batch_size": "auto", "lr": 5e-4, "weight_decay": 1e-4, "max_grad_norm": 10.0,
        "deterministic_torch": True, "train_m_on_fold": True, "verbose": False, "log_every": 1000,
        "m_config": trees | {"n_estimators": 400, "objective": "reg:squarederror"}, "early_stop_patience": 10,
    }  # fmt: skip
    networks = {"hidden_sizes": (64, 64), "activation": "relu", "dropout": 0.0, "h_clip": 20.0, "device": "cpu"}
    X, arm, y = data["X"], data["treatment"], data["outcome"]
    cache = prefit_propensity_cache(X=X, A=arm, propensity_model="xgboost", seed=0, **shared)

    def upper(divergence: str, phi: Callable[[Any], Any]) -> np.ndarray:
        estimator = DebiasedCausalBoundEstimator(
            divergence, phi, "xgboost", "xgboost", dual_net_config=networks, fit_config=settings | shared, seed=0
        )
        return estimator.fit(X, arm, y, propensity_cache=cache).predict_bound(1, data["new"])

    return {
        name: np.column_stack([-upper(theirs, lambda y: -y), upper(theirs, lambda y: y)])
        for name, theirs in PAPER_NAMES.items()
    }


WHO: dict[str, Callable[..., Bounds]] = {
    "itbound": itbound,
    "forest": lambda data: kullback(data, "forest"),
    "forest_apart": lambda data: kullback_apart(data, "forest"),
    "boosting": lambda data: kullback(data, "boosting"),
    "boosting_apart": lambda data: kullback_apart(data, "boosting"),
}


def _few(data: Data) -> Data:
    return {name: values[:120] for name, values in data.items()}


def main(who: str, folder: Path) -> None:
    """Warm up, time and write."""
    warnings.simplefilter("ignore")
    data = dict(np.load(folder / "data.npz"))
    if who == "itbound":
        itbound(_few(data), epochs=1)
    else:
        WHO[who](_few(data))
    started = time.process_time()
    found = WHO[who](data)
    seconds = time.process_time() - started
    np.savez(folder / f"{who}.npz", **found)
    print(seconds)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
