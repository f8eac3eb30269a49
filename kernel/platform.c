/*
 * platform.c - from the device tree to struct platform.
 *
 * The tree refers to nodes by phandles, and a node may come after its phandle
 * is used.  So the tree is walked three times: first for the harts, then for
 * memory and devices, then for the UART, once it is known which UART /chosen
 * wants.  If something is missing that Antler cannot do without, that is a
 * panic with the node's path; a device that Antler does not understand counts
 * as absent.
 */
#include "kernel/platform.h"

#include "kernel/console.h"
#include "kernel/panic.h"
#include "lib/check.h"
#include "lib/fdt.h"
#include "lib/fmt.h"
#include "lib/str.h"

enum {
	CONTROLLERS_MAX = 16,	/* interrupt controllers looked at */
	CAUSE_S_EXTERNAL = 9,	/* of an output that leads to S-mode */
	NO_SLOT = HART_MAX,
	PATH_MAX_LEN = 96,
};

/* An interrupt controller of the tree. */
struct controller {
	struct fdt_node node;
	struct range    regs;
	uint32_t        phandle;
};

/* What is known about the tree while it is being read. */
struct scan {
	struct fdt        fdt;
	uint32_t          intc[HART_MAX];	/* phandle, by slot */
	bool              boot_seen;
	const char       *stdout_path;	/* of /chosen, or NULL */
	struct fdt_node   aliases;
	bool              has_aliases;
	struct controller plic[CONTROLLERS_MAX];
	struct controller aplic[CONTROLLERS_MAX];
	struct controller imsic[CONTROLLERS_MAX];
	uint32_t          nplic, naplic, nimsic;
	uint32_t          irqc;		/* phandle of the controller we use */
};

struct platform platform;

extern const char __text_start[], __image_end[];

/* Panic because the node that w is at makes the tree unusable. */
NORETURN COLD static void
bad_node(const struct fdt_walk *w, const char *why)
{
	char path[PATH_MAX_LEN];

	panic("platform: device tree, node %s: %s",
	    fdt_walk_path(w, path, sizeof(path)), why);
}

/* Get register block i of the node that w is at.  Returns false if there is
 * none. */
static bool
get_regs(const struct fdt_walk *w, uint32_t i, struct range *out)
{
	uint64_t base, len;

	if (!fdt_walk_reg(w, i, &base, &len) || len == 0)
		return false;
	*out = (struct range){ .base = base, .len = len };
	return true;
}

static void
add_range(const struct fdt_walk *w, struct range *list, uint32_t *n,
    struct range r)
{
	if (*n == PLATFORM_RANGES)
		bad_node(w, "more ranges than PLATFORM_RANGES");
	list[(*n)++] = r;
}

/* ---- Harts ------------------------------------------------------------ */

/* Does isa, a text of riscv,isa such as "rv64imac_sstc", list ext? */
static bool
isa_has(const char *isa, const char *ext)
{
	size_t len = strlen(ext);

	if (!str_starts(isa, "rv64"))
		return false;
	isa += 4;
	if (len == 1) {		/* one letter, before the first _ */
		for (; *isa != '\0' && *isa != '_'; isa++)
			if (*isa == *ext || (*isa == 'g' &&
			    strchr("imafd", *ext) != NULL))
				return true;
		return false;
	}
	while ((isa = strchr(isa, '_')) != NULL) {
		isa++;
		if (str_starts(isa, ext) &&
		    (isa[len] == '_' || isa[len] == '\0'))
			return true;
	}
	return false;
}

/* What a cpu node says about its instruction set: in the old form as one
 * string, in the new form as a base and a list.  Either form may be missing. */
struct isa {
	const char     *text;		/* riscv,isa */
	const char     *base;		/* riscv,isa-base */
	struct fdt_prop list;		/* riscv,isa-extensions; len 0: none */
};

static void
get_isa(const struct fdt *t, const struct fdt_node *node, struct isa *out)
{
	out->text = fdt_string(t, node, "riscv,isa");
	out->base = fdt_string(t, node, "riscv,isa-base");
	if (!fdt_prop(t, node, "riscv,isa-extensions", &out->list))
		out->list.len = 0;
}

static bool
hart_has(const struct isa *isa, const char *ext)
{
	return (isa->text != NULL && isa_has(isa->text, ext)) ||
	    fdt_list_has(&isa->list, ext);
}

