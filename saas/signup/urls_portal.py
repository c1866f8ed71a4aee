"""The first steps inside a new portal."""

from django.urls import path

from saas.signup.views import enter, first_steps

app_name = "signup"
urlpatterns = [
    path("welcome/<str:ticket>/", enter.enter_with_ticket, name="enter"),
    path("first-steps/", first_steps.first_steps, name="first_steps"),
    path("first-steps/close/", first_steps.close, name="close_checklist"),
]
