from __future__ import annotations

import threading

import pytest

from sightline.under_way import Work


def test_whom_an_interruption_kept_from_noting_that_it_is_done_is_not_waited_for() -> None:
    work: Work[int, int] = Work(lambda n: n, [1, 2], 2)
    work._running.add(threading.get_ident())  # Ctrl-C came when the lock was taken to note it
    thread = threading.Thread(target=work.close, daemon=True)
    thread.start()
    thread.join(0.05)
    assert thread.is_alive()  # another one's work is waited for
    work.close()
    thread.join(10)
    assert not thread.is_alive()


def test_an_interruption_that_a_condition_answers_with_an_error_of_its_own_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(self: threading.Condition, there: object, seconds: object) -> None:
        self.release()  # as it is between giving up the lock and waiting
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Condition, "wait_for", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Work(lambda n: n, [1], 1).wait()
