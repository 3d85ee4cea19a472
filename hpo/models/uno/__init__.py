"""Uno: two towers of fully connected layers, for the cell line and the drug, and one over both."""
