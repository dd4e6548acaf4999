"""A hub that answers what a test wants."""

from __future__ import annotations

from pathlib import Path


class Hub:
    """A hub's library that has some files, or whose network is down."""

    ENDPOINT = "https://nowhere"

    def __init__(self, folder: Path, files: tuple[str, ...], down: bool = False) -> None:
        self.folder, self.files, self.down = folder, files, down
        self.asked: list[str] = []

    def get_session(self) -> Hub:
        return self

    def head(self, url: str, timeout: float) -> None:
        assert timeout <= 2
        if self.down:
            raise OSError("no route\nto host")

    def hf_hub_download(self, name: str, file: str, etag_timeout: float) -> str:
        self.asked.append(file)
        if file not in self.files:
            raise ValueError(f"404 {file}")
        return str(self.folder / file)
