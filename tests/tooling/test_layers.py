"""Every module stands on a floor of the house (the import contract itself is checked by `lint-imports`)."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = {"accounts", "vehicles", "permits", "violations", "payments", "lockers", "forms_module"}


def floors() -> set[str]:
    """What the contract names."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    return {name.strip() for layer in contract["layers"] for name in layer.replace("|", ":").split(":")}


def test_every_package_and_every_part_of_the_top_is_on_a_floor() -> None:
    parts = {
        f"opscom.{path.stem}"
        for path in (ROOT / "opscom").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert floors() == APPS | parts - {"opscom.__init__"}


def test_there_is_no_other_top_level_package() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages == APPS | {"opscom", "tests"}
