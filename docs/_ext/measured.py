"""Measured figures on a page: each ``<!-- measured: NAME -->`` becomes a table made from validation/results."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[2] / "validation" / "results"
MARK = re.compile(r"<!-- measured: ([\w-]+) -->")

Record = dict[str, Any]


def records() -> dict[str, Record]:
    """Return the record of each study by its id."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))}


def fill(text: str) -> str:
    """Return the text with every mark replaced by its table."""
    return MARK.sub(lambda found: TABLES[found[1]](records()), text)


def _table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Return a Markdown table; columns of numbers are set to the right."""
    names, cells = list(head), [list(row) for row in rows]
    ends = ["---:" if all(_is_numeric(row[i]) for row in cells) else "---" for i in range(len(names))]
    lines = [names, ends, *([_text(cell) for cell in row] for row in cells)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _is_numeric(cell: Any) -> bool:
    return isinstance(cell, int | float) or (isinstance(cell, str) and re.fullmatch(r"[-\d. to]+", cell) is not None)


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return f"{cell:.4g}"
    if isinstance(cell, dict):
        return ", ".join(f"{key} {_text(entry)}" for key, entry in cell.items())
    if isinstance(cell, list):
        return ", ".join(_text(entry) for entry in cell)
    return "" if cell is None else str(cell).replace("|", r"\|")


def _span(values: Iterable[float], digits: int = 3) -> str:
    """Return "least to greatest", or one number where these are alike."""
    found = [value for value in values if value is not None]
    low, high = f"{min(found):.{digits}f}", f"{max(found):.{digits}f}"
    return low if low == high else f"{low} to {high}"


def _spans_by(rows: list[Record], by: str, columns: list[str]) -> list[list[Any]]:
    """Return a row for each value of `by`, with the span of each column."""
    groups = dict.fromkeys(row[by] for row in rows)
    return [
        [group, *(_span(row[c] for row in rows if row[by] == group and c in row) for c in columns)] for group in groups
    ]


def claims(found: dict[str, Record]) -> str:
    """Tell each claim and whether it held."""
    rows = [
        [f"[{name}](#{name})", r["statement"], "held" if r["held"] else "did not hold", r["replications"], r["date"]]
        for name, r in found.items()
    ]
    return _table(["claim", "what is claimed", "outcome", "replications", "measured on"], rows)


def studies(found: dict[str, Record]) -> str:
    """Tell how each claim was judged, with all that its study measured."""
    return "\n".join(_study(record) for record in found.values())


def _study(record: Record) -> str:
    judged = [
        [f"`{v['figure']}`", _ends(v["low"], v["high"]), _ends(*v["band"]), "held" if v["held"] else "did not hold"]
        for v in record["judged"]
    ]
    parts = [
        f"## {record['id']}\n",
        record["statement"] + "\n",
        _table(["figure", "measured", "accepted", "outcome"], judged),
        _origin(record) + "\n",
    ]
    rows = record.get("table") or []
    if rows:
        head = list(dict.fromkeys(key for row in rows for key in row))
        parts += [
            f"<details><summary>Everything measured ({len(rows)} rows)</summary>\n",
            _table(head, [[row.get(key) for key in head] for row in rows]),
            "</details>\n",
        ]
    return "\n".join(parts)


def _ends(low: float, high: float) -> str:
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"


def _origin(record: Record) -> str:
    """Tell what made the figures: study, seed, size, versions and machine."""
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    machine = record["machine"]
    module, _, function = record["study"].partition(":")
    quick = " (quick)" if record["quick"] else ""
    return (
        f"Function `{function}` of `validation/{module.replace('.', '/')}.py`, seed {record['seed']}, "
        f"{record['replications']} replications{quick}, {record['cpu_seconds']} s of CPU time on {machine['cpu']} "
        f"({machine['system']}), {record['date']}. Versions: {versions}."
    )


def interval_coverage(found: dict[str, Record]) -> str:
    """Compare the three intervals of an information value."""
    figures = found["information-interval-coverage"]["figures"]
    zones = [key for key in figures["noncentral"] if key.startswith("mean at ")]
    names = {
        "noncentral": "`noncentral` (default)",
        "wald": "`wald`, full gradient",
        "paper": "`paper`, Eq. (18) and (22)",
    }
    rows = [
        [names[name], *(f"{figures[name][key]:.3f}" for key in ("mean", "min", "max", "share_below_93", *zones))]
        for name in names
    ]
    head = ["interval", "mean", "least", "greatest", "share below .93"]
    return _table([*head, *(zone.replace("mean at IV in", "IV") for zone in zones)], rows)


def test_size(found: dict[str, Record]) -> str:
    """Compare the tests of no information by number of bins, where empty cells are rare."""
    rows = [row for row in found["information-test-size"]["table"] if row["empty"] < 0.01]
    head = ["bins", "Pearson (default)", "(2 IV / SE)²", "paper, Eq. (21)"]
    return _table(head, _spans_by(rows, "bins", ["pearson", "scaled", "paper"]))


def weight_coverage(found: dict[str, Record]) -> str:
    """Compare the standard errors of a weight of evidence by number of bins."""
    rows = [
        [row["bins"], row["size"], *(_span(row[kind]) for kind in ("full", "paper", "log_odds"))]
        for row in found["weight-of-evidence-coverage"]["table"]
    ]
    head = ["bins", "non-events, events", "WoE, full", "WoE, with Eq. (15)", "log-odds, with Eq. (15)"]
    return _table(head, rows)


def stability_coverage(found: dict[str, Record]) -> str:
    """Compare the intervals and tests of a PSI over the reference sample's own quantiles."""
    rows = found["stability-own-quantiles"]["table"]
    columns = ["noncentral", "wald", "paper"]
    head = ["shift (sd)", *(f"`{name}` covers" for name in columns)]
    return _table(head, _spans_by(rows, "shift", columns))


