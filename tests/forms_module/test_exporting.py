"""What was submitted, as a table and on paper."""

import csv
import io
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from forms_module.exporting import submitted_rows
from forms_module.models import FormDefinition
from forms_module.services.publishing import publish_form
from tests.factories import make_form, make_submission

pytestmark = pytest.mark.django_db


def make_versions(user: User) -> FormDefinition:
    """A form whose second version words a question anew, drops one and adds one; each was submitted."""
    form = make_form({"key": "why", "label": "Why"}, {"key": "old", "label": "Old"})
    make_submission(form, user, why='=HYPERLINK("x")', old="1")
    form.fields.filter(version=None, key="why").update(label="Reason")
    form.fields.filter(version=None, key="old").update(key="size", label="Size", kind="number")
    form = publish_form(form)
    make_submission(form, user, why="Van", size="6.5")
    make_submission(form, user, submit=False)
    return form


def test_versions_share_a_table_and_no_cell_is_a_formula(resident: User, staff_client: Client) -> None:
    path = f"/admin/forms_module/formdefinition/{make_versions(resident).pk}/export/"
    answer = staff_client.get(path)
    assert isinstance(answer, StreamingHttpResponse)
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert [row[2:5] + row[6:] for row in rows] == [
        ["Version", "Person", "Email", "Reason", "Size", "Old"],
        ["1", "Ada Reyes", "resident@example.test", '\'=HYPERLINK("x")', "", "1"],
        ["2", "Ada Reyes", "resident@example.test", "Van", "6.5", ""],
    ]
    book = ZipFile(BytesIO(staff_client.get(f"{path}?file=xlsx").getvalue()))
    assert "<c><v>6.5</v></c>" in book.read("xl/worksheets/sheet1.xml").decode()


def test_table_takes_two_queries_for_any_number(
    resident: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    form = make_versions(resident)
    with django_assert_num_queries(2):
        assert len(list(submitted_rows(form))) == 3


def test_submitted_form_is_printed(resident: User, resident_client: Client) -> None:
    submission = make_submission(make_form(), resident)
    answer = resident_client.get(f"/forms/answers/{submission.code}/print/")
    assert (answer.headers["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    draft = make_submission(make_form(), resident, submit=False)
    assert resident_client.get(f"/forms/answers/{draft.code}/print/").status_code == 404
