"""nginx and Apache in front of the pools, with the fragments of deploy/ included as shipped.

Only what depends on the place is ours: port, temporary folders, user, and the paths of the sockets and of the pages.
"""

import os
import signal
import socket
from pathlib import Path

from .process import Child, HarnessError, children_of, free_port, send_signal, wait_until

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
SHIPPED_SOCKET = "/run/wecom-mirror/callback.sock"
SHIPPED_WEB_SOCKET = "/run/wecom-mirror/web.sock"
SHIPPED_LOCAL = "127.0.0.1:9187"
SHIPPED_PAGES = "/usr/local/share/wecom-mirror/page"
PAGES = DEPLOY.parent / "src" / "web" / "page"

NGINX = """\
daemon off;
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
	access_log off;
	client_body_temp_path {folder}/body;
	fastcgi_temp_path {folder}/fastcgi;
	proxy_temp_path {folder}/proxy;
	scgi_temp_path {folder}/scgi;
	uwsgi_temp_path {folder}/uwsgi;
	server_tokens off;
	include {folder}/upstream.conf;
	server {{
		listen 127.0.0.1:{port} backlog=1024;
		server_name _;
		include {folder}/locations.conf;
{rest}	}}
	include {folder}/local.conf;
}}
"""

NGINX_REST = """\
		location / {{
			default_type text/plain;
			return {root_status} "{root_text}";
		}}
"""

APACHE = """\
ServerRoot {folder}
DefaultRuntimeDir {folder}
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
LogLevel warn
ServerName localhost
ServerTokens Prod
Listen 127.0.0.1:{port}
{modules}
StartServers 1
ServerLimit 4
ThreadsPerChild 64
MaxRequestWorkers 256
DocumentRoot {folder}/empty
<Directory {folder}/empty>
	AllowOverride None
	Require all granted
</Directory>
Define WECOM_CALLBACK_SOCKET {socket}
Define WECOM_WEB_SOCKET {web_socket}
Define WECOM_PAGE_DIR {pages}
<VirtualHost 127.0.0.1:{port}>
	Include {folder}/wecom-mirror.conf
</VirtualHost>
{local}"""

APACHE_MODULES = ["mpm_event", "authz_core", "reqtimeout", "buffer", "setenvif", "alias", "headers", "proxy", "proxy_fcgi"]
APACHE_MODULE_FOLDER = Path("/usr/lib/apache2/modules")


