"""`alfred-mock credential`: credentials and tokens that are valid no more."""

import click

from alfred_mock.cli.output import print_line
from alfred_mock.cli.remote import Server, company_option, remote
from alfred_mock.control_client import given


@click.group("credential")
def credential_command() -> None:
    """Take credentials and tokens away."""


@credential_command.command("remove")
@company_option
@click.option("--api-key", help="An API key.")
@click.option("--hmac-id", help="The id of an HMAC pair.")
@click.option("--user-name", help="A user, whose tokens are refused from then on, too.")
@remote
def remove(
    server: Server,
    company: str | None,
    api_key: str | None,
    hmac_id: str | None,
    user_name: str | None,
) -> None:
    """Remove an API key, an HMAC pair or a user."""
    fields = {"api_key": api_key, "hmac_id": hmac_id, "user_name": user_name}
    answer = server.call(
        "POST", "credentials", "remove", body=given({"company": company, **fields})
    )
    server.show(answer, lambda shown: print_line(f"removed one of company {shown['company']}"))


@credential_command.command("expire-tokens")
@company_option
@click.option("--user-name", help="Only the tokens of this user.")
@remote
def expire_tokens(server: Server, company: str | None, user_name: str | None) -> None:
    """Expire access tokens: of a user, of a company, or all."""
    body = given({"company": company, "user_name": user_name})
    answer = server.call("POST", "tokens", "expire", body=body)
    server.show(answer, lambda shown: print_line(f"expired {shown['expired']}"))
