"""A fitted binner as JSON, and back."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from sklearn.utils.validation import check_is_fitted

import kullback
from kullback._typing import FloatArray, ObjectArray
from kullback.binning._json import read_value, write_value
from kullback.binning._rule import BinRule
from kullback.binning._table import SIGN_NOTE, BinningTable
from kullback.exceptions import InputError
from kullback.inference import InformationEstimate
from kullback.information import ContingencyTable

__all__ = ["SCHEMA", "from_json", "require_prebins", "to_json"]

Binner = TypeVar("Binner")

SCHEMA = "kullback.binner/1"

_INFORMATION = ("value", "df", "scale", "bias")
"""Figures of the information values that are a number a feature."""

_REFUSED = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)
"""What reading a malformed entry raises."""


def to_json(self: Any, path: str | os.PathLike[str] | None = None) -> str | None:
    """Write the bins, their counts and the parameters to JSON, exactly.

    A binner read back encodes each value as this one does, to the last bit, and has its tables and information
    values. What is not written: the pre-bins, which :meth:`permutation_test` needs, and :meth:`set_output`.

    Parameters
    ----------
    path : path, optional
        File to write to. The text is returned where None.

    Returns
    -------
    str or None

    Raises
    ------
    InputError
        If a level, a name or a parameter has no exact text (text, numbers, booleans, bytes, dates and pandas
        intervals have).

    Notes
    -----
    The top of the record names its schema. Each feature has its `cuts` or `groups`, and `bins` with their counts,
    sums of squared weights, and, for other readers, names, roles and weights of evidence. Values that JSON has no
    word for are marked: ``{"float": "inf"}``, ``{"bytes": "00ff"}``, ``{"date": "2024-01-31"}``.

    Examples
    --------
    >>> from kullback.binning import OptimalBinner
    >>> binner = OptimalBinner().fit([[1.0], [1.0], [2.0], [2.0]] * 50, [0, 1, 0, 0] * 50)
    >>> again = OptimalBinner.from_json(binner.to_json())
    >>> again.transform([[1.0], [2.0]]).tolist() == binner.transform([[1.0], [2.0]]).tolist()
    True
    """
    check_is_fitted(self)
    if self.target_type_ != "binary":
        raise InputError(f"Rules are written for a target of two classes; this one is {self.target_type_}. Pickle it.")
    text = _text(_record(self))
    if path is None:
        return text
    Path(path).write_text(text, encoding="utf-8")
    return None


def from_json(cls: type[Binner], source: str | os.PathLike[str]) -> Binner:
    """Read a binner that :meth:`to_json` wrote. No code is run, unlike with a pickle.

    Parameters
    ----------
    source : path or str
        A file, or the text itself, which begins with a brace.

    Returns
    -------
    OptimalBinner
        Fitted; :meth:`permutation_test` needs another ``fit``.

    Raises
    ------
    InputError
        If the text is not JSON, of another schema, incomplete, or contradicts itself.

    Examples
    --------
    >>> from kullback.binning import OptimalBinner
    >>> OptimalBinner.from_json("{}")
    Traceback (most recent call last):
    kullback.exceptions.InputError: The rules cannot be read: schema must be 'kullback.binner/1'; None came. ...
    """
    is_text = isinstance(source, str) and source.lstrip().startswith("{")
    text = str(source) if is_text else Path(source).read_text(encoding="utf-8")
    try:
        record = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(f"The rules cannot be read: they are not JSON ({error}).") from None
    try:
        return _restored(cls, record)
    except InputError as error:
        raise InputError(f"The rules cannot be read: {error}") from None


def require_prebins(binner: Any) -> None:
    """Raise where a binner was read from JSON, and does not know what its bins were chosen from."""
    if not hasattr(binner, "_fits"):
        raise InputError(
            "This binner was read from JSON, which holds its bins but not the pre-bins that they were chosen from: the "
            "permutation test needs fit. summary(n_permutations=0) leaves its p-values out."
        )


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")


def _text(record: dict[str, Any]) -> str:
    """Return the record as text, with a line an entry and a line a feature, so that versions of a file compare well."""

    def line(entry: Any) -> str:
        return json.dumps(entry, allow_nan=False)

    features = ",\n".join(line(feature) for feature in record["features"])
    parts = {key: line(entry) for key, entry in record.items()} | {"features": f"[\n{features}\n]"}
    return "{\n" + ",\n".join(f"{line(key)}: {part}" for key, part in parts.items()) + "\n}\n"


def _record(binner: Any) -> dict[str, Any]:
    names = getattr(binner, "feature_names_in_", None)
    return {
        "schema": SCHEMA,
        "version": kullback.__version__,
        "note": SIGN_NOTE,
        "parameters": {name: _parameter(name, value) for name, value in binner.get_params(deep=False).items()},
        "classes": {"dtype": binner.classes_.dtype.str, "labels": write_value(binner.classes_)},
        "feature_names_in": None if names is None else write_value(names),
        "features": [_feature(table) for table in binner.tables_.values()],
        "information_value": _information(binner.information_value_),
    }


def _parameter(name: str, value: Any) -> Any:
    try:
        return write_value(value)
    except InputError as error:
        raise InputError(f"{name}: {error} set_params({name}=None) leaves the bins as they are.") from None


def _feature(table: BinningTable) -> dict[str, Any]:
    rule, woe = table.rule, table.woe
    counts, squares = (x.tolist() for x in (table.contingency.counts, table.contingency.squares))
    return {
        "feature": write_value(rule.feature),
        "kind": rule.kind,
        "trend": table.trend,
        "cuts": write_value(rule.cuts),
        "groups": [[write_value(level) for level in group] for group in rule.groups],
        "specials": [write_value(special) for special in rule.specials],
        "missing": bool(rule.missing),
        "absent": [write_value(special) for special in rule.absent],
        "centres": write_value(rule.centres),
        "rare": [write_value(level) for level in rule.rare],
        "violations": list(table.violations),
        "bins": [
            {"label": label, "role": role, "counts": counts[j], "squares": squares[j], "woe": float(woe[j])}
            for j, (label, role) in enumerate(zip(table.labels, table.roles, strict=True))
        ],
    }


def _information(iv: InformationEstimate) -> dict[str, Any]:
    return {name: getattr(iv, name).tolist() for name in _INFORMATION} | {
        "influence": iv.influence.tolist(),
        "smoothed": iv.smoothed.tolist(),
        "method": iv.method,
        "names": list(iv.names),
        "target": iv.target,
    }


def _restored(cls: Any, record: Any) -> Any:
    schema = record.get("schema") if isinstance(record, dict) else None
    if schema != SCHEMA:
        raise InputError(f"schema must be {SCHEMA!r}; {schema!r} came. Read it with the version that wrote it.")
    binner = cls(**_parameters(cls, _entry(record, "parameters", dict)))
    try:
        binner._validate_params()
    except ValueError as error:
        raise InputError(str(error)) from None
    binner.classes_ = _classes(_entry(record, "classes", dict))
    tables = [_table(entry, f"features[{j}]") for j, entry in enumerate(_entry(record, "features", list))]
    binner.tables_ = {table.feature: table for table in tables}
    if not tables or len(binner.tables_) < len(tables):
        raise InputError("features must hold at least one feature, each once.")
    binner.n_features_in_ = len(tables)
    names = _entry(record, "feature_names_in", list | None)
    if names is not None:
        if names != [table.feature for table in tables]:
            raise InputError("feature_names_in must be the names of features, in their order, or null.")
        binner.feature_names_in_ = np.array(names, dtype=object)
    binner.target_type_ = "binary"
    binner.information_value_ = binner._found = _read_information(
        _entry(record, "information_value", dict), len(tables)
    )
    return binner


def _entry(record: Any, key: str, kind: Any, where: str = "") -> Any:
    """Return the entry of a record, which must be there and of its kind."""
    name = f"{where}.{key}".lstrip(".")
    if not isinstance(record, dict) or key not in record:
        raise InputError(f"{name} is missing.")
    if not isinstance(record[key], kind) or (isinstance(record[key], bool) and kind not in (bool, object)):
        raise InputError(f"{name} must be {_WORDS.get(kind, 'a list or null')}; {record[key]!r} came.")
    return record[key]


_WORDS: dict[Any, str] = {dict: "an object", list: "a list", str: "text", bool: "true or false", float: "a number"}


def _parameters(cls: Any, record: dict[str, Any]) -> dict[str, Any]:
    unknown = set(record) - set(cls().get_params(deep=False))
    if unknown:
        raise InputError(f"parameters holds {sorted(unknown)[0]!r}, which this version does not know.")
    return {name: read_value(entry) for name, entry in record.items()}


def _classes(record: dict[str, Any]) -> ObjectArray:
    dtype, labels = _entry(record, "dtype", str, "classes"), _entry(record, "labels", list, "classes")
    try:
        kind = np.dtype(dtype)
        array = np.array([read_value(label) for label in labels], dtype=kind)
    except _REFUSED as error:
        raise InputError(f"classes cannot be labels of type {dtype!r}: {error}") from None
    if kind.kind not in "biufUSO" or array.shape != (2,) or array[0] == array[1]:
        raise InputError(f"classes must be two different labels; {labels!r} of type {dtype!r} came.")
    return array


def _table(record: Any, where: str) -> BinningTable:
    rule = _rule(record, where)
    bins = _entry(record, "bins", list, where)
    if len(bins) != rule.n_bins:
        raise InputError(f"{where}.bins must be {rule.n_bins}, as its cuts or groups say; they are {len(bins)}.")
    if rule.centres.size not in (0, rule.cuts.size + 1):
        raise InputError(f"{where}.centres must be one a regular bin, or none; they are {rule.centres.size}.")
    counts, squares = (
        _numbers([_entry(b, key, list, f"{where}.bins[{j}]") for j, b in enumerate(bins)], f"{where}.bins.{key}", 2)
        for key in ("counts", "squares")
    )
    if not (counts.shape == squares.shape == (rule.n_bins, 2)) or min(counts.min(), squares.min()) < 0:
        raise InputError(f"{where}.bins must have two counts and two squares each, none negative.")
    if (counts.sum(axis=0) <= 0).any():
        raise InputError(f"{where}.bins must hold events and non-events.")
    violations = _entry(record, "violations", list, where)
    if not all(isinstance(said, str) for said in violations):
        raise InputError(f"{where}.violations must be texts.")
    table = BinningTable(
        rule, ContingencyTable(counts, squares), _entry(record, "trend", str, where), tuple(violations)
    )
    for j, (entry, weight) in enumerate(zip(bins, table.woe, strict=True)):
        told = _entry(entry, "woe", float | int, f"{where}.bins[{j}]")
        if not math.isclose(told, weight, rel_tol=1e-9, abs_tol=1e-9):
            raise InputError(f"{where}.bins[{j}].woe is {told!r}, but its counts give {float(weight)!r}. Edit neither.")
    return table


def _rule(record: Any, where: str) -> BinRule:
    kind = _entry(record, "kind", str, where)
    lists = {
        key: _entry(record, key, list, where) for key in ("cuts", "groups", "specials", "absent", "centres", "rare")
    }
    if kind not in ("numeric", "boolean", "categorical"):
        raise InputError(f"{where}.kind must be numeric, boolean or categorical; {kind!r} came.")
    cuts = _numbers([read_value(cut) for cut in lists["cuts"]], f"{where}.cuts", 1, finite=False)
    if np.isnan(cuts).any() or (np.diff(cuts) <= 0).any():
        raise InputError(f"{where}.cuts must be ascending; {lists['cuts']!r} came.")
    if not all(isinstance(group, list) for group in lists["groups"]):
        raise InputError(f"{where}.groups must be lists of levels.")
    groups = tuple(tuple(read_value(level) for level in group) for group in lists["groups"])
    if (kind == "categorical" and cuts.size) or (kind != "categorical" and groups):
        raise InputError(f"{where} must have cuts if it is numeric, groups if it is categorical.")
    specials, absent, rare = (tuple(read_value(v) for v in lists[key]) for key in ("specials", "absent", "rare"))
    centres = _numbers([read_value(mean) for mean in lists["centres"]], f"{where}.centres", 1, finite=False)
    if np.isnan(centres).any() or (np.diff(centres) < 0).any():
        raise InputError(f"{where}.centres must ascend; {lists['centres']!r} came.")
    feature = read_value(_entry(record, "feature", object, where))
    _check_once((*(level for group in groups for level in group), *specials), where)
    _check_once((feature, *absent), where)
    missing = _entry(record, "missing", bool, where)
    return BinRule(feature, kind, cuts, groups, specials, missing, absent, centres, rare)


def _check_once(values: tuple[Hashable, ...], where: str) -> None:
    try:
        once = len(set(values)) == len(values)
    except TypeError:
        raise InputError(f"{where} must have values for its name and levels; a list or an object came.") from None
    if not once:
        raise InputError(f"{where} must have each level in one bin; one comes twice.")


def _numbers(entry: Any, where: str, ndim: int, *, finite: bool = True) -> FloatArray:
    try:
        array = np.array(entry, dtype=np.float64)
    except _REFUSED:
        array = np.empty((0,) * (ndim + 1))
    if array.size == 0:
        array = array.reshape((0,) * ndim) if entry == [] else array
    if array.ndim != ndim or (finite and not np.isfinite(array).all()):
        raise InputError(f"{where} must be numbers, {'one' if ndim == 1 else 'a list'} each.")
    return array


def _read_information(record: dict[str, Any], n_features: int) -> InformationEstimate:
    where = "information_value"
    figures = {key: _numbers(_entry(record, key, list, where), f"{where}.{key}", 1) for key in _INFORMATION}
    influence = _numbers(_entry(record, "influence", list, where), f"{where}.influence", 2)
    smoothed, names = (_entry(record, key, list, where) for key in ("smoothed", "names"))
    if any(len(part) != n_features for part in (*figures.values(), influence.T, smoothed, names)):
        raise InputError(f"{where} must have an entry a feature ({n_features}).")
    if _entry(record, "method", str, where) != "crossfit" or not all(isinstance(s, bool) for s in smoothed):
        raise InputError(f"{where}.method must be 'crossfit', and smoothed true or false a feature.")
    return InformationEstimate(
        figures["value"],
        influence,
        df=figures["df"],
        null_scale=figures["scale"],
        bias=figures["bias"],
        smoothed=smoothed,
        method="crossfit",
        names=[str(name) for name in names],
        target=_entry(record, "target", str, where),
    )
