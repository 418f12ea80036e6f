"""Sessions, jobs and files of a company: the control API has them in the export of the seed."""

from collections.abc import Sequence
from typing import Any

from alfred_mock.cli.output import Column, print_table
from alfred_mock.cli.remote import Server

Listed = dict[str, Any]


def list_parts(server: Server, company: str | None, part: str, columns: Sequence[Column]) -> None:
    """List one part of what the companies have.

    With --json it is the document of `GET /__admin/seed` with that part of each company alone.
    """
    query = {"company": company, "content": "false", "secrets": "false"}
    document = server.call("GET", "seed", query=query)
    companies = [
        {"id": each["id"], "name": each["name"], part: each.get(part, [])}
        for each in document["companies"]
    ]
    owner = Column("COMPANY", lambda row: row["_company"], gives_way=True)
    rows = [{**item, "_company": each["name"]} for each in companies for item in each[part]]
    server.show(
        {"companies": companies}, lambda _: print_table(rows, [columns[0], owner, *columns[1:]])
    )
