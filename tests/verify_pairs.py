"""Statements with the words that they cite, made up: which of them the words bear out, in part or not at all."""

from itertools import product

# Each a statement, the cited words, and the day of publication where it matters.
Pair = tuple[str, str, str | None]


def _pairs(*rows: tuple[str, ...]) -> list[Pair]:
    return [(row[0], row[1], row[2] if len(row) > 2 else None) for row in rows]


# --- numbers

COUNTED = [("boats", "sank off Osterby"), ("homes", "burned in Lindal"), ("workers", "left the Karlo mine")]
# Of these the second is cited; the first follows from it.
IMPLIED = [
    ("300", "three hundred"), ("At least 300", "over 300"), ("More than 400", "over 412"), ("About 300", "about 300"),
    ("1,500", "1.5k"), ("Nearly 300", "nearly 300"), ("Some 300", "around 300"), ("Fewer than 500", "under 450"),
    ("Hundreds of", "412"), ("Over 300", "more than 300"), ("About 400", "412"),
]  # fmt: skip
LOOSER = [("300", "over 300"), ("About 300", "over 300"), ("300", "nearly 300"), ("Over 300", "at least 300"),
          ("300", "up to 300"), ("300", "between 300 and 400")]  # fmt: skip
FALSE = [("Fewer than 300", "over 300"), ("500", "over 300"), ("40", "12"), ("Over 500", "over 412"),
         ("Up to 200", "over 300"), ("2,000", "two hundred")]  # fmt: skip


def _counts(forms: list[tuple[str, str]]) -> list[Pair]:
    return [
        (f"{mine} {thing} {happened}.", f"Officials said that {cited} {thing} {happened} at night.", None)
        for (mine, cited), (thing, happened) in product(forms, COUNTED)
    ]


TRUE_NUMBERS = _counts(IMPLIED) + _pairs(
    ("40 people were wounded.", "The blast killed 12 civilians and wounded 40."),
    ("Twelve civilians were killed.", "The blast killed 12 civilians and wounded 40."),
    ("61 civilians were among the dead.", "412 people died, among them 61 civilians."),
    ("Prices rose by 5 percent.", "Prices rose 5% in June."),
    ("The bridge cost $3 million.", "The council said the bridge cost three million dollars."),
    ("The price rose to 10 crowns.", "The price rose from 5 to 10 crowns."),
    ("Between 300 and 400 boats sank.", "Officials said 300 to 400 boats sank."),
    ("Three bridges were closed.", "The storm closed three of the town's bridges."),
)
LOOSE_NUMBERS = _counts(LOOSER) + _pairs(
    ("The bridge cost $5 million.", "The bridge cost 5 million."),
    ("12 soldiers died in the fire.", "12 people died in the fire."),
)
FALSE_NUMBERS = _counts(FALSE) + _pairs(
    ("40 civilians were killed.", "The blast killed 12 civilians and wounded 40."),
    ("412 civilians died.", "412 people died, among them 61 civilians."),
    ("Twelve houses were destroyed.", "The storm sank 12 boats and destroyed 3 houses."),
    ("Prices rose by 5 percent.", "Prices rose by 5 crowns."),
    ("The share rose by 5 percentage points.", "The share rose by 5 percent."),
    ("The bridge cost 5 million euros.", "The bridge cost $5 million."),
    ("The trip took 30 days.", "The trip took 30 hours."),
    ("The price fell from 5 to 10 crowns.", "The price rose from 10 to 5 crowns."),
    ("One boat sank off Osterby.", "Three boats sank off Osterby."),
    ("5,000 people live in Lindal.", "About 50,000 people live in Lindal."),
)

# --- dates and weekdays; 1 December 2024 was a Sunday

SUNDAY, WEDNESDAY = "2024-12-01", "2024-12-04"
TRUE_DAYS = _pairs(
    ("The boats sank on 1 December 2024.", "The boats sank on Sunday.", SUNDAY),
    ("The boats sank on 1 December 2024.", "The boats sank on Sunday.", WEDNESDAY),
    ("The boats sank on 29 November.", "The boats were sunk late on Friday.", SUNDAY),
    ("The mayor will visit Lindal on 6 December.", "The mayor will visit Lindal on Friday.", WEDNESDAY),
    ("The boats sank on Sunday.", "The boats sank on 1 December 2024."),
    ("The boats sank on 30 November 2024.", "The boats sank yesterday, owners wrote.", SUNDAY),
    ("The boats sank on 28 November 2024.", "The boats sank on 28 November.", SUNDAY),
    ("The boats sank in December 2024.", "The boats sank on Sunday.", WEDNESDAY),
    ("On Tuesday the boats sank.", "The boats sank on Tuesday."),
    ("The pier was rebuilt on 5 June.", "The storm hit on 3 May and the pier was rebuilt on 5 June."),
)
FALSE_DAYS = _pairs(
    ("The boats sank on 1 December 2024.", "The boats sank on Sunday."),
    ("The boats sank on 2 December 2024.", "The boats sank on Sunday.", WEDNESDAY),
    ("The boats sank on 8 December 2024.", "The boats sank on Sunday.", WEDNESDAY),
    ("The boats sank on Monday.", "The boats sank on Sunday.", WEDNESDAY),
    ("The boats sank on Monday.", "The boats sank on 1 December 2024."),
    ("The boats sank on 24 November 2024.", "The boats sank last Sunday.", WEDNESDAY),
    ("The boats sank on 28 November 2023.", "The boats sank on 28 November.", SUNDAY),
    ("The storm hit on 5 June.", "The storm hit on 3 May and the pier was rebuilt on 5 June."),
    ("The storm hit on Friday.", "The storm hit on Monday, and the ferry returned on Friday."),
    ("The boats sank in 2023.", "The boats sank on Sunday.", SUNDAY),
)

# --- who did what to whom, and where

ACTORS = [("Norland", "Sudria"), ("the army", "the rebels"), ("Karim Haddad", "Greta Holm")]
VERBS = [("attacked", "attacked"), ("captured", "captured"), ("defeated", "defeated"), ("warned", "warned")]


def _first(words: str) -> str:
    return words[0].upper() + words[1:]


TRUE_ROLES = [
    pair
    for (one, other), (past, participle) in product(ACTORS, VERBS)
    for pair in (
        (f"{_first(other)} was {participle} by {one}.", f"On Monday {one} {past} {other}.", None),
        (f"{_first(one)} {past} {other}.", f"{_first(other)} was {participle} by {one} at dawn.", None),
    )
    if past != "warned" or one != "the army"
] + _pairs(
    ("Karim Haddad said that Greta Holm left the party.", "Greta Holm left the party, Karim Haddad said."),
    ("The rebels captured the town.", "The rebels, backed by Sudria, captured the town and killed 12 soldiers."),
    ("The rebels killed 12 soldiers.", "The rebels captured the town and killed 12 soldiers."),
    ("Norland attacked the port.", "Norland and Sudria attacked the port."),
    ("The mayor resigned.", "Greta Holm, the mayor of Osterby, resigned."),
    ("A bomb exploded in Lindal.", "A bomb exploded in Lindal while troops withdrew from Osterby."),
    ("Troops withdrew from Osterby.", "A bomb exploded in Lindal while troops withdrew from Osterby."),
    ("Haddad flew to Lindal.", "Karim Haddad flew from Osterby to Lindal."),
    ("Russia sent a ship.", "Moscow sent a ship to the port."),
    ("HPA closed the port.", "The Harbour Port Authority closed the port."),
    ("Greta Holm met Karim Haddad.", "Karim Haddad met Greta Holm in Lindal."),
)
FALSE_ROLES = [
    pair
    for (one, other), (past, participle) in product(ACTORS, VERBS)
    for pair in (
        (f"{_first(other)} {past} {one}.", f"On Monday {one} {past} {other}.", None),
        (f"{_first(one)} was {participle} by {other}.", f"On Monday {one} {past} {other}.", None),
    )
] + _pairs(
    ("Karim Haddad said that Greta Holm left.", "Greta Holm said that Karim Haddad left."),
    ("Norland said that Sudria attacked the port.", "Sudria said that Norland attacked the port."),
    ("The army captured the town from the rebels.", "Rebels captured the town from the army."),
    ("The rebels captured the town.", "The rebels captured the airport and besieged the town."),
    ("A bomb exploded in Osterby.", "A bomb exploded in Lindal while troops withdrew from Osterby."),
    ("Haddad flew from Lindal to Osterby.", "Karim Haddad flew from Osterby to Lindal."),
    ("They say Karim Holm left.", "Karim Haddad and Greta Holm left, they say."),
    ("Turkey sent a ship to the port.", "Iran sent a ship to the port."),
    ("The governor resigned over the forged budget letters.", "The mayor resigned over the forged budget letters."),
    ("Haddad shut the port on Monday morning.", "The port authority shut the port on Monday morning."),
)

