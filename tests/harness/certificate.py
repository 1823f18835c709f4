"""A certificate authority of one site and the certificate of its simulated API, made at run time with openssl."""

from dataclasses import dataclass
from pathlib import Path

from .process import run

DAYS = "30"
LEAF = "subjectAltName = IP:127.0.0.1, DNS:localhost\nextendedKeyUsage = serverAuth\nbasicConstraints = CA:FALSE\n"


@dataclass
class Certificate:
    """Paths of PEM files; the authority's own key is not kept."""

    authority: Path
    certificate: Path
    key: Path


def make_certificate(folder, account, name="api", subject=LEAF):
    """`folder`/<name>-ca.pem, <name>.pem and <name>.key; earlier ones are replaced."""
    folder = account.make_folder(folder)
    made = Certificate(folder / f"{name}-ca.pem", folder / f"{name}.pem", folder / f"{name}.key")
    authority_key, request, extensions = (folder / f"{name}.{part}" for part in ("ca-key", "request", "extensions"))
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    account.write(extensions, subject)
    run(["openssl", "req", "-x509", *new_key, "-keyout", authority_key, "-out", made.authority, "-days", DAYS,
         "-subj", f"/CN={name} authority"], account)
    run(["openssl", "req", *new_key, "-keyout", made.key, "-out", request, "-subj", f"/CN={name}"], account)
    run(["openssl", "x509", "-req", "-in", request, "-CA", made.authority, "-CAkey", authority_key, "-set_serial", "1",
         "-extfile", extensions, "-days", DAYS, "-out", made.certificate], account)
    for path in (authority_key, request, extensions):
        path.unlink()
    made.key.chmod(0o600)
    return made
