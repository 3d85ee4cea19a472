"""The page of transfers: whether hyperparameters tailored to a dataset are worth it, measured and estimated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from markupsafe import Markup

from hpo.archive.schema import RunInfo
from hpo.archive.transfer import TransferScores
from reports.analysis.comparable import synthetic_share
from reports.analysis.final import scored
from reports.analysis.scores import Scores
from reports.analysis.spread import Spread
from reports.analysis.transfer import UNIFORM, Against, Transfer, transfer
from reports.analysis.transfer_estimate import TransferEstimate
from reports.figures.catalogue import ESTIMATE, MEASURED
from reports.pages import addresses, blocks, text, words
from reports.pages.context import Fact, Link, ReportPage, Section, Text
from reports.pages.final_tables import finals_table, gain_text
from reports.pages.plots import plots
from reports.pages.siblings import analysis_page
from reports.pages.transfer_tables import (
    HERE,
    estimates_table,
    file_name,
    owner,
    regrets_table,
    spreads_table,
    tailored_table,
)

LEAD: Final = (
    "Are hyperparameters tailored to a dataset worth it? The optimum that was found on each dataset is trained on all "
    "others, with the model's defaults and the one configuration that is best on average, and compared with what the "
    "dataset's own search found."
)
NOTHING: Final = (
    "Nothing in this archive was trained on another dataset than it was found on. After genetic searches of a model on "
    "two datasets or more, this does it:"
)
PAIRING: Final = (
    "All candidates of a column were trained with the same seeds, none of which the searches used, so differences are "
    "paired. The best on average has the lowest mean of the logarithm of the validation loss over all datasets; every "
    "second training chooses it, the others judge it. It may be the own optimum of a dataset, which then gains nothing "
    "there."
)
FINALS: Final = (
    "What each run recommends and the model's defaults, trained with fresh seeds, and scored on the test part, which "
    "no search saw. The best of many noisy losses is partly luck, so the validation loss with fresh seeds tends to be "
    "higher than the search's best. The additive predictor knows a mean effect of each cell line and drug, and nothing "
    "else."
)
ESTIMATES: Final = (
    "Imported runs cannot be trained again here, so these numbers are estimates from the recorded evaluations and no "
    "measurement: each dataset's losses as a random forest sees them, asked about the optima of the other datasets. A "
    "forest that describes losses poorly is not asked, nor is any about a place that was not evaluated. The rank "
    "correlation of the better half says how far a forest can tell good settings from each other; it is often near "
    "zero, so large regrets mean something and small differences do not."
)
SPREADS: Final = (
    "How much the best loss differs between datasets, against how much a loss differs when the same hyperparameters "
    "are trained again: both as standard deviations, in per cent of the loss. Where losses are the lowest of a search, "
    "noise is that of points which the search trained repeatedly, and unknown where there are too few."
)


def transfer_page(
    runs: Sequence[RunInfo],
    scores: Scores,
    estimates: Sequence[TransferEstimate],
    spreads: Sequence[Spread],
    figures: Path,
) -> ReportPage:
    """The page.

    Args:
        runs: All runs of the archive, in the order of the tables.
        scores: Final scores and transfers.
        estimates: Of imported runs.
        spreads: Between datasets and between trainings.
        figures: Folder of all figures.
    """
    by_key = {run.key: run for run in runs}
    found = [transfer(one) for one in scores.transfers]
    models = [*(one.scores.model for one in found), *(one.model for one in estimates)]
    sections = [_measured(one, by_key, figures) for one in found] + _estimated(estimates, figures)
    sections = [
        section if model in models[:number] else replace(section, id=anchor(model))
        for number, (section, model) in enumerate(zip(sections, models, strict=True))
    ]
    if not found:
        command = "cross-hpo transfer LGBM --size SMALL --data path/to/raw_data"
        sections.insert(0, Section("Measured", about=[NOTHING], html=blocks.code(command)))
    if scores.finals:
        finals = [(by_key[key], scored(one)) for key, one in scores.finals.items()]
        standing = {run.run: one for one in found for run in one.scores.runs}
        sections.append(Section("Final scores", about=[FINALS], tables=[finals_table(finals, standing, HERE)]))
    if spreads:
        table = spreads_table(spreads, by_key)
        sections.append(
            Section(
                "Between datasets and between trainings",
                about=[SPREADS],
                tables=[table],
                below=blocks.data_line("spread.csv"),
            )
        )
    return ReportPage(
        page=analysis_page(HERE),
        heading="Transfer",
        lead=LEAD,
        facts=_facts(found, estimates),
        sections=sections,
        synthetic=synthetic_share(_shown(by_key, scores, estimates)),
    )


def model_sections(
    model: str, transfers: Sequence[TransferScores], estimates: Sequence[TransferEstimate]
) -> list[Section]:
    """What the page of ``model`` says of this, leading to the page; nothing where nothing is known."""
    sentences = [sentence(transfer(one)) for one in transfers if one.model == model]
    sentences += [estimate_sentence(one) for one in estimates if one.model == model]
    if not sentences:
        return []
    link = blocks.inside(addresses.page(HERE, of=addresses.model_folder(model), anchor=anchor(model)), "Transfer")
    about: list[Text] = [*sentences, Markup("All numbers: {}.").format(link)]
    return [Section("Is tailoring worth it?", about=about)]


def anchor(model: str) -> str:
    """Where on the page ``model`` begins."""
    return f"of-{model}"


def sentence(found: Transfer) -> str:
    """Whether tailoring pays for the model of ``found``, against each uniform configuration."""
    scores = found.scores
    name = f"{scores.model}, {scores.size}, on {scores.release}"
    if not scores.complete:
        done, planned = len(scores.cells), len(scores.candidates) * len(scores.runs)
        return f"{name}: {done} of {planned} pairs of candidate and dataset are trained; the same command goes on."
    if not found.against:
        return f"{name}: nothing to compare tailored hyperparameters with."
    return f"{name}. " + " ".join(_against(one) for one in reversed(found.against))


_VERDICTS: Final = {
    "pays": "Tailoring pays against {other}",
    "costs": "Tailoring costs against {other}",
    "open": "Whether tailoring pays against {other} is open, the interval includes zero",
    "unknown": "Whether tailoring pays against {other} cannot be said",
}


def _against(one: Against) -> str:
    other = "the defaults" if one.uniform != UNIFORM else f"the best on average ({owner(one.candidate)})"
    start = _VERDICTS[one.verdict].format(other=other)
    if one.overall is None:
        return f"{start}: no pair of trainings has two losses."
    return (
        f"{start}: the tailored validation loss is {gain_text(one.overall, 'datasets')}; on {one.clear} of "
        f"{len(one.effects)} datasets the interval over seeds lies above zero."
    )


def estimate_sentence(found: TransferEstimate) -> str:
    """What the estimate comes to, in a sentence or two."""
    pairs = len(found.datasets) * (len(found.datasets) - 1)
    known = found.known
    start = f"Estimated from {words.source_name(found.collection)}, not measured: "
    if not known:
        return f"{start}nothing can be said of {found.model}, all {pairs} pairs of datasets are refused."
    clear = [one for one in known if one.clear and (one.regret or 0) > 0]
    largest = max(known, key=lambda one: one.regret or 0)
    return (
        f"{start}for {found.model}, {len(clear)} of {len(known)} pairs of datasets have a regret above the error of "
        f"the forest, the largest {text.percent(largest.regret)} ({largest.source}'s optimum on {largest.target}); "
        f"{pairs - len(known)} of {pairs} pairs are refused."
    )


def _facts(found: Sequence[Transfer], estimates: Sequence[TransferEstimate]) -> list[Fact]:
    facts: list[Fact] = []
    judged = [one for transfer in found for one in transfer.against if one.uniform == UNIFORM]
    if judged:
        pays = sum(one.verdict == "pays" for one in judged)
        note = "models for which the interval excludes zero, against the best on average"
        facts.append(Fact("Tailoring pays, measured", f"{pays} of {len(judged)}", note))
    if estimates:
        known = sum(len(one.known) for one in estimates)
        pairs = sum(len(one.datasets) * (len(one.datasets) - 1) for one in estimates)
        facts.append(Fact("Pairs that can be estimated", f"{known} of {pairs}", "of imported runs"))
    return facts


def _shown(by_key: Mapping[str, RunInfo], scores: Scores, estimates: Sequence[TransferEstimate]) -> list[RunInfo]:
    keys = [run.run for one in scores.transfers for run in one.runs] + list(scores.finals)
    return [*(by_key[key] for key in keys), *(run for one in estimates for run in one.runs.values())]


def _measured(found: Transfer, by_key: Mapping[str, RunInfo], figures: Path) -> Section:
    scores = found.scores
    name = f"{scores.model}-{scores.size}"
    folder = figures / MEASURED / scores.model / scores.size
    file = file_name(scores)
    return Section(
        f"{scores.model}, {scores.size}: measured",
        about=[sentence(found), PAIRING],
        plots=plots(folder, f"cross-hpo-{name}", path=f"{scores.model}/{scores.size}/"),
        tables=[regrets_table(found, by_key, file), *([tailored_table(found, file)] if found.against else [])],
        below=blocks.files_line([Link(file, file)], "All trainings, with seeds, statuses and test metrics:"),
    )


def _estimated(estimates: Sequence[TransferEstimate], figures: Path) -> list[Section]:
    sections: list[Section] = []
    for one in estimates:
        name = f"{one.model}-{one.collection.id}"
        wanted = f"estimate-{one.collection.id}"
        hidden = (
            [f"Not recorded on all datasets, so that the forests average over it: {', '.join(one.left_out)}."]
            if one.left_out
            else []
        )
        sections.append(
            Section(
                f"{one.model}: estimated",
                about=[*([] if sections else [ESTIMATES]), estimate_sentence(one), *hidden],
                plots=plots(
                    figures / ESTIMATE / one.model, f"cross-hpo-{one.model}", path=f"{one.model}/", only=wanted.__eq__
                ),
                tables=[estimates_table(one, name)],
            )
        )
    return sections
