"""HiDRA: attention over the genes of each pathway and over the pathways, steered by the drug."""
