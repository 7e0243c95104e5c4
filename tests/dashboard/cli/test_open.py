"""Tests that ``open`` becomes the server, and passes all other options to the app."""

from __future__ import annotations

import socket
import sys

import pytest

from dashboard.arguments.app_options import app_options
from dashboard.arguments.parser import UsageError
from dashboard.cli import open as opening
from dashboard.cli.main import main
from dashboard.data.uploads.job import MAX_MEGABYTES
from dashboard.server.sign_in import proxy_of
from tests.dashboard.tokens import AUDIENCE, ISSUER, token, write_keys


@pytest.fixture
def next_command(monkeypatch):
    """Run a command line; return the command that would replace this process."""

    def run(*arguments):
        became = []
        monkeypatch.setattr(sys, "argv", ["common-ground", *arguments])
        monkeypatch.setattr("os.execv", lambda *command: became.append(command))
        main()
        [(program, command)] = became
        assert program == command[0] == sys.executable
        cut = command.index("--")
        return command[1:cut], command[cut + 1 :]

    return run


def test_open_starts_streamlit_on_this_machine_only(next_command, capsys):
    server, app = next_command("open", "scores.csv")
    assert server[:4] == ["-P", "-m", "streamlit", "run"]
    assert server[4] == str(opening.SERVER)
    assert opening.SERVER.is_file()
    assert server[5:] == [
        "--server.port=8501",
        "--server.address=127.0.0.1",
        f"--server.maxUploadSize={MAX_MEGABYTES}",
    ]
    assert app == ["scores.csv"]
    assert "http://127.0.0.1:8501" in capsys.readouterr().out


@pytest.mark.parametrize(
    "own",
    [
        ["--port", "9000", "--address", "localhost", "--max-upload", "50"],
        ["--port=9000", "--address=localhost", "--max-upload=50"],
    ],
    ids=["apart", "joined"],
)
def test_port_and_address_go_to_the_server(next_command, own):
    """Options may be at any position, and a file may have the name of the subcommand."""
    passed = ["open", "b c.csv", "--scale", "rank", "--model", "port", "--scenario", "s.toml"]
    for k in range(0, len(passed) + 1, 2):
        server, app = next_command("open", *passed[:k], *own, *passed[k:])
        assert server[5:] == [
            "--server.port=9000",
            "--server.address=localhost",
            "--server.maxUploadSize=50",
        ]
        assert app == passed


def test_the_app_understands_its_options():
    options = app_options(
        ["a.csv", "b.csv", "--label", "ok", "--decimal", ",", "--objectives", "own.py"]
    )
    assert options.files == ["a.csv", "b.csv"]
    assert (options.label, options.decimal, options.objectives) == ("ok", ",", "own.py")
    assert app_options([]).files == []
    shared = app_options(["--keep-total", "50", "--at-once", "3", "--keep-days", "0.5"])
    assert (shared.keep_total, shared.at_once, shared.keep_days) == (50, 3, 0.5)
    out_of_range = (["--keep-days", "0"], ["--keep-days", "nan"], ["--at-once", "0"])
    for wrong in (["--port", "1"], ["--scale", "odds"], ["--lab", "ok"], *out_of_range):
        with pytest.raises(UsageError):
            app_options(wrong)


def test_a_wrong_command_line_starts_nothing(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["common-ground", "open", "--port", "here"])
    monkeypatch.setattr("os.execv", lambda *command: pytest.fail("started"))
    assert main() == 64
    assert "--port" in capsys.readouterr().err


@pytest.mark.parametrize("path", ["/common-ground", "common-ground/", "/common-ground/"])
def test_the_base_path_goes_to_the_server(next_command, capsys, path):
    server, app = next_command("open", "scores.csv", "--base-path", path)
    assert server[-1] == "--server.baseUrlPath=common-ground"
    assert app == ["scores.csv"]
    assert "http://127.0.0.1:8501/common-ground/" in capsys.readouterr().out


@pytest.mark.parametrize("path", ["/a b", "http://elsewhere.test/", "/a//b", "/a?b"])
def test_an_invalid_base_path_is_refused(monkeypatch, capsys, path):
    monkeypatch.setattr("os.execv", lambda *command: pytest.fail("it was started"))
    assert main(["open", "--base-path", path]) == 64
    assert "must be a path such as /common-ground" in capsys.readouterr().err


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
@pytest.mark.parametrize("address", ["::1", "[::1]", "::"])
def test_an_ipv6_address_is_written_in_brackets(next_command, capsys, address):
    server, _ = next_command("open", "scores.csv", "--address", address, "--no-sign-in")
    assert f"--server.address={address.strip('[]')}" in server
    assert f"http://[{address.strip('[]')}]:8501\n" in capsys.readouterr().out


def test_server_names_go_to_the_app_and_invalid_ones_are_refused(next_command, monkeypatch, capsys):
    _, app = next_command("open", "scores.csv", "--host", "scores.example.com", "--host", "::1")
    assert app == ["scores.csv", "--host", "scores.example.com", "--host", "::1"]
    assert app_options(app).host == ["scores.example.com", "::1"]
    monkeypatch.setattr("os.execv", lambda *command: pytest.fail("it was started"))
    assert main(["open", "--host", "http://scores.example.com/"]) == 64
    assert "must be a name such as scores.example.com" in capsys.readouterr().err


