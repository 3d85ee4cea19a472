"""``python -m hpo`` is ``cross-hpo``."""

from hpo.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
