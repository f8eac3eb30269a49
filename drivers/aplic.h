/*
 * aplic.h - the registers of an APLIC that both modes of delivery use (RISC-V
 * Advanced Interrupt Architecture 1.0, ch. 4).
 */
#pragma once

#include "lib/compiler.h"

/* How a source reaches its hart. */
enum aplic_mode {
	APLIC_DIRECT,		/* a wire from the APLIC */
	APLIC_MSI,		/* a message to the hart's IMSIC */
};

/* Silence all sources and choose the mode of delivery. */
void aplic_setup(enum aplic_mode mode);

/* Route source to hart number target; low is the source's priority (direct) or
 * its interrupt identity there (MSI). */
void aplic_target(uint32_t source, uint32_t target, uint32_t low);

void aplic_enable(uint32_t source);
void aplic_disable(uint32_t source);

/* In mode MSI, send the message of source again if its wire is still up. */
void aplic_resend(uint32_t source);
