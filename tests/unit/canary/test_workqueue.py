from __future__ import annotations

import threading
import time

from canary.workqueue import WorkQueue


def test_a_key_that_is_asked_for_often_is_taken_once() -> None:
    queue = WorkQueue()
    for _ in range(3):
        queue.add("a")
    queue.add("b")
    assert [queue.take(), queue.take()] == ["a", "b"]
    queue.done("a")
    queue.add("c")
    assert queue.take() == "c"


def test_a_key_at_work_is_not_given_to_a_second_worker() -> None:
    queue = WorkQueue()
    queue.add("a")
    assert queue.take() == "a"
    queue.add("a")
    queue.add("b", after=0.05)
    assert queue.take() == "b"
    queue.done("a")
    assert queue.take() == "a"


def test_a_key_waits_for_its_time() -> None:
    queue = WorkQueue()
    started = time.monotonic()
    queue.add("a", after=0.1)
    assert queue.take() == "a"
    assert time.monotonic() - started >= 0.1


def test_an_urgent_call_overtakes_a_planned_one() -> None:
    queue = WorkQueue()
    queue.add("a", after=60.0)
    queue.add("a")
    started = time.monotonic()
    assert queue.take() == "a"
    assert time.monotonic() - started < 30


def test_a_later_plan_does_not_delay_an_earlier_one() -> None:
    queue = WorkQueue()
    queue.add("a")
    queue.add("a", after=60.0)
    assert queue.take() == "a"


def test_a_waiting_worker_is_woken_by_a_new_key() -> None:
    queue = WorkQueue()
    taken: list[str | None] = []
    worker = threading.Thread(target=lambda: taken.append(queue.take()))
    worker.start()
    queue.add("a")
    worker.join(2.0)
    assert taken == ["a"]


def test_closing_sends_every_worker_home() -> None:
    queue = WorkQueue()
    queue.add("a", after=60.0)
    taken: list[str | None] = []
    workers = [threading.Thread(target=lambda: taken.append(queue.take())) for _ in range(3)]
    for worker in workers:
        worker.start()
    queue.close()
    for worker in workers:
        worker.join(2.0)
    assert taken == [None, None, None]


def test_a_key_that_nobody_was_free_for_is_told_to_be_late() -> None:
    lags: list[float] = []
    queue = WorkQueue(lags.append)
    queue.add("a", after=0.05)
    queue.add("b")
    assert queue.take() == "b"
    queue.add("b")
    time.sleep(0.1)
    queue.done("b")
    assert [queue.take(), queue.take()] == ["b", "a"]
    punctual, waited_for_itself, planned = lags
    assert punctual < waited_for_itself
    assert 0.1 <= waited_for_itself < 30
    assert 0.05 <= planned < 30


def test_the_depths_tell_planned_due_and_busy_apart() -> None:
    queue = WorkQueue()
    for key in ("busy", "due", "due too"):
        queue.add(key)
    queue.add("planned", after=60.0)
    queue.take()
    assert queue.depths() == {"planned": 1, "due": 2, "busy": 1}
