"""The set-up command: it compares, applies, and exports."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from opscom.lib.office import office
from opscom.models import SystemSettings
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("office_setup", *arguments, stdout=out)
    return out.getvalue()


def test_command_compares_applies_and_exports(tmp_path: Path) -> None:
    file, copy = tmp_path / "office.toml", tmp_path / "copy.toml"
    file.write_text('[settings]\noffice_name = "Brook Parking"\n', encoding="utf-8")
    told = "System settings\n  office name “Campus Parking” → “Brook Parking”\n0 new rows, 1 changed\n"
    assert run(str(file)) == told
    assert office().office_name == "Campus Parking"
    make_user(email="manager@example.test", is_staff=True)
    assert run(str(file), "--apply", "--by", "Manager@example.test") == told
    assert SystemSettings.objects.get().office_name == "Brook Parking"
    assert run("--export", str(copy)) == f"The office's set-up is in {copy}.\n"
    assert 'office_name = "Brook Parking"\n' in copy.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "arguments", "words"),
    [
        (None, [], "office.toml cannot be read"),
        ("[weather]", [], "Nothing was changed.\nweather: There is no such section."),
        ("", ["--apply", "--by", "nobody@example.test"], "Nobody of the staff has the address nobody@example.test."),
        ("", ["--apply"], "Say with --by whom of the staff the audit trail is to name."),
        ("", ["--export"], "exists already. Choose another name, or remove it."),
    ],
)
def test_command_refuses(text: str | None, arguments: list[str], words: str, tmp_path: Path) -> None:
    file = tmp_path / "office.toml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError) as refused:
        run(str(file), *arguments)
    assert words in str(refused.value)
