"""Readers of archives that others published; each turns run folders into records and reports what it could not."""
