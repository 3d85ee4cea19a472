"""Paccmann_MCA: multiscale convolutions over SMILES tokens that attend to the genes of the cell line."""
