"""The rules of the house, as functions: a tree of source files in, violations out. Nothing is executed.

`test_architecture.py` holds them against the source, and proves of each that it can fail.
"""

from __future__ import annotations

import ast
import dataclasses
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

PACKAGE = "sightline"

FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"cores", "errors", "resources", "threads", "under_way", "version"}),
    frozenset({"arrays", "extras", "files", "findings", "parallel", "processes"}),
    frozenset({"task", "contracts", "inputs"}),
    frozenset({"preparation", "transforms"}),
    frozenset({"data"}),
    frozenset({"metrics", "challenges", "classical", "runtime"}),
    frozenset({"networks"}),
    frozenset({"deep"}),
    frozenset({"components", "decision"}),
    frozenset({"pipeline", "checks"}),
    frozenset({"auditing", "explain", "evaluation", "batch"}),
    frozenset({"exporting", "search", "serving"}),
    frozenset({"api"}),
    frozenset({"cli"}),
    frozenset({"__init__", "__main__"}),
)
"""Top-level files and folders, bottom to top. A unit imports from lower floors; neighbors on a floor never meet."""

HEAVY: Mapping[str, tuple[str, ...]] = {
    "torch": ("deep/",),
    "torchvision": ("deep/",),
    "timm": ("deep/",),
    "accelerate": ("deep/",),
    "open_clip": ("deep/",),
    "simplejpeg": ("inputs/jpeg",),
    "onnxruntime": ("runtime/",),
    "openvino": ("runtime/",),
    "rasterio": ("inputs/geotiff", "batch/tiles"),
    "pydicom": ("inputs/medical",),
    "nibabel": ("inputs/medical",),
    "ray": ("batch/ray", "search/"),
    "fastapi": ("serving/",),
    "uvicorn": ("serving/",),
    "starlette": ("serving/",),
    "typer": ("cli/",),
    "rich": ("cli/",),
    "jinja2": ("evaluation/",),
    "markupsafe": ("evaluation/",),  # comes with jinja2, which hands out its type
    "threadpoolctl": ("threads",),
}
"""Library -> the only places that import it."""

TRAINING = ("sklearn", "sklearnex", "scipy", "joblib")
"""Libraries that loading and predicting must not touch: imported inside functions only, and only at these addresses."""
TRAINING_ADDRESSES = ("classical/", "search/", "data/", "contracts", "decision/", "checks/", "cli/demo")

EVERYWHERE = ("numpy", "cv2", "PIL", "safetensors")
"""Third-party libraries that any file may import at its top."""

EXTRAS = ("huggingface_hub", "onnx", "pyarrow", "voyager")
"""Libraries of an extra without an address: they come through `extras.need`, which says how to install them."""

FORBIDDEN_IMPORTS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle"), ("checks/",)),
    **dict.fromkeys(("socket", "socketserver", "http", "urllib", "requests", "httpx", "ftplib"), ("serving/",)),
}
"""Module -> where it is allowed all the same. Files are never code: `checks/` alone pickles, in memory, to prove that
a component travels between processes. No socket unless asked."""
HARMLESS = ("urllib.parse",)

FORBIDDEN_CALLS = ("eval", "exec", "__import__", "os.system", "os.popen")
DYNAMIC_IMPORT = ("extras", "components", "__init__")
"""Units (and faces) that may import by a name computed at run time; elsewhere it would hide from these rules."""

FACE_READERS = ("sightline.components",)
"""Files that read faces, because what a face lists is what they look up."""

GRAB_BAGS = frozenset(
    {
        "util",
        "utils",
        "common",
        "helper",
        "helpers",
        "core",
        "misc",
        "base",
        "tools",
        "lib",
        "shared",
        "general",
        "stuff",
    }
)
MAX_LINES = 400
MAX_FACE_LINES = 40
MAX_TOP_FACE_LINES = 80
"""The package's own face is lazy, so it names each thing three times: for types, for its home, in `__all__`."""
TESTS_OF_THE_WHOLE = frozenset(
    {
        "cli/test_verbs.py",
        "search/test_real_data.py",
        "test_architecture.py",
        "test_benchmarks.py",
        "test_docs.py",
        "test_examples.py",
        "test_ground.py",
        "test_scripts.py",
    }
)
"""Tests that stand for no single source file."""


