"""`make run` and everyday development: the embedded servers, plain http on *.localhost."""

import os

from saas.settings import env

env.load_local()
os.environ.setdefault("SECRET_KEY", "development-only-" + "0123456789abcdef" * 4)
os.environ.setdefault("PUBLIC_SCHEME", "http")
os.environ.setdefault("EMAIL_URL", "smtp://127.0.0.1:2525")

from saas.settings.base import *  # noqa: E402, F403  (the defaults above must stand before base reads them)

DEBUG = env.flag("DEBUG", False)
SECURE_SSL_REDIRECT = False
UI_GALLERY = True  # /kit/ shows every part of the interface
