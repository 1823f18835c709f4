/* The control socket, both sides.  Never looks into a line. */
#include "control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define WRITE_TIMEOUT_S 5
#define ANSWER_TIMEOUT_S 60
#define READ_BYTES 16384

struct client {
	int fd; /* -1: free */
	struct text line;
};

struct control {
	int epoll_fd;
	int listen_fd; /* -1: none */
	char path[108];
	struct client clients[CONTROL_CLIENTS_MAX];
	control_handler *handle;
	void *self;
};

static bool
set_address(struct sockaddr_un *address, const char *path, struct fault *fault)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address->sun_path))
		return fault_set(fault, "the socket's path is longer than %zu bytes", sizeof(address->sun_path) - 1);
	strcpy(address->sun_path, path);
	return true;
}

void
control_watch(struct control *control, int also)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = also};

	epoll_ctl(control->epoll_fd, EPOLL_CTL_ADD, also, &event);
}

static bool
open_socket(struct control *control, const char *path, struct fault *fault)
{
	struct sockaddr_un address;
	struct stat status;

	if (!set_address(&address, path, fault))
		return false;
	if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode))
		unlink(path);
	strcpy(control->path, path);
	control->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->listen_fd < 0 || bind(control->listen_fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    chmod(path, 0600) != 0 || listen(control->listen_fd, CONTROL_CLIENTS_MAX) != 0)
		return fault_set(fault, "cannot open the control socket %.100s: %s", path, strerror(errno));
	control_watch(control, control->listen_fd);
	return true;
}

struct control *
control_open(const char *path, control_handler *handle, void *self, struct fault *fault)
{
	struct control *control = fault_resize(NULL, sizeof(*control));

	*control = (struct control){.listen_fd = -1, .handle = handle, .self = self};
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		control->clients[i].fd = -1;
	control->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (control->epoll_fd >= 0 && (path == NULL || open_socket(control, path, fault)))
		return control;
	if (control->epoll_fd < 0)
		fault_set(fault, "cannot make an epoll descriptor");
	control_close(control);
	return NULL;
}

static void
drop(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	text_free(&client->line);
	client->line = (struct text){0};
}

void
control_close(struct control *control)
{
	if (control == NULL)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		drop(&control->clients[i]);
	if (control->listen_fd >= 0) {
		close(control->listen_fd);
		unlink(control->path);
	}
	if (control->epoll_fd >= 0)
		close(control->epoll_fd);
	free(control);
}

int
control_fd(const struct control *control)
{
	return control->epoll_fd;
}

/* Reading never blocks (MSG_DONTWAIT), writing for a while.  Who comes when all places are taken is sent away. */
static void
accept_clients(struct control *control)
{
	struct timeval timeout = {.tv_sec = WRITE_TIMEOUT_S};
	int fd;

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		struct client *client = &control->clients[i];

		if (client->fd >= 0)
			continue;
		client->fd = accept4(control->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (client->fd < 0)
			return;
		setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
		control_watch(control, client->fd);
	}
	fd = accept4(control->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		close(fd);
}

static bool
send_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t part = send(fd, bytes, n, MSG_NOSIGNAL);

		if (part < 0 && errno == EINTR)
			continue;
		if (part <= 0)
			return false;
		bytes += part;
		n -= (size_t)part;
	}
	return true;
}

/* False: the connection is at its end. */
static bool
answer_lines(struct control *control, struct client *client)
{
	char *newline;

	while (client->line.n > 0 && (newline = memchr(client->line.at, '\n', client->line.n)) != NULL) {
		size_t n = (size_t)(newline - client->line.at);
		struct text answer = {0};
		bool ok;

		control->handle(control->self, client->line.at, n, &answer);
		text_adds(&answer, "\n");
		ok = send_all(client->fd, answer.at, answer.n);
		text_free(&answer);
		if (!ok)
			return false;
		client->line.n -= n + 1;
		memmove(client->line.at, newline + 1, client->line.n + 1);
	}
	return client->line.n < CONTROL_LINE_MAX_BYTES;
}

static void
read_client(struct control *control, struct client *client)
{
	ssize_t n = recv(client->fd, text_reserve(&client->line, READ_BYTES), READ_BYTES, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		client->line.n += (size_t)n;
		client->line.at[client->line.n] = '\0';
	}
	if (n <= 0 || !answer_lines(control, client))
		drop(client);
}

void
control_work(struct control *control)
{
	if (control->listen_fd < 0)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		if (control->clients[i].fd >= 0)
			read_client(control, &control->clients[i]);
	}
	accept_clients(control);
}

static bool
read_line(int fd, struct text *answer)
{
	while (answer->n == 0 || answer->at[answer->n - 1] != '\n') {
		ssize_t n = recv(fd, text_reserve(answer, READ_BYTES), READ_BYTES, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		answer->n += (size_t)n;
	}
	answer->at[--answer->n] = '\0';
	return true;
}

bool
control_ask(const char *path, const char *line, struct text *answer, struct fault *fault)
{
	struct timeval timeout = {.tv_sec = ANSWER_TIMEOUT_S};
	struct sockaddr_un address;
	bool ok;
	int fd;

	if (!set_address(&address, path, fault))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		fault_set(fault, "cannot reach the control socket %.100s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	ok = send_all(fd, line, strlen(line)) && send_all(fd, "\n", 1) && read_line(fd, answer);
	close(fd);
	return ok || fault_set(fault, "the control socket %.100s gives no answer", path);
}
