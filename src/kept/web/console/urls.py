"""The addresses of the console."""

from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from . import acting, board, holds, ledger, map_pages, page, people, plans, request_forms, requests, settings_page, staff_pages


class Ref(StringConverter):
    """A reference or a digest: letters and digits."""

    regex = "[A-Za-z0-9]+"


class Plain(StringConverter):
    """Anything a name may be: slashes too, and no control character, which no database takes."""

    regex = r"[^\x00-\x1f\x7f]+"


register_converter(Ref, "staff_ref")
register_converter(Plain, "staff_name")

app_name = "console"
urlpatterns = [
    path("", board.board, name="board"),
    path("check/", board.ask_check, name="check"),
    path("clause/<staff_name:clause>/close/", board.close_owed, name="close"),
    path("clause/<staff_name:clause>/", board.clause, name="clause"),
    path("jobs/<staff_ref:ref>/", page.job, name="job"),
    path("map/", map_pages.the_map, name="map"),
    path("map/<str:store>/<staff_name:table>/", map_pages.table, name="table"),
    path("plans/", plans.plans, name="plans"),
    path("plans/make/", plans.ask_plan, name="make-plan"),
    path("plans/<staff_ref:digest>/", plans.plan, name="plan"),
    path("plans/<staff_ref:digest>/approve/", plans.approve, name="approve"),
    path("plans/<staff_ref:digest>/refuse/", plans.refuse, name="refuse"),
    path("plans/<staff_ref:digest>/apply/", plans.apply_again, name="apply"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/<int:index>/", ledger.entry, name="entry"),
    path("ledger/<int:index>/proof.json", ledger.proof_file, name="proof"),
    path("holds/", holds.holds, name="holds"),
    path("holds/place/", holds.place, name="place-hold"),
    path("holds/<staff_name:name>/review/", holds.review, name="review-hold"),
    path("holds/<staff_name:name>/lift/", holds.lift, name="lift-hold"),
    path("requests/", requests.requests, name="requests"),
    path("requests/new/", acting.new, name="new-request"),
    path("requests/<staff_ref:ref>/", requests.request_page, name="request"),
    path("requests/<staff_ref:ref>/progress/", requests.progress, name="progress"),
    path("requests/<staff_ref:ref>/certificate.txt", requests.certificate, name="certificate"),
    path("requests/<staff_ref:ref>/letters/<int:number>/", requests.letter, name="letter"),
    path("requests/<staff_ref:ref>/take/", request_forms.take_up, name="take"),
    path("requests/<staff_ref:ref>/confirm/", request_forms.confirm, name="confirm"),
    path("requests/<staff_ref:ref>/answer/", request_forms.answer, name="answer"),
    path("requests/<staff_ref:ref>/extend/", request_forms.extend, name="extend"),
    path("requests/<staff_ref:ref>/refuse/", request_forms.refuse, name="refuse-request"),
    path("requests/<staff_ref:ref>/right/", acting.understand, name="understand"),
    path("requests/<staff_ref:ref>/person/", acting.choose, name="choose-person"),
    path("requests/<staff_ref:ref>/questions/", acting.questions, name="questions"),
    path("requests/<staff_ref:ref>/establish/", acting.establish, name="establish"),
    path("requests/<staff_ref:ref>/changes/", acting.changes, name="changes"),
    path("requests/<staff_ref:ref>/large/", acting.large, name="large"),
    path("requests/<staff_ref:ref>/orders/<str:processor>/", acting.order, name="order"),
    path("requests/<staff_ref:ref>/lift/", acting.lift_restricted, name="lift-restriction"),
    path("requests/<staff_ref:ref>/keep-restricted/", acting.keep_restricted, name="keep-restricted"),
    path("requests/<staff_ref:ref>/assign/", acting.assign, name="assign"),
    path("people/", people.people, name="people"),
    path("people/search/", people.search, name="search"),
    path("people/found/<staff_ref:ref>/", people.found, name="found"),
    path("people/of/<staff_name:subject>/counting/", people.counting, name="counting"),
    path("people/of/<staff_name:subject>/count/", people.count_again, name="count"),
    path("people/of/<staff_name:subject>/", people.person, name="person"),
    path("staff/", staff_pages.staff_page, name="staff"),
    path("staff/invite/", staff_pages.invite, name="invite"),
    path("staff/<staff_ref:ref>/role/", staff_pages.role, name="role"),
    path("staff/<staff_ref:ref>/suspend/", staff_pages.suspend, name="suspend"),
    path("staff/<staff_ref:ref>/resume/", staff_pages.resume, name="resume"),
    path("staff/sessions/<int:number>/end/", staff_pages.end_session, name="end-session"),
    path("settings/", settings_page.settings_page, name="settings"),
]
