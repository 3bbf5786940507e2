"""The units that figures of news come in: each word or sign for one, and the one name that stands for it here."""

from __future__ import annotations

CURRENCIES = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "₽": "rouble", "₺": "lira", "₹": "rupee"}
# How many of a smaller unit these are, so that two decades are twenty years.
IN_SMALLER = {"decade": (10, "year"), "week": (7, "day"), "tonne": (1_000, "kilogram")}
UNITS = {
    name: unit
    for unit, names in {
        "percent": "percent pct",
        "dollar": "dollar dollars usd",
        "euro": "euro euros eur",
        "pound": "pound pounds gbp",
        "yen": "yen",
        "rouble": "rouble roubles ruble rubles",
        "lira": "lira liras",
        "rupee": "rupee rupees",
        "second": "seconds",
        "minute": "minute minutes",
        "hour": "hour hours hr hrs",
        "day": "day days",
        "week": "week weeks",
        "month": "month months",
        "year": "year years",
        "decade": "decade decades",
        "kilometre": "km kilometre kilometres kilometer kilometers",
        "mile": "mile miles",
        "metre": "metre metres meter meters",
        "foot": "foot feet ft",
        "kilogram": "kg kilogram kilograms kilo kilos",
        "tonne": "tonne tonnes ton tons",
        "gram": "gram grams",
        "litre": "litre litres liter liters",
        "barrel": "barrel barrels",
        "hectare": "hectare hectares",
        "acre": "acre acres",
        "degree": "degree degrees",
    }.items()
    for name in names.split()
}
