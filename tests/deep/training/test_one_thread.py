from __future__ import annotations

import threading

import pytest

from sightline.deep.training.one_thread import torch_on_one_thread

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")


def test_threads_are_given_back_by_the_last() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with torch_on_one_thread():
            assert torch.get_num_threads() == 1
            with torch_on_one_thread():
                pass
            assert torch.get_num_threads() == 1
            found: list[int] = []
            thread = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
            thread.start()
            thread.join()
            assert found == [1]
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
