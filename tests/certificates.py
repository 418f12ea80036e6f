"""Certificates that only the tests trust."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest


def certificate_for(name: str, folder: Path) -> Path:
    """A key and a certificate for this name, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    made = folder / "both.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"),
            *("-keyout", made.name, "-out", "certificate.pem"),
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    with made.open("ab") as file:
        file.write((folder / "certificate.pem").read_bytes())
    return made


def server_with(certificate: Path) -> ssl.SSLContext:
    """TLS of a server that shows it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def client_trusting(certificate: Path) -> ssl.SSLContext:
    """TLS of a client that believes it."""
    context = ssl.create_default_context()
    context.load_verify_locations(certificate)
    return context
