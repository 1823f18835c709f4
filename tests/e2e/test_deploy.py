"""The deploy files as shipped: accepted by the programs that read them.  Whether they work is what the other tests see.

Only paths that belong to a machine (the program, certificates) are replaced.  What a machine lacks is skipped by name.
"""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from harness.web import APACHE_MODULE_FOLDER, DEPLOY, SHIPPED_SOCKET

SEARCH = "/usr/sbin:/usr/bin:/sbin:/bin"
EXPOSURE_MAX = 15  # tenths; systemd-analyze calls 1.5 OK and 5.0 medium
SERVICES = ["wecom-callback.service", "wecom-sync.service", "wecom-web.service"]


def tool(name):
    found = shutil.which(name, path=SEARCH)
    if found is None:
        pytest.skip(f"{name} is not on this machine")
    return found


def run(*arguments):
    ran = subprocess.run([str(one) for one in arguments], capture_output=True, text=True, check=False, timeout=50,
                         env=dict(os.environ, PATH=SEARCH, SYSTEMD_LOG_LEVEL="warning"))
    return ran.returncode, ran.stdout + ran.stderr


@pytest.fixture
def units(tmp_path):
    """Copies whose program exists here; the verifier wants the named one to be installed."""
    for unit in (DEPLOY / "systemd").iterdir():
        text = unit.read_text(encoding="utf-8")
        for program in ("wecom-callback", "wecom-sync", "wecom-web"):
            text = text.replace(f"/usr/local/bin/{program} ", "/bin/true ")
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    return tmp_path


def test_units_are_verified(units):
    code, said = run(tool("systemd-analyze"), "verify", "--man=no", units / "wecom-callback.socket", units / "wecom-web.socket",
                     *[units / service for service in SERVICES])
    assert (code, said) == (0, "")


@pytest.mark.parametrize("service", SERVICES)
def test_service_is_sandboxed(units, service):
    code, said = run(tool("systemd-analyze"), "security", "--offline=yes", "--no-pager", f"--threshold={EXPOSURE_MAX}",
                     units / service)
    if "Unknown command verb" in said or "unrecognized option" in said:
        pytest.skip("this systemd-analyze cannot judge unit files offline")
    assert code == 0, said.splitlines()[-1]


def test_output_of_the_service_does_not_follow_the_socket():
    lines = (DEPLOY / "systemd" / "wecom-callback.service").read_text(encoding="utf-8").splitlines()
    assert "StandardInput=socket" in lines
    assert "StandardOutput=journal" in lines and "StandardError=journal" in lines


def test_the_reconciler_may_call_the_api():
    """What would keep it from HTTPS, or give it a listening socket: a sandbox is easily one line too tight."""
    text = (DEPLOY / "systemd" / "wecom-sync.service").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    families = next(line for line in lines if line.startswith("RestrictAddressFamilies=")).split("=")[1].split()
    assert {"AF_INET", "AF_INET6", "AF_UNIX"} <= set(families)
    closing = ("PrivateNetwork=", "IPAddressDeny=", "StandardInput=", "Sockets=", "Requires=")
    assert [line for line in lines if line.startswith(closing)] == []


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """`make install` of programs that are stand-ins: what is looked at is where things go, and what is in the units."""
    folder = tmp_path_factory.mktemp("install")
    for program in ("wecom-callback", "wecom-sync", "wecom-web"):
        built = folder / "out" / "release" / program
        built.parent.mkdir(parents=True, exist_ok=True)
        built.write_text("#!/bin/sh\n", encoding="utf-8")
        built.chmod(0o755)
    arguments = ["-s", "-C", DEPLOY.parent, f"OUT={folder}/out", f"DESTDIR={folder}/root", "PREFIX=/opt/mirror",
                 "SYSCONFDIR=/opt/etc"]
    # -o: the stand-ins are not built anew
    code, said = run(tool("make"), *arguments, "-o", "all", "install")
    assert code == 0, said
    yield folder / "root", arguments


@pytest.mark.parametrize("program", ["wecom-callback", "wecom-sync"])
def test_install_puts_everything_in_its_place(installed, program):
    prefix = installed[0] / "opt" / "mirror"
    assert (prefix / "bin" / program).stat().st_mode & 0o777 == 0o755
    assert (prefix / "share" / "man" / "man8" / f"{program}.8").is_file()
    unit = (prefix / "lib" / "systemd" / "system" / f"{program}.service").read_text(encoding="utf-8")
    assert f"\nExecStart=/opt/mirror/bin/{program} -c /opt/etc/wecom-mirror/wecom-mirror.conf\n" in unit
    assert "/usr/local/" not in unit and " /etc/" not in unit


def test_uninstall_leaves_the_settings_only(installed):
    folder, arguments = installed
    code, said = run(tool("make"), *arguments, "uninstall")
    assert code == 0, said
    left = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
    assert left == ["opt/etc/wecom-mirror/wecom-mirror.conf"]


def test_sysusers_fragment_makes_the_user(tmp_path):
    (tmp_path / "etc").mkdir()
    code, said = run(tool("systemd-sysusers"), f"--root={tmp_path}", DEPLOY / "systemd" / "wecom-mirror.sysusers.conf")
    assert code == 0, said
    assert (tmp_path / "etc" / "passwd").read_text(encoding="utf-8").startswith("wecom-mirror:")


