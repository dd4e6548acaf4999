"""Two processes that train together, on 127.0.0.1, against one that trains alone."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.deep.training.checkpoint import Checkpoints
from sightline.deep.training.loop import Trainer
from sightline.deep.training.noisy import EarlyLearning
from sightline.deep.training.processes import launched
from sightline.deep.training.processes.ranks import Ranks
from sightline.deep.training.regime import Regime
from sightline.deep.training.shown.batches import Batch, Batches, Shown, of_classes
from sightline.deep.training.shown.resident import Resident
from sightline.deep.training.watch import Watch
from sightline.errors import InputError, SightlineError
from sightline.transforms.augmentation import Augmentation

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")
pytest.importorskip("accelerate", reason="the extra [deep] is not installed")

ROOT = Path(__file__).parents[4]
N, PX = 27, 8
Found = dict[str, Any]


def pictures(n: int = N) -> Any:
    random = np.random.default_rng(3)
    found = random.integers(0, 160, (n, PX, PX, 3), np.uint8)
    found[::2, ..., 0] //= 2
    return found


def batches(n: int = N) -> Batches:
    return Batches(list(pictures(n)), of_classes(np.arange(n) % 2), PX, Augmentation(), seed=4, workers=2)


def resident() -> Resident:
    return Resident(pictures(), np.arange(N) % 2, shift_px=1, seed=4)


class Net(torch.nn.Module):  # type: ignore[misc]
    """Two convolutions, with batch normalization between them or without, down to one pixel where `one` says so."""

    def __init__(self, normalized: bool = False, one: bool = False) -> None:
        super().__init__()
        torch.manual_seed(5)
        nn = torch.nn
        self.layers = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.Conv2d(6, 6, 6 if one else 3))
        self.layers.append(nn.BatchNorm2d(6) if normalized else nn.Identity())
        self.layers.append(nn.ReLU())
        self.head = nn.Linear(6, 2)

    def forward(self, shown: Any) -> Any:
        return self.head(self.layers(shown.permute(0, 3, 1, 2).float() / 128 - 1).mean((2, 3)))


def trainer(
    kind: type[Trainer] = Trainer,
    network: Any = None,
    shown: Shown | None = None,
    watch: Watch = Watch(),  # noqa: B008
    **regime: Any,
) -> Trainer:
    network = Net() if network is None else network
    groups = [
        {"params": [one for one in network.parameters() if (one.ndim > 1) == many], "share": 1.0, "weight_decay": 0.01}
        for many in (True, False)
    ]
    how = {"epochs": 3, "batch": 8, "rate": 0.02, "average": 0.9, **regime}
    made = kind(network, shown or batches(), Regime(**how), groups, watch)
    made.held = batches(11)
    return made


def trained(*given: Any, **how: Any) -> Found:
    made = trainer(*given, **how)
    made.run()
    return found_of(made)


def found_of(made: Trainer) -> Found:
    weights = {name: value.double().flatten().tolist() for name, value in made.network.state_dict().items()}
    return {"losses": made.losses, "scores": made.scores, "size": made.size, "seen": made.seen, "weights": weights}


class NoNumber(Trainer):
    """The last process sees no number in the second epoch."""

    def loss(self, batch: Batch) -> Any:
        bad = self.number == 1 and self.ranks.rank == self.ranks.count - 1
        return super().loss(batch) * (float("nan") if bad else 1.0)


class Little(Trainer):
    """The last process has memory for two pictures."""

    def loss(self, batch: Batch) -> Any:
        if len(batch) > 2 and self.ranks.rank == self.ranks.count - 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return super().loss(batch)


class Remembering(Trainer):
    """Remembers the first picture that a process has."""

    first: Any = None
    asks = False

    def loss(self, batch: Batch) -> Any:
        rows = torch.from_numpy(batch.rows)
        self.first = (self.ranks.rows(rows) if self.asks else rows)[:1]
        return super().loss(batch)

    def memory(self) -> dict[str, Any]:
        return {} if self.first is None else {"first": self.first}


class Gradual(Trainer):
    """Lets the first convolution learn from the second epoch on."""

    def before_epoch(self, number: int) -> None:
        super().before_epoch(number)
        self.network.layers[0].requires_grad_(number > 0)


class Asking(Remembering):
    """Asks the others for theirs."""

    asks = True


class Watched(Trainer):
    """Writes down what it learned from."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.rows: list[int] = []

    def loss(self, batch: Batch) -> Any:
        self.rows += np.asarray(batch.rows).tolist()
        return super().loss(batch)


def error_of(act: Callable[[], Any]) -> Found:
    try:
        act()
    except (SightlineError, InterruptedError) as error:
        return {"error": type(error).__name__, "said": str(error)}
    return {"error": "", "said": ""}


