"""Three made-up texts: two on one gale, one on something else."""

GALE = (
    "The gale of Tuesday sank twelve fishing boats in the harbour of Osterby. "
    "The mayor, Greta Solberg, blamed the rotten quay. "
    "School lessons went on as usual. "
    "Insurers will send two experts next week."
)
PILOTS = (
    "Pilots had warned of the quay for years. "
    "In Osterby the gale sank twelve fishing boats and tore the roof off the market hall. "
    "The ferry to Lindholm was not running."
)
BREAD = "Bakers in Lindholm raise the price of rye bread by a tenth. Flour has become dear since the harvest failed."
