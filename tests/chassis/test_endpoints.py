"""The words of the public operations."""

from grokgate.api.types.v1.endpoint_pb2 import Endpoint
from grokgate.chassis.endpoints import NUMBERS, PATHS, WORDS


def test_every_operation_of_the_contract_has_a_word_and_a_path() -> None:
    operations = set(Endpoint.values()) - {Endpoint.ENDPOINT_UNSPECIFIED}
    assert set(WORDS) == operations
    assert set(PATHS) == set(WORDS.values())


def test_words_and_numbers_are_each_others_inverse() -> None:
    assert {word: WORDS[number] for word, number in NUMBERS.items()} == {
        word: word for word in WORDS.values()
    }


def test_words_are_the_contracts_names_in_lower_case() -> None:
    assert NUMBERS["chat_completions"] == Endpoint.ENDPOINT_CHAT_COMPLETIONS
    assert WORDS[Endpoint.ENDPOINT_AUDIO_SPEECH] == "audio_speech"
