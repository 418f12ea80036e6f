"""What docs/command-line.md says of commands and statuses is what the code has."""

from alfred_mock.cli import EXIT_REFUSED, main
from alfred_mock.serve import START_FAILED
from tests.docs.markdown import code_in, read, rows, section

PAGE = read("docs/command-line.md")


def test_the_table_of_commands_has_each_of_them() -> None:
    _, *table = rows(section(PAGE, "Commands"))
    documented = [code_in(row[0])[0] for row in table]
    assert sorted(documented) == sorted(
        ["alfred-mock --version", *(f"alfred-mock {name}" for name in main.commands)]
    )


def test_the_exit_statuses_are_those_of_the_code() -> None:
    _, *table = rows(section(PAGE, "Exit statuses"))
    means = {int(status): meaning for status, meaning in table}
    assert set(means) == {0, 1, EXIT_REFUSED, START_FAILED}
    assert "refused" in means[EXIT_REFUSED]
    assert "could not start" in means[START_FAILED]