NGINX = """\
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
	include {folder}/conf.d/*.conf;
	client_body_temp_path {folder}/body;
	fastcgi_temp_path {folder}/fastcgi;
	proxy_temp_path {folder}/proxy;
	scgi_temp_path {folder}/scgi;
	uwsgi_temp_path {folder}/uwsgi;
}}
"""


def make_certificate(folder):
    code, said = run(tool("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
                     "/CN=zjemail.cn", "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem")
    assert code == 0, said


def test_nginx_accepts_the_complete_server(tmp_path):
    """Both fragments and the example together, with a certificate of our own."""
    nginx = tool("nginx")
    make_certificate(tmp_path)
    (tmp_path / "conf.d").mkdir()
    for name in ("wecom-mirror.conf", "wecom-mirror-upstream.conf", "wecom-mirror-web-upstream.conf", "wecom-mirror-local.conf"):
        text = (DEPLOY / "nginx" / name).read_text(encoding="utf-8")
        for shipped, here in (("/etc/ssl/wecom-mirror", tmp_path), ("/etc/nginx/snippets", DEPLOY / "nginx"),
                              ("/var/log/nginx", tmp_path)):
            text = text.replace(shipped, str(here))
        if not socket.has_dualstack_ipv6():
            text = "\n".join(line for line in text.splitlines() if "listen [::]" not in line)
        (tmp_path / "conf.d" / name).write_text(text, encoding="utf-8")
    (tmp_path / "nginx.conf").write_text(NGINX.format(folder=tmp_path), encoding="utf-8")
    code, said = run(nginx, "-t", "-p", tmp_path, "-e", tmp_path / "error.log", "-c", tmp_path / "nginx.conf")
    assert code == 0 and "[warn]" not in said, said


def apache_modules():
    """What the fragment itself tells the operator to enable, and what every Apache has."""
    text = (DEPLOY / "apache" / "wecom-mirror.conf").read_text(encoding="utf-8")
    named = next(line for line in text.splitlines() if "a2enmod" in line).split("a2enmod")[1].split()
    return ["mpm_event", "authz_core", *named]


@pytest.mark.parametrize("define", ["", "Define WECOM_CALLBACK_SOCKET /tmp/other.sock\n"], ids=["default", "defined"])
def test_apache_accepts_the_fragment(tmp_path, define):
    apache = tool("apache2")
    modules = "".join(f"LoadModule {name}_module {APACHE_MODULE_FOLDER}/mod_{name}.so\n" for name in apache_modules())
    (tmp_path / "apache.conf").write_text(
        f"ServerRoot {tmp_path}\nServerName localhost\nListen 127.0.0.1:1\nErrorLog {tmp_path}/error.log\n"
        f"{modules}{define}Include {DEPLOY}/apache/wecom-mirror.conf\n", encoding="utf-8")
    code, said = run(apache, "-f", tmp_path / "apache.conf", "-t", "-D", "DUMP_RUN_CFG")
    assert code == 0, said
    assert f"WECOM_CALLBACK_SOCKET={'/tmp/other.sock' if define else SHIPPED_SOCKET}" in said


def test_run_script_says_what_is_missing(tmp_path):
    script = DEPLOY / "spawn-fcgi" / "run"
    ran = subprocess.run([script], capture_output=True, text=True, check=False, timeout=10,
                         env={"PATH": SEARCH, "CALLBACK_BIN": str(tmp_path / "none")})
    assert ran.returncode == 78
    assert ran.stdout == f"run: {tmp_path}/none is not there or not executable; set CALLBACK_BIN\n"


def test_run_script_hands_over_a_listening_socket(tmp_path):
    """A program that only looks at its descriptor 0, started as the current user."""
    tool("spawn-fcgi")
    program = tmp_path / "program"
    program.write_text("#!/usr/bin/python3\nimport socket, sys\n"
                       "s = socket.socket(fileno=0)\n"
                       "print(s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN), s.getsockname(), *sys.argv[1:])\n",
                       encoding="utf-8")
    program.chmod(0o755)
    user = {"CALLBACK_USER": "nobody", "CALLBACK_GROUP": "nogroup"}
    for folder in (tmp_path, *tmp_path.parents):
        if os.geteuid() == 0 and str(folder).startswith("/tmp/pytest"):
            folder.chmod(0o755)
    ran = subprocess.run([DEPLOY / "spawn-fcgi" / "run"], capture_output=True, text=True, check=False, timeout=10,
                         env={"PATH": SEARCH, "CALLBACK_BIN": str(program), "CALLBACK_SOCKET": str(tmp_path / "s/a.sock"),
                              "WECOM_CONF": "/some.conf", **user})
    assert (ran.returncode, ran.stdout) == (0, f"1 {tmp_path}/s/a.sock -c /some.conf\n"), ran.stderr


def test_shipped_files_are_readable_by_all():
    """`git` keeps only the x bit; a file that others cannot read would be installed so."""
    for file in Path(DEPLOY).rglob("*"):
        assert not file.is_file() or file.stat().st_mode & 0o044 == 0o044, file
