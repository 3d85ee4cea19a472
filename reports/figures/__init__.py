"""Figures: ``…_data`` computes what is shown, ``draw_…`` only draws it; Matplotlib is imported nowhere else."""
