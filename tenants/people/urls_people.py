"""Addresses under /people/."""

from django.urls import path

from tenants.people.views import (
    access,
    departments,
    directory,
    handover,
    invitations,
    me,
    person,
    photo,
    policy,
    roles,
)

urlpatterns = [
    path("", directory.directory, name="directory"),
    path("me/", me.me, name="me"),
    path("security/", me.security, name="security"),
    path("photos/<slug:name>/<slug:label>.webp", photo.photo, name="photo"),
    path("chart/", departments.chart, name="chart"),
    path("departments/", departments.departments, name="departments"),
    path("departments/add/", departments.add, name="department_add"),
    path("departments/<int:pk>/", departments.edit, name="department"),
    path("departments/<int:pk>/move/", departments.move, name="department_move"),
    path("departments/<int:pk>/delete/", departments.delete, name="department_delete"),
    path("roles/", roles.roles, name="roles"),
    path("roles/add/", roles.add, name="role_add"),
    path("roles/<int:pk>/", roles.edit, name="role"),
    path("roles/<int:pk>/delete/", roles.delete, name="role_delete"),
    path("sign-in/", policy.sign_in_policy, name="sign_in_policy"),
    path("invite/", invitations.invite, name="invite"),
    path("invitations/", invitations.invitations, name="invitations"),
    path("invitations/<int:pk>/", invitations.edit, name="invitation"),
    path("invitations/<int:pk>/resend/", invitations.resend, name="invitation_resend"),
    path("invitations/<int:pk>/cancel/", invitations.cancel, name="invitation_cancel"),
    path("<int:pk>/", person.person, name="person"),
    path("<int:pk>/edit/", person.edit, name="person_edit"),
    path("<int:pk>/photo/", photo.change, name="person_photo"),
    path("<int:pk>/role/", access.role, name="person_role"),
    path("<int:pk>/department/", access.department, name="person_department"),
    path("<int:pk>/deactivate/", access.deactivate, name="person_deactivate"),
    path("<int:pk>/reactivate/", access.reactivate, name="person_reactivate"),
    path("<int:pk>/sessions/", access.sessions, name="person_sessions"),
    path("<int:pk>/ownership/", access.ownership, name="person_ownership"),
    path("<int:pk>/hand-over/", handover.hand_over, name="person_hand_over"),
]
