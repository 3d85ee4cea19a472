"""Demonstration data: simulated drug responses in the csa_data layout.

Drug names and structures are real and public, gene symbols too; every cell line, expression value and response is
simulated. ``genes`` and ``drugs`` say what is measured, ``biology`` simulates cell lines, ``curves`` their dose
response, ``chemistry`` computes drug features, ``files`` writes it all.
"""
