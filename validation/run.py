"""Run the claims of claims.toml and judge them: ``python -m validation.run [--quick] [--only NAME ...]``."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from validation._judge import Verdict, absent, environment, judge

__all__ = ["load_claims", "main", "resolve", "run_claim"]

HERE = Path(__file__).parent
RESULTS = HERE / "results"

Study = Callable[..., dict[str, Any]]


def load_claims(path: Path = HERE / "claims.toml") -> list[dict[str, Any]]:
    """Return the claims, each with id, statement, study, seed, replications and acceptance.

    One that compares with other packages names them in `requires`; where one of them is not installed the claim is
    not run, which is not the same as held.
    """
    return tomllib.loads(path.read_text())["claim"]


def resolve(study: str) -> Study:
    """Return the function that "folder.module:function" names."""
    module, _, function = study.partition(":")
    return getattr(importlib.import_module(f"validation.{module}"), function)


def run_claim(claim: dict[str, Any], *, quick: bool) -> tuple[dict[str, Any], list[Verdict]]:
    """Run the study of a claim; return the record for its result file and the verdicts."""
    arguments = {"seed": claim["seed"]}
    replications = claim["quick_replications" if quick else "replications"]
    started = _cpu_seconds()
    outcome = resolve(claim["study"])(**arguments, replications=replications)
    verdicts = judge(outcome["figures"], claim["accept"], replications, quick=quick)
    record = {
        "id": claim["id"],
        "statement": claim["statement"],
        "study": claim["study"],
        "seed": claim["seed"],
        "replications": replications,
        "quick": quick,
        "held": all(verdict.held for verdict in verdicts),
        "judged": [
            {"figure": v.figure, "low": v.low, "high": v.high, "band": list(v.band), "held": v.held} for v in verdicts
        ],
        "cpu_seconds": round(_cpu_seconds() - started, 1),
        **environment(claim.get("requires", ())),
        **outcome,
    }
    return record, verdicts


def main(arguments: list[str] | None = None) -> int:
    """Run the claims, print a line for each; return 1 if one does not hold, or could not be run in a full run."""
    options = _parser().parse_args(arguments)
    claims = load_claims()
    known = {claim["id"] for claim in claims}
    if unknown := sorted(set(options.only or ()) - known):
        print(
            f"No claim is called {', '.join(unknown)}; there are: {', '.join(sorted(known))}.",
            file=sys.stderr,
        )
        return 2
    chosen = [claim for claim in claims if not options.only or claim["id"] in options.only]
    out = options.out or (None if options.quick else RESULTS)
    width = max(len(claim["id"]) for claim in chosen)
    marks = [_run_and_tell(claim, width, out, quick=options.quick) for claim in chosen]
    not_run = marks.count("not run")
    told = f", {not_run} not run (see requirements/validation-*.txt)" if not_run else ""
    print(f"{marks.count('held')} of {len(chosen)} claims held{told}.")
    return int("FAILED" in marks or (not_run > 0 and not options.quick))


def _run_and_tell(claim: dict[str, Any], width: int, out: Path | None, *, quick: bool) -> str:
    """Run a claim, print its line, write its record if asked, and return "held", "FAILED" or "not run"."""
    if lacking := absent(claim.get("requires", ())):
        print(f"not run {claim['id']:<{width}} {'':9}  needs {', '.join(lacking)}", flush=True)
        return "not run"
    record, verdicts = run_claim(claim, quick=quick)
    said = "; ".join(map(str, [v for v in verdicts if not v.held] or verdicts))
    mark = "held" if record["held"] else "FAILED"
    print(f"{mark:<7} {claim['id']:<{width}} {record['cpu_seconds']:7.1f} s  {said}", flush=True)
    if out is not None:
        write(record, out)
    return mark


def _cpu_seconds() -> float:
    """Return the CPU time of this process and of its children."""
    return sum(os.times()[:4])


def write(record: dict[str, Any], folder: Path) -> Path:
    """Write the record of a claim as JSON, a row of its table a line."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{record['id']}.json"
    rows = record.get("table", [])
    text = json.dumps({**record, "table": None} if rows else record, indent=1)
    if rows:
        body = ",\n".join("  " + json.dumps(row) for row in rows)
        text = text.replace('"table": null', f'"table": [\n{body}\n ]')
    path.write_text(text + "\n")
    return path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m validation.run", description="Run and judge the claims.")
    parser.add_argument("--quick", action="store_true", help="fewer replications, wider bands, nothing written")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="ids of claims")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to write results (default: validation/results)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
