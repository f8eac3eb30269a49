/*
 * as_program.h - renames the functions in the second copy of some files of
 * lib/.
 *
 * The time that formatting takes grows with its arguments, but the runtime's
 * text is never preempted.  So an image has the object code of these files
 * twice (tools/build.mk).  The copy in the folder lib/ is for the runtime,
 * which may hold a lock while it formats.  The copy in the folder program/ has
 * the names below and is for functions that are AS_PROGRAM; its text counts as
 * text of programs (linker.ld).  If a function is missing below, both copies
 * define it under one name, and the linker reports that.
 */
#pragma once

#define decimal_rewind      decimal_rewind_as_program
#define decimal_init        decimal_init_as_program
#define decimal_next        decimal_next_as_program
#define decimal_has_ended   decimal_has_ended_as_program
#define fmt_args_take       fmt_args_take_as_program
#define fmt_begin_field     fmt_begin_field_as_program
#define fmt_digits_before   fmt_digits_before_as_program
#define fmt_kind_of         fmt_kind_of_as_program
#define fmt_put             fmt_put_as_program
#define fmt_put_real        fmt_put_real_as_program
#define fmt_put_repeated    fmt_put_repeated_as_program
#define fmt_read_spec       fmt_read_spec_as_program
#define fmt_sign            fmt_sign_as_program
#define fmt_snprintf        fmt_snprintf_as_program
#define fmt_vsnprintf       fmt_vsnprintf_as_program
#define fmt_vwrite          fmt_vwrite_as_program
#define real_from_binary64  real_from_binary64_as_program
#define real_from_binary128 real_from_binary128_as_program
#define real_from_x87       real_from_x87_as_program
