"""What the documentation says of a signature is what the signature says, and every public name is shown in use."""

import dataclasses
import importlib
import inspect
import pkgutil

import pytest

import kullback

numpydoc_validate = pytest.importorskip("numpydoc.validate", reason="numpydoc is in the extra docs")

FORMAT = ("GL02", "GL03", "GL05", "GL06", "GL07", "GL08", "SS01", "SS02", "SS04", "SS05", "PR02", "PR06", "PR10")
"""Codes of numpydoc that say that a docstring is missing, malformed or names a parameter that is not there."""

BUILDING_BLOCKS = {
    "kullback.binning.without_twins": "InformationSelector",
    "kullback.inference.TwoSamples": "information_value",
    "kullback.inference.AddedRows": "information_value",
    "kullback.inference.JointGaps": "compare_information",
    "kullback.inference.TableRows": "compare_information",
    "kullback.inference.normal_pvalue": "Estimate.test",
    "kullback.inference.covariance_root": "Estimate.condense",
    "kullback.inference.misleading_half": "information_value",
    "kullback.inference.noncentral_cdf": "InformationEstimate.test",
    "kullback.inference.noncentrality_interval": "InformationEstimate.conf_int",
    "kullback.inference.smoothed": "weight_of_evidence",
    "kullback.information.get_divergence": "divergence",
    "kullback.information.FDivergence": "DIVERGENCES",
    "kullback.metrics.null_eigenvalues": "OptimalBinner.information_value_",
    "kullback.metrics.table_information": "information_value",
    "kullback.metrics.table_weights": "weight_of_evidence",
    "kullback.report.report_paths": "ScorecardReport.save",
}
"""Names for those who build on the package, each with what it is a part of: one line may tell all about them."""

RESULTS = {
    "kullback.bounds.BreakdownValue": "CausalBounds.breakdown_value",
    "kullback.binning.BinningTable": "OptimalBinner.tables_",
    "kullback.binning.TwoWayTable": "TwoWayBinner.table_",
    "kullback.inference.InformationEstimate": "information_value",
    "kullback.inference.TestResult": "Estimate.test",
    "kullback.inference.WeightEstimate": "weight_of_evidence",
    "kullback.metrics.InformationComparison": "compare_information",
    "kullback.metrics.CalibrationResult": "calibration_test",
    "kullback.metrics.KSResult": "ks_statistic",
    "kullback.report.Finding": "scorecard_report",
    "kullback.report.BoundsReport": "bounds_report",
    "kullback.report.ScorecardReport": "scorecard_report",
    "kullback.report.Table": "read_table",
}
"""What nobody makes by hand, each with what returns it, which is where its example is."""


def rooms():
    """Public modules: those whose names have no underscore, the command line aside."""
    names = [m.name for m in pkgutil.iter_modules(kullback.__path__) if not m.name.startswith("_") and m.name != "cli"]
    return [f"kullback.{name}" for name in names]


def public_names():
    for room in rooms():
        module = importlib.import_module(room)
        for name in module.__all__:
            if callable(getattr(module, name)) and getattr(module, name).__module__.startswith("kullback"):
                yield f"{room}.{name}", getattr(module, name)


def members(name, found):
    """The public methods and properties that a class defines itself."""
    for member, value in vars(found).items():
        described = isinstance(value, property | classmethod | staticmethod) or inspect.isfunction(value)
        if described and not member.startswith("_"):
            yield f"{name}.{member}"


NAMES = dict(public_names())
CLASSES = {name: found for name, found in NAMES.items() if inspect.isclass(found)}
OBJECTS = [*NAMES, *(member for name, found in CLASSES.items() for member in members(name, found))]


def validated(name):
    found = numpydoc_validate.validate(name)
    return numpydoc_validate.Validator(numpydoc_validate.get_doc_object(load(name))), dict(found["errors"])


def load(name):
    return numpydoc_validate.Validator._load_obj(name)


def test_every_room_says_what_is_public_and_keeps_its_word():
    assert len(rooms()) >= 8
    for room in rooms():
        module = importlib.import_module(room)
        assert module.__doc__
        assert len(set(module.__all__)) == len(module.__all__)
        assert [name for name in module.__all__ if not hasattr(module, name)] == []


@pytest.mark.parametrize("name", OBJECTS)
def test_a_docstring_is_well_formed_and_fits_its_signature(name):
    doc, errors = validated(name)
    assert {code: errors[code] for code in FORMAT if code in errors} == {}
    if doc.doc_parameters:  # told in part is told wrongly
        assert "PR01" not in errors, errors.get("PR01")


@pytest.mark.parametrize("name", [n for n, found in NAMES.items() if inspect.isfunction(found)])
def test_a_function_tells_its_parameters_and_what_it_returns(name):
    doc, errors = validated(name)
    assert "PR01" not in errors or name in BUILDING_BLOCKS, errors.get("PR01")
    assert "RT01" not in errors or doc.summary.startswith("Return"), "neither a Returns section nor a word of it"


@pytest.mark.parametrize("name", [n for n, found in CLASSES.items() if not issubclass(found, BaseException)])
def test_a_class_tells_its_parameters_or_its_fields(name):
    found = CLASSES[name]
    doc, _ = validated(name)
    told = {part for names in (*doc.doc_parameters, *doc_attributes(doc)) for part in names.split(", ")}
    wanted = (
        {f.name for f in dataclasses.fields(found)}
        if dataclasses.is_dataclass(found)
        else set(doc.signature_parameters)
    )
    assert wanted - told == set()


def doc_attributes(doc):
    return [entry.name for entry in doc.doc["Attributes"]]


@pytest.mark.parametrize("name", [n for n in NAMES if not n.startswith("kullback.exceptions.")])
def test_every_public_name_is_shown_in_use(name):
    """Exceptions and warnings are shown by what raises them."""
    assert ">>> " in (NAMES[name].__doc__ or "") or name in {**BUILDING_BLOCKS, **RESULTS}


def test_the_exceptions_to_the_rule_are_public_names():
    assert {*BUILDING_BLOCKS, *RESULTS} <= set(NAMES)
