"""One back-up: a folder with the database, the files of people and office, and a list that says what is in it."""

import hashlib
import json
import shutil
import tarfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from opscom.management.backups.databases import dump_database

DATABASE, MEDIA, CONTENTS = "database.dump", "media.tar", "contents.json"
STAMP, PART = "%Y%m%dT%H%M%SZ", ".part"


@dataclass(frozen=True)
class Contents:
    """What was saved: when (ISO 8601), the rows of each table, and the SHA-256 of each file."""

    made_at: str
    tables: dict[str, int]
    digests: dict[str, str]


def write_backup(folder: Path, *, at: datetime) -> Path:
    """Make a new folder within this one, whole or not at all; `at` in UTC names it. The database comes first: a file is stored
    before the row that names it, so that no row in the copy lacks its file."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder / at.strftime(STAMP)
    part = whole.with_suffix(PART)
    part.mkdir(mode=0o700)
    try:
        tables = dump_database(part / DATABASE)
        _save_files(part / MEDIA)
        contents = Contents(at.isoformat(), tables, {name: digest(part / name) for name in (DATABASE, MEDIA)})
        (part / CONTENTS).write_text(json.dumps(asdict(contents), indent=1))
        return part.rename(whole)
    except BaseException:
        shutil.rmtree(part)
        raise


def _save_files(tar_file: Path) -> None:
    """All that people and office have handed in; a file that is deleted meanwhile is left out."""
    media = Path(settings.MEDIA_ROOT)
    with tarfile.open(tar_file, "w") as tar:
        for path in sorted(media.rglob("*")):
            with suppress(FileNotFoundError):
                tar.add(path, arcname=str(path.relative_to(media)), recursive=False)


def read_contents(backup: Path) -> Contents:
    """FileNotFoundError where the folder is no back-up."""
    return Contents(**json.loads((backup / CONTENTS).read_text()))


def digest(file: Path) -> str:
    """SHA-256, in constant memory."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def forget_older(folder: Path, *, keep: int) -> list[Path]:
    """Delete all whole back-ups but the newest `keep`; what went."""
    found = (contents.parent for contents in folder.glob(f"*/{CONTENTS}"))
    whole = sorted(backup for backup in found if backup.suffix != PART)
    gone = whole[:-keep]
    for backup in gone:
        shutil.rmtree(backup)
    return gone