def stopped_and_gone_on(folder: Path, rank: int) -> Found:
    """The first process is stopped after the first epoch and a step; all of them go on from the checkpoint."""
    left = iter(range(7))  # 4 steps, 2 looks at pictures held out, a step

    def check() -> None:
        if rank == 0 and next(left, None) is None:
            raise InterruptedError("enough")

    kept = Checkpoints(folder, "mine", 0.0)
    stopped = error_of(trainer(watch=Watch(check=check, checkpoints=kept)).run)
    said: list[str] = []
    gone_on = trainer(watch=Watch(said=said.append, checkpoints=kept))
    gone_on.run()
    return {"stopped": stopped, "told": said, **found_of(gone_on)}


def told() -> Found:
    news: list[Any] = []
    trainer(watch=Watch(progress=lambda *what: news.append(what[1:])), epochs=1).run()
    return {"news": news}


def diverged() -> Found:
    said: list[str] = []
    made = trainer(NoNumber, watch=Watch(said=said.append), average=0.0)
    made.run()
    return {"told": said, **found_of(made)}


def halved() -> Found:
    said: list[str] = []
    made = trainer(Little, watch=Watch(said=said.append))
    made.run()
    return {"told": said, **found_of(made)}


def seen() -> Found:
    made = trainer(Watched, epochs=1)
    made.run()
    return {"rows": made.rows}  # type: ignore[attr-defined]


def side_by_side() -> Found:
    """A second training in another thread, while the first one trains."""
    found: list[Found] = []

    class Nested(Trainer):
        def before_epoch(self, number: int) -> None:
            super().before_epoch(number)
            thread = threading.Thread(target=lambda: found.append(error_of(trainer)))
            thread.start()
            thread.join()

    trainer(Nested, epochs=1).run()
    return found[0]


def ended() -> Found:
    """The last process ends in the middle, without a word."""

    class Killed(Trainer):
        def loss(self, batch: Batch) -> Any:
            if self.steps == 2 and self.ranks.rank == 1:
                os._exit(0)
            return super().loss(batch)

    return error_of(trainer(Killed).run)


