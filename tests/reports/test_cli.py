"""`cross-hpo site`: every step, what it prints, and how it refuses."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import urllib.request

import pytest

from hpo.cli.main import main
from hpo.errors import ExitCode, UsageError
from reports.figures.catalogue import OF_A_MODEL
from reports.serve import make_server
from reports.tables import ABOUT
from tests.archive.builders import small_archive

STEPS = ("build", "tables", "figures", "pages", "html", "check", "serve")


@pytest.fixture
def archive(tmp_path):
    return small_archive(tmp_path / "hall_of_fame")


def site(*arguments: object) -> int:
    return main(["site", *map(str, arguments)])


def test_every_step_has_help_with_an_example(capsys):
    assert site("--help") == ExitCode.DONE
    listed = capsys.readouterr().out
    for step in STEPS:
        assert f"  {step} " in listed
        assert site(step, "--help") == ExitCode.DONE
        assert f"Example: cross-hpo site {step}" in capsys.readouterr().out


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from hpo.cli.main import main; main(['site', 'build', '--help']); "
        "print(sorted({'pandas', 'numpy', 'matplotlib', 'jinja2', 'mkdocs'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_steps_follow_on_one_another(archive, tmp_path, capsys):
    metrics = tmp_path / "metrics.json"
    assert site("tables", "--archive", archive, "--out", tmp_path / "t", "--metrics", metrics) == ExitCode.DONE
    assert site("figures", "--archive", archive, "--out", tmp_path / "f", "--workers", 1) == ExitCode.DONE
    made = ("--tables", tmp_path / "t", "--figures", tmp_path / "f")
    assert site("pages", "--archive", archive, *made, "--out", tmp_path / "p") == ExitCode.DONE
    printed = capsys.readouterr().out.splitlines()
    assert printed == [
        f"{tmp_path / 't'}: {len(ABOUT)} tables of 5 runs",
        f"{tmp_path / 'f'}: figures of 5 runs drawn, of 0 unchanged",
        f"{tmp_path / 'p'}: {len(list((tmp_path / 'p').rglob('index.md')))} pages",
    ]
    assert metrics.read_bytes() == (tmp_path / "t" / "metrics.json").read_bytes()
    assert set(json.loads(metrics.read_text())) == {"GraphDRP", "LGBM", "IGTD"}


def test_figures_in_parallel_are_those_drawn_one_by_one(archive, tmp_path, capsys):
    for workers in (1, 2):
        out = tmp_path / str(workers) / "figures"
        assert site("figures", "--archive", archive, "--out", out, "--workers", workers) == ExitCode.DONE
    first, second = (tmp_path / "1" / "figures", tmp_path / "2" / "figures")
    names = sorted(path.relative_to(first) for path in first.rglob("*.svg"))
    assert names == sorted(path.relative_to(second) for path in second.rglob("*.svg"))
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)


def test_no_archive_is_a_missing_input(tmp_path, capsys):
    for step in ("tables", "figures", "build"):
        assert site(step, "--archive", tmp_path / "none", "--out", tmp_path / "o") == ExitCode.MISSING_INPUT
        assert "no such archive; `--archive` names the folder that holds the records" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_an_empty_archive_says_what_fills_it(tmp_path, capsys):
    (tmp_path / "hall_of_fame").mkdir()
    code = site("build", "--archive", tmp_path / "hall_of_fame", "--out", tmp_path / "o")
    assert code == ExitCode.MISSING_INPUT
    assert "the archive holds no record, so there is nothing to report; `cross-hpo search` makes one" in (
        capsys.readouterr().err
    )


def test_all_broken_records_are_named_at_once(archive, tmp_path, capsys):
    (archive / "GraphDRP/DEMO-A/SMALL/ga-seed1/run.json").write_text("{")
    table = archive / "LGBM/DEMO-A/SMALL/ga-seed1/evaluations.csv"
    table.write_text(table.read_text().replace(",ok,", ",ok,,", 1))
    assert site("tables", "--archive", archive, "--out", tmp_path / "o") == ExitCode.BAD_DATA
    message = capsys.readouterr().err
    assert "GraphDRP/DEMO-A/SMALL/ga-seed1/run.json" in message
    assert "LGBM/DEMO-A/SMALL/ga-seed1/evaluations.csv" in message
    assert not (tmp_path / "o").exists()


def test_a_record_in_the_wrong_folder_is_named(archive, tmp_path, capsys):
    (archive / "LGBM/DEMO-A/SMALL/ga-seed1").rename(archive / "LGBM/DEMO-A/SMALL/ga-seed8")
    assert site("tables", "--archive", archive, "--out", tmp_path / "o") == ExitCode.BAD_DATA
    assert "ga-seed8/run.json: describes the run LGBM/DEMO-A/SMALL/ga-seed1" in capsys.readouterr().err


def test_a_record_without_its_manifest_is_not_complete(archive, tmp_path, capsys):
    (archive / "LGBM/DEMO-A/SMALL/ga-seed1/MANIFEST.sha256").unlink()
    assert site("figures", "--archive", archive, "--out", tmp_path / "o") == ExitCode.MISSING_INPUT
    assert "MANIFEST.sha256: no such file, and every record has one" in capsys.readouterr().err


def test_pages_without_figures_say_what_makes_them(archive, tmp_path, capsys):
    site("tables", "--archive", archive, "--out", tmp_path / "t")
    made = ("--tables", tmp_path / "t", "--figures", tmp_path / "none")
    assert site("pages", "--archive", archive, *made, "--out", tmp_path / "p") == ExitCode.MISSING_INPUT
    assert "and 2 more: missing; make them with `cross-hpo site tables` and `cross-hpo site figures`" in (
        capsys.readouterr().err
    )


def test_somebody_elses_folder_is_not_replaced(archive, tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    assert site("tables", "--archive", archive, "--out", tmp_path / "mine") == ExitCode.USAGE
    assert "holds files that `cross-hpo site` did not write" in capsys.readouterr().err
    assert (tmp_path / "mine" / "thesis.tex").exists()


def test_check_lists_faults_and_fails(tmp_path, capsys):
    (tmp_path / "index.html").write_text('<title>t</title><a href="gone.html">x</a>')
    assert site("check", tmp_path) == ExitCode.CHECK_FAILED
    assert "1 fault" in capsys.readouterr().err
    assert site("check", tmp_path, "--json") == ExitCode.CHECK_FAILED
    assert json.loads(capsys.readouterr().out)["faults"] == ["index.html: leads nowhere: gone.html"]


def test_check_says_that_all_is_well(tmp_path, capsys):
    (tmp_path / "index.html").write_text("<title>t</title>")
    assert site("check", tmp_path) == ExitCode.DONE
    assert capsys.readouterr().out == f"{tmp_path}: no fault found\n"


def test_a_served_site_answers_on_this_machine_only(tmp_path):
    (tmp_path / "index.html").write_text("<title>t</title>")
    with make_server(tmp_path, 0) as server:
        assert server.server_address[0] == "127.0.0.1"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/", timeout=10) as answer:
            assert answer.read() == b"<title>t</title>"
        with pytest.raises(UsageError, match="name another with --port"):
            make_server(tmp_path, server.server_port)
        server.shutdown()
        thread.join()


def test_serve_without_a_site_says_what_makes_one(tmp_path, capsys):
    assert site("serve", tmp_path) == ExitCode.MISSING_INPUT
    assert "no site there; `cross-hpo site build" in capsys.readouterr().err


def test_the_cache_forgets_what_is_no_longer_used(archive, tmp_path, capsys):
    site("figures", "--archive", archive, "--out", tmp_path / "f", "--cache", tmp_path / "c", "--workers", 1)
    before = len(list((tmp_path / "c").iterdir()))
    shutil.rmtree(archive / "IGTD")
    site("figures", "--archive", archive, "--out", tmp_path / "f", "--cache", tmp_path / "c", "--workers", 1)
    assert len(list((tmp_path / "c").iterdir())) == before - 1 - len(OF_A_MODEL)  # those of the run and of its model
    assert not (tmp_path / "f" / "runs" / "IGTD").exists()
