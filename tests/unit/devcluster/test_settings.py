from __future__ import annotations

from pathlib import Path

from devcluster.settings import Settings


def test_without_environment_there_is_one_place_a_machine() -> None:
    settings = Settings.read({})
    assert Path("/var/lib/serin-devcluster") == settings.home
    assert settings.given_bin is None


def test_environment_moves_state_cache_and_binaries() -> None:
    settings = Settings.read({"DEVCLUSTER_HOME": "/a", "DEVCLUSTER_CACHE": "/b", "DEVCLUSTER_BIN": "/c"})
    assert (Path("/a"), Path("/b"), Path("/c")) == (settings.home, settings.cache, settings.given_bin)
    assert Path("/a/kubeconfig") == settings.kubeconfig


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert Settings.read({}) == Settings.read({"DEVCLUSTER_HOME": "", "DEVCLUSTER_BIN": ""})


def test_the_clone_is_the_folder_that_holds_the_package() -> None:
    assert (Settings.read({}).clone / "devcluster" / "settings.py").is_file()
