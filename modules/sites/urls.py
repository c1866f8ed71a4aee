"""Pages of sites, under /sites/."""

from django.urls import path

from modules.sites.views import builder, forms, pages, pictures, sites, submissions

app_name = "sites"
urlpatterns = [
    path("", sites.site_list, name="sites"),
    path("new/", sites.add, name="add"),
    path("new/<slug:key>.svg", sites.template_picture, name="template_picture"),
    path("new/address/", sites.hint, name="address_hint"),
    path("submissions/", submissions.submission_list, name="submissions"),
    path("submissions/<int:submission_id>/", submissions.submission, name="submission"),
    path("submissions/<int:submission_id>/files/<int:file_id>/", submissions.file, name="submission_file"),
    path("submissions/<int:submission_id>/replay/", submissions.replay, name="submission_replay"),
    path("submissions/<int:submission_id>/delete/", submissions.delete, name="submission_delete"),
    path("assets/<slug:name>", pictures.asset, name="asset"),
    path("<int:site_id>/", sites.site, name="site"),
    path("<int:site_id>/settings/", sites.settings, name="settings"),
    path("<int:site_id>/look/", sites.look, name="look"),
    path("<int:site_id>/delete/", sites.delete, name="delete"),
    path("<int:site_id>/publish/", sites.publish, name="publish"),
    path("<int:site_id>/unpublish/", sites.unpublish, name="unpublish"),
    path("<int:site_id>/versions/<int:publication_id>/restore/", sites.restore, name="restore"),
    path("<int:site_id>/site.css", pictures.stylesheet, name="stylesheet"),
    path("<int:site_id>/art/<str:name>", pictures.art, name="art"),
    path("<int:site_id>/pictures/", pictures.pictures, name="pictures"),
    path("<int:site_id>/pages/new/", pages.add, name="page_add"),
    path("<int:site_id>/forms/new/", forms.add, name="form_add"),
    path("pages/<int:page_id>/", builder.editor, name="page"),
    path("pages/<int:page_id>/write/", builder.write, name="page_write"),
    path("pages/<int:page_id>/hold/", builder.hold, name="page_hold"),
    path("pages/<int:page_id>/preview/", builder.preview, name="page_preview"),
    path("pages/<int:page_id>/history/", builder.history, name="page_history"),
    path("pages/<int:page_id>/history/<int:version_id>/", builder.restore, name="page_restore"),
    path("pages/<int:page_id>/settings/", pages.settings, name="page_settings"),
    path("pages/<int:page_id>/move/", pages.move, name="page_move"),
    path("pages/<int:page_id>/copy/", pages.copy, name="page_copy"),
    path("pages/<int:page_id>/delete/", pages.delete, name="page_delete"),
    path("forms/<int:form_id>/", forms.designer, name="form"),
    path("forms/<int:form_id>/preview/", forms.preview, name="form_preview"),
    path("forms/<int:form_id>/part/", forms.part, name="form_part"),
    path("forms/<int:form_id>/embed/", forms.embed, name="form_embed"),
    path("forms/<int:form_id>/delete/", forms.delete, name="form_delete"),
]
