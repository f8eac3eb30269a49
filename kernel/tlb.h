/*
 * tlb.h - making harts forget translations of pages that were taken away.
 *
 * There are two ways.  tlb_flush interrupts every hart, through the firmware,
 * and returns when each has forgotten; on an emulator with more harts than host
 * cores that takes 30 ms.  The other way interrupts nobody: an *epoch* begins,
 * and each hart forgets everything by itself (tlb_catch_up) before it next does
 * something for which an old translation could matter.  What that is, and when
 * an epoch may begin, is the business of the owner of the pages
 * (runtime/stack/gstack_trim.c).
 *
 *	TLB-1	When hart->epoch is e, that hart has no translation that it
 *		found before epoch e began.
 */
#pragma once

#include "kernel/hart.h"
#include "lib/atomic.h"
#include "lib/compiler.h"

/* Make every online hart forget translations of [va, va + len); 0 is all.
 * Returns when they have.  Any hart, traps too. */
void     tlb_flush(uintptr_t va, size_t len);

/* Make this hart forget all translations.  Any context. */
void     tlb_forget(void);

/* Begin a new epoch: entries of the page tables that the caller sees to have
 * changed are what harts find that catch up with it.  One caller at a time. */
void     tlb_epoch_begin(void);

/* Make this hart forget all translations, unless it has done so since the epoch
 * began.  The hart itself. */
void     tlb_catch_up(void);

/* Interrupt the harts that have not caught up and for which may_touch returns
 * true, all at once, and return when they have forgotten all translations.
 * Returns false if there was no such hart.  Any hart but one of those. */
bool     tlb_flush_late(bool (*may_touch)(const struct hart *hart));

/* Returns how often the firmware was asked to interrupt other harts. */
uint64_t tlb_remote_fences(void);
