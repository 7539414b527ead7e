"""The command line; thin over :mod:`kullback.report`."""

from __future__ import annotations

import shlex
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from kullback import __version__
from kullback.exceptions import InputError, MissingDependencyError

__all__ = ["app", "run"]

USAGE = 2
"""Exit code of bad usage and of bad input."""

TWO_NUMBERS = "It takes two numbers, LOW HIGH, such as 0 80, or 0 inf where there is no greatest one."

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

TABLES = "loanapp, german_credit, hmda, credit_data, 401ksubs, nsw, nsw_cps, acic2016, ihdp, actg175"
"""Names in :data:`kullback.datasets.DATASETS`, which takes seconds to import: --help must not wait for it."""

app = typer.Typer(
    name="kullback",
    help="Information-theoretic statistics with honest uncertainty.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def _main(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        typer.echo(f"kullback {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(USAGE)


@app.command()
def scorecard(
    data: Annotated[str, typer.Argument(help=f"CSV or Parquet file, or the name of a data set ({TABLES}).")],
    target: Annotated[str, typer.Option(help="Column to predict; it must hold two labels.")],
    out: Annotated[Path, typer.Option(help="HTML page to write; its numbers go beside it as JSON.")],
    event: Annotated[str | None, typer.Option(help="Label of the bad outcome; the greater one if left out.")] = None,
    protected: Annotated[
        list[str] | None,
        typer.Option(help="Column of protected groups: no predictor, unless --keep names it; may be repeated."),
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="COLUMN[,COLUMN...] to leave out; may be repeated.")] = None,
    keep: Annotated[
        list[str] | None, typer.Option(help="Column to leave in whatever the screen finds; may be repeated.")
    ] = None,
    special: Annotated[
        list[str] | None,
        typer.Option(help="COLUMN=CODE[,CODE...]: codes that have bins of their own; may be repeated."),
    ] = None,
    weight: Annotated[str | None, typer.Option(help="Column of sampling weights.")] = None,
    out_of_time: Annotated[Path | None, typer.Option(help="Later rows, judged separately.")] = None,
    test_size: Annotated[float, typer.Option(help="Share of the rows held out.")] = 0.3,
    seed: Annotated[int, typer.Option(min=0, help="Of the split, the folds and the permutations.")] = 0,
    permutations: Annotated[
        int | None,
        typer.Option(min=19, help="Permutations of each feature's test; 999, or 20 a feature, if left out."),
    ] = None,
    delimiter: Annotated[str, typer.Option(help="Of a CSV file.")] = ",",
    round_points: Annotated[bool, typer.Option(help="Make points whole numbers.")] = False,
) -> None:
    """Fit a scorecard and write its validation report."""
    from kullback.binning import OptimalBinner
    from kullback.report import check_weight_column, read_table, scorecard_report
    from kullback.scorecard import Scorecard

    _check_before(out, data, out_of_time)
    table = read_table(data, delimiter=delimiter)
    later = None if out_of_time is None else read_table(out_of_time, delimiter=delimiter)
    for rows in (table, later):
        if rows is not None and weight in rows.frame.columns:
            check_weight_column(rows, weight)
    left_out = _listed(exclude, table.frame) or []
    codes = _special_values(special or (), table.frame, {target, weight, *left_out})
    with _Bar() as progress, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own are findings in the report
        report = scorecard_report(
            table,
            target=target,
            event=event,
            protected=list(protected or ()),
            exclude=left_out,
            keep=keep or (),
            weight=weight,
            out_of_time=later,
            test_size=test_size,
            scorecard=Scorecard(binner=OptimalBinner(special_values=codes or None), round_points=round_points),
            n_permutations=permutations,
            random_state=seed,
            command=_command(),
            progress=progress,
        )
        page, numbers = report.save(out)
    _tell(report.numbers, page, numbers, event_named=event is not None)


@app.command()
def bounds(
    data: Annotated[str, typer.Argument(help=f"CSV or Parquet file, or the name of a data set ({TABLES}).")],
    outcome: Annotated[str, typer.Option(help="Column of numbers.")],
    treatment: Annotated[str, typer.Option(help="Column of two labels or more.")],
    out: Annotated[Path, typer.Option(help="HTML page to write; its numbers go beside it as JSON.")],
    covariates: Annotated[
        list[str] | None,
        typer.Option(help="COLUMN[,COLUMN...]; may be repeated. All other columns, if left out."),
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help="COLUMN[,COLUMN...] that are no covariates; may be repeated.")
    ] = None,
    arm: Annotated[str | None, typer.Option(help="Label of those treated; of two the greater, if left out.")] = None,
    control: Annotated[str | None, typer.Option(help="Label that they are compared with.")] = None,
    estimand: Annotated[str, typer.Option(help="ate, att (on those treated) or mean (of one arm).")] = "ate",
    outcome_bounds: Annotated[
        tuple[float, float] | None,
        typer.Option(help="The range that the outcome can have; inf where it has no end.", metavar="LOW HIGH"),
    ] = None,
    monotone: Annotated[
        str, typer.Option(help="increasing or decreasing: which way monotone assumptions go.")
    ] = "increasing",
    null: Annotated[float | None, typer.Option(help="For breakdown values: 0 for an effect.")] = None,
    group: Annotated[str | None, typer.Option(help="Column of groups, each with its own bounds.")] = None,
    weight: Annotated[str | None, typer.Option(help="Column of sampling weights.")] = None,
    clusters: Annotated[str | None, typer.Option(help="Column of rows that may depend on each other.")] = None,
    drop_missing: Annotated[bool, typer.Option(help="Leave rows with missing values out, and say so.")] = False,
    cv: Annotated[int, typer.Option(min=2, help="Folds.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Of the folds and the forests.")] = 0,
    confidence_level: Annotated[float, typer.Option(help="Of the limits.")] = 0.95,
    delimiter: Annotated[str, typer.Option(help="Of a CSV file.")] = ",",
) -> None:
    """Bound a treatment's effect under nothing, and under one assumption after another."""
    from kullback.report import bounds_report, read_table

    _check_before(out, data, None)
    table = read_table(data, delimiter=delimiter)
    with _Bar() as progress, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own are findings in the report
        report = bounds_report(
            table,
            outcome=outcome,
            treatment=treatment,
            covariates=_listed(covariates, table.frame),
            exclude=_listed(exclude, table.frame) or (),
            arm=arm,
            control=control,
            estimand=estimand,
            outcome_bounds=outcome_bounds,
            monotone=monotone,
            null=null,
            group=group,
            weight=weight,
            clusters=clusters,
            drop_missing=drop_missing,
            cv=cv,
            confidence_level=confidence_level,
            random_state=seed,
            command=_command(),
            progress=progress,
        )
        page, numbers = report.save(out)
    for text in report.numbers["headline"]:
        typer.echo(text)
    typer.echo(f"{page}: the report\n{numbers}: its numbers")
    _tell_findings(report.numbers, ("high", "medium"))


