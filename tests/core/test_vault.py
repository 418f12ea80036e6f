"""Sealed texts: opened by the right key for the right owner only."""

import pytest

from alfred_mock.core.vault import NAMED_BYTES, CannotOpen, Vault

OLD, NEW = "a1" * 32, "b2" * 32


def test_what_is_sealed_says_nothing_of_the_text_and_opens_again() -> None:
    vault = Vault([OLD])
    sealed = vault.seal("the secret", of="me")
    assert "secret" not in sealed
    assert vault.open(sealed, of="me") == "the secret"
    assert sealed != vault.seal("the secret", of="me")


def test_it_opens_for_nobody_else() -> None:
    sealed = Vault([OLD]).seal("the secret", of="me")
    with pytest.raises(CannotOpen):
        Vault([OLD]).open(sealed, of="you")


@pytest.mark.parametrize("change", [lambda text: text[:-8] + "AAAAAAA=", lambda text: text[:40]])
def test_what_was_changed_does_not_open(change: object) -> None:
    sealed = Vault([OLD]).seal("the secret", of="me")
    with pytest.raises(CannotOpen):
        Vault([OLD]).open(change(sealed), of="me")  # type: ignore[operator]


def test_while_a_key_is_replaced_both_open_and_the_first_one_seals() -> None:
    sealed = Vault([OLD]).seal("the secret", of="me")
    both = Vault([NEW, OLD])
    assert both.open(sealed, of="me") == "the secret"
    assert both.can_open(sealed[:NAMED_BYTES])
    assert not both.is_current(sealed)
    assert both.is_current(both.seal("the secret", of="me"))
    assert not Vault([NEW]).can_open(sealed)
    with pytest.raises(CannotOpen) as refused:
        Vault([NEW]).open(sealed, of="me")
    assert "ALFRED_MOCK_SECRET_KEY" in refused.value.reason


def test_without_a_key_texts_pass() -> None:
    vault = Vault()
    assert not vault.seals
    assert vault.seal("text", of="me") == "text"
    assert vault.open("text", of="me") == "text"
