"""Lists of the office open as quickly with a million rows as with ten: none counts its table."""

import re
from copy import deepcopy

import pytest
from django.contrib.admin import site
from django.contrib.admin.views.main import ChangeList
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from opscom.lib.finding import CappedPaginator
from tests.access import admin_models, make_world
from tests.factories import make_lot
from tests.payments.views.page import soup
from tests.sample import is_drawn

COUNT = re.compile(r"^SELECT COUNT\(\*\)")
SEVERAL = 5
NO_ROWS = {"accounts.Wording", "opscom.SystemSettings"}  # pages of their own, with tests of their own


def only(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists show so many rows: those that there are, and again, each a row of its own that knows nothing of its twins. Where rows are
    typed into, all that there are stand for several."""
    read = ChangeList.get_results

    def get_results(shown: ChangeList, request: HttpRequest) -> None:
        read(shown, request)
        if shown.list_editable:
            shown.result_list = shown.result_list[:1] if rows == 1 else shown.result_list
            return
        found = list(shown.result_list)
        shown.result_list = [deepcopy(found[number % len(found)]) for number in range(rows)] if found else []

    monkeypatch.setattr(ChangeList, "get_results", get_results)


def opened(client: Client, path: str) -> tuple[int, list[str]]:
    """(rows, queries) of a list."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path)
    assert answer.status_code == 200
    return len(soup(answer).select("#result_list tbody tr")), [query["sql"] for query in captured]


def counts_whole(asked: list[str], table: str) -> list[str]:
    """The queries that count that table without a bound."""
    counts = [sql for sql in asked if COUNT.search(sql) and f'FROM "{table}"' in sql]
    return [sql for sql in counts if " LIMIT " not in sql and " WHERE " not in sql]


def test_every_list_counts_no_further_than_anybody_leafs() -> None:
    lists = [site.get_model_admin(model) for model in admin_models()]
    assert [found for found in lists if not issubclass(found.paginator, CappedPaginator)] == []
    assert [found for found in lists if found.show_full_result_count] == []


@pytest.mark.django_db
def test_list_asks_no_more_for_several_rows_than_for_one_and_counts_no_table(staff_client: Client) -> None:
    """Every list of the office, of one in five of the models in a run (all with FULL=1)."""
    make_world()
    empty, dearer, counting = [], {}, {}
    for model in (model for model in admin_models() if is_drawn(model._meta.label)):
        label, path = model._meta.label, f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        staff_client.get(path)  # what is read once a process
        seen = {}
        for rows in (1, SEVERAL):
            with pytest.MonkeyPatch.context() as patch:
                only(rows, patch)
                seen[rows] = opened(staff_client, path)
        if label not in NO_ROWS and seen[1][0] != 1:
            empty.append(label)
        if len(seen[1][1]) != len(seen[SEVERAL][1]):
            dearer[label] = sorted(set(seen[SEVERAL][1]) - set(seen[1][1]))
        if counts := counts_whole(seen[SEVERAL][1], model._meta.db_table):
            counting[label] = counts
    assert (empty, dearer, counting) == ([], {}, {})


@pytest.mark.django_db
def test_trail_leads_by_the_list_to_today_and_names_nothing_twice(staff_client: Client) -> None:
    lot = make_lot(name="Yellow zone")

    def trail(path: str) -> str:
        (found,) = soup(staff_client.get(path)).select(".breadcrumbs")
        return " ".join(found.get_text(" ").split())

    assert trail("/admin/permits/lot/") == "Today › Lots"
    assert trail("/admin/permits/lot/add/") == "Today › Lots › Add lot"
    assert trail(f"/admin/permits/lot/{lot.pk}/change/") == "Today › Lots › Yellow zone"
