"""Which language a text is in: by its script, and within a script by the small words that every text is full of."""

from __future__ import annotations

import re
from collections import Counter

_SAMPLE = 6_000  # characters
_FEWEST_LETTERS = 30
_FEWEST_WORDS = 3  # small words that have to be found
_LEAD = 1.25  # times as many as of the next language
_SHARE = 0.08  # of all words

_WORD = re.compile(r"[^\W\d_]+")
_SCRIPTS = (
    ("kana", re.compile("[\u3040-\u30ff\u31f0-\u31ff]")),
    ("han", re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")),
    ("hangul", re.compile("[\uac00-\ud7af]")),
    ("hebrew", re.compile("[\u05d0-\u05ea]")),
    ("arabic", re.compile("[\u0620-\u064a\u066e-\u06d3]")),
    ("cyrillic", re.compile("[\u0400-\u04ff]")),
    ("greek", re.compile("[\u0370-\u03ff]")),
    ("thai", re.compile("[\u0e01-\u0e3a]")),
    ("devanagari", re.compile("[\u0904-\u0939]")),
    ("latin", re.compile("[A-Za-z\u00c0-\u024f]")),
)
_ONE_LANGUAGE = {"hangul": "ko", "hebrew": "he", "greek": "el", "thai": "th", "devanagari": "hi"}

_SMALL_WORDS: dict[str, dict[str, str]] = {
    "latin": {
        "en": "the of and to in that is was for on with as by at from it his were has have had are be which this not",
        "fr": "le la les des et du une est dans que qui pour pas sur par au avec sont ont été cette aux mais ses leur",
        "de": "der die und das den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden wurde",
        "es": "el la los las del que en una por con para su como más pero sus le este ha ser son sobre fue entre y",
        "it": "il di che la per una sono della con del non nel alla dei si ha più anche gli delle dal stato le è ed",
        "pt": "o de que do da em um uma para com não os no na por mais dos as foi ao das seu são à pelo também é e",
        "nl": "de het een van en in op te dat zijn voor met niet die aan er om ook als bij door naar uit wordt werd",
        "pl": "w i na z się nie do że jest to o jak ale po od za dla przez co tym już oraz są był który czy",
        "tr": "ve bir bu için ile da de olarak daha çok olan gibi kadar sonra ise ancak değil olduğu dedi ya her göre",
        "sv": "och att det som en på är av för med till den inte har de ett om var från men så vid kan också när",
        "da": "og at det er en af på til med for ikke der de som den har et fra var om men også blev efter kan",
        "no": "og i det er en av på til med for ikke som de den har et fra var om men også ble etter kan jeg",
        "fi": "ja on ei että oli se hän kun mutta ovat myös joka tai kuin niin sen mukaan olla ole jo vain sekä",
        "cs": "a v se na je že o s z do i to k ve pro za by ale jako po při podle jsou které který také už",
        "ro": "și de în la a pe cu că nu din o care este mai pentru un au fost sau ce prin după sunt lui al",
        "hu": "a az és hogy nem is egy ezt volt meg de csak már mint még kell vagy lesz ki el azt szerint",
        "id": "yang dan di ini itu dengan untuk dari dalam tidak akan pada juga ke karena bisa oleh sudah mereka ada",
        "vi": "và của là có không được trong cho một những các đã người với này để khi từ tại ra về",
    },
    "cyrillic": {
        "ru": "и в не на что с по как это из за от его к но для о был также после был они была при уже все было",
        "uk": "і в не на що з та як це із за від його до але для про був також після є вони була при вже й у її",
        "bg": "и в не на че с по като това от за се да е но са бе до след при които към още ще бъде",
        "sr": "и у не на да је се са за од као то су али који због после би до што није који био",
    },
    "arabic": {
        "ar": "في من على إلى أن عن التي الذي هذا هذه مع كان بعد قال ما لا كما بين قد وقال وفي ذلك أنه",
        "fa": "و در به از که این را با است برای آن یک تا بر هم شد شده می خود اما بود کرد های وی نیز",
        "ur": "کے میں کی ہے اور سے کا کو نے پر یہ اس کہ ہیں ایک بھی تھا نہیں کیا ہو تھے",
    },
}
_LANGUAGES = {
    script: {language: frozenset(words.split()) for language, words in languages.items()}
    for script, languages in _SMALL_WORDS.items()
}


def language_of(text: str) -> str | None:
    """The language of a text as ISO 639-1 ("en", "uk", "fa"), by its beginning; None where that is not sure."""
    sample = text[:_SAMPLE]
    counts = {script: len(pattern.findall(sample)) for script, pattern in _SCRIPTS}
    letters = sum(counts.values())
    if letters < _FEWEST_LETTERS:
        return None
    east = counts["kana"] + counts["han"]
    if east > letters / 2:
        return "ja" if counts["kana"] > 0.05 * east else "zh"
    script = max(counts, key=lambda one: counts[one])
    if counts[script] < letters / 2:
        return None
    if script in _LANGUAGES:
        return _by_small_words(sample, _LANGUAGES[script])
    return _ONE_LANGUAGE.get(script)  # none where just half of it is Chinese or Japanese


def _by_small_words(sample: str, languages: dict[str, frozenset[str]]) -> str | None:
    words = Counter(word.lower() for word in _WORD.findall(sample))
    found = sorted(
        (
            (sum(times for word, times in words.items() if word in small), language)
            for language, small in languages.items()
        ),
        reverse=True,
    )
    (most, language), (next_most, _) = found[0], found[1]
    if most < _FEWEST_WORDS or most < _SHARE * words.total() or most < _LEAD * next_most:
        return None
    return language


def ends_midway(line: str) -> bool:
    """Whether a line ends in the midst of a sentence: with a comma, or with a small word that wants another."""
    said = line.rstrip()
    if said.endswith((",", "،", "、")):
        return True
    language = language_of(line)
    last = said.rpartition(" ")[2].lower()
    return any(last in languages.get(language or "", ()) for languages in _LANGUAGES.values())
