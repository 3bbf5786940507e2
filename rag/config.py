"""Settings, read once in each entry point from the environment and `.env`, and handed down."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    SettingsConfigDict,
)

from rag.errors import SettingsError
from rag.types import DefectKind

# Libraries that would call home are told not to before any of them is imported.
QUIET_LIBRARIES = {
    "ANONYMIZED_TELEMETRY": "False",
    "CHROMA_OTEL_GRANULARITY": "none",
    "FASTAPI_OTEL_AUTO_CONFIGURE": "false",  # it would send questions, which stand in addresses; Gradio has a FastAPI
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
}


ENV_FILE = ".env"  # in the folder where a program is started
Folder: TypeAlias = Annotated[Path, AfterValidator(Path.expanduser)]  # also where settings are made by hand


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _listed(value: object) -> object:
    """What is named in a text, parted by commas, in lower case."""
    if not isinstance(value, str):
        return value
    return tuple(dict.fromkeys(name for part in value.split(",") if (name := part.strip().lower())))


class Settings(BaseSettings):
    """Every setting, with its default; `.env.example` is held to this class by a test."""

    model_config = SettingsConfigDict(env_file=ENV_FILE, env_file_encoding="utf-8", extra="ignore", frozen=True)

    data_dir: Folder = Field(default=Path("data"), description="Folder of the library: ledger and indexes.")
    read_only: bool = Field(
        default=False,
        description="Whether the library is only read: nothing is taken in, removed, mended or kept, and nothing is "
        "written into DATA_DIR, which may be a read-only folder that others write to.",
    )
    cache_dir: Folder = Field(
        default=Path("~/.cache/crosscheck"),
        validate_default=True,
        description="Folder for the embedding graph that is built once per machine, and for a fetched reranker.",
    )
    chroma_url: str | None = Field(
        default=None,
        description="Address of a Chroma server that has the vectors, as http://127.0.0.1:8000; empty keeps them in "
        "DATA_DIR.",
    )
    chroma_token: SecretStr | None = Field(
        default=None, description="Token that is sent to it, where a proxy before it or Chroma's cloud asks for one."
    )
    chroma_tenant: str = Field(default="default_tenant", description="Tenant there.")
    chroma_database: str = Field(default="default_database", description="Database there.")
    chroma_sparse: bool = Field(
        default=False,
        description="Whether passages' words, as numbers with weights, go there too, to be searched by its own sparse "
        "index where it has one (Chroma's cloud and distributed server); which words an article has can be read back "
        "from them. Run ingest.py --rebuild once this is changed.",
    )
    openai_api_key: SecretStr | None = Field(
        default=None,
        description="Key of an OpenAI-compatible model; without key and address answers are verbatim quotations.",
    )
    openai_base_url: str | None = Field(
        default=None, description="Address of an OpenAI-compatible server, as http://127.0.0.1:11434/v1 for Ollama."
    )
    openai_model: str = Field(default="gpt-4o-mini", description="Name of the model to ask there.")
    model_timeout: float = Field(
        default=60.0, gt=0, description="Seconds a model may take for a whole answer before the offline one is given."
    )
    max_file_mb: int = Field(
        default=50,
        gt=0,
        description="Largest file or page, in megabytes, that ingestion reads; of mailboxes, web archives and JSON "
        "lines the largest item.",
    )
    parse_seconds: int = Field(
        default=60,
        gt=0,
        description="Seconds of processor time that one file, page or row may take to read; thrice that by the clock.",
    )
    parse_memory_mb: int = Field(
        default=1_500, ge=256, description="Memory, in megabytes, of a process that files and pages are read in."
    )
    fetch_contact: str | None = Field(
        default=None,
        pattern=r"^[!-'*-:<-~]{0,200}$",
        description="Mail or web address that sites are told when their pages are fetched, to write to; empty is none.",
    )
    max_links: int = Field(
        default=500, gt=0, description="Pages of one feed or sitemap that are looked at in a run, the newest first."
    )
    refuse: Annotated[tuple[DefectKind, ...], NoDecode, BeforeValidator(_listed)] = Field(
        default=("paywall", "cookie_wall", "error_page", "index_page"),
        description="Articles that are not taken in, of paywall, cookie_wall, error_page, index_page, live_blog, "
        "truncated, language, separated by commas; others with such a defect are marked.",
    )
    languages: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z]{2}$")], ...], NoDecode, BeforeValidator(_listed)
    ] = Field(
        default=(),
        description="Languages that articles should be in, as en,ar (ISO 639-1): others have the defect language; "
        "empty is any.",
    )
    embed_threads: int = Field(
        default=0, ge=0, description="Threads of the embedding model and of a reranker; 0 is one per core."
    )
    rerank_model: str | None = Field(
        default=None,
        description="Cross-encoder in ONNX that reorders what is found: a folder, or OWNER/NAME@REVISION of the model "
        "hub; empty is none.",
    )

    unsupported: Literal["drop", "mark"] = Field(
        default="drop",
        description="What becomes of a model's sentence that the articles do not support: drop leaves it out, mark "
        "shows it struck through and marked as unsupported.",
    )
    model_proposes: bool = Field(
        default=False,
        description="Whether the model is also asked for sub-questions and disagreements, kept where quotes verify.",
    )
    nli_model: str | None = Field(
        default=None,
        description="Entailment model in ONNX that also checks statements: a folder, or OWNER/NAME@REVISION of the "
        "model hub; empty is none.",
    )

    api_keys: SecretStr | None = Field(
        default=None,
        description="Keys that clients must send, separated by commas: KEY reads, KEY:write also changes the library; "
        "needed on any address but loopback. Give each 20 characters or more.",
    )
    rate_limit: str = Field(
        default="600/minute",
        description="Requests that each key may make, as 600/minute or 20/second; empty is no limit.",
    )
    max_at_once: int = Field(
        default=64,
        ge=1,
        description="Questions and searches of programs that are under way at once; one more is answered 503 and when "
        "to come again.",
    )
    max_wait: float = Field(
        default=1.0,
        gt=0,
        description="Seconds that a program's question may take without a language model, and a tenth of it a search; "
        "one that would take longer is answered 503.",
    )
    cors_origins: str = Field(
        default="",
        description="Other sites whose pages may use the API, as https://desk.example, separated by commas.",
    )
    request_timeout: float = Field(
        default=120.0,
        gt=0,
        description="Seconds that a request may take until its answer begins; a streamed one has the model's time.",
    )
    mcp_changes: bool = Field(
        default=False,
        description="Whether clients of MCP may also add and remove articles; over HTTP a key that may write is needed "
        "besides.",
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = Field(
        default="info",
        description="The least that the server writes in its log on stderr: debug, info (a line for each request), "
        "warning or error.",
    )
    log_questions: bool = Field(
        default=False,
        description="Whether log and traces may hold questions and articles' words; without, errors are told by kind "
        "and place.",
    )
    tracing: bool = Field(
        default=False,
        description="Whether every stage is traced by OpenTelemetry, sent as its own OTEL_ variables tell; needs the "
        "extra otel.",
    )

    @property
    def has_model(self) -> bool:
        """Whether a language model is configured at all."""
        return bool(self.openai_base_url) or bool(self.openai_api_key and self.openai_api_key.get_secret_value())


def load_settings(*, data_dir: Path | None = None) -> Settings:
    """Settings from the environment and `.env`, `data_dir` from the command line first; raises SettingsError."""
    os.environ.update(QUIET_LIBRARIES)
    try:
        settings = Settings()
    except ValidationError as error:
        raise SettingsError(next(iter(_faults(error).values()))) from error
    except (ValueError, OSError) as error:
        raise SettingsError(_unreadable(error)) from error
    return _placed(settings, data_dir)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The settings as far as they can be read, each wrong one at its default.

    By the name of each field, `origins` says where it comes from and `faults` in a sentence what is wrong with it; the
    fault of `.env` as a whole is under that name. `strangers` are names in `.env` that are no settings, in capitals.
    """

    settings: Settings
    origins: dict[str, str]
    faults: dict[str, str]
    strangers: tuple[str, ...]


