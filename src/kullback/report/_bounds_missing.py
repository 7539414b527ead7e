"""Rows with missing values: refused with advice that fits the column, or left out on request."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from kullback.exceptions import InputError

__all__ = ["complete"]

ADVICE = {
    "outcome": "rows without an outcome can only be left out",
    "treatment": "write down what these rows had, or give them a label of their own",
    "group": "give rows without one a label of their own",
    "weight": "a row that shall not count has weight 0",
    "clusters": "give rows that depend on no other a label each",
    "": "fill in a covariate and say how, or leave it out (--exclude)",
}
"""What to do for a missing value, by the role of the column; "" is a covariate."""


def complete(frame: Any, roles: Mapping[str, Hashable], *, drop: bool) -> tuple[Any, dict[str, int]]:
    """Return the rows without missing values, and how many were left out; refuse to leave any out unasked."""
    missing = frame.isna()
    counts = {name: int(n) for name, n in missing.sum().items() if n}
    if not counts:
        return frame, {}
    rows = int(missing.any(axis=1).sum())
    told = ", ".join(f"{name!r} in {n:,}" for name, n in counts.items())
    if not drop:
        raise InputError(
            f"Values are missing: {told} of {len(frame):,} rows, {rows:,} rows in all. {_advice(counts, roles)}; or "
            "pass --drop-missing (drop_missing=True): these rows are left out then, and the report says so."
        )
    if rows == len(frame):
        raise InputError(f"No row is without a missing value: {told} of {len(frame):,}. Leave columns out.")
    return frame[~missing.any(axis=1)], {f"missing {name}": n for name, n in counts.items()} | {"missing": rows}


def _advice(counts: Mapping[Hashable, int], roles: Mapping[str, Hashable]) -> str:
    role_of = {column: role for role, column in roles.items()}
    needed = dict.fromkeys(role_of.get(name, "") for name in counts)
    told = "; ".join(ADVICE[role] if not role else f"the {role}: {ADVICE[role]}" for role in needed)
    return told[0].upper() + told[1:]