# --- quotations

TRUE_QUOTES = _pairs(
    ("Holm called it “a quiet war”.", "Holm called it “a quiet war” on Monday."),
    ('Holm called it "a quiet war".', "Holm called it a quiet war."),
    ("Holm called it a «quiet war».", "Holm called it a quiet war."),
    ("Holm called it a ‘quiet war’ again.", "Holm called it a quiet war, again."),
    ("Holm called it “a quiet war,” and left.", "Holm called it a quiet war and left."),
    ("The owners' boats sank and Holm's did too.", "The owners' boats sank, and Holm's did too."),
)
FALSE_QUOTES = [
    (f"Holm called it {mark[0]}a loud war{mark[1]}.", "Holm called it a quiet war, and said it was loud.", None)
    for mark in ["“”", '""', "«»", "‘’", "''", "„“"]
] + _pairs(("Holm called it “quiet war of a kind”.", "Holm called it a quiet war, of a kind unseen."))

# --- denied, meant, doubted

VERB = [
    ("visit", "visited", "the port of Lindal"),
    ("close", "closed", "the Karlo mine"),
    ("send", "sent", "200 trucks"),
]
HEDGES = [
    "will {base}", "plans to {base}", "pledged to {base}", "has promised to {base}", "offered to {base}",
    "is ready to {base}", "is prepared to {base}", "may {base}", "could {base}", "is expected to {base}",
    "is set to {base}", "reportedly {past}", "allegedly {past}", "is said to be considering whether to {base}",
]  # fmt: skip
DENIALS = ["did not {base}", "never {past}", "refused to {base}", "denied that it {past}", "has not {past}",
           "is unwilling to {base}", "declined to {base}"]  # fmt: skip


def _said(form: str, at: int) -> str:
    base, past, what = VERB[at]
    return f"Norland {form.format(base=base, past=past)} {what}."


LOOSE_MODALITY = [(_said("{past}", at), _said(form, at), None) for form, at in product(HEDGES, range(3))] + _pairs(
    ("Norland sent 200 trucks.", "Norland pledged 200 trucks."),
    ("Norland will visit Lindal.", "Norland could visit Lindal."),
    ("Norland plans to visit Lindal.", "Norland might visit Lindal."),
    ("The army left Osterby.", "The army may have left Osterby."),
    ("The army fled Osterby.", "Rebels claim that the army fled Osterby."),
    ("The visit to Lindal took place.", "A visit to Lindal is planned for May."),
)
FALSE_MODALITY = [(_said("{past}", at), _said(form, at), None) for form, at in product(DENIALS, range(3))] + _pairs(
    ("Norland will send 200 trucks.", "Norland is unlikely to send 200 trucks."),
    ("Norland is ready to send 200 trucks.", "Norland refused to send 200 trucks."),
    ("Norland did not send 200 trucks.", "Norland sent 200 trucks."),
    ("The rebels captured Osterby.", "The army denied reports that the rebels had captured Osterby."),
    ("No boats sank off Osterby.", "Boats sank off Osterby."),
    ("Boats sank off Osterby.", "No boats sank off Osterby."),
    ("Greta Holm is willing to talk.", "Greta Holm is unwilling to talk."),
)
TRUE_MODALITY = [(_said(form, at), _said(form, at), None) for form, at in product([*HEDGES, *DENIALS], range(3))]
TRUE_MODALITY += [(_said("reportedly {past}", at), _said("{past}", at), None) for at in range(3)]
TRUE_MODALITY += [(_said("did not {base}", at), _said("has not {past}", at), None) for at in range(3)]
TRUE_MODALITY += _pairs(
    ("Norland promised to send 200 trucks.", "Norland pledged to send 200 trucks."),
    ("Norland could visit Lindal.", "Norland will visit Lindal."),
    ("The council failed to approve the budget.", "The council did not approve the budget."),
    ("The boats sank off Osterby.", "The boats sank off Osterby, and Norland will send a ship."),
    ("Norland sent a ship.", "Norland sent a ship but will not send trucks."),
    ("The mine was closed on Monday.", "The owners, who may sell it, closed the mine on Monday."),
    ("Two hundred trucks were sent by Norland.", "Norland sent 200 trucks."),
    ("The budget was not approved by the council.", "The council did not approve the budget."),
)

# --- in other words

TRUE_WORDS = _pairs(
    ("Insurgents seized the town of Lindal.", "Rebels captured the town of Lindal."),
    ("Moscow's troops pulled out of Lindal.", "Russian troops withdrew from Lindal."),
    ("According to the council, the Karlo mine is shut.", "The Karlo mine is shut, the council said."),
    ("The storm sank twelve boats and closed the port.", "Twelve boats sank and the port closed in the storm."),
    ("Holm, who runs the harbour, was at home.", "Greta Holm, who runs the harbour, was at home on Tuesday."),
    ("Fish prices climbed.", "Fish prices rose in June."),
    ("A ceasefire was agreed in Lindal.", "Norland and Sudria agreed a truce in Lindal."),
    ("The wounded were taken to Osterby.", "Ambulances took the wounded to Osterby."),
    ("Residents of Lindal fled.", "Residents fled Lindal on foot."),
    ("The ferry to Lindal has been stopped.", "Owners have stopped the ferry to Lindal because of the storm."),
    ("The army left Osterby after rebels entered it.", "The army withdrew from Osterby when the rebels arrived."),
    ("The bridge at Lindal reopened.", "The bridge at Lindal was reopened by the mayor."),
)

TRUE = TRUE_NUMBERS + TRUE_DAYS + TRUE_ROLES + TRUE_QUOTES + TRUE_MODALITY + TRUE_WORDS
LOOSE = LOOSE_NUMBERS + LOOSE_MODALITY
LIES = FALSE_NUMBERS + FALSE_DAYS + FALSE_ROLES + FALSE_QUOTES + FALSE_MODALITY

# --- as news words them: not made by pattern, and most of them written before the rules that judge them

