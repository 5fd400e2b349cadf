"""Files are written whole or not at all."""

import stat
from pathlib import Path

import pytest

from sloctl.model.errors import UsageError
from sloctl.specio import files


def write(path: Path, text: str) -> bool:
    """Write one file."""
    (is_new,) = files.write_all([(path, text)])
    return is_new


def test_a_file_is_replaced_in_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the last step fails, the old file stands and nothing is left beside it."""
    path = tmp_path / "a.yaml"
    path.write_text("old")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)

    with pytest.raises(UsageError, match="No space left"):
        write(path, "new")
    assert path.read_text() == "old"
    assert [path] == list(tmp_path.iterdir())


@pytest.mark.parametrize("bad", ["taken", "file/below/a.yaml"])
def test_files_are_written_together_or_not_at_all(tmp_path: Path, bad: str) -> None:
    """Where one place cannot be written, no other file changes, and no folder that was made for one is left."""
    (tmp_path / "taken").mkdir()
    (tmp_path / "file").write_text("")
    (tmp_path / "old.yaml").write_text("old")
    before = sorted(tmp_path.rglob("*"))
    names = ["old.yaml", "new.yaml", "deep/er/new.yaml", bad]

    with pytest.raises(UsageError, match=f"cannot write {tmp_path / bad}") as error:
        files.write_all((tmp_path / name, "new") for name in names)

    assert "name a place that can be written" in error.value.hint
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "old.yaml").read_text() == "old"


def test_what_is_up_to_date_is_left_alone(tmp_path: Path) -> None:
    """Writing the same text again touches nothing; folders are made; the mode of a file stays."""
    path = tmp_path / "deep" / "a.yaml"

    assert write(path, "é")
    before = path.stat()
    path.chmod(0o640)

    assert not write(path, "é")
    assert before.st_mtime_ns == path.stat().st_mtime_ns
    assert write(path, "other")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """Writing through a link changes the file that it names."""
    (tmp_path / "real.yaml").write_text("old")
    (tmp_path / "link.yaml").symlink_to("real.yaml")

    assert write(tmp_path / "link.yaml", "new")
    assert (tmp_path / "link.yaml").is_symlink()
    assert (tmp_path / "real.yaml").read_text() == "new"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_a_usage_error(tmp_path: Path, content: bytes | None) -> None:
    """Missing or not UTF-8: the message names the file."""
    path = tmp_path / "a.yaml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(UsageError, match=str(path)) as error:
        files.read_text(path)
    assert error.value.hint