@dataclasses.dataclass(frozen=True)
class File:
    """One source file: `path` from the package's folder ("inputs/raster.py"), and what is in it."""

    path: str
    text: str
    tree: ast.Module

    @property
    def parts(self) -> tuple[str, ...]:
        return Path(self.path).with_suffix("").parts

    @property
    def is_face(self) -> bool:
        return self.parts[-1] == "__init__"

    @property
    def module(self) -> str:
        return ".".join((PACKAGE, *(self.parts[:-1] if self.is_face else self.parts)))

    @property
    def unit(self) -> str:
        return self.parts[0]


@dataclasses.dataclass(frozen=True)
class Import:
    """One imported module; `face`: a package, so what its face re-exports; `at_top`: runs on import."""

    file: File
    line: int
    module: str
    face: bool
    at_top: bool

    def where(self) -> str:
        return f"{self.file.path}:{self.line}"


class House:
    """All files of the package, parsed, and their imports."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = [File(path, text, ast.parse(text, path)) for path, text in sorted(files.items())]
        self.by_module = {file.module: file for file in self.files}
        self.imports = [found for file in self.files for found in self._imports(file)]

    @classmethod
    def read(cls, folder: Path) -> House:
        return cls({str(p.relative_to(folder).as_posix()): p.read_text("utf-8") for p in folder.rglob("*.py")})

    def inside(self) -> Iterator[Import]:
        return (found for found in self.imports if root(found.module) == PACKAGE)

    def outside(self) -> Iterator[Import]:
        return (found for found in self.imports if root(found.module) != PACKAGE)

    def is_package(self, module: str) -> bool:
        return module in self.by_module and self.by_module[module].is_face

    def _imports(self, file: File) -> Iterator[Import]:
        for node, at_top in walk(file.tree, True):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(file, node.lineno, alias.name, self.is_package(alias.name), at_top)
            elif isinstance(node, ast.ImportFrom):
                origin = absolute(file, node)
                for alias in node.names:
                    child = f"{origin}.{alias.name}"
                    target = child if child in self.by_module else origin
                    yield Import(file, node.lineno, target, self.is_package(target), at_top)


def walk(node: ast.AST, at_top: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Every node, with whether it runs when the module is imported."""
    for child in ast.iter_child_nodes(node):
        yield child, at_top
        deferred = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) or for_types_only(child)
        yield from walk(child, at_top and not deferred)


def for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def absolute(file: File, node: ast.ImportFrom) -> str:
    """The module after "from", with the dots of a relative import resolved."""
    if not node.level:
        return node.module or ""
    folder = file.module.split(".") if file.is_face else file.module.split(".")[:-1]
    start = folder[: len(folder) - node.level + 1]
    return ".".join([*start, *([node.module] if node.module else [])])


def root(module: str) -> str:
    return module.split(".")[0]


