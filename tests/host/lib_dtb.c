/*
 * lib_dtb.c - see lib_dtb.h.
 */
#include "tests/host/lib_dtb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const lib_dtb_machines[] = {
	"virt", "virt,aia=aplic", "virt,aia=aplic-imsic", NULL,
};

static uint8_t *
read_file(const char *path, size_t *len)
{
	FILE    *f = fopen(path, "rb");
	uint8_t *whole, *blob;
	size_t   n, max = 4 << 20;

	if (f == NULL)
		return NULL;
	whole = malloc(max);
	n = fread(whole, 1, max, f);
	fclose(f);
	/* QEMU writes its whole buffer; the header says how much is tree. */
	*len = n < 8 ? 0 : (size_t)whole[4] << 24 | (size_t)whole[5] << 16 |
	    (size_t)whole[6] << 8 | whole[7];
	if (*len == 0 || *len > n) {
		free(whole);
		return NULL;
	}
	blob = malloc(*len);
	memcpy(blob, whole, *len);
	free(whole);
	return blob;
}

uint8_t *
lib_dtb_from_qemu(const char *machine, unsigned smp, size_t *len)
{
	const char *qemu = getenv("QEMU"), *tmp = getenv("TMPDIR");
	char        path[256], command[640];
	uint8_t    *blob = NULL;
	int         fd;

	snprintf(path, sizeof(path), "%s/antler-dtb-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	fd = mkstemp(path);
	if (fd < 0)
		return NULL;
	close(fd);
	snprintf(command, sizeof(command),
	    "timeout 30 '%s' -M '%s,dumpdtb=%s' -smp %u -m 256 "
	    ">/dev/null 2>&1 </dev/null",
	    qemu != NULL && *qemu != '\0' ? qemu : "qemu-system-riscv64",
	    machine, path, smp);
	if (system(command) == 0)
		blob = read_file(path, len);
	unlink(path);
	return blob;
}

uint8_t *
lib_dtb_copy(const uint8_t *blob, size_t len, unsigned skew)
{
	uint8_t *block = malloc(len + skew + 1);

	/* The block has at least one byte, so that a copy of nothing has an
	 * address. */
	block = realloc(block, len + skew > 0 ? len + skew : 1);
	memcpy(block + skew, blob, len);
	return block + skew;
}

void
lib_dtb_free_copy(uint8_t *copy, unsigned skew)
{
	free(copy - skew);
}
