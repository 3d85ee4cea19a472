"""Running a search: journal, lease, evaluators, launchers, and the way to the record.

``plan`` checks what is asked for, ``start`` makes the work folder, ``run`` is one start of the search behind either
launcher (``local``, ``mpi``), ``controller`` its loop, ``journal`` its memory, ``publication`` its end.

What is promised: the record is a function of the run's identity and the journaled outcomes. With trainings that are
deterministic, and outcomes that don't depend on the load of the machine (no borderline timeouts), an interrupted run
equals an uninterrupted one, on any number of workers; otherwise no result is ever lost or recomputed, but later
candidates may differ.
"""
