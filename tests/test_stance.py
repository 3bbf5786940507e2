"""What sentences say of an event, when two of them exclude each other, and what outlets call whom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_hits import HOSTILE

from rag import text
from rag.question import understand
from rag.stance import Opposition, asks_for_a_name, labels, naming, opposes, stance


def about(*words: str) -> set[str]:
    return {text.stem(word) for word in words}


def kind(sentence: str, *words: str) -> str | None:
    found = stance(sentence, about(*words))
    return found.kind if found else None


@pytest.mark.parametrize(
    ("sentence", "word", "expected"),
    [
        ("The envoy visited Port Vale on Monday.", "visit", "done"),
        ("The envoy has visited Port Vale.", "visit", "done"),
        ("The country has already sent two frigates.", "send", "done"),
        ("Two frigates were sent by the country.", "send", "done"),
        ("The council managed to send a boat.", "send", "done"),
        ("The navy blocked the strait, seizing a tanker.", "seize", "under way"),
        ("France is assisting the coast guard.", "assist", "under way"),
        ("The admiral responded by sending three boats.", "send", "under way"),
        ("The envoy will visit Port Vale.", "visit", "intended"),
        ("The envoy is set to visit Port Vale.", "visit", "intended"),
        ("The envoy is to visit Port Vale.", "visit", "intended"),
        ("The envoy announced that she would visit Port Vale.", "visit", "intended"),
        ("The brigades signalled their willingness to intervene.", "intervene", "intended"),
        ("Their men were prepared to enter Norland.", "enter", "intended"),
        ("The mayor has pledged to send boats.", "send", "intended"),
        ("France pledged military support.", "support", "intended"),
        ("France offered the islands its help.", "help", "intended"),
        ("France appears unwilling to commit additional ships.", "commit", "unlikely"),
        ("France is unlikely to offer much support.", "support", "unlikely"),
        ("France will not send boats.", "send", "unlikely"),
        ("The union refused to sign the contract.", "sign", "unlikely"),
        ("France ruled out sending troops.", "send", "unlikely"),
        ("France has no plans to send troops.", "send", "unlikely"),
        ("The company cannot send more crews.", "send", "unlikely"),
        ("France has not sent boats.", "send", "denied"),
        ("France didn’t send boats.", "send", "denied"),
        ("The envoy never visited Port Vale.", "visit", "denied"),
        ("No such request has been made.", "make", "denied"),
        ("The ministry denied that France had sent boats.", "send", "denied"),
        ("There is no evidence that France has sent boats.", "send", "denied"),
        ("The envoy cancelled her visit to Port Vale.", "visit", "denied"),
        ("France may send boats.", "send", "possible"),
        ("France did not rule out sending boats.", "send", "possible"),
        ("The islands asked France to send boats.", "send", "asked"),
    ],
)
def test_the_verb_group_says_whether_it_is_done(sentence: str, word: str, expected: str):
    assert kind(sentence, word) == expected


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("If France sends boats, the strait will open.", "send"),
        ("It is unclear whether France sent boats.", "send"),
        ("In the past France sent boats.", "send"),
        ("France has long supported the islands.", "support"),
        ("The navy sent boats back in 2016.", "send"),
        ("A French-backed militia held the port.", "back"),
        ("The captured town lay silent.", "capture"),
        ("France sent boats but will not send planes.", "send"),
        ("The islands turned to France for support.", "support"),
        ("The reinforcements came to assist the garrison.", "assist"),
        ("The harbour was quiet.", "send"),
        ("Backed by France, the islands voted.", "back"),
    ],
)
def test_a_sentence_that_cannot_be_read_says_nothing(sentence: str, word: str):
    assert kind(sentence, word) is None


def test_a_modal_that_governs_another_verb_is_of_no_concern():
    assert kind("The envoy visited Port Vale, which could anger the islands.", "visit") == "done"
    assert kind("The storm might turn, and the envoy has visited Port Vale.", "visit") == "done"


def test_the_span_is_the_verb_group_with_what_it_governs():
    sentence = "After the vote Paris appears unwilling to commit additional ships unless the islands pay."
    found = stance(sentence, about("commit"))
    assert found and sentence[found.start : found.end] == "appears unwilling to commit additional ships"


def opposed(question: str, a: str, b: str) -> Opposition | None:
    found, mirrored = opposes(a, b, understand(question)), opposes(b, a, understand(question))
    assert (found is None) == (mirrored is None)
    return found


OPPOSED = [
    (
        "Are Kenyan militias fighting for Halden?",
        "Kenyan militias have signalled their willingness to fight for Halden.",
        "Sudan has responded by sending reinforcements, among them militia groups from Kenya.",
        "whether",
    ),
    (
        "Is France supporting Halden?",
        "Paris appears unwilling to commit additional resources unless Halden holds the coast.",
        "France confirmed its military involvement, stating that its forces were assisting Halden.",
        "whether",
    ),
    (
        "Will France help Halden?",
        "France has reportedly pledged Halden its continued backing.",
        "France is unlikely to offer substantial support to Halden.",
        "whether",
    ),
    (
        "Has Ruiz been to Port Vale?",
        "Foreign Minister Ana Ruiz is set to visit Port Vale.",
        "Ruiz visited Port Vale on Sunday.",
        "whether",
    ),
    (
        "Has Norland's foreign minister been to Port Vale?",
        "Norland’s foreign minister, Ana Ruiz, is expected in Port Vale.",
        "Norland’s foreign minister, Ana Ruiz, came to Port Vale on Sunday.",
        "whether",
    ),
    (
        "Did Ruiz travel to Port Vale?",
        "Ana Ruiz announced that she would travel to Port Vale on Sunday.",
        "Ana Ruiz never travelled to Port Vale.",
        None,
    ),
    (
        "Did Ruiz visit Port Vale?",
        "Ana Ruiz visited Port Vale on Sunday.",
        "The office of Ana Ruiz denied that she had visited Port Vale.",
        "whether",
    ),
    (
        "Has the mayor signed the harbour treaty?",
        "The mayor has signed the harbour treaty.",
        "The mayor refused to sign the harbour treaty.",
        "whether",
    ),
    ("Does Ruiz support the bill?", "Ruiz supports the bill.", "Ruiz has rejected the bill.", "whether"),
    ("Does Ruiz back the bill?", "Ruiz backed the bill.", "Ruiz does not support the bill.", "whether"),
    (
        "Who holds Tarn Bridge?",
        "Marsh factions attacked at night, seizing the town of Tarn Bridge.",
        "Hundreds of fishermen are trapped in places such as Tarn Bridge.",
        "whether",
    ),
    (
        "What happened in Tarn Bridge?",
        "Marsh factions took Tarn Bridge.",
        "Tarn Bridge held its breath: the guards were holding out in Tarn Bridge.",
        "whether",
    ),
    (
        "Where was Halden?",
        "Halden, who had fled to Lisbon last week, spoke on Monday.",
        "President Halden remained conspicuously absent from public view.",
        "place",
    ),
    (
        "Where was President Halden during the storm?",
        "President Halden stayed in Lisbon.",
        "President Halden was nowhere to be seen.",
        "place",
    ),
    (
        "Did the strikers meet resistance?",
        "The strikers encountered little resistance at the gates.",
        "The strikers met stiff resistance at the gates.",
        "whether",
    ),
    (
        "How much resistance did the rebels meet?",
        "The rebels encountered minimal resistance.",
        "The insurgents reported fierce battles north of the river.",
        "whether",
    ),
]


@pytest.mark.parametrize(("question", "a", "b", "matter"), OPPOSED)
def test_two_quotes_that_exclude_each_other_are_opposed(question: str, a: str, b: str, matter: str | None):
    found = opposed(question, a, b)
    assert (found.matter if found else None) == matter


AGREED = [
    ("the same twice", "Did Ruiz visit Port Vale?", "Ruiz visited Port Vale.", "On Sunday Ruiz visited Port Vale."),
    ("another person", "Did Ruiz visit Port Vale?", "Ruiz visited Port Vale.", "Haddad will visit Port Vale."),
    ("another place", "Did Ruiz visit Port Vale?", "Ruiz visited Port Vale.", "Ruiz will visit Tarn Bridge."),
    ("another event", "Did Ruiz visit Port Vale?", "Ruiz visited Port Vale.", "Ruiz will not sell Port Vale."),
    ("a mere chance", "Did Ruiz visit Port Vale?", "Ruiz visited Port Vale.", "Ruiz may visit Port Vale again."),
    (
        "a date is asked, which both give",
        "When did Ruiz visit Port Vale?",
        "Ruiz will visit Port Vale on Sunday.",
        "Ruiz visited Port Vale on Sunday.",
    ),
    (
        "other goods",
        "Is France helping Halden?",
        "France has sent medicine to Halden.",
        "France is unlikely to send tanks to Halden.",
    ),
    (
        "one article says both",
        "Is France helping Halden?",
        "France is assisting Halden. France is unlikely to assist Halden further.",
        "France is assisting Halden.",
    ),
    (
        "those it backs are not the country",
        "Is France helping Halden?",
        "French-backed militias have signalled their willingness to fight for Halden.",
        "France is assisting Halden.",
    ),
    (
        "help of old",
        "Is France helping Halden?",
        "In the past France assisted Halden.",
        "France appears unwilling to commit more resources.",
    ),
    (
        "on a condition",
        "Is France helping Halden?",
        "If France assists Halden, the war will last.",
        "France appears unwilling to commit more resources.",
    ),
    (
        "help that is asked for",
        "Is France helping Halden?",
        "Halden asked France to assist him.",
        "France appears unwilling to commit more resources.",
    ),
    (
        "not yet, but planned",
        "Has Ruiz visited Port Vale?",
        "Ruiz has not yet visited Port Vale.",
        "Ruiz will visit Port Vale.",
    ),
    (
        "going on is no mere intention",
        "Is France helping Halden?",
        "France pledged continued support.",
        "France is assisting Halden.",
    ),
    ("another town", "Who holds Tarn Bridge?", "Factions took Port Vale.", "Fishermen are trapped in Tarn Bridge."),
    ("another asked", "How many died in Tarn Bridge?", "Factions took Tarn Bridge.", "Men are trapped in Tarn Bridge."),
    (
        "another absent",
        "Where was Halden?",
        "Halden had fled to Lisbon.",
        "Opposition leader Costa was nowhere to be seen.",
    ),
    ("one place twice", "Where was Halden?", "Halden had fled to Lisbon.", "Halden stayed in Lisbon."),
    (
        "resistance to others",
        "Did the rebels meet resistance?",
        "The rebels met little resistance.",
        "The government met stiff resistance.",
    ),
    (
        "heavy and light things of two kinds",
        "Did the strikers meet resistance?",
        "The strikers met little resistance.",
        "The strikers walked through heavy rain.",
    ),
    (
        "for another bill",
        "Does Ruiz support the harbour bill?",
        "Ruiz supports the harbour bill.",
        "Ruiz rejected peace.",
    ),
    ("no question of it", "How many boats sank?", "France will send boats.", "France has sent boats."),
    ("no actor", "Who supports the bill?", "Ruiz supports the bill.", "Costa opposes the bill."),
    (
        "done to it, not by it",
        "Has France attacked the Norland fleet?",
        "France was attacked by the Norland fleet.",
        "France has not attacked the Norland fleet.",
    ),
    (
        "a fight against is no help",
        "Is France helping Halden?",
        "France will fight against Halden.",
        "France is assisting Halden.",
    ),
    (
        "help of nobody in question",
        "Is France helping Halden?",
        "France will help its pupils to read.",
        "France is assisting Halden.",
    ),
    ("nothing read", "Is France helping Halden?", "France and Halden are old friends.", "France is a republic."),
]


@pytest.mark.parametrize(("question", "a", "b"), [row[1:] for row in AGREED], ids=[row[0] for row in AGREED])
def test_what_can_both_hold_is_not_opposed(question: str, a: str, b: str):
    assert opposed(question, a, b) is None


def test_an_opposition_says_which_words_of_each_quote_make_it():
    a = "Foreign Minister Ana Ruiz is set to visit Port Vale, aides said."
    b = "Ruiz visited Port Vale on Sunday to meet Halden."
    found = opposes(a, b, understand("Did Ruiz visit Port Vale?"))
    assert found
    assert a[slice(*found.left)] == "is set to visit Port Vale"
    assert b[slice(*found.right)] == "visited Port Vale on Sunday"
    assert "intended" in found.reason


def test_he_is_whom_the_sentence_before_names():
    a = "Halden is back from the north. He has sent boats and is assisting Norland."
    b = "Halden is unlikely to offer support to Norland."
    assert opposed("Is Halden helping Norland?", a, b)


# --- labels ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The revolutionary forces advanced.", ["revolutionary forces"]),
        ("Islamist insurgents seized the port.", ["Islamist insurgents"]),
        ("It fell to French-backed rebels.", ["French-backed rebels"]),
        ("Militants entered at dawn.", ["Militants"]),
        ("The opposition has taken the bridge.", ["opposition"]),
        ("Opposition forces met the army.", ["Opposition forces", "army"]),
        ("Rebel fighters fired.", ["Rebel fighters"]),
        ("The rebel-held quarter burned.", []),
        ("An Al-Qaeda-linked group claimed it.", ["Al-Qaeda-linked group"]),
        ("The group met the forces of nature.", []),
        ("The rebel campaign goes on.", []),
        ("Syrian government troops fled.", ["Syrian government troops"]),
        ("The harbour was quiet.", []),
    ],
)
def test_labels_are_noun_phrases_of_who_fights_and_governs(sentence: str, expected: list[str]):
    found = labels(sentence)
    assert [one.text for one in found] == expected
    assert all(sentence[one.start : one.end] == one.text for one in found)


QUOTES = (
    "Revolutionary fighters captured Port Vale overnight.",
    "The fall of Port Vale to French-backed rebels came fast.",
    "Islamist insurgents have seized Port Vale, driving out government troops.",
    "Rain fell on the islands.",
)


@pytest.mark.parametrize(
    "question",
    [
        "Who are the forces that took Port Vale?",
        "How do the outlets describe the fighters who seized Port Vale?",
        "What do the articles call the forces that captured Port Vale?",
        "What are the groups that captured Port Vale called?",
    ],
)
def test_what_outlets_call_those_who_did_it_is_set_side_by_side(question: str):
    found = naming(understand(question), QUOTES)
    assert [(one.quote, one.label) for one in found] == [
        (0, "Revolutionary fighters"),
        (1, "French-backed rebels"),
        (2, "Islamist insurgents"),
    ]
    assert all(QUOTES[one.quote][slice(*one.span)] == one.label for one in found)


def test_who_advances_takes_one_place_after_the_other():
    question = understand("What do the outlets call the advancing forces?")
    quotes = ["Insurgents seized the mill.", "The rebels' advance went on.", "It would take militants to do so."]
    assert [one.label for one in naming(question, quotes)] == ["Insurgents", "rebels"]


def test_the_rebels_are_called_what_stands_for_rebels():
    question = understand("What are the rebels called?")
    assert [one.label for one in naming(question, ["Islamist insurgents hid.", "Militants hid.", "The army hid."])] == [
        "Islamist insurgents",
        "Militants",
    ]


def test_those_of_the_other_side_are_not_who_is_asked_about():
    question = understand("Who are the people fighting against Halden?")
    quotes = ["Pro-Halden militias fight on.", "Insurgents fight Halden.", "Revolutionary forces fight Halden."]
    assert [one.label for one in naming(question, quotes)] == ["Insurgents", "Revolutionary forces"]


def test_who_they_are_may_be_what_they_consist_of():
    question = understand("Who are the people fighting against Halden in this campaign?")
    quotes = [
        "The revolutionary forces of the north are composed primarily of Norlanders who long for home.",
        "A rebel group, dominated by French factions, came over the river.",
        "The army is composed of recruits.",
    ]
    assert [one.label for one in naming(question, quotes)] == [
        "composed primarily of Norlanders",
        "dominated by French factions",
    ]


def test_a_place_that_was_named_before_is_the_city():
    question = understand("Who are the forces that took Port Vale?")
    quotes = ["Insurgents took Port Vale.", "It put the city in the hands of French-backed rebels.", "Gunmen hold Ayr."]
    assert [one.label for one in naming(question, quotes)] == ["Insurgents", "French-backed rebels"]


def test_outlets_that_call_them_alike_do_not_differ():
    question = understand("Who are the forces that took Port Vale?")
    assert naming(question, ["Insurgents took Port Vale.", "Islamist insurgents seized Port Vale."]) == ()


@pytest.mark.parametrize(
    "question",
    [
        "Who called the attack cowardly?",
        "How many rebels took Port Vale?",
        "What is the name of the campaign?",
        "When did the rebels take Port Vale?",
        "Who is the head of the navy?",
        "Who are the rebels fighting?",
    ],
)
def test_other_questions_ask_for_no_name(question: str):
    assert not asks_for_a_name(understand(question))
    assert naming(understand(question), QUOTES) == ()


@pytest.mark.parametrize(
    "junk", [*HOSTILE, "will not " * 12_000, "forces " * 15_000, "pro-" * 25_000, "sent, " * 17_000]
)
def test_junk_is_read_in_time(junk: str):
    question = understand("Is France helping Halden?")
    assert opposes(junk, "France is assisting Halden.", question) is None
    assert naming(understand("Who are the forces that took Port Vale?"), [junk]) == ()


@given(st.text(max_size=300), st.text(max_size=300))
def test_spans_lie_within_their_quotes(a: str, b: str):
    found = opposes(
        "France will send boats. " + a, "France is unlikely to help. " + b, understand("Is France helping?")
    )
    if found:
        assert 0 <= found.left.start < found.left.end <= len(a) + 24
    for one in labels(a + " rebels " + b):
        assert 0 <= one.start < one.end


def test_who_was_not_seen_for_days_may_be_somewhere_now():
    seen, unseen = "Greta Holm is back in Osterby.", "Greta Holm was nowhere to be seen for days."
    assert opposes(seen, unseen, understand("Where is Greta Holm now?")) is None
    assert opposes(seen, unseen, understand("Where was Greta Holm in May?")) is not None
