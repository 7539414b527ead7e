"""Tables on which a binner can be wrong without a word, and what a right answer is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from validation.comparison._packages import Fitted

__all__ = ["CASES", "Answer", "Case"]

N_ROWS = 5000
CODE = 99.0
BINNERS = ("kullback", "optbinning")
ENCODERS = ("fastwoe", "category_encoders", "feature_engine")

Ask = Callable[[type[Fitted]], "Answer"]


@dataclass(frozen=True)
class Answer:
    """What a package said, and whether it is right."""

    text: str
    right: bool


@dataclass(frozen=True)
class Case:
    """A question, who is asked, and what asks it of tables drawn by a generator."""

    question: str
    packages: tuple[str, ...]
    pose: Callable[[np.random.Generator], Ask]


def _separating_numbers(rng: np.random.Generator) -> Ask:
    x = rng.normal(size=N_ROWS)
    return lambda package: _information(package(x, (x > 1).astype(int)), least=1.0)


def _separating_levels(rng: np.random.Generator) -> Ask:
    y = _events(rng, 0.3)
    return lambda package: _information(package(np.where(y == 1, "u", "v").astype(object), y), least=1.0)


def _pure_level(rng: np.random.Generator) -> Ask:
    x, y = rng.choice(np.array(["a", "b", "c"], dtype=object), N_ROWS), _events(rng, 0.3)
    y[x == "a"] = 1
    counts = np.array([[((x == level) & (y == label)).sum() for label in (0, 1)] for level in "abc"]) + 0.5
    p, q = (counts / counts.sum(axis=0)).T
    return lambda package: _information(package(x, y), least=float(((p - q) * np.log(p / q)).sum()) / 2)


def _missing_all_events(rng: np.random.Generator) -> Ask:
    x, y, missing = _with_missing(rng)
    y[missing] = 1
    return lambda package: _weight(package(x, y), np.nan, most=-1.0)


def _missing_half_events(rng: np.random.Generator) -> Ask:
    x, y, missing = _with_missing(rng)
    return lambda package: _weight(package(x, y), np.nan, most=_truth(missing, y) / 2)


def _missing_level(rng: np.random.Generator) -> Ask:
    x, y = rng.choice(np.array(["a", "b", "c"], dtype=object), N_ROWS), _events(rng, 0.1)
    missing = rng.random(N_ROWS) < 0.05
    x[missing] = None
    y[missing] = rng.random(missing.sum()) < 0.5
    return lambda package: _weight(package(x, y), None, most=_truth(missing, y) / 2)


def _hidden_code(rng: np.random.Generator) -> Ask:
    x, y = rng.normal(size=N_ROWS), _events(rng, 0.1)
    coded = rng.random(N_ROWS) < 0.03
    x[coded], y[coded] = CODE, 1
    return lambda package: _weight(package(x, y), CODE, most=-4.0)


def _weights(rng: np.random.Generator) -> Ask:
    x, y = rng.choice(np.array(["a", "b", "c"], dtype=object), N_ROWS), _events(rng, 0.3)
    y[x == "a"] = rng.random((x == "a").sum()) < 0.4
    repeat = np.where((x == "a") & (y == 1), 4, 1)

    def ask(package: type[Fitted]) -> Answer:
        weighted = package(x, y, sample_weight=repeat.astype(float)).weight("a")
        repeated = package(np.repeat(x, repeat), np.repeat(y, repeat)).weight("a")
        text = f"WoE of a level {weighted:.4f} with weights, {repeated:.4f} with rows repeated as often"
        return Answer(text, bool(np.isclose(weighted, repeated, atol=0.01)))

    return ask


def _words_as_labels(rng: np.random.Generator) -> Ask:
    x, y = rng.choice(np.array(["a", "b", "c"], dtype=object), N_ROWS), _events(rng, 0.3)
    y[x == "a"] = rng.random((x == "a").sum()) < 0.5
    words = np.where(y == 1, "bad", "good").astype(object)

    def ask(package: type[Fitted]) -> Answer:
        options = {"pos_label": "bad"} if package.__name__ == "Kullback" else {}
        by_words, by_numbers = package(x, words, **options).weight("a"), package(x, y).weight("a")
        text = f"WoE of a level {by_words:.4f} with words, {by_numbers:.4f} with 0 and 1"
        return Answer(text, bool(np.isclose(abs(by_words), abs(by_numbers))))

    return ask


def _light_cuts(rng: np.random.Generator) -> Ask:
    y = _events(rng, 0.3)
    x = rng.normal(size=N_ROWS) + y

    def ask(package: type[Fitted]) -> Answer:
        kept = package(x, y, cuts=[0.0, 0.05, 1.0]).cuts
        return Answer(f"{len(kept)} of 3 cuts kept", len(kept) == 3)

    return ask


def _unseen_level(rng: np.random.Generator) -> Ask:
    x, y = rng.choice(np.array(["a", "b", "c"], dtype=object), N_ROWS), _events(rng, 0.3)

    def ask(package: type[Fitted]) -> Answer:
        return Answer(f"WoE {package(x, y).weight('new'):.4g}", right=False)  # only a word helps here

    return ask


def _events(rng: np.random.Generator, rate: float) -> np.ndarray:
    return (rng.random(N_ROWS) < rate).astype(int)


def _with_missing(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a column with 5% missing, half of which are events, and 10% events else."""
    x, y = rng.normal(size=N_ROWS), _events(rng, 0.1)
    missing = rng.random(N_ROWS) < 0.05
    x[missing] = np.nan
    y[missing] = rng.random(missing.sum()) < 0.5
    return x, y, missing


def _truth(rows: np.ndarray, y: np.ndarray) -> float:
    """Return the weight of evidence of these rows."""
    return float(np.log((rows & (y == 0)).sum() / (y == 0).sum()) - np.log((rows & (y == 1)).sum() / (y == 1).sum()))


def _information(fitted: Any, least: float) -> Answer:
    return Answer(f"IV {fitted.iv:.4g}", bool(fitted.iv >= least))


def _weight(fitted: Fitted, value: Any, most: float) -> Answer:
    weight = fitted.weight(value)
    return Answer(f"WoE {weight:.4g}", weight <= most)


CASES = {
    "separating numbers": Case("IV of a number that separates the classes", BINNERS, _separating_numbers),
    "separating levels": Case("IV of two levels that separate the classes", (*BINNERS, "fastwoe"), _separating_levels),
    "pure level": Case("IV with one of three levels all events", (*BINNERS, "fastwoe"), _pure_level),
    "missing all events": Case("WoE of missing values that are all events", BINNERS, _missing_all_events),
    "missing, default transform": Case(
        "WoE of missing values, half of which are events, as transform gives it by default",
        ("kullback", "optbinning, default transform"),
        _missing_half_events,
    ),
    "missing level": Case("WoE of a missing level, half of which are events", (*BINNERS, *ENCODERS), _missing_level),
    "hidden code": Case("WoE of 3% of the rows at 99, all events", BINNERS, _hidden_code),
    "weights": Case("Weights against repetition", (*BINNERS, "category_encoders"), _weights),
    "words as labels": Case('Labels "good" and "bad"', (*BINNERS, *ENCODERS), _words_as_labels),
    "light cuts": Case("Cuts given by the user, one bin of which is too light", BINNERS, _light_cuts),
    "unseen level": Case("A level that fit did not see", (*BINNERS, *ENCODERS), _unseen_level),
}
