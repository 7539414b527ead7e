"""Names of samples: which units two estimates share, and where nobody can tell."""

from __future__ import annotations

import uuid
from collections.abc import Hashable
from dataclasses import dataclass, field

import numpy as np

from kullback._typing import IntArray
from kullback.exceptions import InputError

__all__ = ["AddedRows", "Anonymous", "Cells", "Clustered", "Parts", "Union", "join", "name_sample", "parts", "places"]

Parts = tuple[tuple[Hashable, int], ...]
"""(sample_id, units) of samples that lie one below the other."""


class Anonymous:
    """A sample that was given no name: the same only as itself."""

    def __repr__(self) -> str:
        return "<unnamed sample>"


@dataclass(frozen=True)
class Union:
    """Several samples one below the other."""

    parts: Parts


@dataclass(frozen=True)
class Clustered:
    """Units of `sample_id` summed inside the clusters that `labels` describes."""

    sample_id: Hashable
    labels: bytes

    def __repr__(self) -> str:
        return f"{self.sample_id!r} in clusters"


@dataclass(frozen=True)
class Cells:
    """Cells of one table of `sample_id`: equal counts do not make the rows in two tables' cells the same."""

    sample_id: Hashable
    table: str = field(default_factory=lambda: uuid.uuid4().hex)  # copies and pickles of an estimate stay its own

    def __repr__(self) -> str:
        return f"{self.sample_id!r} in the cells of a table"


@dataclass(frozen=True)
class AddedRows:
    """Parts of rows that were added to the cells of a table of `sample_id`, none of them a row of the sample.

    Attributes
    ----------
    sample_id : hashable
        Sample of the table.
    cells : bytes
        Tells one table's cells from another's.
    """

    sample_id: Hashable
    cells: bytes


def name_sample(sample_id: Hashable, *, of_cells: bool) -> Hashable:
    """Return a sample's name, one of its own where there is none or where units are cells of a table."""
    name = Anonymous() if sample_id is None else sample_id
    return Cells(name) if of_cells and not isinstance(name, Cells | Union) else name


def parts(sample_id: Hashable, units: int) -> Parts:
    """Return the samples that a name stands for."""
    return sample_id.parts if isinstance(sample_id, Union) else ((sample_id, units),)


def join(left: Parts, right: Parts) -> Parts:
    """Return the samples of two estimates, each once, or raise where their units are neither shared nor independent."""
    samples = dict(left)
    for sample_id, units in right:
        if samples.setdefault(sample_id, units) != units:
            raise InputError(
                f"Sample {sample_id!r} has {samples[sample_id]} units in one estimate and {units} in the other; "
                "a sample_id must mean the same rows in the same order."
            )
    _check_names(samples)
    _check_units(samples)
    return tuple(samples.items())


def places(own: Parts, joint: Parts) -> IntArray:
    """Return the position among the joint units of each unit of an estimate."""
    starts = dict(zip(dict(joint), np.cumsum([0, *dict(joint).values()]), strict=False))
    return np.concatenate([np.arange(starts[sample_id], starts[sample_id] + units) for sample_id, units in own])


def _roots(sample_id: Hashable) -> set[Hashable]:
    """Return the samples of rows behind a name."""
    if isinstance(sample_id, Clustered | Cells | AddedRows):
        return _roots(sample_id.sample_id)
    if isinstance(sample_id, Union):
        return {root for part, _ in sample_id.parts for root in _roots(part)}
    return {sample_id}


def _check_names(samples: dict[Hashable, int]) -> None:
    roots = {root for sample_id in samples for root in _roots(sample_id)}
    if len(roots) > 1 and any(isinstance(root, Anonymous) for root in roots):
        raise InputError(
            "A sample without a name is combined with another one, and nobody can tell whether they share rows. Give "
            "both the same sample_id (same rows, same order) or different ones (independent samples)."
        )


def _check_units(samples: dict[Hashable, int]) -> None:
    """Raise where the rows of one sample come as units of two kinds, which neither pair nor are independent."""
    seen: dict[Hashable, Hashable] = {}
    for sample_id in samples:
        for root in set() if isinstance(sample_id, AddedRows) else _roots(sample_id):
            other = seen.setdefault(root, sample_id)
            if other != sample_id:
                raise InputError(
                    f"The rows of {root!r} come as {other!r} in one estimate and as {sample_id!r} in the other: these "
                    "do not pair, though the rows are the same. Cluster both by the same labels; the "
                    "cells of two tables do not pair at all: make both from rows (codes and y)."
                )
