"""Settings of the property tests: the same examples in every run, and no deadline for a first compilation."""

import os

from hypothesis import settings

settings.register_profile("gate", deadline=None, derandomize=True, database=None, max_examples=50)
settings.register_profile("explore", deadline=None, database=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))
