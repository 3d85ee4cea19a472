"""The standard sizes of a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hpo.errors import UsageError


@dataclass(frozen=True, slots=True)
class Size:
    """How much a search may spend.

    Attributes:
        name: ``SMALL``, ``MEDIUM``, ``LARGE``, ``XL`` or a name of one's own.
        population: Individuals of the first generation and of every selected population.
        generations: Generations, the first included.
    """

    name: str
    population: int
    generations: int

    def offspring(self, proportion: float) -> int:
        """Evaluations of each later generation, as Supervisor counts them: ``round(proportion * population)``."""
        return max(1, round(proportion * self.population))

    def evaluations(self, proportion: float, *, baseline: bool) -> int:
        """Trainings in all: ``P + (G - 1) * round(proportion * P)``, and one for the baseline.

        >>> [size.evaluations(0.5, baseline=False) for size in SIZES.values()]
        [8, 40, 440, 4400]
        """
        return self.population + (self.generations - 1) * self.offspring(proportion) + int(baseline)


SIZES: Final[dict[str, Size]] = {
    size.name: size for size in (Size("SMALL", 4, 3), Size("MEDIUM", 16, 4), Size("LARGE", 80, 10), Size("XL", 800, 10))
}
"""The sizes of the published Hall of Fame."""


def size_named(name: str) -> Size:
    """The standard size ``name``.

    Raises:
        UsageError: There is none of that name.
    """
    try:
        return SIZES[name]
    except KeyError:
        raise UsageError(f"no size {name!r}; there are {', '.join(SIZES)}") from None
