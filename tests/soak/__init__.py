"""The soak: many people talk while everything that can break breaks, in an order that the seed decides."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
