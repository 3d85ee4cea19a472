"""Import of whole folders: what becomes of good, odd, broken and hostile ones."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest

from hpo.archive import HallOfFame
from hpo.archive.importers.improve import Outcome, import_hall_of_fame
from hpo.archive.invariants import violations
from hpo.archive.record import Record
from hpo.errors import MissingInput, UsageError
from tests.importers.fixtures import (
    COMMIT,
    FAULTS,
    GENERATIONS,
    good_run,
    make_fifo,
    make_links,
    trials,
    write_corpus,
    write_run,
)

RUN = "improve-0123456"


def only(outcomes: tuple[Outcome, ...]) -> Outcome:
    (outcome,) = outcomes
    return outcome


def imported(tmp_path: Path, content: dict[str, bytes], path: str = "GraphDRP/CCLE/SMALL") -> Record:
    corpus = write_corpus(tmp_path / "clone", {path: content})
    report = import_hall_of_fame(corpus, tmp_path / "archive")
    outcome = only(report.outcomes)
    assert outcome.state in ("imported", "partial"), outcome
    return HallOfFame(tmp_path / "archive").record(outcome.key)


def test_a_whole_run_comes_back_as_it_was(tmp_path: Path) -> None:
    record = imported(tmp_path, good_run())
    run, table = record.run, record.evaluations
    assert run.key == f"GraphDRP/CCLE/SMALL/{RUN}"
    assert (run.strategy, run.source.kind, run.source.commit, run.seed) == ("ga", "improve", COMMIT, None)
    assert (run.population, run.generations, run.counts.planned, run.cost.workers) == (4, 3, 8, 2)
    assert run.settings["OFFSPRING_PROPORTION"] == 0.5
    assert run.provenance.software == {"image": "GraphDRP.sif"}
    expected = trials()
    assert table["val_loss"].tolist() == [trial.loss for trial in expected]
    assert table["learning_rate"].tolist() == [trial.point["learning_rate"] for trial in expected]
    assert table["batch_size"].tolist() == [trial.point["batch_size"] for trial in expected]
    assert table["walltime"].tolist() == [trial.walltime for trial in expected]
    assert table["generation"].tolist() == [trial.iteration - 1 for trial in expected]
    assert table["origin"].fillna("").tolist() == ["initial"] * 4 + [""] * 4
    assert run.best is not None
    assert run.best.val_loss == min(trial.loss for trial in expected)
    assert run.published_best is not None
    assert run.published_best.evaluation == run.best.evaluation
    assert [member.evaluation is not None for member in run.final_population] == [True] * 4
    assert record.generations["log_evaluations"].tolist() == list(GENERATIONS)
    assert run.times.finished == "2024-03-09T16:03:20.500000Z"
    assert run.fixed == {"train_ml_data_dir": "<path>", "epochs": 5}
    assert run.notes == []


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Outcome]]:
    """One corpus with every fault in a folder of its own, imported at once: its archive, and the outcomes by fault."""
    folder = tmp_path_factory.mktemp("faulty")
    runs = {f"GraphDRP/CCLE/{name}": fault.make(good_run()) for name, fault in FAULTS.items()}
    report = import_hall_of_fame(write_corpus(folder / "clone", runs), folder / "archive")
    assert sorted(path.name for path in folder.iterdir()) == ["archive", "clone"]
    return folder / "archive", {outcome.path.split("/")[-1]: outcome for outcome in report.outcomes}


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_told_and_touches_no_other_run(faulty: tuple[Path, dict[str, Outcome]], name: str) -> None:
    archive, outcomes = faulty
    fault, outcome = FAULTS[name], outcomes[name]
    assert outcome.state == fault.state, outcome
    told = " ".join(outcome.reasons)
    if outcome.key:
        record = HallOfFame(archive).record(outcome.key)
        assert len(record.evaluations) == outcome.evaluations == fault.evaluations
        assert violations(record) == []
        told += " ".join(record.run.notes)
        assert outcome.lines == outcome.evaluations + outcome.phantoms + outcome.doubled + outcome.unreadable
    assert fault.says in told
    assert "internal error" not in told
    assert not Path("/tmp/this-script-was-run").exists()


def test_an_unrecorded_axis_is_recovered_where_one_row_is_meant_and_missing_elsewhere(tmp_path: Path) -> None:
    record = imported(tmp_path, good_run(without=("dropout",)))
    expected = trials()
    known = sorted(sorted(range(8), key=lambda row: expected[row].loss)[:4])
    found = [row for row, value in enumerate(record.evaluations["dropout"]) if not math.isnan(value)]
    assert found == known
    for row in found:
        assert record.evaluations["dropout"][row] == expected[row].point["dropout"]
        assert record.evaluations["recovered"][row] == "dropout"
    assert record.run.unrecorded == ["dropout"]
    assert record.run.recovered == {"dropout": "best-2.json, population-2.txt"}


def test_an_ambiguous_value_is_not_recovered(tmp_path: Path) -> None:
    content = good_run(without=("dropout",))
    lines = content["hpo.csv"].decode().split("\r\n")
    best = min(trials(), key=lambda trial: trial.loss)
    # A later row with the same recorded values and the same loss: its dropout may be another one.
    row = next(line for line in lines if repr(best.loss) in line)
    lines[-2] = "003,0001" + row[8:]
    content["hpo.csv"] = "\r\n".join(lines).encode()
    record = imported(tmp_path, content)
    same = record.evaluations["val_loss"] == best.loss
    assert same.sum() == 2
    assert record.evaluations.loc[same, "dropout"].isna().all()


def test_evaluations_of_an_incomplete_table_keep_their_numbers(tmp_path: Path) -> None:
    content = good_run()
    lines = content["hpo.csv"].decode().split("\r\n")
    content["hpo.csv"] = "\r\n".join([lines[0], lines[3], lines[6], lines[8]]).encode()
    record = imported(tmp_path, content)
    assert record.evaluations["evaluation"].tolist() == [2, 5, 7]
    assert record.evaluations["generation"].tolist() == [0, 1, 2]


def test_without_tables_the_best_and_the_last_population_are_kept_and_no_row_is_invented(tmp_path: Path) -> None:
    content = good_run()
    del content["hpo.csv"]
    record = imported(tmp_path, content, "GraphDRP/old")
    assert (record.run.dataset, record.run.size) == ("CCLE", "old")
    assert len(record.evaluations) == 0
    assert record.run.best is not None
    assert record.run.best.val_loss == min(trial.loss for trial in trials())
    assert [member.val_loss for member in record.run.final_population] == sorted(trial.loss for trial in trials())[:4]
    assert record.run.final_population[0].hyperparameters["dropout"] > 0


def test_private_texts_do_not_reach_the_record(tmp_path: Path) -> None:
    content = good_run() | {"output.csv": FAULTS["both_tables"].make(good_run())["output.csv"]}
    corpus = write_corpus(tmp_path / "clone", {"GraphDRP/CCLE/SMALL": content})
    outcome = only(import_hall_of_fame(corpus, tmp_path / "archive").outcomes)
    for path in (tmp_path / "archive").rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            for private in ("ada", "engine-01", "eagle", "/home", "/software", "secret"):
                assert private not in text.replace("metadata", ""), (path, private)
    # 1 in the space, 1 in the best, 4 in the population, 8 in output.csv, 1 in the metadata, 1 in the script
    assert outcome.removed == {"container-path": 1, "host": 1, "path": 16, "user": 1}
    record = HallOfFame(tmp_path / "archive").record(outcome.key)
    assert record.run.source.removed == {"path": 16, "user": 1, "host": 1}


def test_a_second_import_changes_nothing(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "clone")
    archive = tmp_path / "archive"
    import_hall_of_fame(corpus, archive)
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in archive.rglob("*") if path.is_file()}
    report = import_hall_of_fame(corpus, archive)
    assert only(report.outcomes).state == "unchanged"
    assert report.totals()["evaluations"] == 8
    after = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in archive.rglob("*") if path.is_file()}
    assert after == before


def test_a_changed_source_becomes_a_record_beside_the_first_and_says_what_differs(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "clone")
    archive = tmp_path / "archive"
    import_hall_of_fame(corpus, archive)
    folder = corpus / "HallOfFame/GraphDRP/CCLE/SMALL"
    text = (folder / "hpo.csv").read_text(encoding="utf-8")
    (folder / "hpo.csv").write_text(text.replace(repr(trials()[0].loss), "0.001"), encoding="utf-8")
    (folder / "metadata.txt").unlink()
    (folder / "output.txt").write_text("EXIT CODE: 0\n", encoding="utf-8")
    outcome = only(import_hall_of_fame(corpus, archive).outcomes)
    assert outcome.state == "imported"
    assert outcome.key.startswith(f"GraphDRP/CCLE/SMALL/{RUN}-")
    said = outcome.reasons[-1]
    assert said.startswith(f"Differs from {RUN}: changed hpo.csv; added output.txt; removed metadata.txt; best ")
    assert said.endswith(" -> 0.001.")
    assert len(HallOfFame(archive).keys()) == 2
    for _ in range(2):
        assert only(import_hall_of_fame(corpus, archive).outcomes).state == "unchanged"


def test_a_newer_commit_with_the_same_files_is_no_new_run(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "clone", {"GraphDRP/CCLE/SMALL": good_run(), "IGTD/CCLE/SMALL": good_run(2)})
    archive = tmp_path / "archive"
    import_hall_of_fame(corpus, archive)
    (corpus / "HallOfFame/IGTD/CCLE/SMALL/fitness-2.txt").write_text("0.5\n", encoding="utf-8")
    same, changed = import_hall_of_fame(corpus, archive, commit="f" * 40).outcomes
    assert (same.state, same.key) == ("unchanged", f"GraphDRP/CCLE/SMALL/{RUN}")
    assert (changed.state, changed.key) == ("imported", "IGTD/CCLE/SMALL/improve-fffffff")
    assert changed.reasons == (f"Differs from {RUN}: changed fitness-2.txt.",)


@pytest.mark.parametrize("part", ["", "HallOfFame", "HallOfFame/GraphDRP", "HallOfFame/GraphDRP/CCLE/SMALL"])
def test_any_part_of_a_clone_gives_the_same_record(tmp_path: Path, part: str) -> None:
    corpus = write_corpus(tmp_path / "clone")
    whole, of_part = tmp_path / "whole", tmp_path / "part"
    key = only(import_hall_of_fame(corpus, whole).outcomes).key
    assert only(import_hall_of_fame(corpus / part, of_part).outcomes).key == key
    assert HallOfFame(of_part).record(key).files() == HallOfFame(whole).record(key).files()


def test_a_run_folder_alone_is_known_by_its_metadata(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "somewhere", good_run())
    outcome = only(import_hall_of_fame(folder, tmp_path / "archive").outcomes)
    assert outcome.key == "GraphDRP/CCLE/SMALL/improve-2024-03-09"


def test_the_run_is_named_after_the_commit_of_a_clone(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "clone")
    (corpus / ".git/refs/heads").mkdir(parents=True)
    (corpus / ".git/HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    (corpus / ".git/refs/heads/main").write_text("f" * 40 + "\n", encoding="utf-8")
    report = import_hall_of_fame(corpus / "HallOfFame/GraphDRP", tmp_path / "archive")
    assert report.commit == "f" * 40
    assert only(report.outcomes).key.endswith("/improve-fffffff")
    (corpus / ".git/refs/heads/main").unlink()
    (corpus / ".git/packed-refs").write_text(f"# pack-refs\n{'e' * 40} refs/heads/main\n", encoding="utf-8")
    assert import_hall_of_fame(corpus, tmp_path / "archive").commit == "e" * 40
    assert import_hall_of_fame(corpus, tmp_path / "archive", commit="ABCDEF0").commit == "abcdef0"


def test_a_wrong_commit_or_path_is_an_error_of_usage(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "clone")
    with pytest.raises(UsageError, match="'main' is no commit"):
        import_hall_of_fame(corpus, tmp_path / "archive", commit="main")
    with pytest.raises(MissingInput, match="no folder that can be read"):
        import_hall_of_fame(tmp_path / "nothing", tmp_path / "archive")
    with pytest.raises(MissingInput, match="a file; name a clone"):
        import_hall_of_fame(corpus / "README.md", tmp_path / "archive")
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingInput, match="no run in it; a run folder holds"):
        import_hall_of_fame(tmp_path / "empty", tmp_path / "archive")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(MissingInput, match="no folder that can be read"):
        import_hall_of_fame(tmp_path / "loop", tmp_path / "archive")
    assert not (tmp_path / "archive").exists()


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("GraphDRP/old", "GraphDRP/unknown/old"),
        ("Paccmann_MCA/pop4gen3", "Paccmann_MCA/unknown/pop4gen3"),
        ("GraphDRP/GDSCv2/LARGE_epochs_5", "GraphDRP/GDSCv2/LARGE_epochs_5"),
        ("GraphDRP/CCLE", "GraphDRP/CCLE/unknown"),
        ("GraphDRP/CCLE/SMALL/again", "GraphDRP/CCLE/SMALL-again"),
    ],
)
def test_folders_off_the_scheme_keep_a_truthful_name(tmp_path: Path, path: str, key: str) -> None:
    content = {name: data for name, data in good_run().items() if name != "metadata.txt"}
    record = imported(tmp_path, content, path)
    assert record.run.key == f"{key}/{RUN}"
    assert record.run.source.path == f"HallOfFame/{path}"


def test_protocols_of_models_and_years_are_told_apart(tmp_path: Path) -> None:
    path_dsp = imported(tmp_path / "1", good_run(), "PathDSP/CCLE/SMALL").run
    assert (path_dsp.protocol.name, path_dsp.protocol.target) == ("improve-hof-log10auc", "log10(auc + 0.01)")
    graph = imported(tmp_path / "2", good_run()).run
    assert (graph.protocol.name, graph.release.name, graph.split) == ("improve-hof-auc", "improve-csa", 0)
    early = {name: data.replace(b"1710000", b"1695400") for name, data in good_run().items()}
    run = imported(tmp_path / "3", early).run
    assert (run.protocol.name, run.release.name, run.split) == ("improve-early", "unknown", None)


def test_folders_without_results_are_skipped_by_name(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "clone")
    write_run(corpus / "HallOfFame/Paccmann_MCA/pop9gen9", {"README.adoc": b"Results obtained elsewhere"})
    report = import_hall_of_fame(corpus, tmp_path / "archive")
    skipped = report.outcomes[-1]
    assert (skipped.path, skipped.state) == ("HallOfFame/Paccmann_MCA/pop9gen9", "skipped")
    assert skipped.reasons == ("no result of a search in it (README.adoc)",)


def test_links_are_not_followed(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "clone")
    make_links(corpus / "HallOfFame/GraphDRP/CCLE/SMALL", tmp_path / "outside")
    report = import_hall_of_fame(corpus, tmp_path / "archive")
    linked, run = report.outcomes
    assert (linked.path, linked.state) == ("HallOfFame/GraphDRP/CCLE/LINKED", "refused")
    assert linked.reasons == ("a symbolic link; links are not followed",)
    assert (run.state, run.evaluations) == ("partial", 0)
    record = HallOfFame(tmp_path / "archive").record(run.key)
    assert "1 symbolic link not read: hpo.csv." in record.run.notes


def test_a_fifo_does_not_block(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "clone")
    make_fifo(corpus / "HallOfFame/GraphDRP/CCLE/SMALL", "best-2.json")
    make_fifo(write_run(corpus / "HallOfFame/GraphDRP/CCLE/TRAP", {}), "hpo.csv")
    run, trap = import_hall_of_fame(corpus, tmp_path / "archive").outcomes
    assert run.state == "imported"
    assert (trap.state, trap.reasons) == ("refused", ("hpo.csv is no regular file",))


@pytest.mark.parametrize(
    "name",
    ["a\nb", "a\x1b[31mb", "\u202eevil", "..hidden", "-rf", "x" * 80, "con", "a b", "CCLE\udcff", "<script>", "=1+1"],
)
def test_folders_with_unfit_names_are_refused_with_the_name_escaped(tmp_path: Path, name: str) -> None:
    corpus = write_corpus(tmp_path / "clone")
    write_run(corpus / "HallOfFame/GraphDRP" / name / "SMALL", good_run())
    report = import_hall_of_fame(corpus, tmp_path / "archive")
    states = [outcome.state for outcome in report.outcomes if outcome.path != "HallOfFame/GraphDRP/CCLE/SMALL"]
    assert states == ([] if name.startswith(".") else ["refused"])
    for outcome in report.outcomes:
        assert outcome.path.isprintable()
        assert all(reason.isprintable() for reason in outcome.reasons)
    assert len(HallOfFame(tmp_path / "archive").keys()) == 1


def test_names_that_differ_in_case_only_are_refused(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "clone", {"GraphDRP/CCLE/SMALL": good_run(), "GraphDRP/ccle/SMALL": good_run(2)})
    first, second = import_hall_of_fame(corpus, tmp_path / "archive").outcomes
    assert (first.state, second.state) == ("imported", "refused")
    assert second.reasons == ("GraphDRP/ccle and GraphDRP/CCLE differ only in upper and lower case",)


def test_two_folders_of_one_key_are_not_mixed(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "clone", {"A/CCLE/S/B": good_run(), "A/CCLE/S-B": good_run(2)})
    states = {outcome.path: outcome.state for outcome in import_hall_of_fame(corpus, tmp_path / "archive").outcomes}
    assert sorted(states.values()) == ["imported", "refused"]


def test_a_crowded_folder_is_refused_and_a_deep_one_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hpo.archive.importers.discover.MAX_ENTRIES", 50)
    corpus = write_corpus(tmp_path / "clone")
    write_run(corpus / "HallOfFame/GraphDRP/CROWDED/SMALL", {f"best-{k}.json": b"{}" for k in range(60)})
    write_run(corpus.joinpath("HallOfFame", *"abcdefghij"), good_run())
    outcomes = {outcome.path: outcome for outcome in import_hall_of_fame(corpus, tmp_path / "archive").outcomes}
    crowded = outcomes["HallOfFame/GraphDRP/CROWDED/SMALL"]
    assert (crowded.state, crowded.reasons) == ("refused", ("more than 50 names in one folder",))
    deep = outcomes["HallOfFame/a/b/c/d/e/f/g"]
    assert (deep.state, deep.reasons) == ("refused", ("folders nested deeper than 8 levels",))


def test_a_tree_of_too_many_names_is_left_at_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hpo.archive.importers.discover.MAX_VISITED", 30)
    runs = {f"GraphDRP/CCLE/S{k}": good_run(k) for k in range(6)}
    outcomes = import_hall_of_fame(write_corpus(tmp_path / "clone", runs), tmp_path / "archive").outcomes
    assert [outcome.state for outcome in outcomes] == ["imported"] * 2 + ["refused"] * 4
    assert "more than 30 names in the whole source" in outcomes[-1].reasons[0]


def test_unreadable_files_and_folders_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def forbidding(path, *arguments, **keywords):
        # Permissions are no obstacle to the superuser, who runs tests in containers.
        if path in ("best-2.json", "LARGE"):
            raise PermissionError(13, "Permission denied", path)
        return real(path, *arguments, **keywords)

    corpus = write_corpus(tmp_path / "clone", {"GraphDRP/CCLE/SMALL": good_run(), "GraphDRP/CCLE/LARGE": good_run(2)})
    monkeypatch.setattr(os, "open", forbidding)
    large, small = import_hall_of_fame(corpus, tmp_path / "archive").outcomes
    assert (large.state, large.reasons) == ("refused", ("LARGE: cannot be opened (Permission denied)",))
    assert small.state == "partial"
    notes = HallOfFame(tmp_path / "archive").record(small.key).run.notes
    assert "Not read: best-2.json: cannot be opened (Permission denied)." in notes


def test_an_error_of_ours_refuses_one_folder_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hpo.archive.importers import improve

    real = improve.assemble
    calls = []

    def failing(*arguments):
        calls.append(arguments)
        if len(calls) == 1:
            raise ValueError("a bug")
        return real(*arguments)

    monkeypatch.setattr(improve, "assemble", failing)
    corpus = write_corpus(tmp_path / "clone", {"GraphDRP/CCLE/LARGE": good_run(), "GraphDRP/CCLE/SMALL": good_run(2)})
    first, second = import_hall_of_fame(corpus, tmp_path / "archive").outcomes
    assert (first.state, first.reasons) == ("refused", ("internal error: ValueError: a bug",))
    assert second.state == "imported"


def test_a_categorical_axis_of_paths_stays_one_axis(tmp_path: Path) -> None:
    values = ["/home/ada/a.json", "/home/ada/b.json"]
    content = good_run()
    space = json.loads(content["hyperparams.json"])
    space.append({"name": "config", "type": "categorical", "element_type": "string", "values": values})
    content["hyperparams.json"] = json.dumps(space).encode()
    rows = content["hpo.csv"].decode().split("\r\n")
    content["hpo.csv"] = "\r\n".join(
        [rows[0].replace("metric", "config,metric")]
        + [row.replace("val_loss", f"{values[k % 2]},val_loss") for k, row in enumerate(rows[1:-1])]
    ).encode()
    record = imported(tmp_path, content)
    assert record.evaluations["config"].tolist() == ["<path>-1", "<path>-2"] * 4
    assert record.space is not None
    assert record.space.to_json()[-1]["values"] == ["<path>-1", "<path>-2"]
