"""What holds for every folder: sound ones are read back exactly, damaged ones end with a message."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo.data.check import check
from hpo.data.csa import CsaData
from hpo.data.prepared import open_prepared, prepare
from hpo.errors import CrossHpoError
from tests.data.builders import ToyModel, write_csa

ids = st.text(
    st.characters(codec="utf-8", exclude_characters='\t\r\n"', exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]),
    min_size=1,
    max_size=12,
).filter(lambda text: text == text.strip())
aucs = st.floats(0, 2, allow_nan=False, width=32)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    cells=st.lists(ids, min_size=2, max_size=6, unique=True),
    drugs=st.lists(ids, min_size=2, max_size=5, unique=True),
    values=st.data(),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_a_sound_folder_is_read_back_exactly(
    cells: list[str], drugs: list[str], values: st.DataObject, end: str
) -> None:
    pairs = [(cell, drug, values.draw(aucs)) for cell in cells for drug in drugs]
    numbers = values.draw(st.permutations(range(len(pairs))))
    cuts = (len(numbers) - 2, len(numbers) - 1)
    parts = {"train": numbers[: cuts[0]], "val": numbers[cuts[0] : cuts[1]], "test": numbers[cuts[1] :]}
    with TemporaryDirectory() as folder:
        root = write_csa(Path(folder) / "raw_data", pairs={"ONE": pairs}, splits={"ONE": parts}, end=end)
        data = CsaData(root)
        responses = data.responses()
        assert list(zip(responses["improve_sample_id"], responses["improve_chem_id"], strict=True)) == [
            pair[:2] for pair in pairs
        ]
        assert responses["auc"].to_numpy().tolist() == [np.float32(auc) for _, _, auc in pairs]
        assert list(data.gene_expression().index) == cells
        assert list(data.smiles().index) == drugs
        for part, rows in parts.items():
            assert data.split("ONE", 0, part).tolist() == list(rows)
        assert check(root).problems == ()


def damage(path: Path, rng: random.Random) -> None:
    """Change a few random bytes, drop or repeat lines, cut the file, or remove it."""
    content = bytearray(path.read_bytes())
    kind = rng.randrange(6)
    if kind == 0:
        for _ in range(rng.randint(1, 5)):
            content[rng.randrange(len(content))] = rng.randrange(256)
    elif kind == 1:
        position = rng.randrange(len(content))
        content[position:position] = rng.choice(
            [b"\t", b"\n", b'"', b"\0", b"\r", b"-", b"e", b"NaN", b"\xff", b"9" * 25]
        )
    elif kind == 2:
        del content[rng.randrange(len(content)) :]
    elif kind == 3:
        lines = content.split(b"\n")
        lines.insert(rng.randrange(len(lines)), rng.choice(lines))
        content = bytearray(b"\n".join(lines))
    elif kind == 4:
        lines = content.split(b"\n")
        del lines[rng.randrange(len(lines))]
        content = bytearray(b"\n".join(lines))
    else:
        path.unlink()
        return
    path.write_bytes(bytes(content))


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_damage_never_gives_anything_but_a_message(seed: int) -> None:
    rng = random.Random(seed)
    with TemporaryDirectory() as folder:
        root = write_csa(Path(folder) / "raw_data")
        files = sorted(path for path in root.rglob("*") if path.is_file())
        for _ in range(rng.randint(1, 3)):
            path = rng.choice(files)
            if path.is_file() and path.stat().st_size:
                damage(path, rng)
        assert all(message.strip() for message in check(root).problems)
        out = Path(folder) / "out"
        with suppress(CrossHpoError):
            prepared = prepare(ToyModel(), CsaData(root), "ONE", 0, out)
            assert all(np.isfinite(prepared.arrays[f"{part}_auc"]).all() for part in ("train", "val", "test"))
        left = {path.name for path in Path(folder).iterdir()}
        assert left in ({"raw_data"}, {"raw_data", "out"})
        assert not out.exists() or open_prepared(out).counts["train"]
