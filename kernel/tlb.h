/*
 * tlb.h - making harts forget translations of pages that were taken away.
 *
 * There are two ways.  tlb_flush interrupts every hart, through the firmware,
 * and returns when all have forgotten; on an emulator with more harts than host
 * cores that takes 30 ms.  The second way interrupts no hart: an *epoch*
 * begins, and each hart by itself forgets all its translations (tlb_catch_up)
 * before it next does something for which an old translation could matter.  The
 * owner of the pages decides what such an action is and when an epoch may begin
 * (runtime/stack/gstack_trim.c).
 *
 *	TLB-1	If hart->epoch is e, that hart uses no translation that it found
 *		before epoch e began.
 */
#pragma once

#include "kernel/hart.h"
#include "lib/atomic.h"
#include "lib/compiler.h"

/* Make every online hart forget its translations of [va, va + len), or all of
 * them if len is 0.  Returns when they have.  Any hart, traps too. */
void     tlb_flush(uintptr_t va, size_t len);

/* Make this hart forget all translations.  Any context. */
void     tlb_forget(void);

/* Begin a new epoch.  Harts that catch up with it see all changes to page-table
 * entries that the caller sees.  One caller at a time. */
void     tlb_epoch_begin(void);

/* Make this hart forget all translations, unless it has done so since the epoch
 * began. */
void     tlb_catch_up(void);

/*
 * Interrupt, all at once, the harts that have not caught up and for which
 * may_touch returns true, and wait until they have forgotten all translations.
 * Returns false if there was no such hart.  Must not be called on a hart for
 * which may_touch returns true.
 */
bool     tlb_flush_late(bool (*may_touch)(const struct hart *hart));

/* Returns how often the firmware was asked to interrupt other harts. */
uint64_t tlb_remote_fences(void);
