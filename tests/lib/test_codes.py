"""Codes that are read aloud and typed in the rain."""

import secrets

import pytest

from opscom.lib import codes


def test_alphabet_has_32_signs_and_none_that_is_mistaken_for_another() -> None:
    assert len(set(codes.ALPHABET)) == len(codes.ALPHABET) == 32
    assert set(codes.ALPHABET) & set("ILOUilou") == set()
    assert codes.ALPHABET.upper() == codes.ALPHABET


@pytest.mark.parametrize("length", [1, 12, 20])
def test_code_has_its_length_and_only_signs_of_the_alphabet(length: int) -> None:
    code = codes.random_code(length)
    assert len(code) == length
    assert set(code) <= set(codes.ALPHABET)


def test_default_code_has_twelve_signs_and_does_not_repeat() -> None:
    drawn = {codes.new_code() for _ in range(2000)}
    assert len(drawn) == 2000
    assert {len(code) for code in drawn} == {12}


def test_every_sign_is_drawn() -> None:
    assert set(codes.random_code(4000)) == set(codes.ALPHABET)


def test_codes_come_from_the_operating_systems_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "token_bytes", lambda length: b"\xff" * length)
    assert (codes.random_code(3), codes.new_pin()) == ("ZZZ", "ZZ")


def test_pin_is_any_two_signs_that_cannot_be_mistaken() -> None:
    pins = {codes.new_pin() for _ in range(5000)}
    assert {len(pin) for pin in pins} == {2}
    assert set("".join(pins)) == set(codes.ALPHABET)
    assert set("ILOU") & set(codes.ALPHABET) == set()