@pytest.mark.parametrize(
    "typed",
    ["[::1", "[localhost]", "x y", "192.0.2.1", "no.such.host.invalid", "\ud800", ".." * 99],
)
def test_an_address_of_another_machine_is_refused(capsys, typed):
    assert main(["open", "--address", typed]) == 64
    assert "must be an address of this machine" in capsys.readouterr().err


TOKENS = ("--identity-header", "--identity-keys", "--identity-issuer", "--identity-audience")


def secret_file(folder, text="5e" * 32, mode=0o600):
    path = folder / "secret"
    path.write_text(f"{text}\n")
    path.chmod(mode)
    return str(path)


def test_an_open_address_needs_sign_in_or_an_explicit_option(
    next_command, monkeypatch, capsys, tmp_path
):
    sign_in = ["--identity-header", "X-Forwarded-Email"]
    sign_in += ["--identity-secret-file", secret_file(tmp_path)]
    for said in (["--no-sign-in"], sign_in):
        _, app = next_command("open", "scores.csv", "--address", "0.0.0.0", *said)
        assert app == ["scores.csv", *said]
        app_options(app)
    assert next_command("open", "scores.csv", *sign_in)
    monkeypatch.setattr("os.execv", lambda *command: pytest.fail("it was started"))
    assert main(["open", "scores.csv", "--address", "0.0.0.0"]) == 64
    said = capsys.readouterr().err
    assert "--no-sign-in must be given to listen on 0.0.0.0" in said
    assert "under any name" in said


@pytest.mark.parametrize(
    ("header", "secret", "mode", "told"),
    [
        ("X-Forwarded-Email", None, 0, "need each other"),
        (None, "5e" * 32, 0o600, "need each other"),
        ("X_Forwarded_Email", "5e" * 32, 0o600, "must be a header"),
        ("X-Forwarded-Email", "5e" * 15, 0o600, "must hold 32 to 512 characters"),
        ("X-Forwarded-Email", "5 " * 32, 0o600, "must hold 32 to 512 characters"),
        ("X-Forwarded-Email", "5e" * 32, 0o604, "must be closed to other users"),
        ("X-Forwarded-Email", "/", 0o600, "must hold"),
    ],
)
def test_an_unsafe_sign_in_is_refused(monkeypatch, capsys, tmp_path, header, secret, mode, told):
    monkeypatch.setattr("os.execv", lambda *command: pytest.fail("it was started"))
    options = ["--identity-header", header] if header else []
    if secret is not None:
        options += ["--identity-secret-file", secret_file(tmp_path, secret, mode)]
    assert main(["open", "scores.csv", *options]) == 64
    assert told in capsys.readouterr().err
    with pytest.raises(UsageError, match=told):
        app_options(options)


def test_groups_in_a_header_that_no_proxy_can_send_are_refused(tmp_path):
    options = ["--identity-header", "X-Forwarded-Email", "--identity-secret-file"]
    options += [secret_file(tmp_path), "--identity-groups"]
    with pytest.raises(UsageError, match="name --people, too"):
        app_options([*options, "X-Forwarded-Groups"])
    people = tmp_path / "people.toml"
    people.touch()
    assert app_options([*options, "X-Forwarded-Groups", "--people", str(people)])
    with pytest.raises(UsageError, match="--identity-groups must be a header"):
        app_options([*options, "X_Forwarded_Groups"])


@pytest.mark.parametrize(
    ("left_out", "more", "told"),
    [
        ((), [], None),
        (("--identity-issuer",), [], "name all"),
        (("--identity-audience",), [], "name all"),
        (("--identity-keys",), [], "name both"),
        (("--identity-header",), [], "name both"),
        ((), ["--identity-secret-file", "secret"], "name both"),
        (("--identity-keys",), ["--identity-keys", "secret"], "public keys"),
        (TOKENS, ["--identity-groups", "X-Forwarded-Groups"], "about people who sign in"),
        (TOKENS, ["--identity-claim", "sub"], "about tokens"),
        (
            TOKENS[1:],
            ["--identity-secret-file", "secret", "--identity-claim", "sub"],
            "about tokens",
        ),
    ],
)
def test_a_sign_in_by_token_needs_its_keys_issuer_and_audience(
    tmp_path, monkeypatch, left_out, more, told
):
    monkeypatch.chdir(tmp_path)
    secret_file(tmp_path)
    write_keys(tmp_path / "keys.json")
    values = ("Authorization", "keys.json", ISSUER, AUDIENCE)
    pairs = zip(TOKENS, values, strict=True)
    options = [part for pair in pairs if pair[0] not in left_out for part in pair] + more
    if told is None:
        proxy = proxy_of(options)
        assert proxy is not None
        assert proxy.tokens is not None
        assert proxy.tokens.person(token()) is not None
    else:
        with pytest.raises(UsageError, match=told):
            app_options(options)
        nobody = proxy_of(options)
        assert nobody is not None
        assert nobody.tokens is None
