"""The addresses of this part."""

from __future__ import annotations

from django.urls import path

from . import asking, machine, record, views, well_known

app_name = "public"
urlpatterns = [
    path("", views.policy, name="policy"),
    path("policy/editions/", views.editions_list, name="editions"),
    path("policy/editions/<int:number>/", views.one_edition, name="edition"),
    path("policy/compare/<int:first>/<int:last>/", views.compared, name="compare"),
    path("sub-processors/", views.processors, name="processors"),
    path("proof/", views.proof, name="proof"),
    path("ask/", asking.ask, name="ask"),
    path("ask/received/", asking.asked, name="asked"),
    path("ask/confirm/<str:secret>/", asking.confirm, name="confirm"),
    path("ask/points/<str:secret>/", asking.points, name="points"),
    path("ask/follow/<str:secret>/", asking.follow, name="follow"),
    path("ask/follow/<str:secret>/certificate/", asking.certificate, name="certificate"),
    path("ask/follow/<str:secret>/export.zip", asking.bundle, name="bundle"),
    path("policy.jsonld", machine.policy_linked, name="linked"),
    path("status.json", machine.status, name="status"),
    path("status.atom", machine.atom, name="atom"),
    path("ledger/checkpoint", record.checkpoint, name="checkpoint"),
    path("ledger/key", record.key, name="key"),
    path("ledger/verifier-key", record.key),
    path("ledger/fetch.py", record.fetch, name="fetch"),
    path("ledger/tile/<path:path>", record.tile, name="tile"),
    path(".well-known/gpc.json", well_known.gpc, name="gpc"),
    path(".well-known/security.txt", well_known.security, name="security"),
    path(".well-known/change-password", well_known.change_password, name="change-password"),
    path("robots.txt", well_known.robots, name="robots"),
]
