"""Pages of rules, letter templates and own kinds of activities, under /crm/."""

from __future__ import annotations

from django.urls import path

from modules.crm.views import activity_kinds, letters, rule_log, rules

urlpatterns = [
    path("rules/", rules.rule_list, name="rules"),
    path("rules/new/", rules.rule_start, name="rule_start"),
    path("rules/new/<slug:kind_key>/", rules.rule_add, name="rule_add"),
    path("rules/order/", rules.rule_order, name="rule_order"),
    path("rules/log/", rule_log.rule_log, name="rule_log"),
    path("rules/log/<int:run_id>/", rule_log.rule_run, name="rule_run"),
    path("rules/log/<int:run_id>/retry/", rule_log.rule_retry, name="rule_retry"),
    path("rules/<int:rule_id>/", rules.rule, name="rule"),
    path("rules/<int:rule_id>/switch/", rules.rule_switch, name="rule_switch"),
    path("rules/<int:rule_id>/copy/", rules.rule_copy, name="rule_copy"),
    path("rules/<int:rule_id>/delete/", rules.rule_delete, name="rule_delete"),
    path("rules/<int:rule_id>/try/", rules.rule_try, name="rule_try"),
    path("rules/letters/", letters.letter_list, name="letters"),
    path("rules/letters/new/<slug:kind_key>/", letters.letter_add, name="letter_add"),
    path("rules/letters/<int:template_id>/", letters.letter, name="letter"),
    path("rules/letters/<int:template_id>/retire/", letters.letter_retire, name="letter_retire"),
    path("activity-kinds/", activity_kinds.kind_list, name="activity_kinds"),
    path("activity-kinds/new/", activity_kinds.kind_add, name="activity_kind_add"),
    path("activity-kinds/order/", activity_kinds.kind_order, name="activity_kind_order"),
    path("activity-kinds/<int:own_kind_id>/", activity_kinds.kind, name="activity_kind"),
    path("activity-kinds/<int:own_kind_id>/retire/", activity_kinds.kind_retire, name="activity_kind_retire"),
]
