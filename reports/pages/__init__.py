"""Pages: what a template receives (``context``), Jinja templates, and the build and check of the HTML."""
