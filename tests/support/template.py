"""Builds the template database: `python -m tests.support.template <folder>`, started by tests.support.servers.

Schemas are made by the real verbs. Both companies have the same four roles, so that ids are equal in both.
"""

import os
import sys
import traceback
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "saas.settings.test"

import django

SPARES = 1

PEOPLE = {
    "acme": {"owner": "alice", "employee": "bob", "administrator": "carol", "guest": "dave"},
    "globex": {"owner": "charlie", "employee": "gina", "administrator": "greg", "guest": "gwen"},
}


def build() -> None:
    from infra.db.owner import become_owner
    from tenants.portals.domain.spares import fill_pool
    from tenants.portals.migrating.template import migrate_public, migrate_template
    from tests.support.portals import register

    become_owner()
    migrate_public(print)
    migrate_template(print)
    for slug, people in PEOPLE.items():
        register(slug, people)
    fill_pool(size=SPARES)
    django.db.connections.close_all()


def main(folder: Path) -> None:
    try:
        django.setup()
        build()
    except BaseException:
        traceback.print_exc()
        (folder / "template.failed").touch()
        raise
    (folder / "template.done").touch()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
