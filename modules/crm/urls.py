"""Pages of CRM, under /crm/."""

from django.urls import path
from django.views.generic import RedirectView

from infra.kit.screens import screen
from modules.crm.views import board, card, changes, create, leads, pipelines, trash

app_name = "crm"
urlpatterns = [
    path("", screen("crm.lead.view")(RedirectView.as_view(pattern_name="crm:leads")), name="home"),
    path("leads/", leads.lead_list, name="leads"),
    path("board/", board.lead_board, name="board"),
    path("leads/new/", create.add, name="lead_add"),
    path("leads/new/duplicates/", create.duplicates, name="lead_duplicates"),
    path("leads/trash/", trash.trash, name="trash"),
    path("leads/<int:lead_id>/", card.lead, name="lead"),
    path("leads/<int:lead_id>/edit/<slug:section>/", changes.edit, name="lead_edit"),
    path("leads/<int:lead_id>/move/", changes.move, name="lead_move"),
    path("leads/<int:lead_id>/assign/", changes.assign, name="lead_assign"),
    path("leads/<int:lead_id>/comment/", changes.comment, name="lead_comment"),
    path("leads/<int:lead_id>/delete/", changes.delete, name="lead_delete"),
    path("leads/<int:lead_id>/restore/", changes.restore, name="lead_restore"),
    path("settings/", pipelines.pipeline_list, name="pipelines"),
    path("settings/new/", pipelines.add, name="pipeline_add"),
    path("settings/<int:pipeline_id>/", pipelines.pipeline, name="pipeline"),
    path("settings/<int:pipeline_id>/order/", pipelines.order, name="pipeline_order"),
    path("settings/<int:pipeline_id>/delete/", pipelines.delete, name="pipeline_delete"),
    path("settings/<int:pipeline_id>/stages/new/", pipelines.stage_add, name="stage_add"),
    path("settings/stages/<int:stage_id>/", pipelines.stage, name="stage"),
    path("settings/stages/<int:stage_id>/delete/", pipelines.stage_delete, name="stage_delete"),
    path("settings/rotation/", pipelines.rotation, name="rotation"),
]