/* Returns why Antler cannot run on the hart at node, or NULL if it can. */
static const char *
hart_unusable(const struct fdt *t, const struct fdt_node *node,
    const struct isa *isa)
{
	const char *mmu = fdt_string(t, node, "mmu-type");

	if (!fdt_enabled(t, node))
		return "its status is not okay";
	if ((isa->text == NULL || !str_starts(isa->text, "rv64")) &&
	    (isa->base == NULL || !str_starts(isa->base, "rv64")))
		return "it is not a 64-bit hart";
	/* The extensions the image is compiled for; only programs use F and D.
	 */
	if (!hart_has(isa, "i") || !hart_has(isa, "m") ||
	    !hart_has(isa, "a") || !hart_has(isa, "c"))
		return "it lacks one of the extensions i, m, a, c";
	if (mmu == NULL || strcmp(mmu, "riscv,none") == 0)
		return "it has no MMU";
	return NULL;
}

static void
leave_out(uint32_t id, const char *why)
{
	if (platform.nleft_out < PLATFORM_LEFT_OUT)
		platform.left_out[platform.nleft_out] =
		    (struct left_out){ .id = id, .why = why };
	platform.nleft_out++;
}

/* Record the cpu node that w is at.  Returns its slot, or NO_SLOT. */
static uint32_t
scan_cpu(struct scan *s, const struct fdt_walk *w, const struct fdt_node *node)
{
	struct isa  isa;
	const char *why;
	uint64_t    id;

	get_isa(&s->fdt, node, &isa);
	why = hart_unusable(&s->fdt, node, &isa);
	if (!fdt_walk_address(w, &id) || id > UINT32_MAX)
		bad_node(w, "no hart id in reg");
	platform.nharts_total++;

	if (id == platform.boot_hart) {
		if (why != NULL)
			panic("platform: boot hart %u: %s",
			    platform.boot_hart, why);
		if (s->boot_seen)
			bad_node(w, "a second node for the boot hart");
		s->boot_seen = true;
		platform.sstc &= hart_has(&isa, "sstc");
		platform.vector &= hart_has(&isa, "v");
		return 0;
	}
	if (why == NULL && platform.nharts == HART_MAX)
		why = "there are more harts than HART_MAX";
	if (why != NULL) {
		leave_out((uint32_t)id, why);
		return NO_SLOT;
	}
	for (uint32_t i = 0; i < platform.nharts; i++)
		if (platform.hart_ids[i] == id)
			bad_node(w, "a second node for this hart");
	platform.sstc &= hart_has(&isa, "sstc");
	platform.vector &= hart_has(&isa, "v");
	platform.hart_ids[platform.nharts] = (uint32_t)id;
	return platform.nharts++;
}

static void
scan_timebase(struct scan *s, const struct fdt_node *node)
{
	struct fdt_prop prop;
	uint32_t        hi, lo;

	if (!fdt_prop(&s->fdt, node, "timebase-frequency", &prop) ||
	    !fdt_cell(&prop, 0, &hi))
		return;
	platform.timebase_hz = fdt_cell(&prop, 1, &lo)
	    ? (uint64_t)hi << 32 | lo : hi;
}

/* The first walk: /cpus, its cpu nodes, and their interrupt controllers. */
static void
scan_harts(struct scan *s)
{
	struct fdt_walk w;
	struct fdt_node node;
	uint32_t        slot = NO_SLOT;

	platform.hart_ids[0] = platform.boot_hart;
	platform.nharts = 1;
	platform.sstc = true;
	platform.vector = true;

	fdt_walk_start(&w, &s->fdt);
	while (fdt_walk_next(&w, &node)) {
		if (w.depth < 2 || strcmp(w.node[1].name, "cpus") != 0)
			continue;
		if (w.depth == 2 || w.depth == 3)
			scan_timebase(s, &node);
		if (w.depth == 3)
			slot = str_starts(node.name, "cpu@")
			    ? scan_cpu(s, &w, &node) : NO_SLOT;
		if (w.depth == 4 && slot != NO_SLOT &&
		    fdt_compatible(&s->fdt, &node, "riscv,cpu-intc"))
			s->intc[slot] = fdt_u32(&s->fdt, &node, "phandle", 0);
	}
	if (!s->boot_seen)
		panic("platform: the device tree has no node for the boot "
		      "hart, %u", platform.boot_hart);
	if (platform.timebase_hz == 0)
		panic("platform: the device tree has no timebase-frequency in "
		      "/cpus");
}

/* ---- Memory and devices ----------------------------------------------- */

static void
scan_memory(const struct fdt_walk *w)
{
	struct range r;

	for (uint32_t i = 0; get_regs(w, i, &r); i++)
		add_range(w, platform.ram, &platform.nram, r);
}

