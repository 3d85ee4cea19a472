"""How final scores are printed: in a narrow terminal as well."""

from __future__ import annotations

import pytest

from hpo.cli import final
from tests.reports.transfers import final_of


def printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.rstrip() for line in capsys.readouterr().out.splitlines() if line.strip()]


def test_the_table_fits_80_columns(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("hpo.cli.output.MAX_WIDTH", 80)
    final._print(final_of("GraphDRP/DEMO-A/SMALL/ga-seed1", [0.0123456, 0.0234567, 0.02], [-1234.5678901, 0.5, 0.25]))
    head, rule, *rows, about = printed(capsys)
    assert max(map(len, [head, rule, *rows, about])) <= 80
    assert head.split() == ["best", "default", "mean", "additive"]
    assert [row.split()[0] for row in rows] == ["seeds", "val_mse", "test_mse", "test_pcc", "test_scc", "test_r2"]
    cells = next(row for row in rows if row.split()[0] == "test_mse").split("   ")
    assert "0.018601 ± 0.006" in [cell.strip() for cell in cells]
    assert rows[0].split()[1:] == ["3", "3"]
    assert about == "mean and additive: predictors without features"


def test_a_failed_training_has_no_part_in_a_mean(capsys: pytest.CaptureFixture[str]) -> None:
    final._print(final_of("GraphDRP/DEMO-A/SMALL/ga-seed1", [0.25, None], [None, None]))
    row = next(line for line in printed(capsys) if line.split()[0] == "val_mse")
    assert row.split() == ["val_mse", "0.250000", "0.500000", "0.500000"]
