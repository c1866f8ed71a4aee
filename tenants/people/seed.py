"""What a new portal starts with, and the people of the demo portal."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from infra.kit.access import SYSTEM
from tenants.people.domain.account import make_account
from tenants.people.domain.department import create_department
from tenants.people.domain.role import built_in_role
from tenants.people.models import Department, Role, User

DEMO_PASSWORD = "demo demo demo"  # noqa: S105 - the demo portal's, printed by `make run`

# (name, head's address, branches); people: (address, first, last, job, department, role) in both languages.
_TREE: dict[str, list[tuple[str, str, str]]] = {
    "en": [
        ("management", "Management", ""),
        ("sales", "Sales", "management"),
        ("key", "Key accounts", "sales"),
        ("marketing", "Marketing", "management"),
        ("support", "Customer support", "management"),
    ],
    "ru": [
        ("management", "Руководство", ""),
        ("sales", "Отдел продаж", "management"),
        ("key", "Ключевые клиенты", "sales"),
        ("marketing", "Маркетинг", "management"),
        ("support", "Поддержка клиентов", "management"),
    ],
}
_PEOPLE: dict[str, list[tuple[str, str, str, str, str, str]]] = {
    "en": [
        ("maria", "Maria", "Keller", "Head of sales", "sales", "administrator"),
        ("tom", "Tom", "Whitfield", "Account manager", "key", "employee"),
        ("nina", "Nina", "Okafor", "Account manager", "sales", "employee"),
        ("leo", "Leo", "Hart", "Marketing manager", "marketing", "employee"),
        ("ines", "Ines", "Duarte", "Support lead", "support", "employee"),
        ("partner", "Paul", "Renner", "Dealer", "", "guest"),
    ],
    "ru": [
        ("maria", "Мария", "Кузнецова", "Руководитель отдела продаж", "sales", "administrator"),
        ("tom", "Тимофей", "Орлов", "Менеджер по ключевым клиентам", "key", "employee"),
        ("nina", "Нина", "Белова", "Менеджер по продажам", "sales", "employee"),
        ("leo", "Лев", "Соколов", "Маркетолог", "marketing", "employee"),
        ("ines", "Инна", "Фролова", "Руководитель поддержки", "support", "employee"),
        ("partner", "Павел", "Громов", "Дилер", "", "guest"),
    ],
}
_HEADS = {"sales": "maria", "key": "tom", "marketing": "leo", "support": "ines"}


def seed(portal: Any) -> None:
    """The four built-in roles. Safe to run again."""
    for base in Role.Base:
        built_in_role(base)


def demo(portal: Any) -> None:
    """Departments and colleagues beside the owner, in the portal's language, all with DEMO_PASSWORD. Once a portal."""
    language = "ru" if portal.locale == "ru" else "en"
    with transaction.atomic():
        if Department.objects.exists():
            return
        departments: dict[str, Department] = {}
        for key, name, parent in _TREE[language]:
            departments[key] = create_department(actor=SYSTEM, name=name, parent=departments.get(parent))
        people: dict[str, User] = {}
        for name, first, last, job, place, role in _PEOPLE[language]:
            people[name] = make_account(
                email=f"{name}@demo.example",
                role=built_in_role(Role.Base(role)),
                password=DEMO_PASSWORD,
                email_verified=True,
                first_name=first,
                last_name=last,
                department=departments.get(place),
                profile={"job_title": job},
            )
        owner = User.objects.owners().order_by("id").first()
        if owner is not None:
            User.objects.filter(id=owner.id).update(department=departments["management"])
            Department.objects.filter(id=departments["management"].id).update(head=owner)
        for key, name in _HEADS.items():
            Department.objects.filter(id=departments[key].id).update(head=people[name])
