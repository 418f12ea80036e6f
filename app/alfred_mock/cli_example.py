"""`alfred-mock example`: seeds to start from, which come with the package."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from alfred_mock.database.errors import CannotStart

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def example_files() -> dict[str, Path]:
    """The seeds by their names: inside the package where it is installed, else the source tree."""
    package = Path(__file__).parent
    shipped = package / "examples"
    folder = shipped if shipped.is_dir() else package.parents[1] / "examples"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def about(path: Path) -> str:
    """What a seed is for: its first line, a comment."""
    with path.open(encoding="utf-8") as file:
        return file.readline().removeprefix("#").strip()


def _complete(
    context: click.Context, parameter: click.Parameter, begin: str
) -> list["CompletionItem"]:
    from click.shell_completion import CompletionItem

    return [
        CompletionItem(name, help=about(path))
        for name, path in example_files().items()
        if name.startswith(begin)
    ]


@click.command()
@click.argument("name", required=False, shell_complete=_complete)
def example(name: str | None) -> None:
    """Print an example of a seed, as in `alfred-mock example documented > seed.yaml`.

    Without a NAME the examples are listed.
    """
    files = example_files()
    if name is None:
        width = max(map(len, files))
        for each, path in files.items():
            click.echo(f"{each:{width}}  {about(path)}")
        return
    if name not in files:
        from difflib import get_close_matches

        (near,) = get_close_matches(name, files, n=1, cutoff=0)
        raise CannotStart(f"there is no example {name!r}; the nearest is {near}")
    click.echo(files[name].read_text(encoding="utf-8"), nl=False)
