"""Records handed on in formats of other programs, see :func:`~hpo.archive.export.formats.export`."""

from hpo.archive.export.formats import ALL, FORMATS, Format, export
from hpo.archive.export.records import as_json
from hpo.archive.export.refusing import Exported, Refusal, Refused

__all__ = ["ALL", "FORMATS", "Exported", "Format", "Refusal", "Refused", "as_json", "export"]
