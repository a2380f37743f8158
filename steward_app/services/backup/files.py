"""Where points lie: `<data directory>/points/<database uuid>/<point id>.sqlite`, the manifest beside it as `.json`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from steward_app.storage import delete, private_directory, sweep


@dataclass(frozen=True, slots=True)
class Files:
    """The two files of a point. The point exists as soon as, and as long as, its manifest does."""

    copy: Path

    @property
    def manifest(self) -> Path:
        return self.copy.with_suffix(".json")

    @property
    def id(self) -> str:
        return self.copy.stem

    def remove(self) -> None:
        """The manifest first: a copy without one is no point, a manifest without a copy is a lost one.

        Nothing is there to remove where the folder was not even made.
        """
        if not self.copy.parent.is_dir():
            return
        for path in (self.manifest, self.copy):
            delete(path)
            sweep(path)


def folder(directory: Path, database_id: str) -> Path:
    """Where the points of a database lie."""
    return directory / "points" / database_id


def new_files(directory: Path, database_id: str, point_id: str) -> Files:
    """The files of a point to be made; their folder is there then, closed to other users."""
    private_directory(directory / "points")
    return Files(private_directory(folder(directory, database_id)) / f"{point_id}.sqlite")


def points_in(folder: Path) -> Iterator[Files]:
    """The points that lie in a folder, by their manifests."""
    for manifest in sorted(folder.glob("pt_*.json")):
        yield Files(manifest.with_suffix(".sqlite"))


def tidy(folder: Path) -> None:
    """Remove what killed processes left: copies without a manifest, and temporary files.

    Only under the lease of the database: a point that is being made looks just so.
    """
    for copy in folder.glob("pt_*.sqlite"):
        if not Files(copy).manifest.exists():
            Files(copy).remove()
    for temporary in folder.glob(".steward-*.part*"):
        delete(temporary)
