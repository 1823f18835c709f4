/* Pages: files of WECOM_PAGE_DIR, served as they are. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "route.h"
#include "web.h"

#define PAGE_MAX_BYTES (512 * 1024)

/* The whole file, in `mem`; absent: it cannot be read. */
static struct span
read_all(int fd, struct arena *mem)
{
	struct stat about;
	char *text;
	ssize_t got;
	size_t n = 0;

	if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size > PAGE_MAX_BYTES)
		return (struct span){NULL, 0};
	text = arena_alloc(mem, (size_t)about.st_size + 1);
	if (text == NULL)
		return (struct span){NULL, 0};
	while (n < (size_t)about.st_size) {
		got = read(fd, text + n, (size_t)about.st_size - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return (struct span){NULL, 0};
		n += (size_t)got;
	}
	return (struct span){text, n};
}

bool
web_page_file(struct web *web, struct web_request *request, const char *name)
{
	char path[PATH_MAX];
	struct span page = {NULL, 0};
	int fd = -1;

	if (snprintf(path, sizeof(path), "%s/%s", web->conf->page_dir, name) < (int)sizeof(path))
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0) {
		page = read_all(fd, &request->mem);
		close(fd);
	}
	if (page.at == NULL) {
		detail_set(&request->why, "WECOM_PAGE_DIR: %s cannot be read: %s", name, fd < 0 ? strerror(errno) : "no such file");
		return false;
	}
	web_answer_text(request, "text/html; charset=utf-8", page);
	request->answer.is_page = true;
	return true;
}

void
web_page(struct web *web, struct web_request *request)
{
	if (!web_page_file(web, request, request->route->file))
		web_refuse(web, request, REASON_BUG);
}

/* An administrator from WeCom's console brings a code in place of a session. */
void
web_settings(struct web *web, struct web_request *request)
{
	if (form_value(&request->query, "auth_code").at != NULL && request->method == WEB_GET) {
		web_login_console(web, request);
		return;
	}
	web_session_read(web, request);
	if (!request->session.is_here)
		web_refuse(web, request, request->session.lost);
	else if (!request->session.is_admin)
		web_refuse(web, request, REASON_NOT_ADMIN);
	else
		web_page(web, request);
}
