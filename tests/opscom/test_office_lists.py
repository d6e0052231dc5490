"""Lists of the office open as quickly with a million rows as with ten: none counts its table."""

import re

import pytest
from django.contrib.admin import site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from opscom.lib.finding import CappedPaginator
from tests.access import admin_models
from tests.factories import make_lot
from tests.payments.views.page import soup
from tests.sample import is_drawn

COUNT = re.compile(r"^SELECT COUNT\(\*\)")


def counts_of(client: Client, path: str, table: str) -> list[str]:
    """The queries of a page that count that table without a bound."""
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    asked = [query["sql"] for query in captured if COUNT.search(query["sql"]) and f'FROM "{table}"' in query["sql"]]
    return [sql for sql in asked if " LIMIT " not in sql and " WHERE " not in sql]


def test_every_list_counts_no_further_than_anybody_leafs() -> None:
    lists = [site.get_model_admin(model) for model in admin_models()]
    assert [found for found in lists if not issubclass(found.paginator, CappedPaginator)] == []
    assert [found for found in lists if found.show_full_result_count] == []


@pytest.mark.django_db
def test_no_list_counts_its_whole_table(staff_client: Client) -> None:
    found = {}
    for model in (model for model in admin_models() if is_drawn(model._meta.label)):
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        if counts := counts_of(staff_client, path, model._meta.db_table):
            found[model._meta.label] = counts
    assert found == {}


@pytest.mark.django_db
def test_trail_leads_by_the_list_to_today_and_names_nothing_twice(staff_client: Client) -> None:
    lot = make_lot(name="Yellow zone")

    def trail(path: str) -> str:
        (found,) = soup(staff_client.get(path)).select(".breadcrumbs")
        return " ".join(found.get_text(" ").split())

    assert trail("/admin/permits/lot/") == "Today › Lots"
    assert trail("/admin/permits/lot/add/") == "Today › Lots › Add lot"
    assert trail(f"/admin/permits/lot/{lot.pk}/change/") == "Today › Lots › Yellow zone"