def _listed(entries: list[str] | None, frame: Any) -> list[str] | None:
    """Return the columns of NAME[,NAME...] entries; a name with a comma in it is one where the table has it."""
    if entries is None:
        return None
    names = [[entry] if entry in frame.columns else entry.split(",") for entry in entries]
    return [name.strip() for listed in names for name in listed if name.strip()]


def _special_values(entries: Iterable[str], frame: Any, no_predictors: set[str | None]) -> dict[str, list[Any]]:
    """Return the codes of each column that was named, whether in one entry or in several."""
    codes: dict[str, list[Any]] = {}
    for column, more in (_special_codes(entry, frame) for entry in entries):
        if column in no_predictors:
            raise InputError(
                f"--special names {column!r}, the target, the weight or an excluded column: it has no bins."
            )
        known = codes.setdefault(column, [])
        known += [code for code in dict.fromkeys(more) if code not in known]
    return codes


def _special_codes(entry: str, frame: Any) -> tuple[str, list[Any]]:
    """Return the column and the codes of COLUMN=CODE[,CODE...], numbers where the column holds numbers."""
    from kullback._frames import column_of

    column, mark, listed = entry.partition("=")
    codes: list[Any] = [code.strip() for code in listed.split(",") if code.strip()]
    if not mark or not codes:
        raise InputError(f"--special must be COLUMN=CODE[,CODE...], such as income=-999,-998; {entry!r} came.")
    if column not in frame.columns:
        raise InputError(f"--special names the column {column!r}, which the data do not have. Check its name.")
    if column_of(frame[column], column).kind == "numeric":
        try:
            codes = [float(code) for code in codes]
        except ValueError:
            raise InputError(f"--special: {column!r} holds numbers, and so must its codes; {listed!r} came.") from None
    return column, codes


def _check_before(out: Path, data: str, out_of_time: Path | None) -> None:
    """Raise before the work, not after it, where the report cannot be written or would replace its own data."""
    from kullback.report import report_paths

    inputs = {Path(name).resolve() for name in (data, out_of_time) if name is not None}
    for path in report_paths(out):
        if path.resolve() in inputs:
            raise InputError(f"{path.name} is read as data: writing the report there would replace it.")


class _Bar:
    """A progress bar on standard error, where that is a terminal."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        columns = TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn()
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage, total=total)
        self._progress.update(self._tasks[stage], completed=done, total=total)


def _tell(numbers: dict[str, Any], page: Path, beside: Path, *, event_named: bool) -> None:
    auc = numbers["performance"]["test"]["auc"]
    data = numbers["data"]
    told = "is the bad outcome" if event_named else "is taken for the bad outcome; if it is not, name it: --event"
    typer.echo(f"{data['events']:,} events in {data['rows']:,} rows: {data['target']} = {data['event']} {told}")
    typer.echo(f"{page}: AUC on test rows {auc['value']:.3f}, 95% {auc['lower']:.3f} to {auc['upper']:.3f}")
    typer.echo(f"{beside}: its numbers")
    _tell_findings(numbers)


def _tell_findings(numbers: dict[str, Any], severities: tuple[str, ...] = ("high",)) -> None:
    for finding in numbers["findings"]:
        if finding["severity"] in severities:
            where = f"{finding['column']}: " if finding["column"] else ""
            typer.echo(f"finding: {finding['rule']}: {where}{finding['evidence']} {finding['action']}")


def _command() -> str:
    """Return the command that was given, without the folder of the program."""
    return shlex.join(["kullback", *sys.argv[1:]])


def run() -> int:
    """Run the command line and return its exit code: 0 done, 2 bad usage or bad input."""
    try:
        result = app(standalone_mode=False)
    except typer.Abort:
        return INTERRUPTED
    except (InputError, MissingDependencyError, OSError) as error:
        return _refuse(str(error))
    except Exception as error:
        if hasattr(error, "format_message"):  # typer's own: bad usage
            message = error.format_message()
            return _refuse(f"{message} {TWO_NUMBERS}" if "'--outcome-bounds'" in message else message)
        raise
    return result if isinstance(result, int) else 0


def _refuse(message: str) -> int:
    line = " ".join(message.split())
    if line:  # without a command the help was printed already
        sys.stderr.write(f"kullback: {line}\n")
    return USAGE
