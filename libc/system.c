/*
 * system.c - what picolibc asks of an operating system.
 *
 * There are no files but the console (descriptors 0, 1 and 2), no processes and
 * no signals from outside.  Time begins when the machine starts: there is no
 * clock that knows the date.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <unistd.h>

#include "libc/libc.h"

enum { NS_PER_US = 1000, US_PER_S = 1000000 };

long
libc_write(const void *buf, size_t n)
{
	const char *at = buf;
	size_t      left = n;

	while (left > 0) {
		long done = console_write(at, left, 0);

		if (done < 0)
			return -1;
		at += done;
		left -= (size_t)done;
	}
	return (long)n;
}

long
libc_read(void *buf, size_t n)
{
	long done;

	if (antler_input_is_pipe())
		return console_read(buf, n, 0);
	done = read_line(buf, n);
	if (done < 0)
		return -1;
	((char *)buf)[done] = '\n';	/* where the 0 was */
	return done + 1;
}

/* Functions for atexit, if the program uses that. */
void __call_exitprocs(int status, void *unused) __attribute__((weak));

void
exit(int status)
{
	if (__call_exitprocs != NULL)
		__call_exitprocs(status, NULL);
	antler_exit(status);
}

void
_exit(int status)
{
	antler_exit(status);
}

void
abort(void)
{
	go_panic("abort");
}

void
__assert_func(const char *file, int line, const char *function,
    const char *expression)
{
	go_panic("%s:%d: %s: assertion \"%s\" failed", file, line,
	    function != NULL ? function : "?", expression);
}

int
kill(pid_t pid, int number)
{
	(void)pid;
	go_panic("signal %d", number);
}

pid_t
getpid(void)
{
	return 1;
}

int
sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	(void)how;
	(void)set;
	if (old != NULL)
		memset(old, 0, sizeof(*old));
	return 0;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	int64_t us = now_ns() / NS_PER_US;

	(void)zone;
	tv->tv_sec = us / US_PER_S;
	tv->tv_usec = us % US_PER_S;
	return 0;
}

clock_t
times(struct tms *t)
{
	clock_t now = (clock_t)(now_ns() / (1000000000 / CLOCKS_PER_SEC));

	*t = (struct tms){ .tms_utime = now };
	return now;
}

int
open(const char *path, int flags, ...)
{
	(void)path;
	(void)flags;
	errno = ENOENT;
	return -1;
}

int
close(int fd)
{
	(void)fd;
	errno = EBADF;
	return -1;
}

ssize_t
write(int fd, const void *buf, size_t n)
{
	if (fd == STDOUT_FILENO || fd == STDERR_FILENO)
		return libc_write(buf, n);
	errno = EBADF;
	return -1;
}

ssize_t
read(int fd, void *buf, size_t n)
{
	long done;

	if (fd != STDIN_FILENO) {
		errno = EBADF;
		return -1;
	}
	done = n > 0 ? libc_read(buf, n) : 0;
	return done < 0 ? 0 : done;
}

_off_t
lseek(int fd, _off_t offset, int whence)
{
	(void)fd;
	(void)offset;
	(void)whence;
	errno = ESPIPE;
	return -1;
}

int
fstat(int fd, struct stat *st)
{
	if (fd < 0 || fd > STDERR_FILENO) {
		errno = EBADF;
		return -1;
	}
	*st = (struct stat){ .st_mode = S_IFCHR };
	return 0;
}

int
stat(const char *restrict path, struct stat *restrict st)
{
	(void)path;
	(void)st;
	errno = ENOENT;
	return -1;
}

int
unlink(const char *path)
{
	(void)path;
	errno = ENOENT;
	return -1;
}
