from __future__ import annotations

from canary.page.throttle import MOST_KEYS, WINDOW, Throttle, keys


def fail(throttle: Throttle, name: str, address: str, times: int, now: float = 0.0) -> None:
    for _ in range(times):
        throttle.failed(keys(name, address), now)


def test_failures_are_forgotten_one_by_one() -> None:
    throttle = Throttle()
    for second in range(5):
        throttle.failed(keys("ann", "here"), float(second))
    assert throttle.wait(keys("ann", "here"), 10.0) == WINDOW - 10
    assert throttle.wait(keys("ann", "here"), WINDOW) == 0
    throttle.failed(keys("ann", "here"), WINDOW)
    assert throttle.wait(keys("ann", "here"), WINDOW) == 1


def test_a_stranger_shuts_nobody_out_who_comes_from_elsewhere() -> None:
    throttle = Throttle()
    fail(throttle, "ann", "there", 19)
    assert throttle.wait(keys("ann", "there"), 1.0) > 0
    assert throttle.wait(keys("ann", "here"), 1.0) == 0


def test_many_addresses_cannot_try_one_name_for_ever() -> None:
    throttle = Throttle()
    for number in range(20):
        fail(throttle, "ann", f"address {number}", 1)
    assert throttle.wait(keys("ann", "yet another"), 1.0) > 0


def test_one_address_cannot_try_many_names_for_ever() -> None:
    throttle = Throttle()
    for number in range(20):
        fail(throttle, f"name {number}", "there", 1)
    assert throttle.wait(keys("ann", "there"), 1.0) > 0
    assert throttle.wait(keys("ann", "here"), 1.0) == 0


def test_what_is_remembered_is_bounded() -> None:
    throttle = Throttle()
    for number in range(MOST_KEYS):
        fail(throttle, f"name {number}", f"address {number}", 1)
    assert len(throttle._failures) == MOST_KEYS
