"""Addresses of payments."""

from django.conf import settings
from django.urls import path

from payments.views import (
    card_page,
    cards,
    checkout,
    claims,
    company,
    overview,
    plans,
    receipts,
    returning,
    sandbox,
    statements,
    webhooks,
)

app_name = "payments"
urlpatterns = [
    path("payments/", overview.list_charges, name="list"),
    path("payments/statement/", statements.show_statement, name="statement"),
    path("company/statement/", statements.show_company_statement, name="company_statement"),
    path("company/invoice/", company.show_invoice, name="company_invoice"),
    path("company/invoice/pdf/", company.print_invoice, name="company_invoice_pdf"),
    path("company/invoice/pay/", company.start_company, name="company_start"),
    path("checkout/", checkout.start, name="start"),
    path("checkout/<str:code>/", checkout.choose_method, name="checkout"),
    path("checkout/<str:code>/promised/", checkout.promised, name="promised"),
    path("payments/plan/", plans.new_plan, name="new_plan"),
    path("payments/plan/link/<str:token>/", plans.open_link, name="plan_link"),
    path("payments/plan/<str:code>/", plans.plan, name="plan"),
    path("payments/plan/<str:code>/agree/", plans.agree, name="agree_plan"),
    path("payments/plan/<str:code>/pay/", plans.pay, name="pay_plan"),
    path("payments/plan/<str:code>/card/", plans.choose, name="plan_card"),
    path("payments/return/<str:code>/", returning.come_back, name="return"),
    path("payments/card/<str:reference>/", card_page.show, name="card_page"),
    path("cards/", cards.list_cards, name="cards"),
    path("cards/add/", cards.add, name="add_card"),
    path("cards/return/<str:code>/", cards.come_back, name="card_return"),
    path("cards/<str:code>/remove/", cards.remove, name="remove_card"),
    path("cards/<str:code>/primary/", cards.choose_primary, name="primary_card"),
    path("receipts/<str:code>/", receipts.show_receipt, name="receipt"),
    path("receipts/<str:code>/claim/", claims.claim, name="claim"),
    path("receipts/<str:code>/pdf/", receipts.print_receipt, name="receipt_pdf"),
    path("webhooks/<slug:provider>/", webhooks.receive, name="webhook"),
]
if settings.DEMO:
    urlpatterns += [
        path("sandbox/card/<str:reference>/", sandbox.store_card, name="sandbox_card"),
        path("sandbox/<str:reference>/", sandbox.pay, name="sandbox"),
    ]
