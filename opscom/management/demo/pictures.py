"""Evidence photos, drawn: the rear of a car with its plate, and a dashboard without a permit."""

from io import BytesIO
from random import Random

from django.core.files.base import ContentFile
from django.utils.timezone import localtime
from PIL import Image, ImageDraw, ImageFont

from opscom.management.demo.world import World
from violations.models import Violation, ViolationPhoto

SIZE = (480, 320)
PAINT = {
    "Grey": "#7d8489",
    "Black": "#23272a",
    "White": "#eceff1",
    "Blue": "#2f5d9b",
    "Red": "#a3272b",
    "Silver": "#b4babf",
    "Green": "#3d6b4a",
}


def add_photos(world: World, *, tickets: int = 6) -> None:
    """Two pictures for the newest tickets that are owed, the demo resident's among them."""
    newest = list(Violation.objects.unpaid().select_related("charge").order_by("-issued_at", "-pk")[:tickets])
    own = Violation.objects.unpaid().filter(plate="CKRT418")
    for violation in {v.pk: v for v in [*newest, *own]}.values():
        clock = localtime(violation.issued_at).strftime("%H:%M")
        for name, picture, words in (
            ("plate", _rear(violation, world.rng), "Plate"),
            ("dashboard", _dashboard(world.rng), "Windscreen"),
        ):
            photo = ViolationPhoto(violation=violation, caption=f"{words}, {clock}")
            photo.image.save(f"{name}.jpg", ContentFile(picture), save=True)


def _rear(violation: Violation, rng: Random) -> bytes:
    image, pen = _scene(rng)
    paint = PAINT.get(violation.colour, "#8a8f98")
    pen.rounded_rectangle((90, 110, 390, 262), 26, fill=paint, outline="#1b1f22", width=3)
    pen.polygon([(130, 112), (160, 52), (320, 52), (350, 112)], fill=paint, outline="#1b1f22")
    pen.polygon([(148, 106), (170, 64), (310, 64), (332, 106)], fill="#2a3a45")
    for left in (100, 336):
        pen.rounded_rectangle((left, 140, left + 44, 172), 8, fill="#c62828", outline="#5b1111")
    for left in (112, 316):
        pen.rectangle((left, 262, left + 52, 286), fill="#15181a")
    pen.rounded_rectangle((172, 188, 308, 234), 6, fill="#f5f7f8", outline="#1f3f7a", width=3)
    pen.text((240, 212), violation.plate, font=ImageFont.load_default(26), fill="#1f3f7a", anchor="mm")
    return _jpeg(image)


def _dashboard(rng: Random) -> bytes:
    image, pen = _scene(rng)
    pen.polygon([(20, 300), (90, 60), (390, 60), (460, 300)], fill="#b9cdd8", outline="#101416")
    pen.polygon([(20, 300), (44, 220), (436, 220), (460, 300)], fill="#2b2f33")
    pen.line((60, 214, 260, 150), fill="#15181a", width=6)
    pen.rounded_rectangle((300, 232, 372, 262), 4, fill="#e8e2d0")
    pen.text((336, 247), "COFFEE", font=ImageFont.load_default(13), fill="#6b5b3a", anchor="mm")
    return _jpeg(image)


def _scene(rng: Random) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Asphalt with the lines of a space."""
    image = Image.new("RGB", SIZE, rng.choice(["#5c6166", "#666a6e", "#54595d"]))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 480, 120), fill=rng.choice(["#9fb4c0", "#b7c3c9", "#8ea3ad"]))
    for left in (40, 424):
        pen.polygon([(left, 120), (left + 16, 120), (left + 24, 320), (left - 8, 320)], fill="#d8d8cf")
    return image, pen


def _jpeg(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()