def work(folder: Path) -> None:
    """All that a process does; what it found goes to a file."""
    rank = int(os.environ.get("RANK", "0"))
    found: Found = {
        "plain": trained(),
        "normalized": trained(network=Net(True), batch=N, epochs=6),
        "one pixel": trained(network=Net(True, True), batch=2, rate=0.002),
        "resident": trained(shown=resident(), optimizer="muon"),
        "no average": trained(average=0.0, optimizer="sgd"),
        "gradual": trained(Gradual, optimizer="muon", average=0.0),
        "early learning": trained(EarlyLearning),
        "patience": trained(patience=1, epochs=9, rate=1e-7),
        "one at a time": trained(batch=1, epochs=1),
        "seen": seen(),
        "told": told(),
        "diverged": diverged(),
        "halved": halved(),
        "gone on": stopped_and_gone_on(folder / "kept", rank),
        "remembering": error_of(lambda: trained(Remembering)),
        "asking": error_of(lambda: trained(Asking)),
        "more pictures": error_of(lambda: trainer(shown=batches(N + rank))),
        "side by side": side_by_side() if "WORLD_SIZE" in os.environ else {},
    }
    place = folder / f"{rank}.json"
    place.write_text(json.dumps(found))
    if "WORLD_SIZE" in os.environ:
        found["ended"] = ended()
        place.write_text(json.dumps(found))


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Found]]:
    """What each of two processes found."""
    folder = tmp_path_factory.mktemp("two")
    code = f"from pathlib import Path; from {__name__} import work; work(Path({str(folder)!r}))"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    same = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    running = []
    for rank in ("0", "1"):
        env = os.environ | same | {"RANK": rank, "LOCAL_RANK": rank, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
        running.append(subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=env, stderr=subprocess.PIPE))
    try:
        said = [process.communicate(timeout=240)[1].decode() for process in running]
    finally:
        for process in running:
            process.kill()
    assert [process.returncode for process in running] == [0, 0], said
    yield [json.loads((folder / f"{rank}.json").read_text()) for rank in (0, 1)]


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What one process finds."""
    folder = tmp_path_factory.mktemp("one")
    work(folder)
    found: Found = json.loads((folder / "0.json").read_text())
    return found


def close(first: Found, second: Found, far: float) -> bool:
    assert first["weights"].keys() == second["weights"].keys()
    pairs = [(first["losses"], second["losses"])]
    pairs += [(value, second["weights"][name]) for name, value in first["weights"].items()]
    return all(np.allclose(*pair, rtol=far, atol=far) for pair in pairs)


@pytest.mark.parametrize("kind", ["plain", "no average", "one at a time", "patience", "early learning"])
def test_two_learn_what_one_does(one: Found, two: list[Found], kind: str) -> None:
    assert close(one[kind], two[0][kind], 2e-5)
    assert one[kind]["scores"] == two[0][kind]["scores"]
    assert one[kind]["seen"] == two[0][kind]["seen"]


@pytest.mark.parametrize("kind", ["resident", "gradual"])
def test_two_learn_what_one_does_but_for_rounding_to_half_the_digits(one: Found, two: list[Found], kind: str) -> None:
    """Muon makes directions orthogonal in bfloat16."""
    assert close(one[kind], two[0][kind], 5e-3)


@pytest.mark.parametrize("kind", ["normalized", "one pixel"])
def test_with_batch_normalization_they_learn_about_the_same(one: Found, two: list[Found], kind: str) -> None:
    assert np.allclose(one[kind]["losses"], two[0][kind]["losses"], rtol=0.06)
    assert not close(one[kind], two[0][kind], 2e-5)  # each process goes by its own pictures


KINDS = ["plain", "normalized", "one pixel", "resident", "gradual", "patience", "halved", "diverged", "gone on"]


@pytest.mark.parametrize("kind", KINDS)
def test_all_know_the_same_to_the_last_bit(two: list[Found], kind: str) -> None:
    first, second = (found[kind] for found in two)
    assert all(first[name] == second[name] for name in ("losses", "scores", "size", "seen", "weights"))


def test_each_learns_from_its_own_pictures(two: list[Found]) -> None:
    rows = [found["seen"]["rows"] for found in two]
    assert sorted(rows[0] + rows[1]) == list(range(N)) and abs(len(rows[0]) - len(rows[1])) <= 4


def test_only_the_first_tells(one: Found, two: list[Found]) -> None:
    assert two[0]["told"] == one["told"] and two[1]["told"] == {"news": []}


def test_no_number_in_one_stops_all(one: Found, two: list[Found]) -> None:
    assert "in epoch 2" in two[0]["diverged"]["told"][0] and two[0]["diverged"]["told"] == one["diverged"]["told"]
    assert len(two[1]["diverged"]["losses"]) == 1 and two[1]["diverged"]["told"] == []
    assert close(one["diverged"], two[0]["diverged"], 2e-5)


def test_where_one_has_no_memory_all_halve(two: list[Found]) -> None:
    assert two[0]["halved"]["told"] == ["memory was out with batches of 8 pictures; it went on with 4"]
    assert two[1]["halved"]["size"] == 4
    assert np.allclose(two[0]["halved"]["losses"], two[0]["plain"]["losses"], rtol=0.2)


def test_who_stops_the_first_stops_all_and_all_go_on(two: list[Found]) -> None:
    first, second = (found["gone on"] for found in two)
    assert first["stopped"] == {"error": "InterruptedError", "said": "enough"}
    assert (
        second["stopped"]["error"] == "Elsewhere" and "another of the 2 processes stopped" in second["stopped"]["said"]
    )
    assert first["told"][0].startswith("went on after step 5") and second["told"] == []
    whole = two[0]["plain"]
    assert all(first[name] == whole[name] for name in ("losses", "scores", "weights"))


def test_what_only_one_remembers_is_refused(two: list[Found]) -> None:
    for found in two:
        assert found["remembering"]["error"] == "InputError" and '"first"' in found["remembering"]["said"]
        assert found["asking"]["error"] == ""


def test_other_pictures_are_refused(two: list[Found]) -> None:
    assert all("give all of them the same" in found["more pictures"]["said"] for found in two)


def test_two_trainings_at_once_are_refused(two: list[Found]) -> None:
    assert all("at the same time" in found["side by side"]["said"] for found in two)


def test_who_is_gone_is_missed(two: list[Found]) -> None:
    assert two[0]["ended"]["error"] == "Elsewhere" and "ended" in two[0]["ended"]["said"]


def test_alone_there_is_nobody_and_accelerate_is_not_imported() -> None:
    code = (
        "import sys; from sightline.deep.training.processes.launched import device, joined\n"
        "assert joined().count == 1 and 'torch' not in sys.modules\n"
        "assert device() in ('cpu', 'cuda') and 'accelerate' not in sys.modules"
    )
    env = {name: value for name, value in os.environ.items() if name != "WORLD_SIZE"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, check=True)


def test_half_a_launch_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in launched.SAID:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(InputError, match="RANK is not; start them with: torchrun"):
        launched.joined()
    monkeypatch.setenv("WORLD_SIZE", "1")
    assert type(launched.joined()) is Ranks


def test_more_processes_than_gpus_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "RANK": "0", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1"}
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(InputError, match="2 processes were started and 1 GPUs are there"):
        launched.joined()
