"""DeepTTC: a transformer over sub-words of the drug's SMILES and a fully connected network over the cell's genes."""
