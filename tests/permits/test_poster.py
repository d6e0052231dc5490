"""The poster that the office hangs up: its code opens the lot's page."""

import io
import shutil
import subprocess

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from PIL import Image

from tests.factories import make_lot


def test_poster_is_one_page_whose_code_opens_the_lot(staff_client: Client) -> None:
    zbar = pytest.importorskip("pyzbar.pyzbar")
    if shutil.which("pdftoppm") is None:
        pytest.skip("needs pdftoppm")
    lot = make_lot(code="north-9", name="North <9>", visibility="direct")
    answer = staff_client.get(reverse("admin:permits_lot_poster", args=[lot.pk]))
    assert (answer.status_code, answer.headers["Content-Disposition"]) == (
        200,
        'attachment; filename="poster-north-9.pdf"',
    )
    png = subprocess.run(
        ["pdftoppm", "-png", "-r", "60", "-singlefile", "-"], input=answer.content, capture_output=True, check=True
    )
    found = [code.data.decode() for code in zbar.decode(Image.open(io.BytesIO(png.stdout)))]
    assert found == [f"{settings.BASE_URL}/lots/north-9/"]