static void
scan_chosen(struct scan *s, const struct fdt_node *node)
{
	const char *args = fdt_string(&s->fdt, node, "bootargs");

	s->stdout_path = fdt_string(&s->fdt, node, "stdout-path");
	if (args == NULL)
		return;
	if (strlen(args) >= sizeof(platform.bootargs))
		fatal_config("bootargs: longer than %zu characters",
		    sizeof(platform.bootargs) - 1);
	memcpy(platform.bootargs, args, strlen(args) + 1);
}

static void
scan_controller(struct scan *s, const struct fdt_walk *w,
    const struct fdt_node *node, struct controller *list, uint32_t *n)
{
	struct controller c = {
		.node = *node,
		.phandle = fdt_u32(&s->fdt, node, "phandle", 0),
	};

	if (*n < CONTROLLERS_MAX && get_regs(w, 0, &c.regs))
		list[(*n)++] = c;
}

static void
scan_device(struct scan *s, const struct fdt_walk *w,
    const struct fdt_node *node)
{
	const struct fdt *t = &s->fdt;
	struct fdt_prop   is;		/* compatible */

	if (!fdt_prop(t, node, "compatible", &is) || !fdt_enabled(t, node))
		return;
	if (fdt_list_has(&is, "sifive,test0") && platform.finisher.len == 0)
		(void)get_regs(w, 0, &platform.finisher);
	else if (fdt_list_has(&is, "riscv,plic0") ||
	    fdt_list_has(&is, "sifive,plic-1.0.0"))
		scan_controller(s, w, node, s->plic, &s->nplic);
	else if (fdt_list_has(&is, "riscv,aplic"))
		scan_controller(s, w, node, s->aplic, &s->naplic);
	else if (fdt_list_has(&is, "riscv,imsics"))
		scan_controller(s, w, node, s->imsic, &s->nimsic);
}

/* Read a child of the root. */
static void
scan_top(struct scan *s, const struct fdt_walk *w, const struct fdt_node *node)
{
	const char *type = fdt_string(&s->fdt, node, "device_type");

	if (type != NULL && strcmp(type, "memory") == 0 &&
	    fdt_enabled(&s->fdt, node)) {
		scan_memory(w);
	} else if (strcmp(node->name, "chosen") == 0) {
		scan_chosen(s, node);
	} else if (strcmp(node->name, "aliases") == 0) {
		s->aliases = *node;
		s->has_aliases = true;
	}
}

static void
scan_reserved(struct scan *s, const struct fdt_walk *w,
    const struct fdt_node *node)
{
	struct range r;

	if (fdt_enabled(&s->fdt, node))
		for (uint32_t i = 0; get_regs(w, i, &r); i++)
			add_range(w, platform.reserved, &platform.nreserved,
			    r);
}

/* The second walk: everything but the harts and the UART. */
static void
scan_devices(struct scan *s)
{
	struct fdt_walk w;
	struct fdt_node node;
	const char     *model;

	fdt_walk_start(&w, &s->fdt);
	while (fdt_walk_next(&w, &node)) {
		if (w.depth == 1) {
			model = fdt_string(&s->fdt, &node, "model");
			fmt_snprintf(platform.model, sizeof(platform.model),
			    "%s", model != NULL ? model : "");
			continue;
		}
		if (strcmp(w.node[1].name, "cpus") == 0)
			continue;
		if (w.depth == 2)
			scan_top(s, &w, &node);
		if (w.depth == 3 &&
		    strcmp(w.node[1].name, "reserved-memory") == 0)
			scan_reserved(s, &w, &node);
		else
			scan_device(s, &w, &node);
	}
	if (platform.nram == 0)
		panic("platform: the device tree has no memory node");
}

/* Is w at the node that stdout-path names, by path or by alias? */
static bool
is_stdout(const struct scan *s, const struct fdt_walk *w)
{
	struct fdt_prop alias;
	const char     *path = s->stdout_path;
	uint32_t        pos = s->aliases.props;

	if (path == NULL)
		return false;
	if (*path == '/')
		return fdt_walk_is_path(w, path);
	while (s->has_aliases && fdt_prop_next(&s->fdt, &pos, &alias)) {
		size_t      len = strlen(alias.name);
		const char *target = fdt_string(&s->fdt, &s->aliases,
		    alias.name);

		if (str_starts(path, alias.name) &&
		    (path[len] == '\0' || path[len] == ':'))
			return target != NULL && fdt_walk_is_path(w, target);
	}
	return false;
}

