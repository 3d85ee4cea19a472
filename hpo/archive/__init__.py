"""The Hall of Fame: records of finished runs, and what can be said about them.

>>> from hpo.archive import HallOfFame
"""

from hpo.archive.store import Choice, HallOfFame

__all__ = ["Choice", "HallOfFame"]
