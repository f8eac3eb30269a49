/*
 * fdt_builder.c - see fdt_builder.h.  The layout is that of the Devicetree
 * specification 0.4, ch. 5.
 */
#include "tests/unit/fdt_builder.h"

#include "lib/check.h"
#include "lib/fmt.h"
#include "lib/str.h"

enum { HEADER_LEN = 40, RESERVE_LEN = 16 };

/* Offsets of the words in the header. */
enum {
	H_MAGIC = 0, H_TOTAL = 4, H_STRUCTS = 8, H_STRINGS = 12,
	H_RESERVES = 16, H_VERSION = 20, H_COMPATIBLE = 24, H_BOOT_CPU = 28,
	H_STRINGS_LEN = 32, H_STRUCTS_LEN = 36,
};

void
fdtb_poke(void *blob, size_t offset, uint32_t value)
{
	uint8_t *p = (uint8_t *)blob + offset;

	p[0] = (uint8_t)(value >> 24);
	p[1] = (uint8_t)(value >> 16);
	p[2] = (uint8_t)(value >> 8);
	p[3] = (uint8_t)value;
}

static void
put(struct fdt_builder *b, const void *bytes, size_t len)
{
	CHECK(len <= b->size - b->at);
	memcpy(b->base + b->at, bytes, len);
	b->at += len;
}

static void
put_u32(struct fdt_builder *b, uint32_t value)
{
	CHECK(b->size - b->at >= 4);
	fdtb_poke(b->base, b->at, value);
	b->at += 4;
}

static void
pad(struct fdt_builder *b)
{
	while (b->at % 4 != 0)
		put(b, "", 1);
}

void
fdtb_start(struct fdt_builder *b, void *buf, size_t size)
{
	CHECK(size >= HEADER_LEN + RESERVE_LEN);
	*b = (struct fdt_builder){
		.base = buf, .size = size, .at = HEADER_LEN + RESERVE_LEN,
	};
	memset(buf, 0, b->at);
	b->structs = (uint32_t)b->at;
}

void
fdtb_reserve(struct fdt_builder *b, uint64_t base, uint64_t len)
{
	size_t entry = b->at - RESERVE_LEN;	/* over the zeros at the end */

	fdtb_poke(b->base, entry, (uint32_t)(base >> 32));
	fdtb_poke(b->base, entry + 4, (uint32_t)base);
	fdtb_poke(b->base, entry + 8, (uint32_t)(len >> 32));
	fdtb_poke(b->base, entry + 12, (uint32_t)len);
	for (int i = 0; i < RESERVE_LEN / 4; i++)
		put_u32(b, 0);
	b->structs = (uint32_t)b->at;
}

void
fdtb_token(struct fdt_builder *b, uint32_t token)
{
	put_u32(b, token);
}

void
fdtb_begin(struct fdt_builder *b, const char *name)
{
	put_u32(b, 1);
	put(b, name, strlen(name) + 1);
	pad(b);
}

void
fdtb_end(struct fdt_builder *b)
{
	put_u32(b, 2);
}

static uint32_t
string_offset(struct fdt_builder *b, const char *name)
{
	uint32_t at = 0, len = (uint32_t)strlen(name) + 1;

	for (; at < b->strings_len; at += (uint32_t)strlen(b->strings + at) + 1)
		if (strcmp(b->strings + at, name) == 0)
			return at;
	CHECK(at + len <= sizeof(b->strings));
	memcpy(b->strings + at, name, len);
	b->strings_len += len;
	return at;
}

void
fdtb_prop(struct fdt_builder *b, const char *name, const void *value,
    uint32_t len)
{
	put_u32(b, 3);
	put_u32(b, len);
	put_u32(b, string_offset(b, name));
	put(b, value, len);
	pad(b);
}

void
fdtb_string(struct fdt_builder *b, const char *name, const char *value)
{
	fdtb_prop(b, name, value, (uint32_t)strlen(value) + 1);
}

void
fdtb_cells(struct fdt_builder *b, const char *name, const uint32_t *cells,
    uint32_t n)
{
	put_u32(b, 3);
	put_u32(b, 4 * n);
	put_u32(b, string_offset(b, name));
	for (uint32_t i = 0; i < n; i++)
		put_u32(b, cells[i]);
}

void
fdtb_u32(struct fdt_builder *b, const char *name, uint32_t value)
{
	fdtb_cells(b, name, &value, 1);
}

size_t
fdtb_finish(struct fdt_builder *b)
{
	put_u32(b, 9);
	fdtb_poke(b->base, H_STRUCTS, b->structs);
	fdtb_poke(b->base, H_STRUCTS_LEN, (uint32_t)b->at - b->structs);
	fdtb_poke(b->base, H_STRINGS, (uint32_t)b->at);
	fdtb_poke(b->base, H_STRINGS_LEN, b->strings_len);
	put(b, b->strings, b->strings_len);
	fdtb_poke(b->base, H_MAGIC, 0xd00dfeed);
	fdtb_poke(b->base, H_TOTAL, (uint32_t)b->at);
	fdtb_poke(b->base, H_RESERVES, HEADER_LEN);
	fdtb_poke(b->base, H_VERSION, 17);
	fdtb_poke(b->base, H_COMPATIBLE, 16);
	return b->at;
}

