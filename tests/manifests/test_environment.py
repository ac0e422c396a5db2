"""No process reads a variable that the reference does not tell, and none is told that no process reads."""

from pathlib import Path

from service import settings as services

from .environment import OF_DEADMAN, OF_SERVICE, SERVICE, named, named_by_the_deadman


def test_every_variable_of_the_service_has_its_row() -> None:
    assert sorted(OF_SERVICE) == sorted(named(SERVICE))


def test_every_variable_of_the_dead_man_has_its_row() -> None:
    assert sorted(OF_DEADMAN) == sorted(named_by_the_deadman())


def test_a_variable_that_nobody_told_is_noticed(tmp_path: Path) -> None:
    changed = tmp_path / "settings.py"
    changed.write_text(SERVICE.read_text() + '\nSECRET = environment.get("NEW_SETTING")\n')
    assert sorted(named(changed) - set(OF_SERVICE)) == ["NEW_SETTING"]


def test_the_defaults_are_those_of_the_service() -> None:
    told = {name: default for name, (default, _) in OF_SERVICE.items() if name != "MODEL_DIR"}
    assert services.read(told) == services.read({})