def bound_sizes(found: dict[str, Record]) -> str:
    """Tell how often the tests of a bound reject at the bound itself."""
    rows = found["stability-bounds"]["table"]
    head = ["bound on the PSI", "H0: PSI ≤ bound", "H0: PSI ≥ bound"]
    return _table(head, _spans_by(rows, "bound", ["minimum_effect", "equivalence"]))


def weights_and_clusters(found: dict[str, Record]) -> str:
    """Compare knowing and ignoring weights and clusters."""
    figures = found["information-weights-and-clusters"]["figures"]
    rows = [
        [kind, _span(f["known"]), _span(f["ignored"]), f"{f['size']:.3f}", f"{f['size_ignored']:.3f}"]
        for kind, f in figures.items()
    ]
    head = ["rows with", "coverage, known", "coverage, ignored", "size, known", "size, ignored"]
    return _table(head, rows)


def figure_2a(found: dict[str, Record]) -> str:
    """Hold our ends against those of the paper, by the propensity."""
    rows = [row for row in found["paper-figure-2a"]["table"] if row["propensity"] == "paper"]
    exact = [row for row in found["paper-figure-2a"]["table"] if row["propensity"] == "exact"]
    cells = [
        [row["at"], *(_bracket(r["lower"], r["upper"]) for r in (row, other)), _read_off(row)]
        for row, other in zip(rows, exact, strict=True)
    ]
    return _table(["propensity", "ours, its propensity", "ours, exact propensity", "paper"], cells)


def _bracket(low: float, high: float) -> str:
    return f"[{low:.1f}, {high:.1f}]"


def _read_off(row: Record) -> str:
    return _bracket(row["paper_lower"], row["paper_upper"])


def figure_2b(found: dict[str, Record]) -> str:
    """Hold our penalised widths against the paper's."""
    return _by_risk(found["paper-figure-2b"]["table"], [("probit_sine", "width"), ("nonlinear", "nonlinear")])


def figure_2c(found: dict[str, Record]) -> str:
    """Hold our errors against the paper's."""
    return _by_risk(found["paper-figure-2c"]["table"], [(None, "error")])


def _by_risk(rows: list[Record], designs: list[tuple[str | None, str]]) -> str:
    """Return a row a number of rows: ours by design, then the paper's; with the debiased risk, and without."""
    head, columns = ["rows"], []
    for design, name in designs:
        for risk, words in (("debiased", "debiased"), ("not", "not debiased")):
            head.append(f"{name}, {words}")
            columns.append([r["ours"] for r in rows if r.get("design") == design and r["risk"] == risk])
    for risk, words in (("debiased", "debiased"), ("not", "not debiased")):
        head.append(f"paper, {words}")
        columns.append([r["paper"] for r in rows if r.get("design") == designs[0][0] and r["risk"] == risk])
    sizes = list(dict.fromkeys(r["rows"] for r in rows))
    return _table(head, [[n, *(f"{c[i]:.1f}" for c in columns)] for i, n in enumerate(sizes)])


def figure_3(found: dict[str, Record]) -> str:
    """Hold our ends and widths on the trial's infants against the paper's and the published package's."""
    rows = found["paper-figure-3"]["table"]
    spans = [[r["of"], f"{r['5%']:.2f} to {r['95%']:.2f}", "{} to {}".format(*r["paper"])] for r in rows if "5%" in r]
    widths = [[r["of"], f"{r['ours']:.2f}", f"{r['itbound']:.2f}"] for r in rows if "ours" in r]
    return _table(["of", "ours", "paper, or its package"], spans + widths)


def heavy_tails(found: dict[str, Record]) -> str:
    """Tell how the upper bound of the mean of t(3) outcomes grows with the sample."""
    rows = found["paper-heavy-tails"]["table"]
    names = [key for key in rows[0] if key not in ("rows", "specification")]
    return _table(["rows", *names], [[f"{r['rows']:,}", *(f"{r[name]:.1f}" for name in names)] for r in rows])


TABLES: dict[str, Callable[[dict[str, Record]], str]] = {
    "claims": claims,
    "studies": studies,
    "interval-coverage": interval_coverage,
    "test-size": test_size,
    "weight-coverage": weight_coverage,
    "stability-coverage": stability_coverage,
    "bound-sizes": bound_sizes,
    "weights-and-clusters": weights_and_clusters,
    "figure-2a": figure_2a,
    "figure-2b": figure_2b,
    "figure-2c": figure_2c,
    "figure-3": figure_3,
    "heavy-tails": heavy_tails,
}


def _read(app: Any, _name: str, source: list[str]) -> None:
    if MARK.search(source[0]):
        source[0] = fill(source[0])
        app.env.note_reread()


def setup(app: Any) -> dict[str, bool]:
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
