/*
 * aplic.h - the registers that both ways of delivery share (RISC-V Advanced
 * Interrupt Architecture 1.0, ch. 4).
 */
#pragma once

#include "lib/compiler.h"

/* How a source reaches its hart. */
enum aplic_mode {
	APLIC_DIRECT,		/* a wire from the APLIC */
	APLIC_MSI,		/* a message to the hart's IMSIC */
};

/* Silence all sources and choose the mode. */
void aplic_setup(enum aplic_mode mode);

/* Let source go to hart number target, low being its priority (direct) or its
 * interrupt identity there (MSI). */
void aplic_target(uint32_t source, uint32_t target, uint32_t low);

void aplic_enable(uint32_t source);
void aplic_disable(uint32_t source);

/* MSI: send source again if its wire is still up. */
void aplic_resend(uint32_t source);
