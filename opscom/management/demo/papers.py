"""What people look after themselves: addresses, documents that they handed in, e-mails that they do not want."""

from datetime import datetime, timedelta
from io import BytesIO
from time import gmtime

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFont

from accounts.models import AccountUpload, Address, EmailCategory, EmailOptOut, User
from accounts.services.addresses import save_address
from accounts.services.uploads import receive_file, take_uploads
from opscom.management.demo.world import World

STREETS = ("Elm Street", "Trent Lane", "College Avenue", "Rue Cartier", "Mill Road", "Harvest Drive", "Station Street")
PLACES = (
    ("Guelph", "CA-ON", "N1G 2W1"),
    ("Kitchener", "CA-ON", "N2G 4G7"),
    ("Elora", "CA-ON", "N0B 1S0"),
    ("Montréal", "CA-QC", "H2X 1Y4"),
)
EVERY = 3  # so many people share one who gave an address


def add_papers(world: World) -> None:
    """Addresses for the demo's residents and some others, three documents in three states, one choice of e-mails."""
    givers = [user for user in world.people[::EVERY] if user.profile_complete]
    Address.objects.bulk_create(Address(user=user, **_where(n)) for n, user in enumerate(givers))
    for n, name in enumerate(("resident", "resident.fr", "resident.es")):
        user = world.login(name)
        save_address(user, kind=Address.Kind.HOME, answers={"line2": "", **_where(n)}, by=user, at=world.ago(90, 10))
    _documents(world)
    no_reminders = EmailCategory.objects.get(code="reminders")
    EmailOptOut.objects.create(user=world.login("resident.fr"), category=no_reminders, at=world.ago(40, 9))


def _where(n: int) -> dict[str, str]:
    city, region, code = PLACES[n % len(PLACES)]
    street = STREETS[n % len(STREETS)]
    return {
        "line1": f"{10 + 7 * n % 190} {street}",
        "city": city,
        "region": region,
        "postal_code": code,
        "country": "CA",
    }


def _documents(world: World) -> None:
    """A lease that the office has used, a card that it has not looked at yet, and the same of somebody else."""
    resident, desk = world.login("resident"), world.login("frontdesk")
    lease = _hand_in(resident, "Lease.pdf", draw_paper("Lease", "PDF"), world.ago(60, 14))
    take_uploads([lease], by=desk, at=lease.uploaded_at + timedelta(days=1))
    _hand_in(resident, "Student card.jpg", draw_paper("Student card", "JPEG"), world.ago(2, 16))
    _hand_in(world.login("resident.es"), "Contrato.pdf", draw_paper("Contrato", "PDF"), world.ago(1, 11))


def _hand_in(user: User, name: str, content: bytes, at: datetime) -> AccountUpload:
    return receive_file(user, file=SimpleUploadedFile(name, content), by=user, at=at)


def draw_paper(title: str, form: str) -> bytes:
    """A sheet with a title and grey lines."""
    image = Image.new("RGB", (620, 440), "#fbfaf6")
    pen = ImageDraw.Draw(image)
    pen.text((40, 36), title, font=ImageFont.load_default(34), fill="#1f3f7a")
    for top in range(110, 400, 34):
        pen.rectangle((40, top, 580 - top % 90, top + 10), fill="#c9ccd0")
    stream = BytesIO()
    dates = {"creationDate": gmtime(0), "modDate": gmtime(0)} if form == "PDF" else {}
    image.save(stream, form, **dates)
    return stream.getvalue()
