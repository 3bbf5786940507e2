"""On whose word made-up sentences say what they say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_hits import HOSTILE

from rag.attribution import LONGEST, UNNAMED, same, speaker, voice


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        # cited
        ("Twelve boats sank, according to Karim Haddad.", "Karim Haddad"),
        ("According to Karim Haddad, twelve boats sank.", "Karim Haddad"),
        ("According to Karim Haddad, the boats sank.", "Karim Haddad"),
        ("According to the Harbour Office, the mayor said nothing.", "the Harbour Office"),
        ("Twelve boats sank, according to the Lindholm Union of Pilots.", "the Lindholm Union of Pilots"),
        (
            "Twelve boats sank, according to Karim Haddad, head of the Lindholm Port Office.",
            "Karim Haddad, head of the Lindholm Port Office",
        ),
        ("According to Karim Haddad, the harbour master, twelve boats sank.", "Karim Haddad, the harbour master"),
        ("Twelve boats sank, as per Swedish state news agency TTX.", "Swedish state news agency TTX"),
        ("According to officials, twelve boats sank.", "officials"),
        ("According to two fishermen, twelve boats sank.", "two fishermen"),
        ("According to local residents, twelve boats sank.", "local residents"),
        ("Twelve boats sank, the paper wrote, citing harbour officials.", "harbour officials"),
        ("Twelve boats sank, as reported by the Harbour Office.", "the Harbour Office"),
        ("By the Harbour Office’s count twelve boats sank.", "the Harbour Office"),
        ("Twelve boats sank by the pilots’ own estimate.", "the pilots"),
        ("The Quay Gazette quoted the mayor as saying that twelve boats sank.", "the mayor"),
        ("Twelve boats sank, according to the documentary.", "the documentary"),
        ("According to a Harbour Office statement, twelve boats sank.", "a Harbour Office statement"),
        ("According to Karim Haddad and Greta Holm, twelve boats sank.", "Karim Haddad and Greta Holm"),
        ("Twelve boats sank, according to Bank of Norway.", "Bank of Norway"),
        # subject and verb
        ("Greta Holm said that twelve boats sank.", "Greta Holm"),
        ("Greta Holm said twelve boats sank.", "Greta Holm"),
        ("Greta Holm says the boats sank.", "Greta Holm"),
        ("Greta Holm has repeatedly said that twelve boats sank.", "Greta Holm"),
        ("The Harbour Office reported that twelve boats sank.", "the Harbour Office"),
        ("UN envoy Karim Haddad warned that the storm may return.", "UN envoy Karim Haddad"),
        (
            "Norland’s Foreign Minister Greta Holm stated on Sunday that she will resign.",
            "Norland’s Foreign Minister Greta Holm",
        ),
        (
            "Karim al-Haddad, a spokesman for the pilots, stated that twelve boats sank.",
            "Karim al-Haddad, a spokesman for the pilots",
        ),
        ("The pilots’ spokesman, Karim Haddad, said that twelve boats sank.", "the pilots’ spokesman, Karim Haddad"),
        ("One of them, Karim al-Haddad, warned that the storm may return.", "Karim al-Haddad"),
        ("Karim Haddad, who runs the port, said that twelve boats sank.", "Karim Haddad"),
        ("Karim Haddad, however, said that twelve boats sank.", "Karim Haddad"),
        (
            "A source with ties to the palace told the Quay Gazette that the king is ill.",
            "a source with ties to the palace",
        ),
        ("A source close to the palace described the king’s health as failing.", "a source close to the palace"),
        (
            "The king is ill, a diagnosis that one palace-linked source told the Quay Gazette is final.",
            "one palace-linked source",
        ),
        ("However, rebel forces have reported fierce battles north of Osterby.", "rebel forces"),
        ("Meanwhile analysts warn that the storm may return.", "analysts"),
        ("Experts believe the fire began in a kitchen.", "experts"),
        ("Norway and Sweden say that they will help.", "Norway and Sweden"),
        ("On Sunday Norway confirmed its part in the rescue.", "Norway"),
        ("In a telephone call with his colleague, Greta Holm stressed the need for boats.", "Greta Holm"),
        (
            "The General Staff of the navy issued a statement acknowledging the loss of a ship.",
            "the General Staff of the navy",
        ),
        ("Norway has announced that its minister will come.", "Norway"),
        ("The mayor said that Greta Holm had left.", "the mayor"),
        ("The ministry denied that any boat sank.", "the ministry"),
        ("While the storm raged, the mayor said that no boat had sunk.", "the mayor"),
        ("The insurgents tell another story: they speak of fierce battles to the north.", "the insurgents"),
        ("Greta Holm assured the king that the bridge would hold.", "Greta Holm"),
        # the verb or the subject behind
        ("Twelve boats sank, Greta Holm said.", "Greta Holm"),
        ("Twelve boats sank, the harbour master Greta Holm said.", "the harbour master Greta Holm"),
        ("Twelve boats sank, said Greta Holm.", "Greta Holm"),
        ("Twelve boats sank, said Greta Holm, who heads the Port Office.", "Greta Holm, who heads the Port Office"),
        ("“Twelve boats sank,” said the mayor.", "the mayor"),
        ("“Twelve boats sank,” says the Osterby pilot.", "the Osterby pilot"),
        ("Twelve boats sank, said Holm today, warning of more.", "Holm"),
        ("“Twelve boats sank,” said Holm of the storm.", "Holm"),
        ("Karim Haddad, whom the king likes, said that twelve boats sank.", "Karim Haddad"),
        ("“Twelve boats sank,” Greta Holm told reporters on Sunday.", "Greta Holm"),
        ("The boats, officials say, sank at dawn.", "officials"),
        ("Whether they sail is for the king to decide, harbour experts note.", "harbour experts"),
        ("Twelve boats sank, police in Lindholm said.", "police in Lindholm"),
        ("Greta Holm said: “Twelve boats sank. Nobody saw it.”", "Greta Holm"),
    ],
)
def test_the_speaker_is_whose_word_it_is(quote: str, expected: str):
    assert speaker(quote) == expected


@pytest.mark.parametrize(
    "quote",
    [
        "Twelve boats sank off Osterby.",
        "The storm has claimed over 412 lives, among them 61 children.",
        "The storm claimed dozens of lives.",
        "Reports indicate that twelve boats sank.",
        "According to reports, twelve boats sank.",
        "Twelve boats reportedly sank.",
        "The evidence suggests that twelve boats sank.",
        "Nobody said that twelve boats sank.",
        "No official said that twelve boats sank.",
        "It was reported that twelve boats sank.",
        "The mayor was told that twelve boats sank.",
        "The mayor did not say that twelve boats sank.",
        "The mayor is expected to say that twelve boats sank.",
        "The United States sent boats.",
        "The Islamic State holds the town.",
        "The mayor added two boats to the fleet.",
        "Norway has announced a safe zone on its border.",
        "Norway declared war.",
        "Norway pledged boats and advisers.",
        "As per the agreement, the boats stay.",
        "The village of “He said” is small.",
        "The crowd chanted “the mayor said so” all night.",
        "In 2016 the navy, backed by Norland, took the island.",
        "",
        "The mayor left after the Quay Gazette reported that twelve boats sank.",
        "Here is what Greta Holm said of the storm.",
        "The pilots also filed police reports in their towns.",
        "Just note that twelve boats sank.",
        "I think that twelve boats sank.",
        "Holm’s report “Twelve boats” sold well.",
        "According to plan, twelve boats left.",
        "Said.",
        ", said",
    ],
)
def test_what_nobody_is_said_to_say_is_the_outlets_own(quote: str):
    assert speaker(quote) is None


@pytest.mark.parametrize(
    ("quote", "words", "expected"),
    [
        ("Rebels took the town, and the navy said that it had withdrawn.", "withdrawn", "the navy"),
        ("Rebels took the town, with the navy claiming to have sunk twelve boats.", "twelve", "the navy"),
        ("Greta Holm visited Osterby on Sunday, stating that Norland would help.", "help", "Greta Holm"),
        ("The zone keeps out militias, whom Norway accuses of theft.", "theft", "Norway"),
        ("The zone keeps out militias, whom it accuses of theft.", "theft", UNNAMED),
    ],
)
def test_a_part_on_anothers_word_is_told_apart_by_its_place(quote: str, words: str, expected: str):
    assert speaker(quote, at=quote.index(words)) == expected


@pytest.mark.parametrize(
    "quote",
    [
        "Rebels took the town, and the navy said that it had withdrawn.",
        "Rebels took the town, with the navy claiming to have sunk twelve boats.",
        "Greta Holm visited Osterby on Sunday, stating that Norland would help.",
    ],
)
def test_a_sentence_is_not_on_the_word_of_who_speaks_for_a_part(quote: str):
    assert speaker(quote) is None
    assert speaker(quote, at=3) is None


# --- who "he" is -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "quote", "expected"),
    [
        ("Twelve boats sank, according to Karim Haddad.", "“It was the storm,” he added.", "Karim Haddad"),
        ("Greta Holm said that twelve boats sank.", "The storm, she said, was the worst ever.", "Greta Holm"),
        ("Norway confirmed that it is helping.", "Its ships, it said, are on their way.", "Norway"),
        ("Greta Holm came to Osterby on Sunday and met the king.", "Norland, she said, would help.", "Greta Holm"),
        ("Greta Holm met Karim Haddad on Sunday.", "Norland, he said, would help.", UNNAMED),
        ("Greta Holm met Karim Haddad on Sunday.", "“Norland would help.”", UNNAMED),
        ("“Twelve boats sank,” said Greta Holm.", "“The storm was the worst ever.”", "Greta Holm"),
        ("Greta Holm said so. Rain fell.", "“The storm was the worst ever,” she added.", "Greta Holm"),
        ("Greta Holm said so. Anna Berg wept.", "“The storm was the worst ever,” she added.", "Anna Berg"),
        ("Greta Holm said so. Anna Berg met Eva Dahl.", "“The storm was the worst ever,” she added.", UNNAMED),
        ("", "In the next months it says it will help.", UNNAMED),
        ("Greta Holm fell.", "It added that rain fell.", UNNAMED),
        ("Rain fell.", "“The storm was the worst ever,” he said.", UNNAMED),
        ("", "“The storm was the worst ever,” he said.", UNNAMED),
        ("", "It said that twelve boats sank.", UNNAMED),
        ("The Harbour Office said so.", "Twelve boats sank, he said.", UNNAMED),
        ("The mayor said so.", "Twelve boats sank, he added.", "the mayor"),
        ("Officials said so.", "Twelve boats sank, by the same source’s count.", "officials"),
    ],
)
def test_a_pronoun_is_whom_the_sentence_before_tells_or_nobody_known(before: str, quote: str, expected: str):
    assert speaker(quote, before=before) == expected


def test_a_quote_that_brings_its_own_first_sentence_needs_no_other():
    assert speaker("Greta Holm counts boats. Twelve sank, she said.") == "Greta Holm"


@pytest.mark.parametrize(
    ("before", "quote", "expected"),
    [
        (
            "Norland’s Karim Haddad met Greta Solberg Holm.",
            "Holm warned that the storm may return.",
            "Greta Solberg Holm",
        ),
        ("Greta Holm met Anna Holm.", "Holm warned that the storm may return.", "Holm"),
        ("The Bank of Norway is rich.", "Norway said that it will pay.", "Norway"),
        ("South Norland is rich.", "Norland said that it will pay.", "Norland"),
        (
            "The Lindholm Observatory for Storms sees far.",
            "Nine died, the Observatory said.",
            "the Lindholm Observatory for Storms",
        ),
        (
            "The North Observatory and the South Observatory see far.",
            "Nine died, the Observatory said.",
            "the Observatory",
        ),
    ],
)
def test_a_short_name_is_the_one_whole_name_that_the_article_gives(before: str, quote: str, expected: str):
    assert speaker(quote, before=before) == expected


# --- display, identity -----------------------------------------------------------------------------------------------


def test_a_voice_is_the_outlet_and_whom_it_quotes():
    assert voice("Harbour Post", "Karim Haddad") == "Harbour Post, quoting Karim Haddad"
    assert voice("Harbour Post", None) == "Harbour Post"
    assert voice(None, "Karim Haddad") == "outlet unknown, quoting Karim Haddad"
    assert voice(None, None) == "outlet unknown"


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Greta Holm", "Greta Holm", True),
        ("Greta Holm", "Norland’s Foreign Minister Greta Holm", True),
        ("Karim Haddad, head of the Port Office", "Karim Haddad", True),
        ("the Harbour Office", "the Harbour Office", True),
        ("Norland", "Norland", True),
        ("Norland", "Norland’s Foreign Minister Greta Holm", False),
        ("Greta Holm", "Anna Holm", False),
        ("officials", "officials", False),
        (UNNAMED, UNNAMED, False),
        (None, None, False),
    ],
)
def test_speakers_are_one_only_where_that_is_sure(one: str | None, other: str | None, alike: bool):
    assert same(one, other) == same(other, one) == alike


# --- any text --------------------------------------------------------------------------------------------------------

WORDS = (
    "Greta Holm|said|told|he|,|“|”|the|navy|and|that|.|according to|with|claiming|, who|officials|Norway|it|says|;|of"
)


@given(st.text() | st.lists(st.sampled_from(WORDS.split("|")), max_size=14).map(" ".join), st.text(max_size=80))
def test_a_speaker_is_made_of_words_that_are_there(quote: str, before: str):
    for at in (None, 0, len(quote) // 2):
        found = speaker(quote, before=before, at=at)
        assert found is None or found == UNNAMED or (found.strip() and "\x00" not in found)


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "piece", ["said ", "he said, ", "“", "Holm said, ", "according to ", ", with the navy claiming", "of "]
)
def test_a_hostile_quote_takes_no_longer_than_another(piece: str):
    speaker((piece * LONGEST)[:LONGEST], before=piece * 20_000)
    speaker("He said so.", before=f"“{piece}” he said. " * 2_000)
    for quote in (piece * 20_000, *HOSTILE):
        assert speaker(quote) is None
