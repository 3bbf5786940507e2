"""Settings, read once in each entry point from the environment and `.env`, and handed down."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import SettingsError

# Libraries that would call home are told not to before any of them is imported.
QUIET_LIBRARIES = {
    "ANONYMIZED_TELEMETRY": "False",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
}


class Settings(BaseSettings):
    """Every setting, with its default; `.env.example` is held to this class by a test."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    data_dir: Path = Field(default=Path("data"), description="Folder of the library: ledger and indexes.")
    cache_dir: Path = Field(
        default=Path("~/.cache/crosscheck"),
        description="Folder for the embedding graph that is built once per machine, and for a fetched reranker.",
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
    max_file_mb: int = Field(default=50, gt=0, description="Largest file or page, in megabytes, that ingestion reads.")
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
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper() or "settings"
        raise SettingsError(f"{name}: {first['msg']} (see .env.example).") from error
    return settings.model_copy(
        update={
            "data_dir": (data_dir or settings.data_dir).expanduser(),
            "cache_dir": settings.cache_dir.expanduser(),
        }
    )
