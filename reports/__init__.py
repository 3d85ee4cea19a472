"""Reports: records of the Hall of Fame into tables, figures, pages and a site.

Data flows one way, each arrow a folder that a person can look into:
records -> ``tables`` (CSV) and ``figures`` (SVG with their data) -> ``pages`` (Markdown) -> ``html`` (MkDocs).
Nothing here runs a search or imports a model; of ``hpo`` only the archive, spaces, evaluations and names are used.
"""