/* Returns the interrupt of the node that w is at, or 0 if it has none that goes
 * to the controller we use. */
static uint32_t
find_interrupt(const struct scan *s, const struct fdt_walk *w,
    const struct fdt_node *node)
{
	struct fdt_prop prop;
	uint32_t        parent = fdt_walk_interrupt_parent(w), irq = 0;
	uint32_t        at = 0;

	if (fdt_prop(&s->fdt, node, "interrupts-extended", &prop)) {
		if (!fdt_cell(&prop, 0, &parent))
			return 0;
		at = 1;
	} else if (!fdt_prop(&s->fdt, node, "interrupts", &prop)) {
		return 0;
	}
	if (parent == 0 || parent != s->irqc || !fdt_cell(&prop, at, &irq) ||
	    irq > platform.irqc_nsources)
		return 0;
	return irq;
}

/* The third walk: find the UART that /chosen wants, else the first in the tree.
 */
static void
scan_uart(struct scan *s)
{
	struct fdt_walk w;
	struct fdt_node node;
	struct range    regs;
	bool            wanted;

	fdt_walk_start(&w, &s->fdt);
	while (fdt_walk_next(&w, &node)) {
		if (!fdt_compatible(&s->fdt, &node, "ns16550a") ||
		    !fdt_enabled(&s->fdt, &node) || !get_regs(&w, 0, &regs))
			continue;
		wanted = is_stdout(s, &w);
		if (!wanted && platform.uart.len != 0)
			continue;
		platform.uart = regs;
		platform.uart_irq = find_interrupt(s, &w, &node);
		platform.uart_shift = fdt_u32(&s->fdt, &node, "reg-shift", 0);
		if (platform.uart_shift > 8)
			bad_node(&w, "reg-shift is impossible");
		if (wanted)
			return;
	}
}

/* ---- Interrupt controllers -------------------------------------------- */

/*
 * Find which output of c leads to S-mode of which hart, by the order of c's
 * interrupts-extended; outputs from limit on do not exist.  Stores the output's
 * number in context[], by slot.  Returns true if an output leads to the boot
 * hart, without which c is of no use.
 */
static bool
find_contexts(const struct scan *s, const struct controller *c, size_t limit,
    uint32_t context[HART_MAX])
{
	struct fdt_prop prop;
	uint32_t        phandle, cause;

	for (uint32_t slot = 0; slot < HART_MAX; slot++)
		context[slot] = IRQ_NO_CONTEXT;
	if (!fdt_prop(&s->fdt, &c->node, "interrupts-extended", &prop))
		return false;
	for (uint32_t i = 0; i < limit && fdt_cell(&prop, 2 * i, &phandle) &&
	     fdt_cell(&prop, 2 * i + 1, &cause); i++)
		for (uint32_t slot = 0; slot < platform.nharts; slot++)
			if (cause == CAUSE_S_EXTERNAL && phandle != 0 &&
			    s->intc[slot] == phandle)
				context[slot] = i;
	return context[0] != IRQ_NO_CONTEXT;
}

static void
use_controller(struct scan *s, const struct controller *c,
    enum irq_controller kind, const char *nsources)
{
	platform.irqc = kind;
	platform.irqc_regs = c->regs;
	platform.irqc_nsources = MIN(fdt_u32(&s->fdt, &c->node, nsources, 0),
	    1023u);
	s->irqc = c->phandle;
}

/* Find the IMSIC that c, an APLIC, sends its messages to. */
static const struct controller *
find_imsic(const struct scan *s, const struct controller *c)
{
	uint32_t msi_parent = fdt_u32(&s->fdt, &c->node, "msi-parent", 0);

	for (uint32_t i = 0; i < s->nimsic; i++)
		if (msi_parent != 0 && s->imsic[i].phandle == msi_parent)
			return &s->imsic[i];
	return NULL;
}

/* Use c, an APLIC, if it serves S-mode, either by messages through an IMSIC or
 * by wires of its own.  Returns false if it does not. */
static bool
try_aplic(struct scan *s, const struct controller *c)
{
	const struct controller *imsic = find_imsic(s, c);
	uint32_t                 bits;

	if (imsic != NULL) {
		bits = fdt_u32(&s->fdt, &imsic->node, "riscv,guest-index-bits",
		    0);
		if (bits > 7 || !find_contexts(s, imsic,
		    imsic->regs.len >> (12 + bits), platform.irq_context))
			return false;
		platform.imsic = imsic->regs;
		platform.imsic_stride = 4096u << bits;
		platform.imsic_nids = MIN(fdt_u32(&s->fdt, &imsic->node,
		    "riscv,num-ids", 63), 2047u);
		use_controller(s, c, IRQ_IMSIC, "riscv,num-sources");
		return true;
	}
	/* Each hart has 32 bytes from 0x4000 on (AIA 1.0, 4.5). */
	if (c->regs.len <= 0x4000 || !find_contexts(s, c,
	    (c->regs.len - 0x4000) / 32, platform.irq_context))
		return false;
	use_controller(s, c, IRQ_APLIC, "riscv,num-sources");
	return true;
}

