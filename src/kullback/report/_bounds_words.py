"""The sentences of a report of bounds: what the numbers say to someone who must decide."""

from __future__ import annotations

from typing import Any

__all__ = ["amount", "breakdown_words", "headline"]


def amount(value: float | None, digits: int, infinite: str = "not finite") -> str:
    """Return a number with these decimals, a true minus sign, and no minus before a zero."""
    if value is None:
        return infinite
    return f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", "\u2212")


def _span(record: dict[str, Any], digits: int, low: str = "lower", high: str = "upper") -> str:
    return f"{amount(record[low], digits)} to {amount(record[high], digits)}"


def headline(numbers: dict[str, Any]) -> list[str]:
    """Return the first paragraphs: what the data alone allow, and what it takes to say more."""
    texts = [_alone(numbers), _adjusted(numbers)]
    benchmark = numbers["frontier"]["benchmark"]
    if benchmark and numbers["frontier"]["breakdown"] is not None:
        texts.append(_scale(benchmark[0]))
    return texts


def _alone(numbers: dict[str, Any]) -> str:
    outcome, what = numbers["data"]["outcome"], numbers["estimand"]["words"]
    digits, level = outcome["digits"], _level(numbers)
    nothing = _record(numbers, "nothing")
    if "not_run" in nothing:
        return (
            f"The data alone do not bound {what}{_at_all(outcome)}, and of those who were "
            "treated otherwise nothing was seen: the smallest part of them with outcomes large enough moves the mean "
            "anywhere. No method changes that. What stays finite is shown below: shares and quantiles of an arm, and "
            "what follows from an assumption."
        )
    low, high = outcome["support"]
    text = (
        f"Without an assumption on how treatments came about the data allow {what} to be anything from "
        f"{_span(nothing, digits)} ({level} limits {_span(nothing, digits, 'limit_lower', 'limit_upper')})."
    )
    if numbers["estimand"]["effect"]:
        wide = "as wide as" if len(numbers["data"]["treatment"]["levels"]) == 2 else "wider than"
        text += (
            f" This interval is {wide} the range of {outcome['name']}, {low:g} to {high:g}, and holds 0 in any data: "
            "no effect is signed without an assumption."
        )
    return text


def _at_all(outcome: dict[str, Any]) -> str:
    if outcome["support"] is None:
        return f" at all. {outcome['name']} has no stated range"
    return f" on both sides. The stated range of {outcome['name']} has one end only"


def _adjusted(numbers: dict[str, Any]) -> str:
    digits, level = numbers["data"]["outcome"]["digits"], _level(numbers)
    none = _record(numbers, "odds_1")
    text = (
        "If the covariates held all that treatment and outcome have in common, which no data show, the "
        f"{_noun(numbers)} would be {amount(none['lower'], digits)} ({level} limits "
        f"{_span(none, digits, 'limit_lower', 'limit_upper')})."
    )
    breakdown = numbers["frontier"]["breakdown"]
    if breakdown is None:
        return text
    null = f"{breakdown['null']:g}"
    if breakdown["limits"] == 1.0:
        return f"{text} Even so it cannot be told from {null}."
    if breakdown["beyond_reach"]["limits"]:
        return f"{text} No confounding that was tried, up to an odds ratio of 10,000, makes the limits hold {null}."
    return (
        f"{text} Unrecorded confounding that changes the odds of treatment by a factor of "
        f"{breakdown['limits']:,.2f} is enough for the limits to hold {null}"
        + (
            f", and by {breakdown['bounds']:,.2f} for the estimate itself."
            if breakdown["bounds"] is not None
            else "; the estimate itself never holds it."
        )
    )


def _scale(strongest: dict[str, Any]) -> str:
    name, often, mostly = strongest["covariate"], strongest["median"], strongest["99%"]
    if mostly is None:
        return f"For scale: leaving out {name} alone changes the odds of treatment without bound."
    return (
        f"For scale: of the covariates that were recorded, {name} changes the odds of treatment the most when it is "
        f"left out, by a factor of {often:.2f} or more for half of the rows and of more than {mostly:.2f} for one in a "
        "hundred."
    )


def breakdown_words(numbers: dict[str, Any]) -> list[str]:
    """Return what the breakdown value asks of someone who holds that there is an effect."""
    breakdown = numbers["frontier"]["breakdown"]
    if breakdown is None:
        return ["A mean has no null of its own: with one (--null) its breakdown value would be here."]
    null, limits = f"{breakdown['null']:g}", breakdown["limits"]
    if limits == 1.0:
        return [f"Already without unrecorded confounding the limits hold {null}: there is no claim to overturn."]
    if limits is None:
        return [f"At no odds ratio up to 10,000 do the limits hold {null}; that rests on the stated assumptions alone."]
    treatment = numbers["data"]["treatment"]
    treated = f"{treatment['name']} = {treatment['treated']}"
    low, high = 1 / (1 + limits), limits / (1 + limits)
    digits = 0 if low > 0.005 else 2
    texts = [
        f"Whoever claims that the {_noun(numbers)} is not {null} must hold that nothing unrecorded changes anyone's "
        f"{numbers['estimand']['odds']}, at the same covariates, by more than a factor of {limits:,.2f}, up or down. "
        f"Of a person whose covariates give an even chance of {treated}, that is: the true chance lies between "
        f"{low:.{digits}%} and {high:.{digits}%}."
    ]
    return [*texts, *_as_strong(numbers["frontier"]["benchmark"], limits)]


def _as_strong(benchmark: list[dict[str, Any]], limits: float) -> list[str]:
    if not benchmark:
        return []
    strong = [record["covariate"] for record in benchmark if (record["99%"] or float("inf")) > limits]
    if not strong:
        return [
            "No recorded covariate, left out, changes the odds so much in more than one row of a hundred: unrecorded "
            "confounding would have to be stronger than any that was recorded."
        ]
    told = f"{', '.join(strong[:5])}{f' and {len(strong) - 5} more' if len(strong) > 5 else ''}"
    return [
        f"Recorded covariates that do so in more than one row of a hundred when they are left out: {told}. An "
        "unrecorded one as strong, and as strongly tied to the outcome as can be, would be enough."
    ]


def _noun(numbers: dict[str, Any]) -> str:
    return "effect" if numbers["estimand"]["effect"] else "mean"


def _record(numbers: dict[str, Any], key: str) -> dict[str, Any]:
    return next(record for record in numbers["assumptions"] if record["key"] == key)


def _level(numbers: dict[str, Any]) -> str:
    return f"{100 * numbers['run']['confidence_level']:g}%"
