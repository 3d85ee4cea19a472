"""What is said of the convergence of one run: the finding in place of the figure, and how to read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hpo.evaluation import Origin, Status
from reports.figures import noise_band, style

if TYPE_CHECKING:
    from reports.figures.convergence import ConvergenceData

CAPTION: Final = "Each dot is one training, in the order of the search; shaded stretches are generations."
CAPTION_OF_BEST: Final = " The line is the lowest loss so far."
CAPTION_OF_DEFAULT: Final = " The diamond and the dashed line are the model's default hyperparameters."
CAPTION_OF_LEADERS: Final = " Triangles are leaders trained again with other seeds; they lower no line."
CAPTION_WITHOUT_BAND: Final = (
    " Under this protocol nothing of the model was repeated often enough to tell the noise, so there is no band; "
    "verdicts assume 1 %."
)


def convergence_alt(data: ConvergenceData) -> str:
    """What the figure shows, for readers who don't see it: the finding first."""
    points = data.points
    counts = points["status"].value_counts()
    lost = int(len(points) - counts.get(Status.OK, 0) - counts.get(Status.DEGENERATE, 0))
    parts = [f"{data.title}: {len(points)} evaluations"]
    losses = points["val_loss"].dropna()
    if data.best is None and len(losses) and losses.min() == losses.max():
        parts.append(f"all that gave a loss gave the same, {style.number(float(losses.min()))}: dead networks")
    elif data.best is None:
        parts.append("none of them gave a living network")
    else:
        evaluation, loss = data.best
        first = float(points["best_so_far"].dropna().iloc[0])
        parts.append(
            f"the best validation loss falls from {style.number(first)} to {style.number(loss)}, "
            f"reached at evaluation {evaluation}"
            if loss < first
            else f"the first measured validation loss, {style.number(loss)}, stays the best"
        )
        if data.baseline is not None:
            parts.append(_against_default(loss, data.baseline))
        parts.append(noise_band.noise_words(data.noise))
    if dead := int(counts.get(Status.DEGENERATE, 0)):
        parts.append(f"{dead} gave constant output")
    if lost:
        parts.append(f"{lost} failed")
    if again := int((points["origin"] == Origin.REPLICATE).sum()):
        parts.append(f"the last {again} train leaders again")
    return "; ".join(parts) + "."


def _against_default(best: float, baseline: float) -> str:
    if best >= baseline:
        return f"nothing beats the default's {style.number(baseline)}"
    return f"{(baseline - best) / baseline:.1%} below the default's {style.number(baseline)}".replace("%", " %")


def caption_of(data: ConvergenceData) -> str:
    """How to read the figure: of what it shows, and nothing else."""
    again = CAPTION_OF_LEADERS if (data.points["origin"] == Origin.REPLICATE).any() else ""
    default = CAPTION_OF_DEFAULT if data.baseline is not None else ""
    if data.best is None:
        return CAPTION + default + again
    band = f" {noise_band.CAPTION} Here {noise_band.noise_words(data.noise)}."
    return CAPTION + CAPTION_OF_BEST + (band if data.noise.measured else CAPTION_WITHOUT_BAND) + default + again
