"""The addresses of this part."""

from __future__ import annotations

from django.urls import path

from . import asking, choosing, entering, taking, views

app_name = "centre"
urlpatterns = [
    path("", views.home, name="home"),
    path("identify/", views.identify, name="identify"),
    path("held/", views.held, name="held"),
    path("held/count/", views.count, name="count"),
    path("jobs/<str:ref>/", views.job, name="job"),
    path("artifacts/", views.made, name="artifacts"),
    path("choices/", choosing.choices, name="choices"),
    path("choices/<str:purpose>/", choosing.choose, name="choose"),
    path("receipts/", choosing.receipts, name="receipts"),
    path("receipts/<str:ref>/", choosing.receipt, name="receipt"),
    path("receipts/<str:ref>/receipt.json", choosing.receipt_file, name="receipt-file"),
    path("requests/", asking.requests, name="requests"),
    path("requests/new/<str:right>/", asking.want, name="want"),
    path("requests/<str:ref>/", asking.request_page, name="request"),
    path("requests/<str:ref>/export.zip", taking.fetch, name="fetch"),
    path("requests/<str:ref>/certificate.txt", taking.certificate, name="certificate"),
    path("requests/<str:ref>/record.json", asking.record_file, name="record-file"),
    path("requests/<str:ref>/withdraw/", asking.withdraw, name="withdraw"),
    path("export/", asking.export, name="export"),
    path("delete/", asking.delete, name="delete"),
    path("complaint/", asking.complain, name="complaint"),
    path("looked/", asking.looked, name="looked"),
    path("sessions/", entering.sessions, name="sessions"),
    path("sessions/end-others/", entering.end_others, name="end-others"),
    path("sessions/<str:ref>/end/", entering.end, name="end-session"),
    path("apps/", entering.apps, name="apps"),
    path("apps/<str:ref>/disconnect/", entering.cut, name="disconnect"),
    path("keys/", entering.keys, name="keys"),
    path("keys/make/", entering.make, name="make-key"),
    path("keys/<str:ref>/rotate/", entering.rotate, name="rotate-key"),
    path("keys/<str:ref>/revoke/", entering.revoke, name="revoke-key"),
    path("preferences/", entering.preferences, name="preferences"),
    path("preferences/preferences.json", entering.preferences_file, name="preferences-file"),
]
