"""Settings for all tests."""

import os

from hypothesis import HealthCheck, settings

# Examples take longer on a busy machine; a time limit per example would make tests fail at random.
settings.register_profile("cross-hpo", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("cross-hpo")

# One evaluation at a time must not start a thread for every core: tests already run in parallel.
os.environ.setdefault("OMP_NUM_THREADS", "1")
