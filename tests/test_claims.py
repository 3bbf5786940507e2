"""Which value a question asks for, and which values a sentence gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_hits import HOSTILE, weigh

from rag.claims import Asked, Claim, asked, claims, fitting
from rag.embedding import Embedder
from rag.question import understand

BOATS = "How many boats sank?"
DYKE = "When did the dyke break?"
PORT = "Who runs the port of Osterby?"
SPORT = "Which sport does Greta Holm play?"


def wanted(question: str) -> Asked | None:
    return asked(understand(question))


def found(question: str, sentence: str, **more: frozenset[str]) -> list[Claim]:
    query = understand(question)
    value = asked(query)
    return claims(query, value, sentence, weigh=weigh, **more) if value else []


def words(question: str, sentence: str, **more: frozenset[str]) -> list[str]:
    return [claim.words for claim in found(question, sentence, **more)]


# --- what is asked ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "sort", "noun"),
    [
        (BOATS, "number", ""),
        ("What is the population of Osterby?", "number", "population"),
        ("What was the death toll?", "number", "death toll"),
        (DYKE, "date", ""),
        ("In which year was the dyke built?", "date", ""),
        ("What is Greta Holm’s date of birth?", "date", ""),
        (PORT, "name", ""),
        ("Where did they meet?", "name", ""),
        ("Which party won the vote?", "name", "party"),
        ("What is the capital of Varland?", "name", "capital"),
        (SPORT, "phrase", "sport"),
        ("What is Greta Holm’s profession?", "phrase", "profession"),
        ("What kind of fish is a herring?", "phrase", "fish"),
        ("The ferry was sold to which Dutch harbour?", "phrase", "Dutch harbour"),
        ("Greta Holm opened the screening of which upcoming opera?", "phrase", "upcoming opera"),
        ("Which painter used tar for the sails of Osterby?", "phrase", "painter"),
        ("Which sailor this week left the club of Lindholm?", "phrase", "sailor"),
    ],
)
def test_a_question_asks_for_a_value_of_one_sort(question: str, sort: str, noun: str):
    value = wanted(question)
    assert value is not None and (value.sort, value.noun) == (sort, noun)


@pytest.mark.parametrize(
    "question",
    ["Why did the dyke break?", "How did they flee?", "Did the dyke break?", "What did the mayor say?", "The dyke."],
)
def test_reasons_manners_words_and_yes_or_no_are_no_values(question: str):
    assert wanted(question) is None


@pytest.mark.parametrize(
    ("question", "many"),
    [
        ("Which towns were flooded?", True),
        ("Which two towns were flooded?", True),
        ("Who else came?", True),
        ("What are the names of the boats?", True),
        ("Who is helping Osterby?", True),
        ("Which town was flooded?", False),
        ("Which bus crashed?", False),
        ("Which class won?", False),
    ],
)
def test_a_question_may_ask_for_several(question: str, many: bool):
    value = wanted(question)
    assert value is not None and value.many == many


def test_who_did_it_is_asked_for_as_the_one_who_did():
    subjects = {question: wanted(question) for question in ("Who won the vote?", "Who did the mayor meet?")}
    assert [value is not None and value.subject for value in subjects.values()] == [True, False]


# --- figures ---------------------------------------------------------------------------------------------------------


def test_the_figure_of_what_is_counted_weighs_most():
    first, second = found(BOATS, "The storm sank 12 boats, while 40 sailors were saved.")
    assert (first.words, second.words) == ("12", "40") and first.weight > second.weight


@pytest.mark.parametrize(
    ("sentence", "given_words"),
    [
        ("The storm sank over 12 boats.", "over 12"),
        ("At least 12 boats sank.", "At least 12"),
        ("No more than 12 boats sank.", "No more than 12"),
        ("Moreover 12 boats sank.", "12"),
        ("Not less than twelve boats sank.", "Not less than twelve"),
    ],
)
def test_a_figure_keeps_the_words_that_bound_it(sentence: str, given_words: str):
    (claim,) = found(BOATS, sentence)
    assert claim.words == given_words and claim.number is not None and claim.number.value == 12


@pytest.mark.parametrize(
    ("question", "sentence", "given_words"),
    [
        ("How much did the bridge cost?", "The bridge cost about $4.5 million.", "about $4.5 million"),
        ("How long is the bridge?", "The bridge is 12 km long.", "12 km"),
        ("What percentage of Osterby voted?", "In Osterby 61 per cent voted.", "61 per cent"),
    ],
)
def test_a_figure_keeps_its_unit(question: str, sentence: str, given_words: str):
    (claim,) = found(question, sentence)
    assert claim.words == given_words and claim.unit


def test_dates_ratios_and_the_figures_of_the_question_are_no_figures_in_answer():
    assert words(BOATS, "On 3 May 2021 some boats sank.") == []
    assert words(BOATS, "One in ten boats sank.") == []
    assert words("How many of the 300 boats sank?", "Of 300 boats 12 sank.") == ["12"]


# --- dates -----------------------------------------------------------------------------------------------------------


def test_dates_are_given_as_far_as_they_are_not_asked_about():
    sentence = "In 2021 the dyke broke on 3 May 2021, or 5 May."
    assert words("When did the dyke break in 2021?", sentence) == ["3 May 2021", "5 May"]
    assert words(DYKE, "The dyke broke in silence.") == []


# --- names -----------------------------------------------------------------------------------------------------------


def test_a_name_falls_without_its_titles_the_words_of_the_question_and_days():
    sentence = "On Monday Mr Karim Haddad and President Greta Holm ran the Port of Osterby."
    assert words(PORT, sentence) == ["Greta Holm", "Karim Haddad"]


def test_a_whole_name_stays_that_runs_on_from_words_of_the_question():
    asked = "Who was named Pilot of the Year of the Lindholm Yacht Club?"
    assert words(asked, "Greeted by crowds: Lindholm Yacht Club Pilot of the Year Greta Holm.") == ["Greta Holm"]
    assert words(asked, "The members of Lindholm Yacht Club Ashore met on Sunday.") == []


def test_the_first_word_of_a_sentence_is_a_name_where_it_is_known_as_one():
    sentence = "Holm runs the Port of Osterby."
    assert words(PORT, sentence) == []
    assert words(PORT, sentence, known=frozenset({"Holm"})) == ["Holm"]


def test_who_did_it_is_named_before_what_was_done_or_after_by():
    question = "Who won the vote in Osterby?"
    assert words(question, "After the count Greta Holm won the vote over Karim Haddad.")[0] == "Greta Holm"
    assert words(question, "The vote against Karim Haddad was won by Greta Holm.")[0] == "Greta Holm"


def test_the_name_that_stands_nearer_to_what_is_asked_weighs_more():
    sentence = "The mayor of Lindholm sat at home and read, while in Brackwater the ministers met over tea."
    assert words("Where did the ministers meet?", sentence)[0] == "Brackwater"


# --- phrases ---------------------------------------------------------------------------------------------------------


def test_a_phrase_is_a_few_words_that_the_question_does_not_have():
    given_words = words(SPORT, "Greta Holm plays ice hockey for her town.")
    assert "ice hockey" in given_words and not any("Greta" in one for one in given_words)


def test_what_stands_in_quotation_marks_is_one_phrase():
    assert words("Which song does Greta Holm play?", "Greta Holm plays “the long tide home” badly.")[0] == (
        "the long tide home"
    )


def test_what_is_of_the_kind_that_the_noun_says_fits_better(embedder: Embedder):
    value = wanted(SPORT)
    assert value is not None
    fit = fitting(value, ["ice hockey", "harbour master"], embed=embedder.embed)
    assert fit["ice hockey"] > fit["harbour master"]
    assert all(0.0 <= one <= 1.0 for one in fit.values())


def test_without_a_noun_anything_fits(embedder: Embedder):
    value = wanted(PORT)
    assert value is not None
    assert fitting(value, ["Greta Holm", "tea"], embed=embedder.embed) == {"Greta Holm": 1.0, "tea": 1.0}


# --- one value or two ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "one", "other", "same"),
    [
        (BOATS, "The storm sank 12 boats.", "Twelve boats sank.", True),
        (BOATS, "The storm sank 12 boats.", "The storm sank 20 boats.", False),
        ("How long is the bridge?", "The bridge is 12 km long.", "The bridge is 12 miles long.", False),
        (DYKE, "The dyke broke on 3 May 2021.", "The dyke broke in May 2021.", True),
        (DYKE, "The dyke broke on 3 May 2021.", "The dyke broke on 5 May.", False),
        (PORT, "The port of Osterby is run by Greta Holm.", "The port of Osterby is run by Holm.", True),
        (PORT, "The port of Osterby is run by Greta Holm.", "The port of Osterby is run by Karim Haddad.", False),
    ],
)
def test_two_claims_give_one_value_or_two(question: str, one: str, other: str, same: bool):
    (left, *_), (right, *_) = found(question, one), found(question, other)
    assert left.same(right) == right.same(left) == same


def test_words_that_mean_nothing_by_themselves_are_the_same_as_themselves():
    (one, *_), (other, *_) = found("What was the answer?", '"No"'), found("What was the answer?", '"no"')
    assert one.same(one) and one.same(other)


# --- any text --------------------------------------------------------------------------------------------------------

QUESTIONS = [BOATS, DYKE, PORT, SPORT, "Where did they meet?", "Who won the vote?"]


@given(st.sampled_from(QUESTIONS), st.text())
def test_claims_stand_in_their_sentence_heaviest_first(question: str, sentence: str):
    given_claims = found(question, sentence)
    assert all(sentence[claim.start : claim.end] == claim.words != "" for claim in given_claims)
    weights = [claim.weight for claim in given_claims]
    assert weights == sorted(weights, reverse=True) and all(0.0 <= weight <= 1.0 for weight in weights)


@given(st.text())
def test_any_question_asks_for_some_value_or_none(question: str):
    value = wanted(f"What is {question}")
    assert value is None or value.sort in {"number", "date", "name", "phrase"}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("sentence", HOSTILE, ids=lambda sentence: repr(sentence[:6]))
def test_a_hostile_sentence_takes_no_longer_than_another(question: str, sentence: str):
    assert len(found(question, sentence)) < 100


@pytest.mark.timeout(60)
@pytest.mark.parametrize("sentence", ["12 boats, " * 10_000, "Greta Holm won, " * 6_000, "sank on 5 May, " * 6_000])
@pytest.mark.parametrize("question", [BOATS, DYKE, "Who won the vote?"])
def test_a_sentence_full_of_what_is_asked_takes_no_longer_than_another(question: str, sentence: str):
    assert len(found(question, sentence)) < 100


@pytest.mark.parametrize(
    "sentence",
    [
        "Greta Holm defeated Nils Aker in the final to win the regatta.",
        "Greta Holm (Lindholm Yacht Club) won the regatta.",
        "At Cape Varn, Greta Holm won the regatta.",
    ],
)
def test_who_did_it_is_not_who_was_beaten_nor_where(sentence: str):
    given_names = found("Who won the regatta?", sentence)
    first, *others = sorted(given_names, key=lambda claim: -claim.weight)
    assert first.words == "Greta Holm" and others and others[0].weight < 0.7 * first.weight


def given_dates(question: str, sentence: str, published: str | None) -> list[Claim]:
    query = understand(question)
    wanted = asked(query)
    assert wanted is not None
    return claims(query, wanted, sentence, weigh=weigh, published=published)


def test_a_weekday_is_a_date_where_the_day_of_publication_is_known():
    sentence = "The dyke broke on Wednesday."
    (known,), (unknown,) = given_dates(DYKE, sentence, "2024-03-10"), given_dates(DYKE, sentence, None)
    assert known.date is not None and known.date.day_iso == "2024-03-06" and known.sure
    assert (unknown.words, unknown.date, unknown.sure) == ("Wednesday", None, False)
    assert known.same(unknown)


def test_a_weekday_beside_its_date_is_no_date_of_its_own():
    assert [claim.words for claim in given_dates(DYKE, "The dyke broke on Sunday, 3 March 2024.", "2024-03-10")] == [
        "3 March 2024"
    ]


def test_a_date_in_another_part_of_the_sentence_weighs_less():
    near, far = given_dates(DYKE, "The dyke broke on Sunday; the town was founded in 1912.", "2024-03-10")
    assert (near.words, far.words) == ("Sunday", "1912") and far.weight < near.weight


def test_the_seat_of_a_government_lies_in_its_country():
    (tokyo,) = given_names("Where is Greta Holm?", "Greta Holm is in Tokyo.")
    (japan,) = given_names("Where is Greta Holm?", "Greta Holm is in Japan.")
    assert tokyo.within(japan) and japan.within(tokyo) and not tokyo.within(tokyo) and not tokyo.same(japan)


def given_names(question: str, sentence: str) -> list[Claim]:
    return given_dates(question, sentence, None)


@pytest.mark.parametrize("question", ["What is Norrland doing for Osterby?", "Who is Greta Holm?", "What is Osterby?"])
def test_what_somebody_does_or_is_is_no_value(question: str):
    assert asked(understand(question)) is None


# --- who does it -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", ["Who captured Osterby?", "Who is in control of Osterby?"])
def test_whom_it_is_done_to_stands_against_nobody_who_does_it(question: str):
    claim = {one.words: one for one in found(question, "The Tern League has captured the Osterby fort of Sant Ulric.")}
    assert claim["Tern League"].sure and not claim["Tern League"].done_to
    assert "Sant Ulric" not in claim or not claim["Sant Ulric"].sure


def test_of_what_creed_somebody_is_names_nobody():
    question = "Who is in control of Osterby?"
    assert words(question, "Officials say that Unionist fishermen now control Osterby.") == []
    assert words(question, "Officials say that the Unionist League now controls Osterby.") == ["Unionist League"]
