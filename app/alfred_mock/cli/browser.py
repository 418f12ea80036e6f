"""`alfred-mock open`: the console in a browser."""

import click

from alfred_mock.cli.remote import Failed, Server, remote
from alfred_mock.cli.statuses import NOT_MET
from alfred_mock.control_client import UNIX


@click.command("open")
@click.option("--print", "only_print", is_flag=True, help="Print where it is, and open nothing.")
@remote
def open_command(server: Server, only_print: bool) -> None:
    """Open the console of a running server in a browser.

    It asks the server first, so that no browser shows an empty page.
    """
    if server.client.url.startswith(UNIX):
        raise click.UsageError("a browser cannot open a Unix socket: serve with --host and --port")
    page = f"{server.client.url}/__admin/"
    server.call("GET", "clock")
    if server.as_json or only_print:
        server.show({"url": page}, lambda _: click.echo(page))
        return
    import webbrowser

    if not webbrowser.open(page):
        raise Failed(f"there is no browser to open {page}", NOT_MET)
    click.echo(page)
