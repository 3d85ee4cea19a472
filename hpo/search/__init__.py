"""Searching: which hyperparameters to try next. Ask and tell; no files, no MPI, no models.

``make_search`` begins a search, ``make_search_from`` rebuilds one from its recorded settings, and ``replay`` takes
it to where a journal ends. DEAP is imported when the first search is made.
"""

from hpo.search.build import make_search, make_search_from
from hpo.search.protocol import Search
from hpo.search.replay import replay
from hpo.search.settings import most_under_way, resolve_settings

__all__ = ["Search", "make_search", "make_search_from", "most_under_way", "replay", "resolve_settings"]
