"""Where pages are: permalinks that follow from ids alone, and relative links between them.

Links name ``index.html``, so that they work from a disk as well as from a server, in any folder.
"""

from __future__ import annotations

from hpo.archive.schema import RunInfo

RUNS = "runs"
MODELS = "models"
DATASETS = "datasets"
AUDIT = "audit"
FINGERPRINTS = "fingerprints"
CONVERGENCE = "convergence"
IMPROVEMENT = "improvement"
OPTIMUM = "optimum"
COMPARISONS = "comparisons"
COST = "cost"
TRANSFER = "transfer"
CLAIMS = "claims"
DATA = "data"
METHODS = "methods"
DICTIONARY = "dictionary"
CHANGES = "changes"
CITE = "cite"
BENCHMARK = "benchmark"
GA_SETTINGS = "guides/ga-settings"
FEED = "feed.xml"


def root(folder: str) -> str:
    """Path from the page in ``folder`` back to the site's root; empty for the home page.

    >>> root("models/IGTD"), root("")
    ('../../', '')
    """
    return "../" * len([part for part in folder.split("/") if part])


def page(folder: str, *, of: str = "", anchor: str = "") -> str:
    """Relative address of the page in ``folder``, as seen from the page in the folder ``of``.

    >>> page("models/IGTD", of="runs"), page("", of="runs")
    ('../models/IGTD/index.html', '../index.html')
    """
    target = f"{folder}/index.html" if folder else "index.html"
    return root(of) + target + (f"#{anchor}" if anchor else "")


def run_folder(run: RunInfo) -> str:
    """Folder of the page of ``run``: its permalink."""
    return f"{RUNS}/{run.key}"


def model_folder(model: str) -> str:
    """Folder of the page of ``model``."""
    return f"{MODELS}/{model}"


def dataset_folder(dataset: str) -> str:
    """Folder of the page of ``dataset``."""
    return f"{DATASETS}/{dataset}"


def change_folder(version: str) -> str:
    """Folder of the page of what the archive's ``version`` added."""
    return f"{CHANGES}/{version}"
