"""Options of a server on which people sign in."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

from dashboard.arguments.parser import UsageError
from metrics.errors import ScoreError


def add_sign_in_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a server on which people sign in."""
    group = parser.add_argument_group("sign-in")
    group.add_argument(
        "--identity-header",
        type=_header_name,
        metavar="NAME",
        help="header in which a trusted proxy names the person, such as X-Forwarded-Email, or sends a signed "
        "token; requests without it are refused",
    )
    group.add_argument(
        "--identity-secret-file",
        dest="identity_secret",
        type=_proxy_secret,
        metavar="FILE",
        help="file with the secret that the proxy sends in the header X-Common-Ground-Secret",
    )
    group.add_argument(
        "--identity-keys",
        type=_token_keys,
        metavar="FILE.json",
        help="public keys (JWKS) that verify the token; no secret is then needed",
    )
    group.add_argument("--identity-issuer", metavar="URL", help="issuer of the token")
    group.add_argument("--identity-audience", metavar="NAME", help="audience of the token")
    group.add_argument(
        "--identity-claim",
        metavar="NAME",
        help="claim of the token that names the person (email)",
    )
    group.add_argument(
        "--identity-groups",
        default="",
        metavar="NAME",
        help="header of the proxy, or claim of the token, with the person's groups",
    )
    group.add_argument(
        "--people",
        type=_people_file,
        metavar="FILE.toml",
        help="people who may sign for each stakeholder, and administrators (by default everybody may sign, "
        "and nobody may administer)",
    )
    group.add_argument(
        "--no-sign-in",
        action="store_true",
        help="allow an address that other machines reach, although nobody signs in",
    )


def check_sign_in(options: argparse.Namespace) -> None:
    """Check that the options of the sign-in fit together.

    Raises
    ------
    UsageError
        If an option is given without another option that it needs.
    """
    proofs = [options.identity_secret, options.identity_keys]
    if proofs.count(None) != (2 if options.identity_header is None else 1):
        raise UsageError(
            "--identity-header and either --identity-secret-file or --identity-keys need each other: "
            "name both"
        )
    if options.identity_keys is None and options.identity_claim is not None:
        raise UsageError("--identity-claim is about tokens: name --identity-keys, too")
    of_token = [options.identity_issuer, options.identity_audience]
    if of_token.count(None) != (2 if options.identity_keys is None else 0):
        raise UsageError(
            "--identity-keys, --identity-issuer and --identity-audience need each other: name all"
        )
    if options.identity_header is None and (options.people is not None or options.identity_groups):
        raise UsageError(
            "--people and --identity-groups are about people who sign in: name --identity-header, too"
        )
    if options.identity_keys is None and options.identity_groups:
        try:
            _header_name(options.identity_groups)
        except argparse.ArgumentTypeError as error:
            raise UsageError(f"--identity-groups {error}") from error
    if options.identity_groups and options.people is None:
        raise UsageError(
            "--identity-groups is for the groups in the people file: name --people, too"
        )
    if options.no_sign_in and options.identity_header is not None:
        raise UsageError("--no-sign-in says that nobody signs in: leave out --identity-header")


def _header_name(text: str) -> str:
    # An underscore is refused, because some servers take it for a hyphen.
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", text):
        raise argparse.ArgumentTypeError(f"must be a header such as X-Forwarded-Email, got {text}")
    return text


def _proxy_secret(text: str) -> bytes:
    """Secret in a file that other users cannot read."""
    try:
        with open(text, "rb") as file:
            is_open_to_all = os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o007
            secret = file.read(4096).strip()
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"must be a file that can be read, got {text}") from error
    if is_open_to_all:
        raise argparse.ArgumentTypeError(f"must be closed to other users (chmod 640), got {text}")
    if not re.fullmatch(rb"[!-~]{32,512}", secret):
        raise argparse.ArgumentTypeError(
            f"must hold 32 to 512 characters, such as from openssl rand -hex 32, got {text}"
        )
    return secret


def _token_keys(text: str) -> Path:
    """Path of a file with public keys that can be read."""
    from dashboard.decisions.tokens import has_keys

    if not has_keys(Path(text)):
        raise argparse.ArgumentTypeError(f"must be a file with public keys (JWKS), got {text}")
    return Path(text)


def _people_file(text: str) -> Path:
    """Path of a people file that can be read."""
    from dashboard.decisions.people import read_people

    try:
        read_people(Path(text))
    except ScoreError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return Path(text)
