from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from sightline.deep.training.one_thread import torch_on, torch_on_one_thread

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")


@pytest.fixture(autouse=True)
def two() -> Iterator[None]:
    """Torch on two threads, on one core too."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def elsewhere(work: Callable[[], object] = torch.get_num_threads) -> list[object]:
    """What another thread finds; nothing if it never comes back."""
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(work()), daemon=True)
    thread.start()
    thread.join(timeout=30)
    return found


def test_inside_torch_is_on_one_thread_and_at_the_end_as_before() -> None:
    with torch_on_one_thread():
        assert torch.get_num_threads() == 1
        with torch_on_one_thread():
            pass
        assert torch.get_num_threads() == 1
        assert elsewhere() == [1]
    assert torch.get_num_threads() == 2
    with torch_on(3):
        with torch_on_one_thread():
            pass
        assert torch.get_num_threads() == 3
    assert torch.get_num_threads() == 2


def test_every_thread_has_what_was_whoever_leaves_last() -> None:
    entered, left = threading.Event(), threading.Event()
    found: list[int] = []

    def other() -> None:
        with torch_on_one_thread():
            entered.set()
            left.wait(30)
            found.append(torch.get_num_threads())
        found.append(torch.get_num_threads())

    thread = threading.Thread(target=other)
    with torch_on_one_thread():
        thread.start()
        assert entered.wait(30)
    assert torch.get_num_threads() == 2  # of this thread: the other one is still inside
    left.set()
    thread.join()
    assert found == [1, 2] and torch.get_num_threads() == 2 and elsewhere() == [2]


def test_who_is_interrupted_on_the_way_in_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    set_number, first = torch.set_num_threads, True

    def interrupted(number: int) -> None:
        nonlocal first
        set_number(number)
        if first:
            first = False
            raise KeyboardInterrupt

    monkeypatch.setattr(torch, "set_num_threads", interrupted)
    with pytest.raises(KeyboardInterrupt), torch_on_one_thread():
        raise AssertionError("it was let in")
    assert torch.get_num_threads() == 2
    torch.set_num_threads(3)
    with torch_on_one_thread():
        pass
    assert torch.get_num_threads() == 3  # not what was at the first time: nobody is inside


def test_the_collector_may_close_one_while_another_enters(monkeypatch: pytest.MonkeyPatch) -> None:
    def training() -> Iterator[int]:
        with torch_on_one_thread():
            yield torch.get_num_threads()

    def work() -> tuple[int, int]:
        left_alone = training()
        next(left_alone)
        set_number = torch.set_num_threads

        def collecting(number: int) -> None:
            monkeypatch.undo()
            left_alone.close()  # type: ignore[attr-defined]
            set_number(number)

        monkeypatch.setattr(torch, "set_num_threads", collecting)
        with torch_on_one_thread():
            inside = torch.get_num_threads()
        return inside, torch.get_num_threads()

    assert elsewhere(work) == [(1, 2)]