/* Return the phandle of the interrupt controller inside hart i. */
static uint32_t
intc_phandle(uint32_t i)
{
	return 100 + i;
}

static void
add_cpus(struct fdt_builder *b, uint32_t nharts)
{
	char name[16];

	fdtb_begin(b, "cpus");
	fdtb_u32(b, "#address-cells", 1);
	fdtb_u32(b, "#size-cells", 0);
	fdtb_u32(b, "timebase-frequency", 10000000);
	for (uint32_t i = 0; i < nharts; i++) {
		fmt_snprintf(name, sizeof(name), "cpu@%x", i);
		fdtb_begin(b, name);
		fdtb_string(b, "device_type", "cpu");
		fdtb_u32(b, "reg", i);
		fdtb_string(b, "status", "okay");
		fdtb_string(b, "riscv,isa", "rv64imafdc_zicsr_sstc");
		fdtb_string(b, "mmu-type", "riscv,sv48");
		fdtb_begin(b, "interrupt-controller");
		fdtb_u32(b, "#interrupt-cells", 1);
		fdtb_string(b, "compatible", "riscv,cpu-intc");
		fdtb_u32(b, "phandle", intc_phandle(i));
		fdtb_end(b);
		fdtb_end(b);
	}
	fdtb_end(b);
}

static void
add_plic(struct fdt_builder *b, uint32_t nharts)
{
	static const uint32_t reg[] = { 0, 0xc000000, 0, 0x600000 };
	uint32_t              wires[4 * 16];

	CHECK(nharts <= 16);
	for (uint32_t i = 0; i < nharts; i++) {
		wires[4 * i] = wires[4 * i + 2] = intc_phandle(i);
		wires[4 * i + 1] = 11;		/* M-mode external */
		wires[4 * i + 3] = 9;		/* S-mode external */
	}
	fdtb_begin(b, "plic@c000000");
	fdtb_u32(b, "phandle", 5);
	fdtb_u32(b, "riscv,ndev", 96);
	fdtb_cells(b, "reg", reg, 4);
	fdtb_cells(b, "interrupts-extended", wires, 4 * nharts);
	fdtb_prop(b, "interrupt-controller", "", 0);
	fdtb_prop(b, "compatible", "sifive,plic-1.0.0\0riscv,plic0", 30);
	fdtb_end(b);
}

/* Add a UART at 0x1000 on a bus that starts at 0x10000000. */
static void
add_bus(struct fdt_builder *b)
{
	static const uint32_t ranges[] = { 0, 0, 0x10000000, 0x100000 };
	static const uint32_t reg[] = { 0x1000, 0x100 };

	fdtb_begin(b, "bus@10000000");
	fdtb_u32(b, "#address-cells", 1);
	fdtb_u32(b, "#size-cells", 1);
	fdtb_cells(b, "ranges", ranges, 4);
	fdtb_u32(b, "interrupt-parent", 5);
	fdtb_begin(b, "serial@1000");
	fdtb_u32(b, "interrupts", 10);
	fdtb_cells(b, "reg", reg, 2);
	fdtb_string(b, "compatible", "ns16550a");
	fdtb_end(b);
	fdtb_end(b);
}

size_t
fdtb_machine(void *buf, size_t size, uint32_t nharts)
{
	static const uint32_t memory[] = { 0, 0x80000000, 0, 0x10000000 };
	static const uint32_t test[] = { 0, 0x100000, 0, 0x1000 };
	static const uint32_t firmware[] = { 0, 0x80000000, 0, 0x80000 };
	struct fdt_builder    b;

	fdtb_start(&b, buf, size);
	fdtb_reserve(&b, 0x88000000, 0x1000);
	fdtb_begin(&b, "");
	fdtb_u32(&b, "#address-cells", 2);
	fdtb_u32(&b, "#size-cells", 2);
	fdtb_string(&b, "model", "test,machine");
	fdtb_begin(&b, "chosen");
	fdtb_string(&b, "bootargs", "GOGC=50 seed=7");
	fdtb_string(&b, "stdout-path", "/soc/bus@10000000/serial@1000:115200");
	fdtb_end(&b);
	fdtb_begin(&b, "memory@80000000");
	fdtb_string(&b, "device_type", "memory");
	fdtb_cells(&b, "reg", memory, 4);
	fdtb_end(&b);
	fdtb_begin(&b, "reserved-memory");
	fdtb_u32(&b, "#address-cells", 2);
	fdtb_u32(&b, "#size-cells", 2);
	fdtb_prop(&b, "ranges", "", 0);
	fdtb_begin(&b, "firmware@80000000");
	fdtb_cells(&b, "reg", firmware, 4);
	fdtb_end(&b);
	fdtb_end(&b);
	add_cpus(&b, nharts);
	fdtb_begin(&b, "soc");
	fdtb_u32(&b, "#address-cells", 2);
	fdtb_u32(&b, "#size-cells", 2);
	fdtb_prop(&b, "ranges", "", 0);
	fdtb_begin(&b, "test@100000");
	fdtb_cells(&b, "reg", test, 4);
	fdtb_prop(&b, "compatible", "sifive,test1\0sifive,test0", 26);
	fdtb_end(&b);
	add_plic(&b, nharts);
	add_bus(&b);
	fdtb_end(&b);
	fdtb_end(&b);
	return fdtb_finish(&b);
}