def unit_of(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def floor_of(unit: str) -> int | None:
    return next((number for number, floor in enumerate(FLOORS) if unit in floor), None)


def every_file_is_on_a_floor(house: House) -> list[str]:
    return [f"{f.path}: {f.unit} is on no floor; add it to FLOORS" for f in house.files if floor_of(f.unit) is None]


def imports_go_down(house: House) -> list[str]:
    wrong = []
    for found in house.inside():
        own, other = found.file.unit, unit_of(found.module)
        own_floor, other_floor = floor_of(own), floor_of(other)
        if own == other or own_floor is None:
            continue
        if other_floor is None or other_floor >= own_floor:
            why = "a neighbor on the same floor" if other_floor == own_floor else "not on a lower floor"
            wrong.append(f"{found.where()}: {own} imports {found.module}, {why}")
    return wrong


def no_loops(house: House) -> list[str]:
    """Imports are acyclic, in a folder as in the whole house, those inside functions and for types included."""
    edges: dict[str, set[str]] = {file.module: set() for file in house.files}
    for found in house.inside():
        if found.module in edges:
            edges[found.file.module].add(found.module)
    done: set[str] = set()
    wrong: list[str] = []

    def visit(module: str, trail: tuple[str, ...]) -> None:
        if module in trail:
            wrong.append(" -> ".join((*trail[trail.index(module) :], module)))
        elif module not in done:
            for target in sorted(edges[module]):
                visit(target, (*trail, module))
            done.add(module)

    for module in edges:
        visit(module, ())
    return wrong


def files_import_files(house: House) -> list[str]:
    """Only a face may import a face, and only one below its own folder."""
    wrong = []
    for found in house.inside():
        own_child = found.file.is_face and found.module.startswith(f"{found.file.module}.")
        if found.face and not own_child and found.file.module not in FACE_READERS:
            wrong.append(f"{found.where()}: imports from the face of {found.module}; name the file")
    return wrong


def heavy_libraries_have_an_address(house: House) -> list[str]:
    return [
        f"{found.where()}: imports {root(found.module)}; allowed in {', '.join(HEAVY[root(found.module)])}"
        for found in house.outside()
        if root(found.module) in HEAVY and not found.file.path.startswith(HEAVY[root(found.module)])
    ]


def training_libraries_stay_inside_functions(house: House) -> list[str]:
    wrong = []
    for found in house.outside():
        if root(found.module) not in TRAINING:
            continue
        if found.at_top:
            wrong.append(f"{found.where()}: imports {found.module} at the top; move it into the function that fits")
        if not found.file.path.startswith(tuple(place.rstrip("/") for place in TRAINING_ADDRESSES)):
            wrong.append(f"{found.where()}: imports {found.module}; allowed in {', '.join(TRAINING_ADDRESSES)}")
    return wrong


def other_libraries_are_known(house: House) -> list[str]:
    known = {*sys.stdlib_module_names, *HEAVY, *TRAINING, *EVERYWHERE, "__future__"}
    wrong = []
    for found in house.outside():
        if root(found.module) in EXTRAS:
            wrong.append(f'{found.where()}: imports {found.module}; use extras.need("{found.module}")')
        elif root(found.module) not in known:
            wrong.append(f"{found.where()}: imports {found.module}, which is no declared dependency")
    return wrong


def no_forbidden_imports(house: House) -> list[str]:
    return [
        f"{found.where()}: imports {found.module}"
        for found in house.outside()
        if root(found.module) in FORBIDDEN_IMPORTS
        and found.module not in HARMLESS
        and not found.file.path.startswith(FORBIDDEN_IMPORTS[root(found.module)])
    ]


def no_forbidden_calls(house: House) -> list[str]:
    wrong = []
    for file, call in calls(house):
        name = ast.unparse(call.func)
        given = {word.arg: ast.unparse(word.value) for word in call.keywords}
        if name in FORBIDDEN_CALLS:
            wrong.append(f"{file.path}:{call.lineno}: calls {name}")
        for word in ("shell", "allow_pickle"):
            if given.get(word, "False") != "False":
                wrong.append(f"{file.path}:{call.lineno}: {name}({word}={given[word]})")
        if name.split(".")[-1] == "import_module" and not (file.unit in DYNAMIC_IMPORT or file.is_face):
            wrong.append(f"{file.path}:{call.lineno}: {name} hides an import from these rules; use extras.need")
    return wrong


def calls(house: House) -> Iterator[tuple[File, ast.Call]]:
    for file in house.files:
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Call):
                yield file, node


def no_assert(house: House) -> list[str]:
    return [
        f"{file.path}:{node.lineno}: assert; python -O drops it, so raise"
        for file in house.files
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Assert)
    ]


def no_grab_bags(house: House) -> list[str]:
    return [
        f"{file.path}: a name that says nothing"
        for file in house.files
        if GRAB_BAGS & {p.strip("_") for p in file.parts}
    ]


