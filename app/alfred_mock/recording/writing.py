"""Writes a recording: all of its files or, if a credential is left in one of them, none."""

import json
from collections.abc import Iterable
from pathlib import Path

from alfred_mock.conformance.report import Result
from alfred_mock.core.errors import Refusal
from alfred_mock.core.known_texts import spellings_of
from alfred_mock.recording.archive import archive_of
from alfred_mock.recording.exchanges import Exchange
from alfred_mock.recording.reduction import Reduction
from alfred_mock.recording.seed import SeedMaker, text_of
from alfred_mock.recording.stand_ins import StandIns
from alfred_mock.recording.state import State
from alfred_mock.recording.unknown import unknown_of, unknown_text

SEED, ARCHIVE, UNKNOWN = "seed.yaml", "exchanges.har", "unknown.json"


def texts_of(
    exchanges: list[Exchange],
    results: Iterable[Result],
    *,
    keeps_values: bool = False,
    keeps_content: bool = False,
) -> dict[str, str]:
    """The files of a recording by their names."""
    reduction = Reduction(StandIns(), keeps_values=keeps_values)
    state = State()
    for exchange in exchanges:
        state.add(exchange)
    maker = SeedMaker(state, reduction, keeps_content=keeps_content)
    document = maker.document()
    archive = archive_of(exchanges, reduction, keeps_content=keeps_content)
    return {
        SEED: text_of(document, maker.notes),
        ARCHIVE: json.dumps(archive, indent=1, ensure_ascii=False) + "\n",
        UNKNOWN: unknown_text(unknown_of(exchanges, results, reduction)),
    }


def write(folder: Path, texts: dict[str, str], secrets: Iterable[str]) -> None:
    """Write the files, once none of the credentials that were seen is in any of them.

    Raises:
        Refusal: one is, or a file cannot be written; says in which file, not what it is.
    """
    spellings = spellings_of(secrets)
    for name, text in texts.items():
        if any(spelling in text for spelling in spellings):
            raise Refusal(f"nothing is written: {name} would have a credential in it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            # JSON can hold halves of characters, which UTF-8 cannot.
            (folder / name).write_bytes(text.encode("utf-8", "replace"))
    except OSError as error:
        raise Refusal(f"--output: {folder}: {error.strerror}") from None
