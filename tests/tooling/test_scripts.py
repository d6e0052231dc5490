"""The commands that a newcomer, the tests and an operator start, and whether their papers agree with the settings."""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
BASH_SCRIPTS = [ROOT / "bin" / name for name in ("bench", "lint", "run", "setup", "soak", "test")] + [
    ROOT / ".ci" / "run"
]
# Compose and the processes in its containers read these; the portal does not.
NOT_OURS = {"EXTRA", "POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD", "WEB_PORTS"}


def services(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    return subprocess.run(
        [ROOT / "bin" / "services", *command],
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def is_listening(url: str) -> bool:
    """Whether a process of this machine still listens on the address's port (IPv4)."""
    port = f":{urlsplit(url).port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(row[1].endswith(port) and row[3] == "0A" for row in rows)


@pytest.mark.parametrize("script", BASH_SCRIPTS, ids=lambda path: path.name)
def test_script_is_executable_and_parses(script: Path) -> None:
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], capture_output=True, check=False).stderr == b""


def test_setup_refuses_an_unknown_mode() -> None:
    result = subprocess.run([ROOT / "bin" / "setup", "everything"], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (2, "usage: bin/setup [run|saml|test]\n")


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == "exec make test"
    assert re.search(r"^ *make test$", (ROOT / "README.md").read_text(), re.MULTILINE)


def test_services_start_both_servers_and_stop_them() -> None:
    script = """
        psql "$DATABASE_URL" -qXc 'CREATE EXTENSION btree_gist' -Atc 'SELECT current_user, 6 * 7' &&
        redis-cli --no-auth-warning -u "$REDIS_URL" ping && echo "$DATABASE_URL $REDIS_URL"
    """
    result = services("sh", "-c", script)
    assert result.returncode == 0, result.stderr
    query, ping, addresses = result.stdout.splitlines()
    assert (query, ping) == ("opscom|42", "PONG")
    assert [is_listening(url) for url in addresses.split()] == [False, False]


def test_services_start_nothing_where_addresses_are_given() -> None:
    given = {"DATABASE_URL": "postgres://somewhere/else", "REDIS_URL": "redis://somewhere"}
    result = services("sh", "-c", 'echo "$DATABASE_URL $REDIS_URL"', **given)
    assert result.stdout == "postgres://somewhere/else redis://somewhere\n"


@pytest.mark.parametrize(("script", "code"), [("exit 7", 7), ("kill -9 $$", 137)])
def test_services_pass_the_exit_code_on(script: str, code: int) -> None:
    assert services("sh", "-c", script, DATABASE_URL="postgres://x/y", REDIS_URL="redis://x").returncode == code


def test_services_tell_an_unknown_command() -> None:
    result = services("no-such-command", DATABASE_URL="postgres://x/y", REDIS_URL="redis://x")
    assert (result.returncode, "no-such-command" in result.stderr) == (127, True)


def hear_interrupts() -> None:
    """Also where the tests run in the background of a shell, which makes their children deaf to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_services_stop_the_servers_when_interrupted(number: int, code: int) -> None:
    """Even when killed outright: the kernel then tells the servers."""
    script = 'echo "$REDIS_URL"; redis-cli --no-auth-warning -u "$REDIS_URL" config get dir; exec sleep 60'
    process = subprocess.Popen(
        [ROOT / "bin" / "services", "sh", "-c", script],
        env=dict(os.environ, DATABASE_URL="postgres://x/y", REDIS_URL=""),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hear_interrupts,
    )
    with process:
        assert process.stdout is not None
        url, _, folder = [process.stdout.readline().strip() for _ in range(3)]
        assert is_listening(url)
        process.send_signal(number)
        assert process.wait(20) == code
        if number == signal.SIGKILL:  # nobody is left to end the command and to erase the folder
            os.killpg(process.pid, signal.SIGKILL)
            shutil.rmtree(folder)
    deadline = time.monotonic() + 10
    while is_listening(url) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (is_listening(url), Path(folder).exists()) == (False, False)


def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return document


def variables_of_settings() -> set[str]:
    settings = "".join(path.read_text() for path in (ROOT / "opscom" / "settings").glob("*.py"))
    return set(re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', settings))


def section(title: str) -> str:
    text = (ROOT / "docs" / "operations.md").read_text()
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_documented_variables_are_those_the_settings_read() -> None:
    table = section("Environment variables").split("Not read by the portal itself:")[0]
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)) == variables_of_settings()


def test_documented_env_file_names_known_variables() -> None:
    example = section("Install with Docker Compose").split("```sh\n")[1].split("```")[0]
    named = set(re.findall(r"^ *([A-Z_]+)=", example, re.MULTILINE))
    assert named - variables_of_settings() == {"POSTGRES_PASSWORD"}


def test_compose_sets_and_asks_for_known_variables_only() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    asked = set(re.findall(r"\$\{([A-Z_]+)", text))
    given = {name for service in compose()["services"].values() for name in service.get("environment", {})}
    assert (asked | given) - variables_of_settings() == NOT_OURS


def test_compose_has_one_of_each_part_with_restart_and_health() -> None:
    parts = compose()["services"]
    assert set(parts) == {"web", "worker", "beat", "migrate", "database", "redis", "mail"}
    assert parts["mail"]["profiles"] == ["try"]
    assert parts["beat"]["deploy"] == {"replicas": 1}
    restarts = {name: part["restart"] for name, part in parts.items()}
    assert restarts == dict.fromkeys(parts, "unless-stopped") | {"migrate": "no"}
    checked = {name for name, part in parts.items() if "test" in part.get("healthcheck", {})}
    assert checked == {"worker", "database", "redis"}  # web: the image's own
    for name in ("web", "worker", "beat"):
        assert parts[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert "media:/srv/opscom/media" in parts[name]["volumes"]


def test_image_installs_the_lock_and_runs_as_an_ordinary_user() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert "ARG EXTRA=base\n" in text
    assert "--require-hashes -r requirements/${EXTRA}.txt" in text
    assert text.index("\nUSER opscom\n") < text.index("\nCMD ")
    assert re.search(r'CMD \["gunicorn", "opscom.wsgi".*"--timeout", "30"', text)
