import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rag.config import QUIET_LIBRARIES, Settings, load_settings
from rag.errors import SettingsError

ROOT = Path(__file__).parent.parent
ENTRY = re.compile(r"# (?P<sentence>.+)\n(?P<name>[A-Z_]+)=(?P<value>.*)")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name in QUIET_LIBRARIES:
        monkeypatch.setenv(name, os.environ.get(name, ""))  # so that what load_settings sets is undone
    monkeypatch.chdir(tmp_path)


def example() -> list[re.Match[str]]:
    return list(ENTRY.finditer((ROOT / ".env.example").read_text("utf-8")))


def test_the_example_lists_every_setting_in_order_and_nothing_else():
    assert [entry["name"].lower() for entry in example()] == list(Settings.model_fields)


def test_the_example_describes_each_setting_in_its_own_sentence():
    assert [entry["sentence"] for entry in example()] == [field.description for field in Settings.model_fields.values()]
    assert all(entry["sentence"].endswith(".") for entry in example())


def test_the_example_used_as_it_is_changes_nothing():
    copied = Settings(_env_file=ROOT / ".env.example")
    default = Settings()
    for name in Settings.model_fields:
        assert (getattr(copied, name) or None) == (getattr(default, name) or None), name
    assert not copied.has_model


def test_the_example_keeps_no_key():
    assert not next(entry for entry in example() if entry["name"] == "OPENAI_API_KEY")["value"]


def test_settings_are_read_from_a_file_and_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / ".env").write_text("OPENAI_MODEL=from-file\nMAX_FILE_MB=7\n")
    monkeypatch.setenv("OPENAI_MODEL", "from-environment")
    settings = load_settings()
    assert (settings.openai_model, settings.max_file_mb) == ("from-environment", 7)


def test_the_command_line_names_the_data_folder_before_the_environment_does(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATA_DIR", "elsewhere")
    assert load_settings().data_dir == Path("elsewhere")
    assert load_settings(data_dir=Path("here")).data_dir == Path("here")


def test_a_tilde_in_a_folder_is_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = load_settings(data_dir=Path("~/library"))
    assert settings.data_dir == tmp_path / "library"
    assert settings.cache_dir == tmp_path / ".cache" / "crosscheck"


@pytest.mark.parametrize(
    ("name", "value"),
    [("MAX_FILE_MB", "0"), ("MODEL_TIMEOUT", "soon"), ("EMBED_THREADS", "-1"), ("MODEL_TIMEOUT", "0")],
)
def test_a_wrong_value_is_one_sentence_that_names_the_setting(monkeypatch: pytest.MonkeyPatch, name: str, value: str):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=rf"^{name}: .+\.env\.example.*\.$") as raised:
        load_settings()
    assert "\n" not in str(raised.value)


def test_a_key_is_never_shown_by_accident(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-of-mine")
    assert "secret-of-mine" not in repr(load_settings())
    assert "secret-of-mine" not in str(load_settings())


@pytest.mark.parametrize(
    ("variables", "configured"),
    [
        ({}, False),
        ({"OPENAI_API_KEY": ""}, False),
        ({"OPENAI_API_KEY": "sk-x"}, True),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:11434/v1"}, True),
        ({"OPENAI_MODEL": "llama3"}, False),
    ],
)
def test_a_key_or_an_address_configures_a_model(monkeypatch, variables: dict[str, str], configured: bool):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert load_settings().has_model is configured


def test_loading_settings_silences_telemetry_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch):
    for name in QUIET_LIBRARIES:
        monkeypatch.setenv(name, "True")
    load_settings()
    assert {name: os.environ[name] for name in QUIET_LIBRARIES} == QUIET_LIBRARIES


def test_the_libraries_themselves_report_that_telemetry_is_off(tmp_path: Path):
    program = (
        "from rag.config import load_settings; load_settings()\n"
        "import chromadb.config, gradio.analytics, huggingface_hub.constants as hub\n"
        "print(chromadb.config.Settings().anonymized_telemetry, gradio.analytics.analytics_enabled(),"
        " hub.HF_HUB_DISABLE_TELEMETRY, hub.HF_HUB_OFFLINE)"
    )
    loud = {name: value for name, value in os.environ.items() if name not in QUIET_LIBRARIES}
    process = subprocess.run(
        [sys.executable, "-c", program],
        env=loud | {"PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stdout.split() == ["False", "False", "True", "True"]
