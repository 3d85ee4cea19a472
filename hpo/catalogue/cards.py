"""What a reader wants to know about a model, as plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a reader of the site wants to know about a model.

    Attributes:
        name: Upstream's spelling, e.g. ``GraphDRP``.
        title: One line.
        summary: Two or three sentences: inputs, architecture, output.
        citation: Authors, title, journal, year, doi in one line.
        doi: DOI or empty.
        licence: What is known of the terms of the original code and of this implementation.
        inputs: csa_data files that it reads, relative to ``raw_data``.
        packages: Python packages that training needs.
        epochs_name: What ``epochs_run`` counts: ``epochs`` or ``boosting rounds``.
        optional_inputs: Further files, relative to ``raw_data``, that it reads where they are there.
    """

    name: str
    title: str
    summary: str
    citation: str
    doi: str
    licence: str
    inputs: tuple[str, ...]
    packages: tuple[str, ...]
    epochs_name: str = "epochs"
    optional_inputs: tuple[str, ...] = ()
