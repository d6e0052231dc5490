"""Addresses of permits."""

from django.urls import path

from permits.views import (
    api,
    asking,
    cancelling,
    changing,
    exchanging,
    extending,
    printing,
    renewing,
    rolling,
    standard,
    temporary,
    visiting,
    visitors,
)

app_name = "permits"
urlpatterns = [
    path("api/plate-check/", api.plate_check, name="plate_check"),
    path("lots/<slug:code>/", visiting.show_lot, name="lot"),
    path("permits/", standard.list_lots, name="list"),
    path("permits/disclaimer/", standard.agree_to_disclaimer, name="disclaimer"),
    path("permits/temporary/", temporary.list_lots, name="temporary"),
    path("permits/temporary/<str:code>/", temporary.get_temp_permit, name="get_temp"),
    path("permits/reserve/<str:code>/", standard.reserve, name="reserve"),
    path("permits/allowed/", asking.ask_if_allowed, name="allowed"),
    path("permits/visitors/", visitors.show_visitors, name="visitors"),
    path("permits/visitors/hours/", visitors.buy_visitor_hours, name="visitor_hours"),
    path("permits/visitors/<str:code>/", visitors.book_visitor, name="visit"),
    path("permits/visitors/<str:code>/forget/", visitors.forget_visitor, name="visitor_forget"),
    path("permits/<str:code>/", standard.show_permit, name="detail"),
    path("permits/<str:code>/plates/", changing.change_permit_plates, name="plates"),
    path("permits/<str:code>/courtesy-car/", changing.add_courtesy_car, name="courtesy"),
    path("permits/<str:code>/courtesy-car/end/", changing.stop_courtesy_car, name="courtesy_end"),
    path("permits/<str:code>/renew/", renewing.renew, name="renew"),
    path("permits/<str:code>/extend/", extending.extend, name="extend"),
    path("permits/<str:code>/exchange/", exchanging.choose_exchange, name="exchange"),
    path("permits/<str:code>/exchange/<str:window>/", exchanging.confirm_exchange, name="exchange_confirm"),
    path("permits/<str:code>/end-visit/", visitors.end_visitor, name="visit_end"),
    path("permits/<str:code>/cancel/", cancelling.cancel, name="cancel"),
    path("permits/<str:code>/rollover/", rolling.switch, name="rollover"),
    path("permits/<str:code>/print/", printing.print_permit, name="print"),
    path("permits/<str:code>/lost/", printing.report_lost, name="lost"),
    path("permits/<str:code>/hang-tag/", printing.ask_for_tag, name="hang_tag"),
]
