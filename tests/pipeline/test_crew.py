from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.contracts import GlobalDescriptor, LocalFeatures
from sightline.errors import InputError, UnreadableError
from sightline.parallel import chunks, ordered_map
from sightline.pipeline import crew as module
from sightline.pipeline import graph as tree
from sightline.pipeline.batches import Pool, Steps
from sightline.pipeline.crew import REMEMBERED, Crew
from sightline.pipeline.model import Model
from sightline.pipeline.quickness import Trip
from sightline.pipeline.text import parse
from sightline.preparation.preparation import Preparation
from sightline.task import Task

PICTURES = [np.random.default_rng(seed).integers(0, 256, (24, 20 + seed % 3, 3), np.uint8) for seed in range(12)]


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A crew of two whose processes wait for work."""
    monkeypatch.setattr(module, "START_AFTER_S", 0.0)
    with Crew(2) as crew:
        crew.make(Steps(parse("HOG()")), PICTURES[:1])
        end = time.monotonic() + 60
        while len(crew._idle) < 2 and time.monotonic() < end:
            time.sleep(0.01)
        assert len(crew._idle) == 2
        yield crew


def learned(text: str) -> Any:
    return tree.fit(parse(text), [one for one in tree.transform(parse("DenseSIFT(step_px=8)"), PICTURES)], None)


def arrays(made: Any) -> list[np.ndarray]:
    return [
        part for one in made for part in ((one.vectors, one.positions) if isinstance(one, LocalFeatures) else (one,))
    ]


def same(one: Any, other: Any) -> bool:
    pairs = zip(arrays(one), arrays(other), strict=True)
    return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs)


def test_processes_make_what_threads_make_to_the_bit(ready: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    words = tuple(learned(text) for text in ("BagOfVisualWords(words=4)", "FisherVector(components=2)"))
    all_steps = [
        Steps(parse("LocalBinaryPattern() + Cooccurrence()")),
        Steps(parse("DenseSIFT(step_px=8)")),
        Steps(parse("DenseSIFT(step_px=8)"), words),
        Steps(parse("ORB()")),
    ]
    expected = [steps.of(PICTURES) for steps in all_steps]
    monkeypatch.setattr(Steps, "of", lambda *_: pytest.fail("made here"))
    for steps, wanted in zip(all_steps, expected, strict=True):
        assert same(ready.make(steps, PICTURES), wanted)


def test_codebooks_learned_there_are_those_learned_here_to_the_bit(
    ready: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    features = list(tree.transform(parse("DenseSIFT(step_px=8)"), PICTURES))
    texts = ["PCA(components=4) > FisherVector(components=2)", "BagOfVisualWords(words=4)", "LocalMoments()"]
    expected = [tree.fit(parse(text), features, np.arange(12)) for text in texts]
    monkeypatch.setattr(tree, "fit", lambda *_: pytest.fail("learned here"))
    pool = Pool(features, np.arange(12))
    for text, wanted in zip(texts, expected, strict=True):
        found = ready.fit(parse(text), pool, range(12))
        assert repr(found) == repr(wanted)
        assert same([tree.transform(found, features)], [tree.transform(wanted, features)])


def test_a_pool_is_sent_once_and_any_of_its_rows_are_learned_from(ready: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    ready._idle[:] = ready._idle[:1]
    sent, ask = [], ready._idle[0].process.ask
    monkeypatch.setattr(ready._idle[0].process, "ask", lambda *given: sent.append(len(given[1])) or ask(*given))
    features = list(tree.transform(parse("DenseSIFT(step_px=8)"), PICTURES))
    text, pools = "BagOfVisualWords(words=4)", [Pool(features, np.arange(12)), Pool(features[::-1], np.arange(12))]
    for pool, rows in ((pools[0], [0, 3, 5]), (pools[0], [5, 4]), (pools[1], [0, 3, 5]), (pools[0], [1, 2])):
        found, wanted = ready.fit(parse(text), pool, rows), pool.fit(parse(text), rows)
        assert same([tree.transform(found, features)], [tree.transform(wanted, features)])
    assert sent == [5, 1, 5, 5]


def test_what_cannot_be_learned_there_is_learned_or_raised_here(ready: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    none = [LocalFeatures(np.full((2, 4), np.nan, np.float32), np.zeros((2, 2), np.float32))]
    with pytest.raises(InputError, match="NaN"):
        ready.fit(parse("BagOfVisualWords(words=2)"), Pool(none, np.zeros(1, np.int64)), [0])
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    monkeypatch.setattr(ready, "_taken", lambda _: pytest.fail("too large to travel"))
    many = list(tree.transform(parse("DenseSIFT(step_px=8)"), PICTURES))
    assert ready.fit(parse("BagOfVisualWords(words=2)"), Pool(many, np.arange(12)), range(12)) is not None


def test_steps_are_sent_once_and_forgotten_in_turn(ready: Crew) -> None:
    ready._idle[:] = ready._idle[:1]
    member = ready._idle[0]
    many = [Steps(parse(f"ColorHistogram(bins={bins})")) for bins in range(2, 4 + REMEMBERED)]
    for steps in [*many, *many]:
        assert same(ready.make(steps, PICTURES), steps.of(PICTURES))
        assert same(ready.make(steps, PICTURES[:2]), steps.of(PICTURES[:2]))
    assert list(member.knows.values()) == many[-REMEMBERED:]


def test_a_lost_process_costs_no_answer(ready: Crew) -> None:
    steps = Steps(parse("HOG()"))
    for member in list(ready._members):
        os.kill(member.process._running.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    for _ in range(3):
        assert same(ready.make(steps, PICTURES), steps.of(PICTURES))
    assert ready._members == ready._idle == []


def test_an_interrupted_answer_is_read_by_nobody(ready: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    steps, member = Steps(parse("HOG()")), ready._idle[0]
    monkeypatch.setattr(member.process, "_answer", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        ready.make(steps, PICTURES)
    assert member not in ready._members
    assert same(ready.make(steps, PICTURES[:3]), steps.of(PICTURES[:3]))


def test_what_fails_there_is_raised_here(ready: Crew) -> None:
    steps = Steps(parse("HOG()"))
    with pytest.raises(InputError, match=r"\(24, 20, 4\)"):
        ready.make(steps, [np.zeros((24, 20, 4), np.uint8)])
    assert len(ready._idle) == 2
    assert same(ready.make(steps, PICTURES), steps.of(PICTURES))


def test_what_cannot_be_sent_is_done_here(ready: Crew) -> None:
    wide, empty = np.zeros((2, 8), np.float32), np.zeros((0, 0), np.float32)
    at = np.zeros((2, 2), np.float32)
    mixed = [LocalFeatures(wide, at), LocalFeatures(empty, at[:0])]
    assert ready.fit(parse("LocalMoments()"), Pool(mixed, np.zeros(2, np.int64)), range(2)) is not None


def test_steps_that_failed_once_are_sent_anew(ready: Crew) -> None:
    steps = Steps(parse("HOG()"))
    ready._idle[:] = ready._idle[:1]
    member = ready._idle[0]
    for _ in range(2):
        with pytest.raises(InputError):
            ready.make(steps, [np.zeros((4, 4, 4), np.uint8)])
        assert not member.knows
        assert same(ready.make(steps, PICTURES), steps.of(PICTURES))
        assert list(member.knows) == [id(steps)]


def test_a_process_keeps_to_one_thread(ready: Crew) -> None:
    steps = Steps(parse("GaborBank()"))
    member = ready._idle[-1]
    ready._idle[:] = [member]
    ready.make(steps, [np.random.default_rng(0).integers(0, 256, (900, 900, 3), np.uint8)])
    threads = Path(f"/proc/{member.process._running.pid}/task")
    if not threads.exists():
        pytest.skip("this system does not show threads as files")
    assert len(list(threads.iterdir())) == 1


def test_components_of_others_stay_here(ready: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    class Outside(GlobalDescriptor):
        def describe(self, picture: Any) -> Any:
            return np.zeros(3, np.float32)

    monkeypatch.setattr(ready, "_taken", lambda _: pytest.fail("it was to travel"))
    (made,) = ready.make(Steps(Outside()), PICTURES)
    assert made.shape == (len(PICTURES), 3)


def test_little_work_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Process", lambda _: pytest.fail("started"))
    with Crew(2) as crew:
        assert same(crew.make(Steps(parse("HOG()")), PICTURES), Steps(parse("HOG()")).of(PICTURES))
    monkeypatch.setattr(module, "START_AFTER_S", 0.0)
    for size in (0, 1):
        with Crew(size) as crew:
            crew.make(Steps(parse("HOG()")), PICTURES)


def test_without_processes_the_threads_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(module, "Process", refuse)
    monkeypatch.setattr(module, "START_AFTER_S", 0.0)
    with Crew(2) as crew:
        for _ in range(3):
            assert same(crew.make(Steps(parse("HOG()")), PICTURES), Steps(parse("HOG()")).of(PICTURES))


def test_a_model_is_measured_there(ready: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    trip = Trip(trained_model(), PICTURES)
    monkeypatch.setattr(Trip, "made", lambda _: pytest.fail("measured here"))
    found = ready.measure(trip)
    assert found.latency_ms > 0
    assert found.describe_s > 0


def test_what_cannot_be_measured_there_is_measured_here(ready: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnreadableError):
        ready.measure(Trip(trained_model(), [b"no picture"]))
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    monkeypatch.setattr(ready, "_taken", lambda _: pytest.fail("too large to travel"))
    assert ready.measure(Trip(trained_model(), PICTURES)).latency_ms > 0


def trained_model() -> Model:
    node = tree.fit(parse("ColorHistogram() > LogisticRegression()"), PICTURES, np.arange(12) % 2)
    return Model(Task(classes=("a", "b")), Preparation(), node)


def test_many_threads_share_it(ready: Crew) -> None:
    steps = [Steps(parse("HOG()")), Steps(parse("LocalBinaryPattern()"))]

    def work(rows: list[int]) -> Any:
        return ready.make(steps[rows[0] % 2], [PICTURES[row % 12] for row in rows])

    jobs = list(chunks(range(120), 5))
    for job, made in zip(jobs, ordered_map(work, jobs, workers=4), strict=True):
        assert same(made, steps[job[0] % 2].of([PICTURES[row % 12] for row in job]))


def test_after_the_end_everything_is_made_here(ready: Crew) -> None:
    running = [member.process._running for member in ready._members]
    ready.end()
    assert all(one.poll() is not None for one in running)
    assert same(ready.make(Steps(parse("HOG()")), PICTURES), Steps(parse("HOG()")).of(PICTURES))
    assert ready._members == []
