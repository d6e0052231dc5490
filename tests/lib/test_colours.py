"""The office's accent must carry white text (WCAG 2.2, 1.4.3)."""

import pytest
from django.core.exceptions import ValidationError

from opscom.lib.colours import luminance, validate_accent
from opscom.models import SystemSettings


@pytest.mark.parametrize(
    ("colour", "share"),
    [
        ("#000000", 0.0),
        ("#ffffff", 1.0),
        ("#FFFFFF", 1.0),
        ("#ff0000", 0.2126),
        ("#00ff00", 0.7152),
        ("#0000ff", 0.0722),
        ("#808080", 0.2159),
    ],
)
def test_luminance_is_that_of_the_standard(colour: str, share: float) -> None:
    assert luminance(colour) == pytest.approx(share, abs=0.0001)


@pytest.mark.parametrize("colour", ["#000000", "#0b5f6b", "#0B5F6B", "#767676", "#b00020"])
def test_accent_on_which_white_can_be_read_passes(colour: str) -> None:
    validate_accent(colour)


@pytest.mark.parametrize("colour", ["#ffffff", "#777777", "#ffcc00", "#5bbac8"])
def test_accent_on_which_white_cannot_be_read_is_refused(colour: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        validate_accent(colour)
    assert refusal.value.code == "contrast"


@pytest.mark.parametrize("colour", ["", "teal", "#xyzxyz", "#12"])
def test_what_is_no_colour_is_left_to_the_other_validator(colour: str) -> None:
    validate_accent(colour)


@pytest.mark.parametrize("colour", ["teal", "#0b5f6", "0b5f6b0", "#0b5f6b;", "#xyzxyz", "#ffcc00"])
def test_settings_refuse_an_accent_that_is_no_dark_colour(colour: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        SystemSettings(accent_colour=colour).clean_fields()
    assert list(refusal.value.message_dict) == ["accent_colour"]


def test_settings_take_their_own_default() -> None:
    SystemSettings().clean_fields()
