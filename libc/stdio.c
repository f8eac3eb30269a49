/*
 * stdio.c - picolibc's stdin, stdout and stderr on the console.
 *
 * The functions of picolibc give a stream its characters one by one.  A call
 * that prints more than one (printf, puts, fputs, fwrite and their like) must
 * not be interrupted by those of other goroutines: the linker lets such calls
 * pass by the functions __wrap_NAME here (--wrap), which hold the console's
 * lock, and leave what was collected meanwhile to the console at the end.  So
 * what a call has printed is shown when it returns, and nothing is left to
 * flush when the program ends, in whatever way.  stdout and stderr share the
 * lock: their lines do not mix either.
 *
 * A call may panic while it holds the lock, of a bad pointer for one: deferred
 * calls give it back.
 */
#include <stdio.h>
#include <string.h>

#include "libc/libc.h"

enum { OUT = 512, IN = 512 };

/* Guarded by lock. */
static struct {
	struct libc_lock lock;
	size_t           len;
	char             buf[OUT];
} out;

/* How many of this goroutine's calls, one in the other, hold the lock. */
static _Thread_local unsigned printing;

static struct {
	struct libc_lock lock;
	size_t           at, len;
	char             buf[IN];
} in;

static void
flush_out(void)
{
	libc_write(out.buf, out.len);
	out.len = 0;
}

static void
begin(void)
{
	libc_lock(&out.lock);
	printing++;
}

static void
end(void *unused)
{
	(void)unused;
	if (--printing == 0)
		flush_out();
	libc_unlock(&out.lock);
}

static int
put_one(char c)
{
	if (out.len == OUT)
		flush_out();
	out.buf[out.len++] = c;
	return (unsigned char)c;
}

static int
console_put(char c, FILE *stream)
{
	int done;

	(void)stream;
	if (printing > 0)
		return put_one(c);
	begin();
	done = put_one(c);
	end(NULL);
	return done;
}

static int
console_flush(FILE *stream)
{
	(void)stream;
	return 0;
}

/* A read waits for input with the lock: the next reader goes on behind it. */
static int
console_get(FILE *stream)
{
	int c = _FDEV_EOF;

	(void)stream;
	libc_lock(&in.lock);
	if (in.at == in.len) {
		long n = libc_read(in.buf, IN);

		in.at = 0;
		in.len = n > 0 ? (size_t)n : 0;
	}
	if (in.at < in.len)
		c = (unsigned char)in.buf[in.at++];
	libc_unlock(&in.lock);
	return c;
}

static FILE console_out = FDEV_SETUP_STREAM(console_put, NULL, console_flush,
    _FDEV_SETUP_WRITE);
static FILE console_err = FDEV_SETUP_STREAM(console_put, NULL, console_flush,
    _FDEV_SETUP_WRITE);
static FILE console_in = FDEV_SETUP_STREAM(NULL, console_get, NULL,
    _FDEV_SETUP_READ);

FILE *const stdin = &console_in;
FILE *const stdout = &console_out;
FILE *const stderr = &console_err;

static bool
is_console(const FILE *stream)
{
	return stream == &console_out || stream == &console_err;
}

int    __real_vfprintf(FILE *stream, const char *format, va_list args);
int    __wrap_vfprintf(FILE *stream, const char *format, va_list args);
int    __real_fputs(const char *text, FILE *stream);
int    __wrap_fputs(const char *text, FILE *stream);
int    __real_puts(const char *text);
int    __wrap_puts(const char *text);
size_t __real_fwrite(const void *buf, size_t size, size_t n, FILE *stream);
size_t __wrap_fwrite(const void *buf, size_t size, size_t n, FILE *stream);

int
__wrap_vfprintf(FILE *stream, const char *format, va_list args)
{
	if (!is_console(stream))
		return __real_vfprintf(stream, format, args);
	begin();
	defer(end, NULL);
	return __real_vfprintf(stream, format, args);
}

int
__wrap_fputs(const char *text, FILE *stream)
{
	if (!is_console(stream))
		return __real_fputs(text, stream);
	begin();
	defer(end, NULL);
	return __real_fputs(text, stream);
}

int
__wrap_puts(const char *text)
{
	begin();
	defer(end, NULL);
	return __real_puts(text);
}

size_t
__wrap_fwrite(const void *buf, size_t size, size_t n, FILE *stream)
{
	if (!is_console(stream))
		return __real_fwrite(buf, size, n, stream);
	begin();
	defer(end, NULL);
	return __real_fwrite(buf, size, n, stream);
}
