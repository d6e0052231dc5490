"""Addresses of forms."""

from django.urls import path

from forms_module.views import answering, forms

app_name = "forms"
urlpatterns = [
    path("forms/", forms.show_forms, name="list"),
    path("forms/<str:code>/", forms.show_form, name="form"),
    path("forms/status/<str:token>/", forms.open_status_link, name="status"),
    path("forms/answers/<str:code>/", answering.answer, name="answer"),
    path("forms/answers/<str:code>/print/", answering.print_submission, name="print"),
    path("forms/answers/<str:code>/files/<str:file>/", answering.show_file, name="file"),
]
