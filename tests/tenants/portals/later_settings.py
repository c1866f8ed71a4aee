"""The settings of a later release: one app has a further migration, in the package that LATER_MIGRATIONS names."""

import os

from saas.settings.test import *  # noqa: F403

MIGRATION_MODULES = {"jobs": os.environ["LATER_MIGRATIONS"]}
