"""How many pieces a text is cut into."""

import pytest

from opscom.lib.segments import count_segments, with_plain_signs


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("é" * 160, 1),  # in the GSM alphabet
        ("€" * 80, 1),  # two places each
        ("€" * 81, 2),
        ("a" + "€" * 80, 2),
        ("€" * 153, 3),  # 76 pairs fill 152 of 153 places: a pair is never cut
        ("ê" * 70, 1),
        ("ê" * 71, 2),
        ("ê" * 134, 2),
        ("ê" * 135, 3),
        ("ç" * 71, 2),  # only the capital is in the alphabet
        ("\N{AUTOMOBILE}" * 35, 1),
        ("\N{AUTOMOBILE}" * 36, 2),
        ("\N{AUTOMOBILE}" * 67, 3),  # 33 pairs fill 66 of 67 places
        ("a" * 1600, 11),
    ],
)
def test_segments(text: str, segments: int) -> None:
    assert count_segments(text) == segments


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("L’hôpital : «\u00a0P3\u202f»", 'L\'hôpital : "P3"'),
        ("“C” – or ‘L’… 9\u202fa.m.", "\"C\" - or 'L'... 9 a.m."),
        ("nai\u0301ve ça œuf ê", "nai\u0301ve ça œuf ê"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
    ],
)
def test_signs_become_plain_and_letters_stay(written: str, sent: str) -> None:
    assert with_plain_signs(written) == sent


def test_typeset_text_of_160_is_one_segment() -> None:
    assert [count_segments(text) for text in ("’" * 160, with_plain_signs("’" * 160))] == [3, 1]
