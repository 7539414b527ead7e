"""Run the claims of claims.toml and judge them: ``python -m validation.run [--quick] [--only NAME ...]``."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from validation._judge import Verdict, environment, judge

__all__ = ["load_claims", "main", "resolve", "run_claim"]

HERE = Path(__file__).parent
RESULTS = HERE / "results"

Study = Callable[..., dict[str, Any]]


def load_claims(path: Path = HERE / "claims.toml") -> list[dict[str, Any]]:
    """Return the claims, each with id, statement, study, seed, replications and acceptance."""
    return tomllib.loads(path.read_text())["claim"]


def resolve(study: str) -> Study:
    """Return the function that "folder.module:function" names."""
    module, _, function = study.partition(":")
    return getattr(importlib.import_module(f"validation.{module}"), function)


def run_claim(claim: dict[str, Any], *, quick: bool) -> tuple[dict[str, Any], list[Verdict]]:
    """Run the study of a claim; return the record for its result file and the verdicts."""
    arguments = {"seed": claim["seed"]}
    replications = claim["quick_replications" if quick else "replications"]
    started = time.process_time()
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
        "cpu_seconds": round(time.process_time() - started, 1),
        **environment(),
        **outcome,
    }
    return record, verdicts


def main(arguments: list[str] | None = None) -> int:
    """Run the claims, print a line for each, and return 1 if any does not hold."""
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
    failures = 0
    width = max(len(claim["id"]) for claim in chosen)
    for claim in chosen:
        record, verdicts = run_claim(claim, quick=options.quick)
        failures += not record["held"]
        said = "; ".join(map(str, [v for v in verdicts if not v.held] or verdicts))
        mark = "held  " if record["held"] else "FAILED"
        print(f"{mark} {claim['id']:<{width}} {record['cpu_seconds']:7.1f} s  {said}", flush=True)
        if out is not None:
            write(record, out)
    print(f"{len(chosen) - failures} of {len(chosen)} claims held.")
    return int(failures > 0)


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
