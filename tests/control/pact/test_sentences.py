"""Which sentence a contract means, and what it has in it."""

import pytest

from alfred_mock.control.pact.catalogue import KNOWN_STATES
from alfred_mock.control.pact.sentences import Sentence, words_of
from alfred_mock.control.pact.states import Catalogue
from alfred_mock.core.errors import NotFound

CATALOGUE = Catalogue(KNOWN_STATES)


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("the API key abc is valid", {"key": "abc"}),
        ("The api key aBc is valid.", {"key": "aBc"}),
        ("  API  key 'a b' is valid", {"key": "a b"}),
        ('an API key "a.b." is valid', {"key": "a.b."}),
        ("the API key {key} is valid", {}),
        ("the API key is valid", None),
        ("the API key abc is not valid", None),
        ("the API key abc is", None),
        ("the API key abc is valid today", None),
        ("", None),
    ],
)
def test_case_articles_and_the_dot_do_not_matter(said: str, given: dict[str, str] | None) -> None:
    assert Sentence("the API key {key} is valid").fit(words_of(said)) == given


def test_every_sentence_stands_for_its_own_state_alone() -> None:
    for state in KNOWN_STATES:
        for sentence in state.sentences:
            found = CATALOGUE.find(sentence.text)
            assert found.state is state
            assert set(sentence.places) <= set(state.parameters)


@pytest.mark.parametrize(
    ("said", "nearest"),
    [
        ("a defered session exists", "a deferred session exists"),
        ("a file exist", "a file exists"),
        ("x" * 10_000, ""),
    ],
)
def test_an_unknown_state_names_the_nearest(said: str, nearest: str) -> None:
    with pytest.raises(NotFound) as raised:
        CATALOGUE.find(said)
    assert raised.value.message.startswith(f"There is no state '{said[:200]}'; the nearest is '")
    assert nearest in raised.value.message
    assert len(raised.value.message) < 400