TRUE_IN_NEWS = _pairs(
    (
        "The Observatory counted 412 dead, 61 of them civilians.",
        "At least 412 people have been killed since Wednesday, including 61 civilians, the Observatory said.",
    ),
    (
        "Over 60 civilians are among the dead.",
        "At least 412 people have been killed since Wednesday, including 61 civilians, the Observatory said.",
    ),
    (
        "Russia is not willing to commit many more forces.",
        "Two officials said Moscow was unwilling to commit many more forces to the front.",
    ),
    (
        "Iraqi militias have signalled that they are ready to cross the border.",
        "Militias in Iraq signalled their readiness to cross the border in support of the government.",
    ),
    (
        "The foreign minister, Abbas Nuri, flew to Ankara after Damascus.",
        "Foreign Minister Abbas Nuri travelled to Damascus and then flew to Ankara.",
    ),
    (
        "Kurdish forces still hold Tal Rifan.",
        "Tal Rifan is still held by Kurdish forces, residents said.",
    ),
    (
        "The president was in Moscow when the offensive began.",
        "When the offensive began, the president was on a visit to Moscow.",
    ),
    (
        "State television showed him in Damascus on Saturday.",
        "On Saturday evening state television broadcast footage of him in Damascus.",
    ),
    (
        "Inflation fell to 4.2 percent in May.",
        "The statistics office said on Tuesday that inflation had slowed to 4.2% in May.",
    ),
    (
        "The union rejected the offer of a 5 percent raise.",
        "Workers turned down a 5 per cent raise, the union said.",
    ),
    (
        "More than two million people were left without power.",
        "The storm left over 2.1 million people without electricity.",
    ),
    (
        "The court sentenced him to 12 years in prison.",
        "He was sentenced to 12 years in prison by a court in Karlo.",
    ),
    (
        "The company plans to cut 3,000 jobs by 2026.",
        "The company said it would cut 3,000 jobs by the end of 2026.",
    ),
    (
        "Denmark summoned the ambassador.",
        "Denmark's foreign ministry summoned the ambassador over the remarks.",
    ),
    (
        "The ceasefire took effect at dawn.",
        "A ceasefire between the two sides took effect at dawn on Friday.",
    ),
    (
        "Nobody has claimed responsibility for the attack.",
        "No group has claimed responsibility for the attack so far.",
    ),
    (
        "The minister denied that he had taken bribes.",
        "The minister has denied taking bribes.",
    ),
    (
        "The government may call early elections.",
        "Officials say the government could call early elections in the autumn.",
    ),
    (
        "The striker scored two goals as Osterby beat Lindal 3-1.",
        "Osterby beat Lindal 3-1 with two goals from the striker Karim Haddad.",
    ),
    (
        "Police arrested 14 protesters.",
        "Fourteen protesters were arrested by police after clashes in the capital.",
    ),
    (
        "The central bank left rates unchanged at 5.25%.",
        "Rates were left unchanged at 5.25 percent by the central bank.",
    ),
    (
        "Rescuers pulled a girl from the rubble on Tuesday.",
        "On Tuesday rescuers pulled a six-year-old girl alive from the rubble of a school.",
    ),
    (
        "About a third of the town is under water, the mayor said.",
        "The mayor, Greta Holm, said roughly a third of the town was under water.",
    ),
    (
        "The Nordic fleet sank two smugglers' boats.",
        "Two boats used by smugglers were sunk by the Nordic fleet.",
    ),
    (
        "The talks ended without a deal.",
        "The talks in Geneva ended on Sunday without a deal.",
    ),
    (
        "He has not been seen in public since Wednesday.",
        "The general has not been seen in public since Wednesday, when the fighting began.",
    ),
    (
        "Eleven miners were rescued from a flooded shaft near Brena.",
        "Rescuers brought 11 miners out of a flooded shaft near the town of Brena on Thursday.",
    ),
    (
        "The prime minister, Lena Voss, will travel to Tarn next week.",
        "Prime Minister Lena Voss is to travel to Tarn next week for talks on fishing rights.",
    ),
    (
        "Voss said the treaty would be signed in June.",
        "“The treaty will be signed in June,” said Voss.",
    ),
    (
        "More than 90 percent of voters backed the constitution.",
        "The constitution was backed by 93 percent of voters.",
    ),
    (
        "Tarn cut its gas exports to Brena by half.",
        "Tarn has halved its exports of gas to Brena.",
    ),
    (
        "Two soldiers were killed and five injured in the ambush.",
        "An ambush killed two soldiers and injured five others.",
    ),
    (
        "The airline cancelled nearly 200 flights.",
        "The airline has cancelled 192 flights since Monday because of the strike.",
    ),
    (
        "The opposition leader was released from jail.",
        "Opposition leader Ivo Marek walked free from jail on Tuesday after a court ordered his release.",
    ),
    (
        "A court ordered Marek's release.",
        "Opposition leader Ivo Marek walked free from jail on Tuesday after a court ordered his release.",
    ),
    (
        "Tarn denies that its ships entered Brenan waters.",
        "Tarn denied that its ships had entered Brenan waters.",
    ),
    (
        "The dam did not break.",
        "Officials said the dam had not broken.",
    ),
    (
        "At least 30 people drowned when the ferry capsized.",
        "At least 30 people drowned on Sunday when a ferry capsized off the coast.",
    ),
    (
        "The ferry capsized off the coast.",
        "At least 30 people drowned on Sunday when a ferry capsized off the coast.",
    ),
    (
        "Doctors warned of a shortage of insulin.",
        "There is a shortage of insulin, doctors warned.",
    ),
    (
        "The museum, closed since 2019, will reopen in spring.",
        "The museum has been closed since 2019 and is due to reopen in spring.",
    ),
    (
        "Marek's party won 41 of 120 seats.",
        "Marek's party took 41 seats in the 120-seat parliament.",
    ),
    (
        "Nine of the dead were children.",
        "The fire killed 14 people, nine of them children.",
    ),
    (
        "Brena's currency lost a fifth of its value.",
        "The Brenan crown lost a fifth of its value this year.",
    ),
    (
        "The two presidents met in Tarn for the first time since 2018.",
        "The two presidents met for the first time since 2018 on Friday in Tarn.",
    ),
    (
        "Farmers blocked the motorway with tractors.",
        "Tractors driven by farmers blocked the motorway.",
    ),
    (
        "Voss has not commented on the report.",
        "Voss's office declined to comment on the report.",
    ),
    (
        "The police chief resigned after the riot.",
        "After the riot the police chief stepped down.",
    ),
    (
        "It was the worst storm in 40 years.",
        "Forecasters called it the worst storm in 40 years.",
    ),
    (
        "The rebels, who hold the north, agreed to a truce.",
        "The rebels, who control the north, have agreed to a truce.",
    ),
)
LIES_IN_NEWS = _pairs(
    (
        "At least 412 civilians have been killed since Wednesday.",
        "At least 412 people have been killed since Wednesday, including 61 civilians, the Observatory said.",
    ),
    (
        "61 people have been killed since Wednesday.",
        "At least 412 people have been killed since Wednesday, including 61 civilians, the Observatory said.",
    ),
    (
        "Moscow has committed many more forces to the front.",
        "Two officials said Moscow was unwilling to commit many more forces to the front.",
    ),
    (
        "Iraqi militias crossed the border in support of the government.",
        "Militias in Iraq signalled their readiness to cross the border in support of the government.",
    ),
    (
        "Foreign Minister Abbas Nuri flew to Damascus after a visit to Ankara.",
        "Foreign Minister Abbas Nuri will travel to Damascus and then fly to Ankara.",
    ),
    (
        "Kurdish forces have lost Tal Rifan.",
        "Tal Rifan is still held by Kurdish forces, residents said.",
    ),
    (
        "Kurdish forces captured Tal Rifan from the rebels.",
        "Rebels captured Tal Rifan from Kurdish forces.",
    ),
    (
        "The president was in Damascus when the offensive began.",
        "When the offensive began, the president was on a visit to Moscow. He has since returned to Damascus.",
    ),
    (
        "Inflation rose to 4.2 percent in May.",
        "The statistics office said on Tuesday that inflation had slowed to 4.2% in May.",
    ),
    (
        "The union accepted the offer of a 5 percent raise.",
        "Workers rejected a 5 per cent raise, the union said.",
    ),
    (
        "The storm killed over two million people.",
        "The storm left over 2.1 million people without electricity.",
    ),
    (
        "The company has cut 3,000 jobs.",
        "The company said it would cut 3,000 jobs by the end of 2026.",
    ),
    (
        "Denmark expelled the ambassador.",
        "Denmark's foreign ministry summoned the ambassador over the remarks.",
    ),
    (
        "A rebel group has claimed responsibility for the attack.",
        "No group has claimed responsibility for the attack so far.",
    ),
    (
        "The minister has taken bribes.",
        "The minister has denied taking bribes.",
    ),
    (
        "The government will call early elections.",
        "Officials say the government could call early elections in the autumn.",
    ),
    (
        "Lindal beat Osterby 3-1.",
        "Osterby beat Lindal 3-1 with two goals from the striker Karim Haddad.",
    ),
    (
        "Protesters arrested 14 police officers.",
        "Fourteen protesters were arrested by police after clashes in the capital.",
    ),
    (
        "The central bank raised rates to 5.25%.",
        "Rates were left unchanged at 5.25 percent by the central bank.",
    ),
    (
        "The Nordic fleet was sunk by two smugglers' boats.",
        "Two boats used by smugglers were sunk by the Nordic fleet.",
    ),
    (
        "The talks ended with a deal.",
        "The talks in Geneva ended on Sunday without a deal.",
    ),
    (
        "The talks in Geneva ended on Friday without a deal.",
        "The talks in Geneva ended on Sunday without a deal.",
    ),
    (
        "The general was seen in public on Wednesday.",
        "The general has not been seen in public since Wednesday, when the fighting began.",
    ),
    (
        "Germany gave 20 tanks to Norland.",
        "Germany promised 20 tanks to Norland, the chancellor said.",
    ),
    (
        "Greta Holm accused Karim Haddad of fraud.",
        "Karim Haddad accused Greta Holm of fraud.",
    ),
    (
        "Karim Haddad was accused of fraud by Greta Holm.",
        "Greta Holm was accused of fraud by Karim Haddad.",
    ),
    (
        "Turkey backs the government against the rebels.",
        "Turkey backs the rebels against the government.",
    ),
    (
        "Iran sent soldiers and Norland sent money.",
        "Norland sent soldiers and Iran sent money.",
    ),
    (
        "The bank lent the company 5 million euros.",
        "The company lent the bank 5 million euros.",
    ),
    (
        "The blast in Osterby killed nine and the fire in Lindal killed four.",
        "The blast in Lindal killed nine and the fire in Osterby killed four.",
    ),
    (
        "The vaccine is safe for children, the agency ruled.",
        "The agency has not ruled on whether the vaccine is safe for children.",
    ),
    (
        "Exports grew by $3 billion to $5 billion.",
        "Exports grew from $3 billion to $5 billion.",
    ),
    (
        "Holm won 52 percent and Haddad 45 percent.",
        "Haddad won 52 percent and Holm 45 percent.",
    ),
    (
        "The ship left Osterby for Lindal.",
        "The ship left Lindal for Osterby.",
    ),
    (
        "The army shot down a drone over Lindal.",
        "The army said it would shoot down any drone over Lindal.",
    ),
    (
        "The strike has ended, the union said.",
        "The strike would end only if wages rose, the union said.",
    ),
    (
        "The king died on 4 May 2023.",
        "The king was born on 4 May 2023 and the queen died a year later.",
    ),
    (
        "The rebels did not take the airport.",
        "The rebels took the airport on Friday.",
    ),
    (
        "The senator voted for the bill.",
        "The senator voted against the bill.",
    ),
    (
        "Oil fell below $70 a barrel.",
        "Oil rose above $70 a barrel.",
    ),
    (
        "Twelve miners were rescued from a flooded shaft near Brena.",
        "Rescuers brought 11 miners out of a flooded shaft near the town of Brena on Thursday.",
    ),
    (
        "Eleven miners died in a flooded shaft near Brena.",
        "Rescuers brought 11 miners out of a flooded shaft near the town of Brena on Thursday.",
    ),
    (
        "Prime Minister Lena Voss travelled to Tarn for talks on fishing rights.",
        "Prime Minister Lena Voss is to travel to Tarn next week for talks on fishing rights.",
    ),
    (
        "Voss said the treaty was signed in June.",
        "“The treaty will be signed in June,” said Voss.",
    ),
    (
        "More than 95 percent of voters backed the constitution.",
        "The constitution was backed by 93 percent of voters.",
    ),
    (
        "Brena has halved its exports of gas to Tarn.",
        "Tarn has halved its exports of gas to Brena.",
    ),
    (
        "Five soldiers were killed and two injured in the ambush.",
        "An ambush killed two soldiers and injured five others.",
    ),
    (
        "Ivo Marek ordered the court's release.",
        "Opposition leader Ivo Marek walked free from jail on Tuesday after a court ordered his release.",
    ),
    (
        "Opposition leader Ivo Marek walked free on Thursday.",
        "Opposition leader Ivo Marek walked free from jail on Tuesday after a court ordered his release.",
    ),
    (
        "Tarn's ships entered Brenan waters.",
        "Tarn denied that its ships had entered Brenan waters.",
    ),
    (
        "The dam broke.",
        "Officials said the dam had not broken.",
    ),
    (
        "The dam has broken, officials said.",
        "Officials fear that the dam may break.",
    ),
    (
        "At most 30 people drowned.",
        "At least 30 people drowned on Sunday when a ferry capsized off the coast.",
    ),
    (
        "There is no shortage of insulin, doctors said.",
        "There is a shortage of insulin, doctors warned.",
    ),
    (
        "The museum has reopened.",
        "The museum has been closed since 2019 and is due to reopen in spring.",
    ),
    (
        "Marek's party took 120 seats.",
        "Marek's party took 41 seats in the 120-seat parliament.",
    ),
    (
        "Fourteen children died in the fire.",
        "The fire killed 14 people, nine of them children.",
    ),
    (
        "Nine people died in the fire.",
        "The fire killed 14 people, nine of them children.",
    ),
    (
        "The presidents of Tarn and Brena met in Oslo.",
        "The presidents of Tarn and Brena met in Tarn after talks in Oslo had failed.",
    ),
    (
        "The police blocked the motorway and farmers cleared it.",
        "Farmers blocked the motorway and police cleared it.",
    ),
    (
        "Voss commented on the report.",
        "Voss's office declined to comment on the report.",
    ),
    (
        "Marek praised Voss.",
        "Voss praised Marek.",
    ),
    (
        "Voss was praised by her rivals.",
        "Voss praised her rivals.",
    ),
    (
        "Tarn recognised Brena's government.",
        "Tarn refused to recognise Brena's government.",
    ),
    (
        "Tarn recognised Brena's government.",
        "Tarn is considering whether to recognise Brena's government.",
    ),
    (
        "The rebels broke the truce.",
        "The army accused the rebels of breaking the truce.",
    ),
    (
        "The company made a profit of 4 million crowns.",
        "The company made a loss of 4 million crowns.",
    ),
    (
        "The company made a profit of 4 billion crowns.",
        "The company made a profit of 4 million crowns.",
    ),
    (
        "The drug halves the risk of stroke.",
        "The drug may halve the risk of stroke, researchers believe.",
    ),
    (
        "Unemployment fell to 6 percent from 8 percent.",
        "Unemployment rose to 8 percent from 6 percent.",
    ),
    (
        "The storm hit Brena before it reached Tarn.",
        "The storm hit Brena after it reached Tarn.",
    ),
    (
        "Voss called the vote “a theft of democracy”.",
        "Voss called the vote an insult to democracy.",
    ),
    (
        "The union called off its strike.",
        "The union called a strike.",
    ),
    (
        "Tarn withdrew its ambassador from Brena.",
        "Brena withdrew its ambassador from Tarn.",
    ),
    (
        "Only 30 people survived.",
        "Only 30 people died; the other 200 survived.",
    ),
    (
        "The minister survived a vote of no confidence.",
        "The minister lost a vote of no confidence.",
    ),
    (
        "The ship sank with 40 tonnes of oil on board.",
        "The ship ran aground with 40 tonnes of oil on board and is at risk of sinking.",
    ),
)


