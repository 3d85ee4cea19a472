"""CITATION.cff says what the package says, in the format's version 1.2.0, and invents neither persons nor DOIs."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import hpo

ROOT = Path(__file__).parents[1]
REQUIRED = {"cff-version", "message", "title", "authors"}
KNOWN = REQUIRED | {"type", "abstract", "version", "license", "keywords"}


@pytest.fixture(scope="module")
def citation():
    return YAML(typ="safe").load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def test_it_has_what_the_format_asks_for_and_nothing_unknown(citation):
    assert REQUIRED <= set(citation) <= KNOWN
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "software"
    assert all(isinstance(word, str) for word in citation["keywords"])
    assert len(set(citation["keywords"])) == len(citation["keywords"])


def test_version_and_licence_are_those_of_the_package(citation):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert isinstance(citation["version"], str)
    assert citation["version"] == hpo.__version__
    assert citation["license"] == project["license"]


def test_the_authors_are_those_of_the_licence(citation):
    (author,) = citation["authors"]
    assert set(author) == {"name"}
    assert author["name"] in (ROOT / "LICENSE").read_text(encoding="utf-8")
