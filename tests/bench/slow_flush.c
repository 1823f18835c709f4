/*
 * A disk whose flushes take 2 ms longer, for the benchmark's PostgreSQL only (LD_PRELOAD): what a remote or busy disk
 * does to commits.  Never part of the product.
 */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SLOWER_NS 2000000L

static int
flush_slowly(long call, int fd)
{
	const struct timespec pause = {0, SLOWER_NS};

	(void)nanosleep(&pause, NULL);
	return (int)syscall(call, fd);
}

int
fdatasync(int fd)
{
	return flush_slowly(SYS_fdatasync, fd);
}

int
fsync(int fd)
{
	return flush_slowly(SYS_fsync, fd);
}