def files_are_short(house: House) -> list[str]:
    return [
        f"{file.path}: {lines} lines; at most {MAX_LINES}"
        for file in house.files
        if (lines := file.text.count("\n")) > MAX_LINES
    ]


def faces_are_faces(house: House) -> list[str]:
    """A face re-exports: short, defines nothing, and `__all__` is sorted and says all."""
    return [f"{file.path}: {flaw}" for file in house.files if file.is_face for flaw in flaws_of_face(file)]


def flaws_of_face(file: File) -> Iterator[str]:
    limit = MAX_TOP_FACE_LINES if file.module == PACKAGE else MAX_FACE_LINES
    if (lines := file.text.count("\n")) > limit:
        yield f"{lines} lines; a face has at most {limit}"
    for node in file.tree.body:
        if not belongs_on_a_face(node):
            yield f"line {node.lineno} defines something; a face only re-exports"
    names = listed(file.tree)
    if names is None:
        if exported(file.tree):
            yield "has no __all__ written out as a list of strings"
        return
    if names != sorted(names, key=as_ruff_sorts):
        yield f"__all__ is not sorted; expected {sorted(names, key=as_ruff_sorts)}"
    shown = exported(file.tree)
    if shown and shown != {name for name in names if name != "__version__"}:
        yield f"__all__ and the imports differ by {sorted(shown ^ set(names))}"


def belongs_on_a_face(node: ast.stmt) -> bool:
    if isinstance(node, (ast.Import, ast.ImportFrom)) or for_types_only(node):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.FunctionDef):
        return node.name in ("__getattr__", "__dir__")
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return bool(targets) and all(isinstance(target, ast.Name) and target.id.startswith("_") for target in targets)


def listed(tree: ast.Module) -> list[str] | None:
    """The strings of `__all__`, or None."""
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if [ast.unparse(target) for target in targets] != ["__all__"]:
            continue
        value = getattr(node, "value", None)
        if isinstance(value, (ast.List, ast.Tuple)) and all(isinstance(item, ast.Constant) for item in value.elts):
            return [str(item.value) for item in value.elts if isinstance(item, ast.Constant)]
    return None


def exported(tree: ast.Module) -> set[str]:
    """Public names that a face takes from the package, those for types alone included."""
    return {
        alias.asname or alias.name
        for node, _ in walk(tree, True)
        if isinstance(node, ast.ImportFrom) and (node.level or root(node.module or "") == PACKAGE)
        for alias in node.names
        if not (alias.asname or alias.name).startswith("_")
    }


def as_ruff_sorts(name: str) -> tuple[int, str]:
    """RUF022: CONSTANTS, then Classes, then functions."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2, name)


def tests_mirror_the_source(house: House, tests: list[str]) -> list[str]:
    """`tests/inputs/test_raster_exif.py` stands for `inputs/raster_exif.py`, `inputs/raster.py` or such a folder."""
    known = {
        part for file in house.files for part in (file.parts, *(file.parts[:n] for n in range(1, len(file.parts))))
    }
    wrong = []
    for test in tests:
        *folder, name = Path(test).with_suffix("").parts
        words = name.removeprefix("test_").split("_")
        stems = ["_".join(words[:n]) for n in range(len(words), 0, -1)]
        paths = {(*folder, form) for stem in stems for form in (stem, f"_{stem}", f"__{stem}__")}
        if test not in TESTS_OF_THE_WHOLE and not paths & known:
            wrong.append(f"tests/{test}: no source file or folder {'/'.join([*folder, stems[0]])}")
    return wrong


RULES = (
    every_file_is_on_a_floor,
    imports_go_down,
    no_loops,
    files_import_files,
    heavy_libraries_have_an_address,
    training_libraries_stay_inside_functions,
    other_libraries_are_known,
    no_forbidden_imports,
    no_forbidden_calls,
    no_assert,
    no_grab_bags,
    files_are_short,
    faces_are_faces,
)
