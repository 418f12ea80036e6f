"""`alfred-mock completion`: what a shell needs to complete commands, options and ids."""

import click

from alfred_mock.cli.group import PROGRAM

_VARIABLE = "_ALFRED_MOCK_COMPLETE"


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(shell: str) -> None:
    """Print what completes commands in a shell.

    For bash: `eval "$(alfred-mock completion bash)"` in ~/.bashrc. For zsh the same with zsh in
    ~/.zshrc, behind `compinit`. For fish: `alfred-mock completion fish | source` in
    ~/.config/fish/config.fish.
    """
    from click.shell_completion import get_completion_class

    from alfred_mock.cli import main

    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click has all three
    # Not `source`: for bash that runs bash, to see whether it is new enough.
    made = kind(main, {}, PROGRAM, _VARIABLE)
    click.echo(made.source_template % made.source_vars())
