"""The server as a process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from served import started

import app

ROOT = Path(__file__).parent.parent
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "API_KEYS"))}


def run(*arguments: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "app.py"), *arguments]
    return subprocess.run(command, cwd=folder, env=PLAIN | settings, capture_output=True, text=True, timeout=60)


def test_the_server_says_where_it_is_and_ends_soon_after_it_is_told_though_a_page_is_open(tmp_path: Path):
    with started(folder=tmp_path, LOG_LEVEL="warning") as (process, address):
        assert "Crosscheck" in httpx.get(address, timeout=10).text
        assert httpx.get(f"{address}/healthz", timeout=10).json()["articles"] == 0
        with httpx.stream("GET", f"{address}/gradio_api/heartbeat/abc", timeout=10) as beat:
            assert beat.status_code == 200
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        assert process.stderr.read() == ""


def test_a_taken_port_is_told_in_one_sentence(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = run("--port", port, folder=tmp_path)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"127.0.0.1:{port} is in use: end what listens there, or choose another --port.\n"


@pytest.mark.parametrize("host", ["999.1.1.1", "no such host", "x" * 100])
def test_an_impossible_address_is_told_in_one_sentence(host: str, tmp_path: Path):
    refused = run("--host", host, "--port", "0", folder=tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1 and "choose another --host" in refused.stderr


@pytest.mark.parametrize("port", ["-1", "65536", "web", "1.5"])
def test_what_is_no_port_is_wrong_usage(port: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        app.main([f"--port={port}"])
    assert ended.value.code == 2
    assert "is not a port" in capsys.readouterr().err


def test_a_library_that_cannot_be_opened_is_told_in_one_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("no folder")
    refused = run("--data-dir", str(tmp_path / "file"), "--port", "0", folder=tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1 and "Traceback" not in refused.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_an_address_that_others_can_reach_is_not_served_without_keys(host: str, tmp_path: Path):
    for keys in ("", "  "):
        refused = run("--host", host, "--port", "0", folder=tmp_path, API_KEYS=keys)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr.startswith(
            f"{host!r} can be reached from other machines, so keys are needed: set API_KEYS"
        )
        assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("API_KEYS", "a-secret-key:admin", "API_KEYS: entry 1"),
        ("API_KEYS", "hunter2", "shorter than 8"),
        ("RATE_LIMIT", "often", "RATE_LIMIT: 'often' is not a rate"),
        ("CORS_ORIGINS", "*", "CORS_ORIGINS: '*' is not the origin"),
    ],
)
def test_a_wrong_setting_is_told_in_one_sentence_without_a_key(setting: str, value: str, told: str, tmp_path: Path):
    refused = run("--port", "0", folder=tmp_path, **{setting: value})
    assert (refused.returncode, refused.stdout) == (1, "")
    assert told in refused.stderr and refused.stderr.count("\n") == 1
    assert "secret" not in refused.stderr and "hunter2" not in refused.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])
def test_keys_are_asked_for_wherever_they_are_set_and_any_name_is_answered_to(host: str, tmp_path: Path):
    with started("--host", host, folder=tmp_path, API_KEYS="reader-key, writer-key:write") as (process, address):
        with httpx.Client(base_url=address, headers={"Host": "news.example"}, timeout=10) as stranger:
            assert address.startswith("http://127.0.0.1:")
            assert stranger.get("/healthz").json() == {"status": "ok"}
            assert stranger.get("/articles").status_code == 401
            assert stranger.get("/articles", headers={"Authorization": "Bearer reader-key"}).json() == []
        process.terminate()
        said = process.communicate(timeout=20)[1]
    assert "reader-key" not in said and "writer-key" not in said


def test_a_client_that_sends_headers_without_end_is_cut_off(tmp_path: Path):
    with started(folder=tmp_path) as (_, address):
        with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), timeout=10) as client:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"a" * 40_000)
            answer = b"".join(iter(lambda: client.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 400 ") and b"application/problem+json" in answer
        assert httpx.get(f"{address}/healthz", timeout=10).status_code == 200
