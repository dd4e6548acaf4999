"""The component: fitted with torch, used without."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.checks.battery import check_component
from sightline.components import build
from sightline.deep import fine_tuned
from sightline.deep.changes import Changes
from sightline.deep.export import exported
from sightline.deep.fine_tuned import FineTuned
from sightline.deep.weights.origins import remember_origin
from sightline.errors import ComponentError, InputError
from sightline.networks.embedding import Embedding
from sightline.networks.library import remember
from sightline.networks.network import Network
from sightline.pipeline import graph as tree
from sightline.pipeline.model import Model, load
from sightline.pipeline.text import parse
from sightline.preparation.preparation import Preparation
from sightline.task import Task
from tests.deep.toys import recipe, red_and_blue
from tests.networks import tiny

WITHOUT_TORCH = """
import sys
for name in ("torch", "timm", "onnx"):
    sys.modules[name] = None  # an import of it fails
import numpy as np
import sightline as sl
model = sl.load(sys.argv[1])
print(model.predict_proba([np.load(sys.argv[2])]).tobytes().hex())
"""


def test_the_face_loads_no_torch() -> None:
    code = "import sys, sightline.deep, sightline.components as c; c.known(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_parameters_are_checked_and_read_back() -> None:
    made = FineTuned(network="x@0123456789abcdef", epochs=3, changes=Changes(rotation_deg=15.0, mirrored=False))
    assert repr(build(repr(made))) == repr(made)
    assert made.learns() and not made.is_fitted() and made.shipped() is made
    with pytest.raises(ComponentError, match="epochs=0"):
        build("FineTuned(epochs=0)")
    with pytest.raises(ComponentError, match="has not been fitted"):
        made.describe(np.zeros((4, 4, 3), np.uint8))


def test_a_network_without_weights_cannot_learn() -> None:
    with pytest.raises(ComponentError, match="are not at hand"):
        FineTuned(remember(tiny.network()).key).fit(*red_and_blue(4))
    with pytest.raises(ComponentError, match="was given no classes"):
        FineTuned().fit(red_and_blue(4)[0])


def test_what_it_learned_is_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a drawn export in place of training: no torch is needed for anything else."""
    network, learned = remember(tiny.network()), tiny.network(seed=3)
    made = FineTuned(network.key).restore({"onnx_": np.frombuffer(learned.onnx, np.uint8)})
    picture = red_and_blue(1)[0][0]
    np.testing.assert_array_equal(made.describe(picture), learned.embed(picture))
    shipped = made.shipped()
    assert isinstance(shipped, Embedding) and shipped.network == made.held.key
    np.testing.assert_array_equal(shipped.describe(picture), learned.embed(picture))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(made)).describe(picture), learned.embed(picture))
    with pytest.raises(ComponentError, match="cannot be used"):
        made.restore({"onnx_": np.zeros(4, np.uint8)})
    with pytest.raises(InputError, match="FineTuned was given a picture of shape"):
        made.describe(np.zeros((4, 4, 1), np.uint8))


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """A drawn network whose weights are known."""
    for name in ("torch", "timm"):
        pytest.importorskip(name, reason="the extra [deep] is not installed")
    made = recipe(tmp_path_factory.mktemp("weights"))
    return remember_origin(remember(exported(made, "drawn")), made)


def test_a_model_predicts_without_torch(start: Network, tmp_path: Path) -> None:
    pictures, y = red_and_blue(8)
    node = parse(f"FineTuned(network='{start.key}', epochs=1) > LogisticRegression()")
    tree.fit(node, pictures, y)
    model = Model(Task().with_classes(("red", "blue")), Preparation(), node)
    model.save(tmp_path / "model.sight")
    again = load(tmp_path / "model.sight")
    np.testing.assert_array_equal(again.predict_proba(pictures), model.predict_proba(pictures))
    assert {"torch", "timm"} <= set(again.trained_with)
    (leaf,) = [leaf for _, leaf in tree.leaves(again.graph) if isinstance(leaf, Embedding)]
    assert leaf.network.startswith("drawn-fine-tuned@") and leaf.network != start.key
    np.save(tmp_path / "one.npy", pictures[0])
    arguments = [sys.executable, "-c", WITHOUT_TORCH, str(tmp_path / "model.sight"), str(tmp_path / "one.npy")]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == model.predict_proba(pictures[:1]).tobytes().hex()


def test_same_seed_same_answers(start: Network) -> None:
    pictures, y = red_and_blue(6)
    found = [FineTuned(start.key, epochs=1, seed=seed).fit_transform(pictures, y) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


def test_it_keeps_the_contract(start: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fits of the battery export the network as it was: an export takes seconds, and there are dozens."""
    from sightline.deep.courses import fine_tuning

    monkeypatch.setattr(fine_tuning, "exported_module", lambda *_: start)
    check_component(FineTuned(start.key, epochs=1))


def test_another_size_is_another_input(start: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    from sightline.deep.courses import fine_tuning

    seen: list[Any] = []
    monkeypatch.setattr(fine_tuning, "exported_module", lambda network, recipe, name: seen.append(recipe) or start)
    FineTuned(start.key, epochs=1, px=64).fit(*red_and_blue(4))
    assert seen[0].px == 64
    with pytest.raises(InputError, match="asked to look at 5000 px"):
        FineTuned(start.key, px=5000).fit(*red_and_blue(4))


def test_its_time_grows_with_what_it_learns_from(start: Network) -> None:
    few, many = (FineTuned(start.key).expected_fit_s(n) for n in (10, 10_000))
    assert fine_tuned.EXPORT_S < few < many
    assert fine_tuned.EXPORT_S < FineTuned(start.key).least_fit_s(10, 0.001) < fine_tuned.EXPORT_S + 1
    assert repr(FineTuned(start.key, px=64).before()) == repr(Embedding(start.key, px=64))


def test_what_went_otherwise_is_kept_as_a_remark(start: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    from sightline.deep.courses import fine_tuning

    def fine_tune(*given: Any) -> Network:
        given[-1].said("memory was out")
        return start

    monkeypatch.setattr(fine_tuning, "fine_tune", fine_tune)
    assert FineTuned(start.key, epochs=2).fit(*red_and_blue(8)).remarks == ("memory was out",)