class WebServer:
    """What both have in common.  port: where it listens on loopback; name: for test ids.

    With pages there is the place of this machine's monitoring, too, at .local_url.
    """

    name = ""
    program = ""
    graceful = signal.SIGQUIT

    def __init__(self, folder, account, pool_socket, port=None, web_socket=None):
        self.folder = Path(folder)
        self.account = account
        self.pool_socket = pool_socket
        self.web_socket = web_socket or self.folder / "no-pages.sock"
        self.pages = self._lent_pages() if web_socket else PAGES
        self.port = port or free_port()
        self.local_port = free_port() if web_socket else None
        self.error_log = self.folder / "error.log"
        self.child = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def arguments(self):
        raise NotImplementedError

    def write(self):
        raise NotImplementedError

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def local_url(self):
        return f"http://127.0.0.1:{self.local_port}"

    def _local(self, text):
        """What is shipped for the monitoring, at our port; nothing without pages."""
        if not self.local_port:
            return ""
        if SHIPPED_LOCAL not in text:
            raise HarnessError(f"what {DEPLOY} ships for {self.name} does not name {SHIPPED_LOCAL}")
        return self.placed(text).replace(SHIPPED_LOCAL, f"127.0.0.1:{self.local_port}")

    def _lent_pages(self):
        """Where the server's user can read them."""
        self.account.make_folder(self.folder)
        return self.account.lend(PAGES, self.folder) if PAGES.is_dir() else PAGES

    def placed(self, text):
        """A shipped fragment with the paths of this place."""
        for shipped, ours in ((SHIPPED_SOCKET, self.pool_socket), (SHIPPED_WEB_SOCKET, self.web_socket),
                              (SHIPPED_PAGES, self.pages)):
            text = text.replace(shipped, str(ours))
        return text

    def start(self, seconds=15):
        self.account.make_folder(self.folder)
        self.write()
        self.child = Child(self.arguments(), self.account, log=self.folder / "output.log", env=self.environment())
        wait_until(self._listens, seconds, f"{self.name} on port {self.port}; its log is {self.error_log}")
        return self

    def environment(self):
        return dict(os.environ, PATH="/usr/sbin:/usr/bin:/sbin:/bin")

    def _listens(self):
        if not self.child.alive:
            lines = []
            for log in (self.folder / "output.log", self.error_log):
                lines += log.read_text(errors="replace").splitlines()[-2:] if log.exists() else []
            raise HarnessError(f"{self.name} ended at once: {'; '.join(lines) or 'no log'}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0 and bool(self.children)

    @property
    def pid(self):
        return self.child.pid

    @property
    def alive(self):
        return self.child is not None and self.child.alive

    @property
    def children(self):
        return children_of(self.child.pid)

    def kill(self):
        """kill -9 of all its processes."""
        for pid in [*self.children, self.pid]:
            send_signal(pid, signal.SIGKILL)
        self.child.wait(10)
        self.child = None

    def close(self):
        if self.child is not None:
            self.child.close(signal.SIGTERM)
            self.child = None


class Nginx(WebServer):
    """nginx in the foreground with deploy/nginx/*.conf.  root_text: what `/` says (status root_status)."""

    name = "nginx"
    program = "nginx"

    def __init__(self, folder, account, pool_socket, port=None, workers=1, root_status=404, root_text="not found\\n",
                 web_socket=None):
        super().__init__(folder, account, pool_socket, port, web_socket)
        self.workers = workers
        self.root_status, self.root_text = root_status, root_text

    def arguments(self):
        return ["nginx", "-p", self.folder, "-e", self.error_log, "-c", self.folder / "nginx.conf"]

    def write(self):
        upstream, locations = self._shipped("upstream"), self._shipped("locations")
        if SHIPPED_SOCKET not in upstream:
            raise HarnessError(f"{DEPLOY}/nginx/wecom-mirror-upstream.conf does not name {SHIPPED_SOCKET}")
        self.account.write(self.folder / "upstream.conf", self.placed(upstream))
        self.account.write(self.folder / "locations.conf", self.placed(locations))
        local = (DEPLOY / "nginx" / "wecom-mirror-local.conf").read_text(encoding="utf-8")
        self.account.write(self.folder / "local.conf", self._local(local))
        rest = "" if "location / {" in locations else NGINX_REST.format(
            root_status=self.root_status, root_text=self.root_text)
        self.account.write(self.folder / "nginx.conf", NGINX.format(
            folder=self.folder, port=self.port, workers=self.workers, rest=rest))

    @staticmethod
    def _shipped(part):
        """Those of the receiver, then those of the pages."""
        found = sorted((DEPLOY / "nginx").glob(f"wecom-mirror*-{part}.conf"), key=lambda path: len(path.name))
        return "\n".join(path.read_text(encoding="utf-8") for path in found)


class Apache(WebServer):
    """Apache (mpm_event, mod_proxy_fcgi) in the foreground with deploy/apache/wecom-mirror.conf."""

    name = "apache"
    program = "apache2"

    def arguments(self):
        return ["apache2", "-f", self.folder / "apache.conf", "-D", "FOREGROUND"]

    def _shipped_local(self, shipped):
        """The example in the comment: from its Listen to the end of its virtual host."""
        lines = [line.lstrip("# ") for line in shipped.splitlines() if line.startswith("#   ")]
        begin = lines.index(f"Listen {SHIPPED_LOCAL}")
        return "\n".join(lines[begin:lines.index("</VirtualHost>", begin) + 1]) + "\n"

    def write(self):
        shipped = (DEPLOY / "apache" / "wecom-mirror.conf").read_text(encoding="utf-8")
        self.account.write(self.folder / "wecom-mirror.conf", self.placed(shipped))
        self.account.make_folder(self.folder / "empty")
        modules = "\n".join(f"LoadModule {name}_module {APACHE_MODULE_FOLDER}/mod_{name}.so" for name in APACHE_MODULES)
        self.account.write(self.folder / "apache.conf", APACHE.format(
            folder=self.folder, port=self.port, modules=modules, socket=self.pool_socket,
            web_socket=self.web_socket, pages=self.pages, local=self._local(self._shipped_local(shipped))))
