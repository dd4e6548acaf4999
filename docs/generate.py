"""Write docs/reference/ from the docstrings of the public names, and the tables and pictures of the guide to the
classical components from what they compute; run every example and check every link.

    python -m docs.generate [--check]      --check writes nothing and fails if something written differs

What the package itself needs is enough. A fenced block marked ```python run``` is run; the blocks of a page share one
process, in order, in an empty folder. Every `>>>` in a docstring of the package is run too.
"""

from __future__ import annotations

import argparse
import doctest
import importlib
import inspect
import os
import pkgutil
import re
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from docs import components
from docs.pictures import gallery

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
GUIDE = DOCS / "guides" / "classical.md"
PICTURES = DOCS / "guides" / "pictures"
PACKAGE = "sightline"
FILES = ("sightline.contracts", "sightline.errors")
"""Files without a face whose classes others build on."""
RUNNABLE = re.compile(r"^```python run\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
NOTE = "<!-- Generated from docstrings by scripts/docs; edit those, not this page. -->"


def main() -> int:
    """Generate or check; 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if something differs")
    wrong = list(everything_stale() if parser.parse_args().check else write_everything())
    wrong += [*doctests(), *examples(pages()), *links(pages())]
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"docs: {len(wrong)} wrong" if wrong else "docs: reference, examples and links are in order")
    return 1 if wrong else 0


def everything_stale() -> Iterator[str]:
    """What is written and is not what would be written."""
    yield from stale(reference())
    yield from guide_stale(GUIDE)
    yield from gallery.stale(PICTURES)


def write_everything() -> Iterator[str]:
    """Write the reference, the tables of the guide and its pictures; nothing can be wrong."""
    GUIDE.write_text(components.fill(GUIDE.read_text("utf-8")), "utf-8")
    gallery.write(PICTURES)
    yield from write(reference())


def guide_stale(path: Path) -> Iterator[str]:
    """A page whose parts between marks are not what would be written there."""
    text = path.read_text("utf-8")
    if components.fill(text) != text:
        yield f"{path.parent.name}/{path.name} is out of date; run: scripts/docs"


def pages() -> list[Path]:
    """Every Markdown page of the project."""
    return sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def faces(package: str = PACKAGE) -> Iterator[ModuleType]:
    """The package and its folders that list public names, top first."""
    top = importlib.import_module(package)
    yield top
    for found in pkgutil.walk_packages(top.__path__, f"{package}."):
        module = importlib.import_module(found.name) if found.ispkg else None
        if module is not None and getattr(module, "__all__", None):
            yield module


def reference() -> dict[str, str]:
    """File name -> text of every page of the reference."""
    modules = [*faces(), *map(importlib.import_module, FILES)]
    texts = {f"{module.__name__}.md": page(module) for module in modules}
    lines = [f"- [{m.__name__}]({m.__name__}.md): {first_line(m)}" for m in modules]
    texts["index.md"] = "\n".join(["# Reference", "", NOTE, "", *lines, ""])
    return texts


def page(module: ModuleType) -> str:
    """One face: its docstring, then each public name."""
    parts = [f"# {module.__name__}", NOTE, docstring(module)]
    for name in names(module):
        parts += entry(name, getattr(module, name))
    return "\n\n".join(part for part in parts if part) + "\n"


def names(module: ModuleType) -> list[str]:
    """What a face lists; of a file, the public classes that it defines."""
    listed = getattr(module, "__all__", None)
    if listed is None:
        made = inspect.getmembers(module, inspect.isclass)
        listed = [name for name, cls in made if cls.__module__ == module.__name__ and not name.startswith("_")]
    return sorted(listed)


def entry(name: str, thing: object) -> Iterator[str]:
    """The section of one public name."""
    if not (inspect.isclass(thing) or inspect.isroutine(thing)):
        if not name.startswith("__"):
            yield f"## {name}"
            yield f"A value of type `{type(thing).__name__}`."
        return
    yield f"## {name}"
    yield f"```python\n{'class ' if inspect.isclass(thing) else ''}{name}{signature(thing)}\n```"
    yield docstring(thing)
    if inspect.isclass(thing):
        for base in thing.__bases__:
            if base.__module__ in FILES:
                yield f"Has the methods of [{base.__name__}]({base.__module__}.md#{base.__name__.lower()}) too."
        for inner, member in members(thing):
            yield f"### {name}.{inner}"
            if not isinstance(member, property):
                yield f"```python\n{inner}{signature(member)}\n```"
            yield docstring(member)


def members(cls: type) -> Iterator[tuple[str, object]]:
    """Public methods and properties that the class itself defines and documents, by name."""
    for name in sorted(name for name in vars(cls) if not name.startswith("_")):
        member = vars(cls)[name]
        if isinstance(member, (classmethod, staticmethod)):
            member = member.__func__
        if (inspect.isfunction(member) or isinstance(member, property)) and docstring(member):
            yield name, member


def signature(thing: object) -> str:
    """`(parameters) -> result`, a parameter a line where it would be long; no addresses, which differ each time."""
    try:
        found = inspect.signature(thing)  # type: ignore[arg-type]  # a class or a routine
    except (TypeError, ValueError):
        return "(...)"
    shown = [re.sub(r"<function (\w+) at 0x\w+>|<(\w+) object at 0x\w+>", r"\1\2", str(p)) for p in split(found)]
    shown = [one for one in shown if one not in ("self", "cls")]
    back = inspect.Signature.empty if inspect.isclass(thing) else found.return_annotation
    arrow = (
        ""
        if back is inspect.Signature.empty
        else f" -> {back if isinstance(back, str) else inspect.formatannotation(back)}"
    )
    line = f"({', '.join(shown)}){arrow}"
    return line if len(line) <= 90 else "(\n" + "".join(f"    {one},\n" for one in shown) + f"){arrow}"


def split(found: inspect.Signature) -> Iterator[object]:
    """The parameters, with the "*" that starts those given by name alone."""
    starred = False
    for parameter in found.parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            starred = True
        elif parameter.kind is parameter.KEYWORD_ONLY and not starred:
            starred = True
            yield "*"
        if isinstance(parameter.annotation, str):
            yield unquoted(parameter)
        else:
            yield parameter


def unquoted(parameter: inspect.Parameter) -> str:
    """A parameter whose annotation is a text (`from __future__ import annotations`), without the quotes."""
    text = str(parameter.replace(annotation=inspect.Parameter.empty)).replace("=", " = ", 1)
    name, _, default = text.partition(" = ")
    return f"{name}: {parameter.annotation}" + (f" = {default}" if default else "")


def docstring(thing: object) -> str:
    """The docstring as Markdown: indented blocks (diagrams, Args, Raises) and examples kept as they are."""
    text = inspect.getdoc(thing) or ""
    if inspect.isclass(thing) and text == f"{thing.__name__}{signature_of_dataclass(thing)}":
        return ""
    return "\n\n".join(block(part) for part in re.split(r"\n\s*\n", text) if part.strip())


def signature_of_dataclass(cls: type) -> str:
    """What dataclasses put in the place of a missing docstring, after the name."""
    return str(inspect.signature(cls)).replace(" -> None", "") if hasattr(cls, "__dataclass_fields__") else ""


def block(text: str) -> str:
    """One paragraph, section or example."""
    lines = text.splitlines()
    if lines[0].startswith(">>>"):
        return f"```pycon\n{text}\n```"
    if re.fullmatch(r"[A-Z]\w+:", lines[0]) and len(lines) > 1:
        return f"**{lines[0][:-1]}**\n\n{items(textwrap.dedent(chr(10).join(lines[1:])))}"
    if lines[0].startswith("    "):
        return f"```text\n{textwrap.dedent(text)}\n```"
    return text


def items(text: str) -> str:
    """The lines `name: meaning` of a section as a list; a deeper line goes on with the one before."""
    merged: list[str] = []
    for line in text.splitlines():
        if line.startswith(" ") and merged:
            merged[-1] += f" {line.strip()}"
        else:
            merged.append(line)
    return "\n".join("- " + re.sub(r"^([\w*., ]+):", r"`\1`:", line) for line in merged)


def first_line(thing: object) -> str:
    """The first sentence of the docstring."""
    return (inspect.getdoc(thing) or "").partition("\n")[0]


def write(texts: dict[str, str]) -> Iterator[str]:
    """Write the reference and remove pages of names that are gone; nothing can be wrong."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for path in REFERENCE.glob("*.md"):
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        (REFERENCE / name).write_text(text, "utf-8")
    yield from ()


def stale(texts: dict[str, str], folder: Path = REFERENCE) -> Iterator[str]:
    """Pages that are not what would be written."""
    there = {path.name: path.read_text("utf-8") for path in folder.glob("*.md")}
    for name in sorted(there.keys() | texts.keys()):
        if there.get(name) != texts.get(name):
            state = "missing" if name not in there else "of a name that is gone" if name not in texts else "out of date"
            yield f"{folder.name}/{name} is {state}; run: scripts/docs"


def doctests() -> Iterator[str]:
    """Modules of the package whose docstring examples fail."""
    top = importlib.import_module(PACKAGE)
    for found in pkgutil.walk_packages(top.__path__, f"{PACKAGE}."):
        if found.name.split(".")[-1] == "__main__":
            continue
        failed = doctest.testmod(importlib.import_module(found.name)).failed
        if failed:
            yield f"{found.name}: {failed} docstring examples fail"


def examples(paths: list[Path]) -> Iterator[str]:
    """Pages whose runnable blocks fail."""
    for path in paths:
        blocks = RUNNABLE.findall(path.read_text("utf-8"))
        if not blocks:
            continue
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-W", "error", "-c", "\n".join(blocks)]
            env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
            done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
        if done.returncode:
            yield f"{path.name}: an example fails: {done.stderr.strip()[-2000:]}"


def links(paths: list[Path]) -> Iterator[str]:
    """Relative links that lead nowhere, to a file or to a heading of it."""
    for path in paths:
        for target in LINK.findall(FENCED.sub("", path.read_text("utf-8"))):
            if re.match(r"\w+:", target):
                continue
            file, _, anchor = target.partition("#")
            goal = (path.parent / file).resolve() if file else path
            if not goal.exists():
                yield f"{path.name}: the link {target} leads to no file"
            elif anchor and anchor not in anchors(goal):
                yield f"{path.name}: the link {target} leads to no heading of {goal.name}"


def anchors(path: Path) -> set[str]:
    """The anchors that a Markdown viewer makes of the headings."""
    headings = HEADING.findall(FENCED.sub("", path.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


if __name__ == "__main__":
    sys.exit(main())
