"""The HTML page of a report."""

from __future__ import annotations

from typing import Any

from kullback.exceptions import MissingDependencyError
from kullback.report._bounds_words import amount
from kullback.report._provenance import arguments, bounds_arguments, changed

__all__ = ["render"]


def render(template: str, numbers: dict[str, Any], figures: dict[str, str]) -> str:
    """Return the page: tables and inline SVG, no script, no address outside itself."""
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError:
        raise MissingDependencyError('The report needs jinja2: pip install "kullback[report]".') from None
    environment = Environment(
        loader=PackageLoader("kullback.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "num": _num,
        "pct": _pct,
        "points": _points,
        "pvalue": _pvalue,
        "limits": _limits,
        "rate": _rate,
        "sample": _sample,
        "some_smoothed": _some_smoothed,
        "arguments": arguments,
        "changed": changed,
        "amount": amount,
        "plain_number": _plain_number,
        "bounds_arguments": bounds_arguments,
    }
    return environment.get_template(template).render(n=numbers, figures=figures)


def _num(value: float | None, digits: int = 3) -> str:
    return "\u2013" if value is None else f"{round(value, digits) + 0.0:,.{digits}f}"  # + 0.0: no minus before a zero


def _plain_number(value: float | None, infinite: str) -> str:
    return infinite if value is None else f"{value:g}".replace("-", "\u2212")


def _pct(value: float | None) -> str:
    if value is None:
        return "\u2013"
    return "< 0.1%" if 0 < value < 0.0005 else f"{value:.1%}"


def _points(value: float | None) -> str:
    """Return points as they are awarded: rounded ones have no decimals."""
    return _num(value, 0 if value is not None and value.is_integer() else 1)


def _pvalue(value: float | None) -> str:
    if value is None:
        return "\u2013"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _limits(record: dict[str, Any], digits: int = 3) -> str:
    """Return a value with its 95% limits, or that there were too few rows for one; a star where it is smoothed."""
    if "not_run" in record:
        return "too few rows"
    star = " *" if record.get("smoothed") else ""
    return f"{_num(record['value'], digits)} [{_num(record['lower'], digits)}, {_num(record['upper'], digits)}]{star}"


def _rate(record: dict[str, Any]) -> str:
    """Return a rate with its 95% limits, in per cent."""
    return f"{_pct(record['value'])} [{_pct(record['lower'])}, {_pct(record['upper'])}]"


def _sample(name: str) -> str:
    return name.replace("_", " ")


def _some_smoothed(records: dict[str, dict[str, Any]]) -> bool:
    return any(record.get("smoothed", False) for record in records.values())
