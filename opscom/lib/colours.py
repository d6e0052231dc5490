"""Contrast of colours, after WCAG 2.2 (relative luminance and contrast ratio)."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LEAST_CONTRAST = 4.5


def luminance(colour: str) -> float:
    """Relative luminance (0 black … 1 white) of a colour written #rrggbb."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def validate_accent(colour: str) -> None:
    """Refuse an accent on which white text falls below 4.5:1."""
    try:
        contrast = 1.05 / (luminance(colour) + 0.05)
    except ValueError:
        return  # not a colour at all: the format validator says so
    if contrast < LEAST_CONTRAST:
        raise ValidationError(_("White text on this colour cannot be read. Choose a darker one."), code="contrast")
