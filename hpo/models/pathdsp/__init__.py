"""PathDSP: a fully connected network on pathway scores of the cell line and of the targets of the drug."""
