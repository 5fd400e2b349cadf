"""The database files. Everything here blocks: call it in a thread."""

import sqlite3
from contextlib import closing
from pathlib import Path

SCHEMA_VERSION = 1
_SCHEMA = f"""
BEGIN;
CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value TEXT NOT NULL);
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""


def path_of(folder: Path, namespace: str, name: str) -> Path:
    """
    Give the file of a database. No name in Kubernetes has an underscore, so no two share a file.

    >>> path_of(Path("data"), "team-a", "acme.orders").as_posix()
    'data/team-a_acme.orders.sqlite3'
    """
    return folder / f"{namespace}_{name}.sqlite3"


def is_there(path: Path) -> bool:
    """Say whether the file is there with its schema."""
    if not path.exists():
        return False
    with closing(sqlite3.connect(path)) as database:
        (version,) = database.execute("PRAGMA user_version").fetchone()
    return bool(version == SCHEMA_VERSION)


def make(path: Path) -> None:
    """Make the file and its schema; what is there already stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as database:
        database.executescript(_SCHEMA)


def remove(path: Path) -> None:
    """Remove the file, if it is there."""
    path.unlink(missing_ok=True)
