"""Cross-HPO: tune cancer drug-response models and archive what was found.

Data flows one way: space -> search -> evaluation -> record -> table -> figure -> page. This package holds
the first four steps; ``reports`` holds the rest and reads records only.
"""

__version__ = "0.1.0"