/* Choose the controller of external interrupts. */
static void
find_irqc(struct scan *s)
{
	for (uint32_t i = 0; i < s->naplic; i++)
		if (try_aplic(s, &s->aplic[i]))
			return;
	for (uint32_t i = 0; i < s->nplic; i++) {
		const struct controller *c = &s->plic[i];

		/* Each context has a page from 2 MiB on (PLIC 1.0, ch. 3). */
		if (c->regs.len > 0x200000 && find_contexts(s, c,
		    (c->regs.len - 0x200000) / 4096, platform.irq_context)) {
			use_controller(s, c, IRQ_PLIC, "riscv,ndev");
			return;
		}
	}
	platform.irqc = IRQ_NONE;
}

/* ---- All together ------------------------------------------------------ */

/*
 * Reserve the RAM that must not be given away: the ranges that the tree
 * reserves, the tree itself, and everything from the start of the RAM that
 * holds the image to the image's end.  The firmware lies below the image, and
 * the tree does not always reserve it.
 */
static void
reserve_own(struct scan *s)
{
	struct fdt_walk at_root = { .fdt = &s->fdt, .depth = 1 };
	uintptr_t       lo = (uintptr_t)__text_start;
	uintptr_t       hi = (uintptr_t)__image_end;
	uint64_t        base, len;

	for (uint32_t i = 0; i < s->fdt.nreserves; i++) {
		fdt_reserve(&s->fdt, i, &base, &len);
		if (len > 0 && base + len > base)
			add_range(&at_root, platform.reserved,
			    &platform.nreserved,
			    (struct range){ .base = base, .len = len });
	}
	add_range(&at_root, platform.reserved, &platform.nreserved,
	    (struct range){ .base = (uintptr_t)s->fdt.base,
		.len = s->fdt.len });
	for (uint32_t i = 0; i < platform.nram; i++)
		if (lo - platform.ram[i].base < platform.ram[i].len)
			lo = platform.ram[i].base;
	add_range(&at_root, platform.reserved, &platform.nreserved,
	    (struct range){ .base = lo, .len = hi - lo });
}

void
platform_init(uint32_t boot_hart, const void *fdt)
{
	static struct scan s;

	s = (struct scan){ .irqc = 0 };
	platform = (struct platform){ .boot_hart = boot_hart };
	if (!fdt_open(&s.fdt, fdt, FDT_SIZE_MAX))
		panic("platform: device tree at %p: %s", fdt, s.fdt.error);
	scan_harts(&s);
	scan_devices(&s);
	find_irqc(&s);
	scan_uart(&s);
	reserve_own(&s);
}

void
platform_print(void)
{
	static const char *const irqc_names[] = {
		[IRQ_NONE] = "no interrupt controller", [IRQ_PLIC] = "plic",
		[IRQ_APLIC] = "aplic", [IRQ_IMSIC] = "aplic and imsic",
	};
	const struct platform *p = &platform;
	uint64_t               ram = 0;

	for (uint32_t i = 0; i < p->nram; i++)
		ram += p->ram[i].len;
	kprintf("%s: RAM %lu MiB, %u hart%s, %s%s%s%s%s\n",
	    p->model[0] != '\0' ? p->model : "machine",
	    (unsigned long)(ram / MIB), p->nharts, p->nharts == 1 ? "" : "s",
	    irqc_names[p->irqc], p->sstc ? ", sstc" : "",
	    p->vector ? ", vector" : "",
	    p->uart.len != 0 ? "" : ", no uart",
	    p->finisher.len != 0 ? "" : ", no test finisher");
	for (uint32_t i = 0; i < MIN(p->nleft_out, (uint32_t)PLATFORM_LEFT_OUT);
	     i++)
		kprintf("hart %u is left out: %s\n", p->left_out[i].id,
		    p->left_out[i].why);
	if (p->nleft_out > PLATFORM_LEFT_OUT)
		kprintf("and %u more harts are left out\n",
		    p->nleft_out - PLATFORM_LEFT_OUT);
}
