"""Files are written whole or not at all."""

import stat
from pathlib import Path

import pytest

from sloctl.model.errors import UsageError
from sloctl.specio import files


def test_a_file_is_replaced_in_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the last step fails, the old file stands and nothing is left beside it."""
    path = tmp_path / "a.yaml"
    path.write_text("old")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)

    with pytest.raises(UsageError, match="No space left"):
        files.write_atomic(path, "new")
    assert path.read_text() == "old"
    assert [path] == list(tmp_path.iterdir())


def test_what_is_up_to_date_is_left_alone(tmp_path: Path) -> None:
    """Writing the same text again touches nothing; folders are made; the mode of a file stays."""
    path = tmp_path / "deep" / "a.yaml"

    assert files.write_atomic(path, "é")
    before = path.stat()
    path.chmod(0o640)

    assert not files.write_atomic(path, "é")
    assert before.st_mtime_ns == path.stat().st_mtime_ns
    assert files.write_atomic(path, "other")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """Writing through a link changes the file that it names."""
    (tmp_path / "real.yaml").write_text("old")
    (tmp_path / "link.yaml").symlink_to("real.yaml")

    assert files.write_atomic(tmp_path / "link.yaml", "new")
    assert (tmp_path / "link.yaml").is_symlink()
    assert (tmp_path / "real.yaml").read_text() == "new"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_a_usage_error(tmp_path: Path, content: bytes | None) -> None:
    """Missing or not UTF-8: the message names the file."""
    path = tmp_path / "a.yaml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(UsageError, match=str(path)):
        files.read_text(path)
