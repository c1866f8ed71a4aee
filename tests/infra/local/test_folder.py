from pathlib import Path

import pytest

from infra.local import FolderInUse, LocalFolder, free_port


def test_one_run_at_a_time_holds_a_folder(tmp_path: Path) -> None:
    with LocalFolder(tmp_path), pytest.raises(FolderInUse, match="PORTAL_LOCAL"), LocalFolder(tmp_path):
        pass
    with LocalFolder(tmp_path) as again:
        assert again.path == tmp_path


def test_ports_and_secrets_stay_the_same_between_runs(tmp_path: Path) -> None:
    with LocalFolder(tmp_path) as first:
        port, secret = first.port("web"), first.secret("key")
    with LocalFolder(tmp_path) as second:
        assert (second.port("web"), second.secret("key")) == (port, secret)
    assert (tmp_path / "secrets" / "key").stat().st_mode & 0o077 == 0


def test_runs_that_start_together_take_different_ports(tmp_path: Path) -> None:
    wanted = free_port()
    with LocalFolder(tmp_path / "one") as one, LocalFolder(tmp_path / "two") as two:
        assert one.port("web", wanted) == wanted
        assert two.port("web", wanted) != wanted
