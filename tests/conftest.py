"""What holds for every test."""

import os

from hypothesis import HealthCheck, settings

# No test fails because the machine is busy. New examples are for people at work; a pipeline that fails
# must fail again for whoever looks into it.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("people", _PATIENT)
settings.register_profile("pipeline", _PATIENT, derandomize=True)
settings.load_profile("pipeline" if os.environ.get("CI") else "people")
