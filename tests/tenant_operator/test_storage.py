"""Database files, without a cluster."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tenant_operator import storage


def test_a_file_is_there_once_it_is_made(tmp_path: Path) -> None:
    """An empty file, as a crash leaves it, is not there yet; making it again puts that right."""
    path = tmp_path / "sub" / "a.sqlite3"
    assert not storage.is_there(path)
    path.parent.mkdir()
    path.touch()
    assert not storage.is_there(path)
    storage.make(path)
    assert storage.is_there(path)


def test_making_it_again_keeps_the_data(tmp_path: Path) -> None:
    """What users stored is theirs."""
    path = tmp_path / "a.sqlite3"
    storage.make(path)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT INTO entries VALUES ('key', 'value')")
    storage.make(path)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT * FROM entries").fetchall() == [("key", "value")]


def test_removing_what_is_gone_is_fine(tmp_path: Path) -> None:
    """Removal can be tried again after it was half done."""
    path = tmp_path / "a.sqlite3"
    storage.make(path)
    storage.remove(path)
    storage.remove(path)
    assert list(tmp_path.iterdir()) == []
