"""The poster that the office hangs up: its code opens the lot's page."""

import io
import subprocess

from django.conf import settings
from django.test import Client
from django.urls import reverse
from PIL import Image
from pyzbar.pyzbar import decode

from tests.factories import make_lot


def test_poster_is_one_page_whose_code_opens_the_lot(staff_client: Client) -> None:
    lot = make_lot(code="north-9", name="North <9>", visibility="direct")
    answer = staff_client.get(reverse("admin:permits_lot_poster", args=[lot.pk]))
    assert (answer.status_code, answer.headers["Content-Disposition"]) == (
        200,
        'attachment; filename="poster-north-9.pdf"',
    )
    png = subprocess.run(
        ["pdftoppm", "-png", "-r", "60", "-singlefile", "-"], input=answer.content, capture_output=True, check=True
    )
    found = [code.data.decode() for code in decode(Image.open(io.BytesIO(png.stdout)))]
    assert found == [f"{settings.BASE_URL}/lots/north-9/"]
