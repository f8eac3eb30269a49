/*
 * irq.c - passing an external interrupt to the handler of its source.
 */
#include "drivers/irq.h"

#include "drivers/irq_internal.h"
#include "kernel/hart.h"
#include "kernel/platform.h"
#include "kernel/spinlock.h"

enum {
	SOURCES_MAX = 128,
	/* Sources served in one trap.  The limit is needed because a device
	 * that never becomes quiet must not keep the hart from its timer. */
	SERVED_MAX = 64,
};

/*
 * Field key:	[a] stored under lock, loaded in traps	[L] by lock
 */
struct source {
	ATOMIC(irq_handler) handler;	/* [a] NULL: disabled */
	ATOMIC(void *)      arg;	/* [a] published by handler */
	uint32_t            context;	/* [L] the source's route */
};

static const struct irq_chip *chip;	/* [I] after irq_init; may be NULL */
static struct source          sources[SOURCES_MAX];
static struct spinlock lock = SPINLOCK_INIT("irq", RANK_IRQ_DEV);

static ATOMIC(uint64_t) served, stray;	/* [a] counters */

/* Returns the context of hart, or IRQ_NO_CONTEXT.  Finds it by the hart's id,
 * not by its index: the index changes if other harts have not started. */
static uint32_t
context_of(const struct hart *hart)
{
	for (uint32_t i = 0; i < platform.nharts; i++)
		if (platform.hart_ids[i] == hart->id)
			return platform.irq_context[i];
	return IRQ_NO_CONTEXT;
}

static bool
is_source(uint32_t source)
{
	return chip != NULL && source > 0 && source < SOURCES_MAX &&
	    source <= platform.irqc_nsources;
}

void
irq_init(void)
{
	static const struct irq_chip *const chips[] = {
		[IRQ_PLIC] = &plic_chip, [IRQ_APLIC] = &aplic_chip,
		[IRQ_IMSIC] = &imsic_chip,
	};

	if (platform.irqc == IRQ_NONE)
		return;
	chip = chips[platform.irqc];
	/* The boot hart's context, which exists: platform.c uses no controller
	 * that cannot reach the boot hart. */
	for (uint32_t i = 0; i < SOURCES_MAX; i++)
		sources[i].context = platform.irq_context[0];
	chip->init();
}

void
irq_init_hart(void)
{
	uint32_t context = context_of(this_hart());

	if (chip == NULL || context == IRQ_NO_CONTEXT)
		return;
	spin_lock_irq(&lock);
	chip->init_hart(context);
	spin_unlock_irq(&lock);
}

bool
irq_enable(uint32_t source, irq_handler handler, void *arg)
{
	struct source *s;

	if (!is_source(source))
		return false;
	s = &sources[source];
	spin_lock_irq(&lock);
	/* relaxed: published by the release of handler. */
	store_relaxed(&s->arg, arg);
	/* release: pairs with load_acquire in serve. */
	store_release(&s->handler, handler);
	chip->route(source, s->context);
	chip->enable(source, s->context);
	spin_unlock_irq(&lock);
	return true;
}

void
irq_disable(uint32_t source)
{
	if (!is_source(source))
		return;
	spin_lock_irq(&lock);
	chip->disable(source, sources[source].context);
	/* relaxed: a trap may still call the handler, or not; both are
	 * right. */
	store_relaxed(&sources[source].handler, NULL);
	spin_unlock_irq(&lock);
}

bool
irq_route(uint32_t source, const struct hart *hart)
{
	uint32_t       context = context_of(hart);
	struct source *s;

	if (!is_source(source) || context == IRQ_NO_CONTEXT)
		return false;
	s = &sources[source];
	spin_lock_irq(&lock);
	/* relaxed: the field is stored under the lock only. */
	bool enabled = load_relaxed(&s->handler) != NULL;

	if (enabled)
		chip->disable(source, s->context);
	s->context = context;
	chip->route(source, context);
	if (enabled)
		chip->enable(source, context);
	spin_unlock_irq(&lock);
	return true;
}

/* Call the handler of source.  Returns false if it has none. */
static bool
serve(uint32_t source)
{
	irq_handler handler = NULL;

	if (is_source(source))
		/* acquire: pairs with store_release in irq_enable. */
		handler = load_acquire(&sources[source].handler);
	if (handler == NULL)
		return false;
	/* relaxed: served is a counter, and arg is published by handler. */
	add_relaxed(&served, 1);
	handler(load_relaxed(&sources[source].arg));
	return true;
}

void
irq_dispatch(struct trapframe *frame)
{
	uint32_t context = context_of(this_hart()), source;
	bool     known;

	(void)frame;
	if (chip == NULL || context == IRQ_NO_CONTEXT)
		return;
	for (int n = 0; n < SERVED_MAX; n++) {
		source = chip->claim(context);
		if (source == 0)
			return;
		known = serve(source);
		/* Complete before the source may be disabled: see
		 * plic_complete. */
		chip->complete(context, source);
		if (!known) {
			irq_disable(source);
			/* relaxed: a counter. */
			add_relaxed(&stray, 1);
		}
	}
}

void
irq_get_stats(struct irq_stats *out)
{
	out->controller = chip != NULL ? chip->name : "none";
	/* relaxed: counters. */
	out->served = load_relaxed(&served);
	out->stray = load_relaxed(&stray);
}