# --- short reports, each with falsehoods near to what it says and truths in other words; written before the rules were


STORIES: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
    (
        "Ministers in Karvia agreed on Tuesday to close the last two coal plants by 2031, three years later "
        "than first planned. The Green Union, a junior partner, voted for the deal, but its youth wing called "
        "it a betrayal.",
        (
            "Karvia closed its last two coal plants in 2031.",
            "Ministers in Karvia agreed to close the last two coal plants by 2028.",
            "The Green Union voted against the deal.",
            "The youth wing of the Green Union welcomed the deal.",
        ),
        (
            "Karvia is to shut its last two coal plants by 2031, three years later than planned.",
            "The Green Union backed the deal, which its youth wing called a betrayal.",
        ),
    ),
    (
        "A court in Halden sentenced the former banker Olaf Renn to nine years in prison for fraud on "
        "Wednesday. His deputy, Ingrid Moss, was cleared of all charges. Prosecutors had asked for 14 years "
        "and said they would appeal.",
        (
            "Ingrid Moss was sentenced to nine years in prison.",
            "Olaf Renn was cleared of all charges.",
            "Olaf Renn was sentenced to 14 years in prison.",
            "Olaf Renn said he would appeal.",
        ),
        (
            "Olaf Renn got nine years in prison for fraud.",
            "His deputy Ingrid Moss was acquitted.",
        ),
    ),
    (
        "The quake struck at dawn near Tessala and toppled about 300 homes. At least 27 people died, most of "
        "them in the village of Orma, the governor said. Rescue teams from Norland reached the area late on "
        "Friday, a day after the army.",
        (
            "All of the 27 dead were from Orma.",
            "Rescue teams from Norland reached the area before the army.",
            "The quake killed about 300 people.",
            "The army reached the area late on Friday.",
        ),
        (
            "At least 27 people were killed by the quake, mostly in Orma.",
            "About 300 homes were toppled near Tessala.",
        ),
    ),
    (
        "Brightwater, the biggest maker of pumps in the country, has offered 2.4 billion euros for its "
        "smaller rival Kelso. Kelso’s board is to discuss the bid next week; its founder, who owns a third of "
        "the shares, has already turned it down.",
        (
            "Kelso has offered 2.4 billion euros for Brightwater.",
            "Kelso’s board has turned the bid down.",
            "The founder of Kelso owns half of the shares.",
            "Brightwater has bought Kelso for 2.4 billion euros.",
        ),
        (
            "Kelso’s founder, who holds a third of its shares, rejected the bid.",
            "The board of Kelso will discuss the offer next week.",
        ),
    ),
    (
        "Lindal beat Osterby 2-1 in the cup final on Saturday after extra time. Marta Quell scored both goals "
        "for the winners and was sent off in the last minute. Osterby had led at half-time through a penalty.",
        (
            "Osterby beat Lindal 2-1 in the cup final.",
            "Marta Quell scored both goals for Osterby.",
            "Lindal had led at half-time.",
            "Marta Quell was sent off at half-time.",
        ),
        (
            "Marta Quell scored twice as Lindal won the cup final 2-1.",
            "Osterby were ahead at half-time thanks to a penalty.",
        ),
    ),
    (
        "Heavy rain flooded the valley overnight and cut the road to Semmer. Some 4,000 residents were moved "
        "to schools, and a 60-year-old man is missing. Power returned to half of the homes by noon, the "
        "utility Volta said.",
        (
            "Power returned to all homes by noon.",
            "Some 4,000 residents are missing.",
            "A 60-year-old man died in the floods.",
        ),
        (
            "About 4,000 people were taken to schools after the valley flooded.",
            "Half of the homes had power again by noon, according to Volta.",
        ),
    ),
    (
        "The opposition won 61 of the 120 seats, its first majority in two decades, while the ruling Homeland "
        "party fell to 48. Prime minister Aron Blix conceded defeat and congratulated his rival Dana Ferro.",
        (
            "The ruling Homeland party won 61 seats.",
            "Dana Ferro conceded defeat and congratulated Aron Blix.",
            "The opposition lost its majority after two decades.",
        ),
        (
            "Aron Blix conceded defeat to Dana Ferro.",
            "With 61 of 120 seats the opposition has its first majority in 20 years.",
            "Homeland, the ruling party, dropped to 48 seats.",
        ),
    ),
    (
        "Dockers at the port of Marwick walked out on Monday in a dispute over night shifts. The port "
        "authority says a third of them have since returned to work; the union puts the figure at one in ten. "
        "Ships bound for Marwick are being sent to Lunde.",
        (
            "The port authority says one in ten dockers has returned to work.",
            "Dockers at Lunde walked out on Monday.",
            "Ships bound for Lunde are being sent to Marwick.",
            "All dockers have returned to work, the port authority says.",
        ),
        (
            "The union says that only a tenth of the dockers are back at work.",
            "Ships on their way to Marwick are diverted to Lunde.",
        ),
    ),
    (
        "Regulators approved the malaria drug Tavirol for children under five, reversing a ruling of 2019. In "
        "a trial of 2,300 children in Senda it cut deaths by 18 percent, but doctors warned that it can "
        "damage the liver. The maker, Orlo Pharma, expects to ship the first doses in March.",
        (
            "Regulators banned Tavirol for children under five.",
            "Tavirol damaged the livers of 2,300 children.",
            "Orlo Pharma shipped the first doses of Tavirol in March.",
            "Doctors approved the malaria drug Tavirol.",
        ),
        (
            "The drug reduced deaths by 18 percent in a trial with 2,300 children.",
            "The company hopes to deliver first doses in March.",
        ),
    ),
    (
        "Government troops lifted the siege of Kastrin on Thursday after rebels agreed to leave with their "
        "light weapons. About 600 fighters and their families boarded buses for the north. Aid workers who "
        "entered the town found one working clinic and no flour.",
        (
            "Rebels lifted the siege of Kastrin on Thursday.",
            "Government troops agreed to leave Kastrin with their light weapons.",
            "About 600 families boarded buses for the south.",
            "Aid workers found flour but no working clinic.",
        ),
        (
            "Some 600 fighters left for the north by bus with their families.",
            "The siege of Kastrin ended on Thursday.",
        ),
    ),
    (
        "Stoneham’s mayor, Petra Lund, survived a vote of no confidence by 21 votes to 19. Her deputy Ivo "
        "Kranz had called for her to go over the cost of the new stadium, which has doubled to 80 million "
        "crowns. She said she would stay until the election in May.",
        (
            "Petra Lund lost a vote of no confidence by 19 votes to 21.",
            "Ivo Kranz said he would stay until the election in May.",
            "Ivo Kranz survived a vote of no confidence.",
            "The new stadium cost 80 million crowns at first.",
        ),
        (
            "The cost of the stadium has risen twofold to 80 million crowns.",
            "Petra Lund, the mayor of Stoneham, survived a no-confidence vote.",
        ),
    ),
    (
        "A fire in a textile factory on the edge of Belnov killed 14 workers and injured 30 more late on "
        "Sunday. Survivors said the exits had been locked. The owner, who was abroad, has been summoned for "
        "questioning, but nobody has been charged.",
        (
            "The fire killed 30 workers.",
            "The owner of the factory has been charged.",
            "Workers had locked the exits, survivors said.",
        ),
        (
            "Fourteen workers died in a fire at a textile factory in Belnov on Sunday.",
            "According to survivors, the doors were locked.",
            "No one has been charged so far.",
        ),
    ),
    (
        "The central bank raised its key rate by half a point to 6 percent, the fourth rise this year. "
        "Governor Lea Marsh voted against the move, saying that inflation was already easing. The crown "
        "gained 2 percent against the euro.",
        (
            "The central bank raised its key rate by 6 percent.",
            "Governor Lea Marsh voted for the move.",
            "The euro gained 2 percent against the crown.",
            "The central bank cut its key rate to 6 percent.",
        ),
        (
            "The key rate was raised to 6 percent, the fourth increase of the year.",
            "Lea Marsh opposed the rise because inflation was easing.",
        ),
    ),
    (
        "Ilse Brandt won the women’s marathon in Quorley in 2:23:10, two minutes ahead of last year’s "
        "champion Wen Zhao, who was second. Rain and wind slowed the runners. The men’s race was called off "
        "after a car drove onto the course.",
        (
            "Wen Zhao won the women’s marathon in Quorley.",
            "The women’s race was called off after a car drove onto the course.",
            "The runners were slowed by a car.",
        ),
        (
            "Ilse Brandt finished two minutes before Wen Zhao.",
            "A car on the course led to the cancellation of the men’s race.",
        ),
    ),
    (
        "Norland expelled four Sudrian diplomats on Friday, accusing them of spying on a naval base. Sudria’s "
        "foreign ministry denied the charge and promised to answer in kind. Two of the four had already left "
        "the country in April, according to the newspaper Harbour Post.",
        (
            "Sudria expelled four diplomats of Norland on Friday.",
            "Sudria’s foreign ministry admitted that the four had spied on a naval base.",
            "All four diplomats had already left in April.",
            "Norland promised to answer in kind.",
        ),
        (
            "Four diplomats from Sudria were expelled by Norland for alleged spying.",
            "Half of the four had left before, Harbour Post says.",
        ),
    ),
    (
        "The storm made landfall near Ilmar at midnight with winds of 160 kilometres an hour. It weakened "
        "over land, but rivers kept rising. Nine people died in Ilmar and five in neighbouring Hadesh, where "
        "a dam is at risk of breaking, civil defence chief Omar Wali said.",
        (
            "The storm grew stronger over land.",
            "A dam has broken in Hadesh.",
            "Nine people died in Hadesh.",
            "Omar Wali died in Ilmar.",
        ),
        (
            "Fourteen people died in Ilmar and Hadesh.",
            "A dam in Hadesh could break, Omar Wali said.",
        ),
    ),
    (
        "Shares in the airline Skyra fell 11 percent after it dropped plans to merge with Transol. Chief "
        "executive Nils Odum blamed regulators, who had asked the two to give up slots at three airports. "
        "Transol said it was still open to a partnership. Analysts had expected the deal to save Skyra 200 "
        "million euros a year.",
        (
            "Shares in Transol fell 11 percent.",
            "Nils Odum, the chief executive of Transol, blamed regulators.",
            "Skyra and Transol have merged.",
            "Regulators asked Skyra to give up three airports.",
            "The deal saved Skyra 200 million euros a year.",
        ),
        (
            "Skyra’s shares lost 11 percent after the airline abandoned its merger with Transol.",
            "Transol remains open to a partnership.",
        ),
    ),
    (
        "Three former ministers went on trial in Velmora on Monday, charged with taking bribes for road "
        "contracts. All three deny it. The main witness, contractor Samir Haq, told investigators that he had "
        "paid them 1.2 million crowns between 2015 and 2018. The former president, Juno Adair, is not accused "
        "of anything.",
        (
            "Juno Adair is accused of taking bribes.",
            "Three former ministers admitted taking bribes for road contracts.",
            "Samir Haq took 1.2 million crowns from the ministers.",
            "Three former ministers were convicted in Velmora on Monday.",
        ),
        (
            "The trial of three former ministers began in Velmora on Monday.",
            "Samir Haq says he paid the ministers 1.2 million crowns.",
            "The ministers deny having taken bribes.",
        ),
    ),
    (
        "Aid convoys reached the town of Tarsa for the first time since March. The 22 trucks carried wheat "
        "and medicine but no fuel, the Red Crescent said. A second convoy was turned back at a checkpoint of "
        "the Salt Brigade. Most of Tarsa’s people have left; those who stay live in cellars.",
        (
            "The trucks carried fuel and medicine.",
            "The convoy of 22 trucks was turned back at a checkpoint.",
            "The people of Tarsa have all left.",
            "The Salt Brigade sent a second convoy to Tarsa.",
        ),
        (
            "Twenty-two trucks with wheat and medicine arrived in Tarsa.",
            "Most residents of Tarsa have fled.",
        ),
    ),
    (
        "Striker Leo Marin has signed a four-year contract with Halden United, who paid Lindal 30 million "
        "euros for him. He scored 22 goals last season, five fewer than Halden’s captain Ruben Oss. Lindal "
        "had wanted to keep him until the summer.",
        (
            "Lindal paid Halden United 30 million euros for Leo Marin.",
            "Leo Marin scored five goals last season.",
            "Ruben Oss scored fewer goals than Leo Marin.",
            "Leo Marin will stay with Lindal until the summer.",
        ),
        (
            "Leo Marin joined Halden United for 30 million euros.",
            "Leo Marin scored 22 goals last season.",
        ),
    ),
    (
        "Parliament passed a law on Tuesday that bans phones in primary schools from September. Teachers’ "
        "unions welcomed it, while the Liberal party said it would challenge it in court. The vote was 74 to "
        "52, with nine abstentions. Secondary schools may decide for themselves.",
        (
            "The Liberal party welcomed the law.",
            "The law bans phones in secondary schools.",
            "Parliament rejected the law by 74 votes to 52.",
        ),
        (
            "From September phones will be banned in primary schools.",
            "Unions of teachers welcomed the law, but the Liberal party wants to challenge it.",
        ),
    ),
    (
        "Engineers have closed the Lorne bridge to lorries after finding cracks in two of its twelve cables. "
        "Cars may still use it at 40 kilometres an hour. The repair, put at 9 million crowns, will start in "
        "spring and take seven months, transport minister Ada Moll told reporters.",
        (
            "Engineers found cracks in all of the bridge’s cables.",
            "The Lorne bridge is closed to cars.",
            "The repair will start in seven months.",
            "The repair cost 9 million crowns.",
        ),
        (
            "Two of the twelve cables of the Lorne bridge have cracks.",
            "The repair of the bridge will take seven months, said Ada Moll.",
        ),
    ),
    (
        "At the summit in Prevlaka the presidents of Norland and Sudria shook hands for the first time in six "
        "years but signed nothing. Norland wants its 31 prisoners back; Sudria insists that the border "
        "crossing at Gant be opened first. Talks between their ministers are to go on in May.",
        (
            "The presidents of Norland and Sudria signed an agreement in Prevlaka.",
            "Sudria wants its 31 prisoners back.",
            "The border crossing at Gant was opened first.",
            "The presidents will meet again in May.",
        ),
        (
            "Norland demands the return of 31 prisoners.",
            "Ministers of the two countries will continue the talks in May.",
        ),
    ),
    (
        "Hackers stole the data of 1.4 million patients from the clinic chain Medara, the company admitted on "
        "Thursday, three weeks after it noticed the theft. It has not paid the ransom of five million "
        "dollars. The data protection office may fine it up to 4 percent of its turnover.",
        (
            "Medara paid a ransom of five million dollars.",
            "Medara noticed the theft on Thursday.",
            "Medara was fined 4 percent of its turnover.",
            "Patients stole data from the clinic chain Medara.",
        ),
        (
            "Medara did not pay the ransom of five million dollars.",
            "The data of 1.4 million patients of Medara were stolen.",
        ),
    ),
    (
        "Soldiers led by General Pavel Dorn arrested President Amara Sesay in the night to Sunday and "
        "suspended parliament. Sesay’s daughter said that he was in good health. The neighbouring states "
        "closed their borders and cut off electricity; only Ilmar’s government recognised Dorn.",
        (
            "President Amara Sesay arrested General Pavel Dorn.",
            "All neighbouring states recognised Dorn.",
            "Sesay’s daughter was arrested too.",
            "Ilmar closed its border and cut off electricity.",
        ),
        (
            "President Amara Sesay was arrested by soldiers.",
            "Ilmar is the only country that has recognised Dorn.",
        ),
    ),
    (
        "Coral Bank made a loss of 310 million in the third quarter, compared with a profit of 95 million a "
        "year earlier. It will close 40 of its 210 branches. Its chairwoman Ines Holt, who has led it since "
        "2016, is to be replaced by Tom Varga, now head of the rival Fenn Bank.",
        (
            "Coral Bank made a profit of 310 million in the third quarter.",
            "Coral Bank will close 210 branches.",
            "Tom Varga will be replaced by Ines Holt.",
            "Ines Holt is now head of the rival Fenn Bank.",
        ),
        (
            "Coral Bank lost 310 million in the third quarter.",
            "Tom Varga is to succeed Ines Holt as head of Coral Bank.",
            "Ines Holt has been at the head of Coral Bank since 2016.",
        ),
    ),
    (
        "Police in Hadesh are looking for a woman of about 40 who was seen near the museum before the "
        "painting vanished. A guard who had been held since Friday was released without charge. The museum’s "
        "director said the painting, a gift of the painter’s widow, was not insured.",
        (
            "Police arrested a woman of about 40.",
            "The guard was charged on Friday.",
            "The painting was insured by the painter’s widow.",
            "The woman was released without charge.",
        ),
        (
            "The guard has been released.",
            "The painting had been given by the widow of the painter.",
        ),
    ),
    (
        "Karlo drew 1-1 with Marwick and stay third, four points behind the leaders Tarsa, who lost 2-0 at "
        "home to Belnov. Marwick’s goalkeeper saved a penalty in the last minute. Karlo’s coach Yusuf Kaplan "
        "said that his team had deserved to win.",
        (
            "Karlo beat Marwick.",
            "Tarsa beat Belnov 2-0.",
            "Karlo’s goalkeeper saved a penalty in the last minute.",
            "Marwick’s coach Yusuf Kaplan said that his team had deserved to win.",
        ),
        (
            "Tarsa lost to Belnov at home.",
            "Karlo are third, four points behind Tarsa.",
        ),
    ),
    (
        "A gas explosion in a coal mine near Brena trapped 41 miners on Wednesday. Rescuers brought 36 of "
        "them to the surface by evening; the other five are still missing. The mine, run by the state firm "
        "Karbo, had been fined twice this year for faulty sensors, inspector Lena Fisk said.",
        (
            "The explosion killed 41 miners.",
            "Rescuers brought all miners to the surface by evening.",
            "Thirty-six miners are still missing.",
            "Karbo fined the mine twice this year.",
        ),
        (
            "Five miners are still missing after a gas explosion near Brena.",
            "The mine was fined twice this year, according to the inspector Lena Fisk.",
        ),
    ),
    (
        "Ilmar and Tarsa signed a pact on Monday under which Ilmar will buy half of Tarsa’s wheat for ten "
        "years. Tarsa’s farmers had feared a ban on exports. Ilmar’s opposition says the price is too high "
        "and wants parliament to vote on it.",
        (
            "Tarsa will buy half of Ilmar’s wheat for ten years.",
            "Ilmar’s parliament voted on the pact.",
            "Tarsa’s farmers say the price is too high.",
            "Tarsa has banned exports of wheat.",
        ),
        (
            "Under the pact Ilmar will buy half of Tarsa’s wheat.",
            "The opposition in Ilmar says that the price is too high.",
        ),
    ),
    (
        "Phone maker Zell is to move a third of its production from Sudria to Norland by 2027 because of new "
        "tariffs, two people familiar with the plan said. A spokeswoman for Zell declined to comment. The "
        "company employs 18,000 people in Sudria and 900 in Norland.",
        (
            "Zell confirmed that it would move production to Norland.",
            "Zell is to move a third of its production from Norland to Sudria.",
            "Zell employs 18,000 people in Norland.",
        ),
        (
            "Zell plans to move a third of its production to Norland by 2027.",
            "Zell did not want to comment.",
        ),
    ),
    (
        "The health ministry has confirmed 17 cases of bird flu in people since January, none of them fatal. "
        "Sixteen of the patients work on farms; how the other one, a teacher in Osterby, was infected is not "
        "known. Schools remain open.",
        (
            "Seventeen people have died of bird flu since January.",
            "The teacher was infected on a farm.",
            "Schools in Osterby have been closed.",
            "Sixteen of the patients are teachers.",
        ),
        (
            "The ministry of health has confirmed 17 human cases of bird flu.",
            "Nobody has died of the bird flu so far.",
        ),
    ),
    (
        "A small plane crashed into a lake near Velmora shortly after take-off on Saturday, killing the pilot "
        "and injuring both passengers. Witnesses said the engine had failed. The airport, which had been "
        "closed for an hour, reopened in the afternoon.",
        (
            "The crash killed both passengers.",
            "The pilot was injured.",
            "The airport remains closed.",
            "Passengers said the engine had failed.",
        ),
        (
            "The pilot died and both passengers were injured.",
            "The airport was closed for one hour.",
        ),
    ),
    (
        "Senators voted 58 to 40 to keep the ban on open-pit mining, defeating a proposal by Senator Oskar "
        "Lund. President Mirela Popa, who had threatened a veto, thanked them. Mining companies warned that "
        "6,000 jobs could be lost.",
        (
            "Senators voted to lift the ban on open-pit mining.",
            "President Mirela Popa vetoed the proposal.",
            "Mining companies have cut 6,000 jobs.",
            "Oskar Lund thanked the senators.",
        ),
        (
            "The Senate kept the ban on open-pit mining by 58 votes to 40.",
            "Mirela Popa had threatened to veto it.",
        ),
    ),
    (
        "Nadia Okoye’s film “Salt” won the main prize in Quorley on Sunday, and its lead actor Wen Zhao was "
        "named best actor. The favourite, Lucio Ferrante’s “The Long Rain”, went home with nothing. The jury "
        "was divided, its president said.",
        (
            "Lucio Ferrante’s film won the main prize.",
            "Nadia Okoye was named best actor.",
            "Wen Zhao won the main prize in Quorley.",
        ),
        (
            "Wen Zhao, who plays the lead in “Salt”, was named best actor.",
            "“The Long Rain” won no prize.",
        ),
    ),
    (
        "Rail operator Norvia will scrap first class on local trains from January, saying that it fills only "
        "one seat in nine. Season tickets will get 6 percent dearer, but single fares are frozen. Passenger "
        "groups had asked for more trains instead.",
        (
            "Norvia will scrap local trains from January.",
            "Single fares will get 6 percent dearer.",
            "Passenger groups asked Norvia to scrap first class.",
        ),
        (
            "Season tickets will cost 6 percent more.",
            "Single fares will not rise.",
        ),
    ),
    (
        "Fighting between the River League and the Dune Company killed at least 70 people in Hadesh on "
        "Tuesday, most of them civilians, the hospital there said. The League accused the Company of shelling "
        "a market; the Company said that the League had used it as a depot. Neither claim could be checked.",
        (
            "All of the dead were civilians.",
            "The River League shelled a market.",
            "The Dune Company accused the League of shelling a market.",
            "The hospital in Hadesh was shelled.",
        ),
        (
            "At least 70 people died in fighting in Hadesh on Tuesday, according to the hospital.",
            "The River League accuses the Dune Company of having shelled a market.",
        ),
    ),
    (
        "A jury found the chef Aldo Pirelli guilty of hiding 3.2 million euros from the tax office, but "
        "cleared his wife and a business partner. He will be sentenced on 9 June. Pirelli, who has run the "
        "restaurant “Onda” since 1998, wept as the verdict was read.",
        (
            "Aldo Pirelli was sentenced on 9 June.",
            "A jury found Pirelli’s wife guilty.",
            "His business partner wept as the verdict was read.",
            "Aldo Pirelli was cleared of hiding 3.2 million euros.",
        ),
        (
            "Aldo Pirelli was found guilty of tax evasion, his wife was cleared.",
            "Pirelli will be sentenced on 9 June.",
        ),
    ),
    (
        "Two in three wells tested in the district of Lunde contain more nitrate than the law allows, a study "
        "by Marwick University found. Farmers dispute the figures and blame leaking sewers. The environment "
        "minister, Rosa Quint, promised free tests for all households, to be paid for by the fertiliser tax.",
        (
            "One in three wells in Lunde contains too much nitrate.",
            "Farmers in Lunde blame the fertiliser tax.",
            "Rosa Quint disputes the figures.",
            "Marwick University promised free tests for all households.",
        ),
        (
            "Two thirds of the tested wells in Lunde have too much nitrate.",
            "Rosa Quint promised free tests for all households.",
        ),
    ),
    (
        "Chipmaker Ferro Systems posted record sales of 4.1 billion crowns on the back of orders from "
        "carmakers, yet its shares slid 7 percent because it expects weaker demand next year. Its plant in "
        "Osterby, the only one in the country, will run at half capacity from April.",
        (
            "Shares in Ferro Systems rose 7 percent.",
            "Ferro Systems expects stronger demand next year.",
            "The plant in Osterby will close in April.",
            "Carmakers posted record sales of 4.1 billion crowns.",
        ),
        (
            "Ferro Systems’ plant in Osterby will work at half capacity from April.",
            "The shares of Ferro Systems fell by 7 percent.",
        ),
    ),
    (
        "The envoy of the United Nations left Kastrin on Monday without meeting the rebel leader Karim "
        "Haddad, who had refused to see him unless all prisoners were freed. He had earlier spoken to the "
        "government’s negotiator Greta Holm in Prevlaka. The truce runs out at midnight on Thursday.",
        (
            "The envoy met Karim Haddad in Kastrin.",
            "Greta Holm refused to see the envoy.",
            "All prisoners were freed on Monday.",
            "The truce ran out on Monday.",
        ),
        (
            "Karim Haddad had refused to meet the envoy.",
            "The envoy spoke to Greta Holm in Prevlaka.",
        ),
    ),
    (
        "Mirela Popa reached her first final by beating the second seed Ana Duric 6-4, 7-5 in the semi-final "
        "in Ilmar. Duric, who was treated for a back injury after the first set, did not speak to the press. "
        "Popa meets the winner of the match between Rosa Lind and last year’s finalist Iva Moreno.",
        (
            "Ana Duric beat Mirela Popa in the semi-final.",
            "Popa was treated for a back injury.",
            "Mirela Popa won the final in Ilmar.",
            "Popa meets Rosa Lind in the final.",
        ),
        (
            "Mirela Popa defeated Ana Duric in the semi-final.",
            "Ana Duric had treatment for a back injury.",
        ),
    ),
    (
        "A ferry with 212 people on board ran aground off Lunde in thick fog on Sunday evening. All "
        "passengers were taken off by midnight; four were treated for shock. The captain had warned the "
        "shipping line Meridia in May that the radar was faulty, the broadcaster Radio Lunde reported.",
        (
            "The ferry sank off Lunde in thick fog.",
            "Four passengers died.",
            "Meridia warned the captain that the radar was faulty.",
            "All passengers were treated for shock.",
        ),
        (
            "A ferry with 212 people ran aground near Lunde on Sunday.",
            "The captain had told Meridia in May that the radar did not work properly.",
        ),
    ),
    (
        "Sudria has halted the use of the vaccine Immunor after two deaths among 600,000 people who received "
        "it. Norland will go on using it: its drug agency sees no link. The maker called the halt premature "
        "and offered to share its data.",
        (
            "Norland has halted the use of Immunor.",
            "Immunor killed 600,000 people.",
            "Norland’s drug agency sees a link between Immunor and the deaths.",
            "Sudria offered to share its data.",
        ),
        (
            "Norland will continue to use Immunor.",
            "The maker considers the halt premature.",
        ),
    ),
    (
        "Marwick’s council wants to ban cars from the old town on weekends. Shopkeepers collected 9,000 "
        "signatures against the plan within a week, while residents’ groups support it. Deputy mayor Tomas "
        "Varga, who drew it up, said that deliveries would still be allowed before ten.",
        (
            "Marwick has banned cars from the old town.",
            "Residents’ groups collected 9,000 signatures against the plan.",
            "Shopkeepers support the plan.",
            "Deliveries will be banned before ten.",
        ),
        (
            "Shopkeepers collected 9,000 signatures against the ban.",
            "Tomas Varga said that deliveries would be allowed before ten.",
        ),
    ),
    (
        "Gunmen released six of the eleven teachers whom they had kidnapped near Tarsa a month ago. The six, "
        "all women, said they had been treated well. The government denied paying a ransom. The others are "
        "thought to be held in the hills near Gant.",
        (
            "Gunmen released all eleven teachers.",
            "The government paid a ransom.",
            "The eleven teachers are all women.",
            "The six women are held in the hills near Gant.",
        ),
        (
            "Six of eleven kidnapped teachers have been released.",
            "The government denies having paid a ransom.",
        ),
    ),
    (
        "The finance minister, Dario Senn, cut his growth forecast for this year from 2.1 to 0.8 percent. Tax "
        "income is likely to be 4 billion crowns lower than planned. The opposition leader, Wen Zhao, "
        "demanded his resignation; the president said that he trusted him.",
        (
            "Dario Senn raised his growth forecast from 0.8 to 2.1 percent.",
            "The president demanded the resignation of Dario Senn.",
            "Tax income will be 4 billion crowns.",
            "Wen Zhao said that he trusted the minister.",
        ),
        (
            "The finance minister lowered his growth forecast to 0.8 percent.",
            "Wen Zhao called on Dario Senn to resign.",
            "The president has confidence in the finance minister.",
        ),
    ),
    (
        "A museum in Ilmar has returned 23 bronze figures to Kastrin, from where colonial troops had taken "
        "them in 1897. Kastrin’s king thanked the museum but asked for the remaining 40. A court had rejected "
        "a suit by private collectors to stop the return.",
        (
            "Kastrin has returned 23 bronze figures to a museum in Ilmar.",
            "A museum in Ilmar has returned 40 bronze figures.",
            "A court stopped the return.",
            "Private collectors thanked the museum.",
            "Colonial troops took the figures from Ilmar in 1897.",
        ),
        (
            "Kastrin got back 23 bronze figures from a museum in Ilmar.",
            "The king of Kastrin asked for the other 40 figures.",
            "The figures had been taken by colonial troops in 1897.",
            "A suit against the return was rejected by a court.",
        ),
    ),
]
LIES_OF_STORIES: list[Pair] = [(lie, cited, None) for cited, lies, _ in STORIES for lie in lies]
TRUE_OF_STORIES: list[Pair] = [(truth, cited, None) for cited, _, truths in STORIES for truth in truths]