def read_settings(*, data_dir: Path | None = None) -> Reading:
    """The settings with where they come from and what is wrong with them: for who looks after them; raises nothing."""
    os.environ.update(QUIET_LIBRARIES)
    faults: dict[str, str] = {}
    try:
        written = dict(DotEnvSettingsSource(Settings).env_vars)
    except (ValueError, OSError) as error:
        written, faults[ENV_FILE] = {}, _unreadable(error)
    unread: dict[str, Any] = {"_env_file": None} if faults else {}
    try:
        settings = Settings(**unread)
    except ValidationError as error:
        wrong = _faults(error)
        faults |= wrong
        settings = Settings(**unread, **{name: Settings.model_fields[name].default for name in wrong})
    except ValueError as error:  # a value that is to be JSON, as pydantic-settings reads one, and is none
        faults.setdefault(ENV_FILE, _unreadable(error))
        settings = Settings.model_construct()
    surroundings = EnvSettingsSource(Settings).env_vars
    origins = {
        name: "environment" if name in surroundings else ENV_FILE if name in written else "default"
        for name in Settings.model_fields
    }
    if data_dir is not None:
        origins["data_dir"] = "command line"
    return Reading(
        settings=_placed(settings, data_dir),
        origins=origins,
        faults=faults,
        strangers=tuple(name.upper() for name in written if name not in Settings.model_fields),
    )


def wants_no_colour() -> bool:
    """Whether the environment asks for text without colours: NO_COLOR (no-color.org), or a terminal that has none."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"


def _placed(settings: Settings, data_dir: Path | None) -> Settings:
    folders = {"data_dir": data_dir or settings.data_dir, "cache_dir": settings.cache_dir}
    return settings.model_copy(update={name: folder.expanduser() for name, folder in folders.items()})


def _faults(error: ValidationError) -> dict[str, str]:
    """A sentence for each wrong setting, by the name of its field; a value is not repeated, as it may be a key."""
    faults: dict[str, str] = {}
    for each in error.errors():
        name = str(each["loc"][0]) if each["loc"] else "settings"
        faults.setdefault(name, f"{name.upper()}: {each['msg']} (see .env.example).")
    return faults


def _unreadable(error: ValueError | OSError) -> str:
    """What is said of settings that a source does not give at all."""
    if isinstance(error, OSError | UnicodeError):
        cause = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        return f"{ENV_FILE}: the file cannot be read ({cause}); write it anew from .env.example."
    return f"The settings cannot be read: {error} (see .env.example)."
