"""Every error that Crosscheck raises on purpose; each message is one sentence: where, what, what to do next.

CrosscheckError
├── UsageError        the caller asked for something that makes no sense (exit 2, HTTP 422)
├── NotFoundError     no such article (HTTP 404)
├── SettingsError     a setting is missing or wrong
├── ArticleError      a file cannot be read as an article; the rest go in
│   └── LimitError         reading it takes more time or memory than it may, or ends the process that reads it
├── FetchError        a web page is not to be had, or not to be fetched; the rest go in
├── ParserError       the process that files are read in cannot be started
├── ClusterError      the cluster that a command was to use cannot be reached, or is of another version
├── EmbeddingError    the embedding model cannot be loaded or run
├── RerankError       the reranker that a setting names cannot be fetched, loaded or run
├── NliError          the same of the entailment model
├── LibraryError      the library cannot be opened, written or trusted
│   ├── LibraryBusyError   another process is writing to it (HTTP 503)
│   ├── LibraryDamageError an article of the ledger is not what was put in
│   ├── LibraryModelError  its vectors were made by another embedding model
│   └── LibraryServerError the server that has its vectors cannot be used (HTTP 503)
├── ModelError        the language model failed, was refused, or answered nonsense
└── EndingError       the server is being ended (HTTP 503)
"""

from __future__ import annotations


class CrosscheckError(Exception):
    """A stated failure: its message is shown to people as it is."""


class UsageError(CrosscheckError):
    """The request itself is wrong."""


class NotFoundError(CrosscheckError):
    """What was asked for by id is not in the library."""


class SettingsError(CrosscheckError):
    """A setting is missing or wrong."""


class ArticleError(CrosscheckError):
    """A file or row cannot be read as an article."""


class LimitError(ArticleError):
    """Reading a file or row takes more time or memory than it may, or ends the process that reads it."""


class FetchError(CrosscheckError):
    """A web page cannot be fetched, or may not be."""


class ParserError(CrosscheckError):
    """The process that files are read in cannot be started."""


class ClusterError(CrosscheckError):
    """The cluster that work was to be done on cannot be used."""


class EmbeddingError(CrosscheckError):
    """The embedding model cannot be loaded or run."""


class RerankError(CrosscheckError):
    """The reranker cannot be fetched, loaded or run."""


class NliError(CrosscheckError):
    """The entailment model cannot be fetched, loaded or run."""


class LibraryError(CrosscheckError):
    """The library cannot be opened, written or trusted."""


class LibraryBusyError(LibraryError):
    """Another process is writing to the library."""


class LibraryDamageError(LibraryError):
    """An article of the ledger is not what was put in."""


class LibraryModelError(LibraryError):
    """The library's vectors were made by another embedding model."""


class LibraryServerError(LibraryError):
    """The server that has the library's vectors is away, slow, or failing; the articles are in the ledger."""


class ModelError(CrosscheckError):
    """The language model failed."""


class EndingError(CrosscheckError):
    """The server is being ended, and what was asked with it."""

    def __init__(self) -> None:
        super().__init__("The server was told to end before this was done: ask again once it is back.")
