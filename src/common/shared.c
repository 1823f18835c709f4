/* Shared mappings: see shared.h. */
#include "shared.h"

#include <sys/mman.h>
#include <unistd.h>

enum status
shared_map(int fd, size_t n, void **ret_memory)
{
	*ret_memory = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (*ret_memory != MAP_FAILED)
		return ST_OK;
	*ret_memory = NULL;
	return ST_SYSTEM;
}

void *
shared_new(size_t n)
{
	int fd = memfd_create("wecom-mirror", MFD_CLOEXEC);
	void *memory = NULL;

	if (fd < 0)
		return NULL;
	if (ftruncate(fd, (off_t)n) != 0 || shared_map(fd, n, &memory) != ST_OK)
		memory = NULL;
	close(fd);
	return memory;
}

void
shared_free(void *memory, size_t n)
{
	if (memory != NULL)
		munmap(memory, n);
}
