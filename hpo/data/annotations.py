"""Readers of what is known of genes and drugs beside the measurements: gene sets, gene links, targets, drug names.

These files are not part of the benchmark and are not shipped; they lie in ``raw_data/annotations``. Where the real
ones come from is in :mod:`hpo.data.sources`. A gene is known by its symbol, a drug by its name in capitals.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hpo.data.layout import DRUG
from hpo.data.problems import Problems
from hpo.data.tables import Table, read_table
from hpo.errors import MissingInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEGG_SETS: Final = "annotations/kegg_gene_sets.gmt"
PATHWAY_SETS: Final = "annotations/pathway_gene_sets.gmt"
LINKS: Final = "annotations/gene_links.tsv"
TARGETS: Final = "annotations/drug_targets.tsv"
DRUG_INFO: Final = "x_data/drug_info.tsv"

NAME_COLUMN: Final = "NAME"
"""Column of drug_info.tsv with the name that drug targets go by."""

_LINK_COLUMNS: Final = ("source", "target", "weight")
_TARGET_COLUMNS: Final = ("drug", "gene")


@dataclass(frozen=True, slots=True)
class GeneSets:
    """Named sets of genes, for example pathways.

    Attributes:
        names: One a set, in the order of the file.
        genes: Symbols of each set, in the order of the file, each once.
    """

    names: tuple[str, ...]
    genes: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class GeneLinks:
    """Weighted links between genes.

    Attributes:
        genes: Symbols of all linked genes, sorted.
        source: Place of the one gene of each link in ``genes``, int64, shape ``(links,)``.
        target: Place of the other one.
        weight: Above 0, on any scale, float64.
    """

    genes: tuple[str, ...]
    source: NDArray[Any]
    target: NDArray[Any]
    weight: NDArray[Any]


def read_gene_sets(path: Path, problems: Problems) -> GeneSets | None:
    """Gene sets in the GMT format: a line a set, with tabs between its name, a description and its genes.

    Rules: UTF-8 text without blank lines; every line has a name, a description (which may be empty) and a gene; no
    name occurs twice and no gene is empty. A gene that a line repeats counts once; tabs at the end of a line are
    allowed.

    Returns:
        ``None`` if something was added to ``problems``.

    Raises:
        MissingInput: There is no such file.
    """
    before = problems.count
    lines = read_lines(path, problems)
    first: dict[str, int] = {}
    genes: list[tuple[str, ...]] = []
    for number, line in enumerate(lines, start=1):
        name, _, rest = line.partition("\t")
        _, _, listed = rest.partition("\t")
        symbols = listed.rstrip("\t").split("\t")
        where = f"{path}: line {number}"
        if not name.strip():
            problems.add("gene set without a name", f"{where}: begins with a tab; must begin with the name of the set")
        elif symbols == [""]:
            problems.add(
                "gene set without genes",
                f"{where}: {name[:60]!r} has no gene; must be a name, a description and genes with tabs between them",
            )
        elif any(symbol != symbol.strip() or not symbol for symbol in symbols):
            field = next(i for i, symbol in enumerate(symbols, start=3) if symbol != symbol.strip() or not symbol)
            problems.add("gene in a gene set", f"{where}: field {field} is empty or has blanks around its gene")
        elif name in first:
            problems.add(
                "gene set twice",
                f"{where}: set {name[:60]!r} again, first in line {first[name]}; must occur once",
            )
        first.setdefault(name, number)
        genes.append(tuple(dict.fromkeys(symbols)))
    return None if problems.count > before else GeneSets(tuple(first), tuple(genes))


def read_gene_links(path: Path, problems: Problems) -> GeneLinks | None:
    """Links between genes: a table with the columns ``source``, ``target`` and ``weight``, as STRING is exported.

    Rules: both genes are named; the weight is a number above 0; a pair occurs once in each direction. Links of a gene
    to itself are left out.

    Returns:
        ``None`` if something was added to ``problems``.

    Raises:
        MissingInput: There is no such file.
    """
    import numpy as np

    before = problems.count
    table = _table_with(path, _LINK_COLUMNS, problems)
    if table is None:
        return None
    places = [table.columns.index(name) for name in _LINK_COLUMNS]
    names = [np.array(table.texts([place])[0], dtype=object) for place in places[:2]]
    weight = table.numbers(places[2:], problems, missing=False, dtype=np.float64)[:, 0]
    for row in np.flatnonzero(weight <= 0):
        kind = f"weight in {path.name}"
        problems.add(kind, f"{path}: line {table.line(int(row))}: weight is {weight[row]:g}; must be above 0")
    for column, values in zip(_LINK_COLUMNS, names, strict=False):
        for row in np.flatnonzero(values == ""):
            problems.add(f"gene in {path.name}", f"{path}: line {table.line(int(row))}: {column} is empty")
    genes, codes = np.unique(np.concatenate(names), return_inverse=True)
    source, target = codes[: table.rows], codes[table.rows :]
    _check_repeats(table, source.astype(np.int64) * len(genes) + target, problems)
    if problems.count > before:
        return None
    other = source != target
    linked, codes = np.unique(np.concatenate([source[other], target[other]]), return_inverse=True)
    half = int(other.sum())
    if not half:
        problems.add(f"links in {path.name}", f"{path}: links no gene to another one")
        return None
    return GeneLinks(tuple(str(gene) for gene in genes[linked]), codes[:half], codes[half:], weight[other])


def read_drug_targets(path: Path, problems: Problems) -> dict[str, tuple[str, ...]] | None:
    """Genes that each drug acts on, by its name in capitals: a table with the columns ``drug`` and ``gene``.

    Rules: neither cell is empty. A pair that occurs again counts once.

    Returns:
        ``None`` if something was added to ``problems``.

    Raises:
        MissingInput: There is no such file.
    """
    before = problems.count
    table = _table_with(path, _TARGET_COLUMNS, problems)
    if table is None:
        return None
    (drugs,), (genes,) = (table.texts([table.columns.index(name)]) for name in _TARGET_COLUMNS)
    targets: dict[str, dict[str, None]] = {}
    for row, (drug, gene) in enumerate(zip(drugs, genes, strict=True)):
        if not drug.strip() or not gene.strip():
            empty = "gene" if drug.strip() else "drug"
            problems.add(f"cells of {path.name}", f"{path}: line {table.line(row)}: {empty} is empty")
        targets.setdefault(drug.strip().upper(), {})[gene.strip()] = None
    return None if problems.count > before else {drug: tuple(genes) for drug, genes in targets.items()}


def read_drug_names(path: Path, problems: Problems) -> dict[str, tuple[str, ...]] | None:
    """Names of each drug in capitals, by ``improve_chem_id``: the columns NAME and improve_chem_id of drug_info.tsv.

    A drug may have several rows, since studies name it differently; rows without a name or an id tell nothing.

    Returns:
        ``None`` if something was added to ``problems``.

    Raises:
        MissingInput: There is no such file.
    """
    table = _table_with(path, (NAME_COLUMN, DRUG), problems)
    if table is None:
        return None
    (drugs,), (texts,) = (table.texts([table.columns.index(name)]) for name in (DRUG, NAME_COLUMN))
    names: dict[str, dict[str, None]] = {}
    for drug, text in zip(drugs, texts, strict=True):
        if drug and text.strip():
            names.setdefault(drug, {})[text.strip().upper()] = None
    return {drug: tuple(found) for drug, found in names.items()}


def read_lines(path: Path, problems: Problems) -> list[str]:
    """Lines of a text file that needs at least one; what is no such text is added to ``problems``.

    Accepted are LF and CRLF line ends and a UTF-8 byte order mark.

    Raises:
        MissingInput: There is no such file.
    """
    if not path.is_file():
        raise MissingInput(f"{path}: no such file")
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = content.count(b"\n", 0, error.start) + 1
        problems.add(f"encoding of {path.name}", f"{path}: line {place}: no UTF-8 text (a compressed file?)")
        return []
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            problems.add(f"blank line in {path.name}", f"{path}: line {number}: blank; remove it")
    if not lines:
        problems.add(f"no lines in {path.name}", f"{path}: empty file")
    return lines


def _table_with(path: Path, columns: tuple[str, ...], problems: Problems) -> Table | None:
    table = read_table(path, problems)
    missing = [] if table is None else [name for name in columns if name not in table.columns]
    if table is None or not missing:
        return table
    problems.add(
        f"columns of {path.name}",
        f"{path}: line 1: no column {' and no column '.join(missing)}; has {', '.join(table.columns)[:200]}",
    )
    return None


def _check_repeats(table: Table, pairs: NDArray[Any], problems: Problems) -> None:
    import numpy as np

    _, first, place = np.unique(pairs, return_index=True, return_inverse=True)
    for row in np.flatnonzero(first[place] != np.arange(len(pairs))):
        problems.add(
            f"pair in {table.path.name}",
            f"{table.path}: line {table.line(int(row))}: the pair of line {table.line(int(first[place[row]]))} again; "
            "must occur once in this direction",
        )
