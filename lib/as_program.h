/*
 * as_program.h - other names for the functions of a copy of some files of lib/.
 *
 * Formatting takes as long as its arguments are long, and the runtime's text is
 * never preempted.  So these files are in an image twice (tools/build.mk): in
 * lib/ for the runtime, which may hold a lock while it formats, and under these
 * names in the folder program/, whose text is a program's (linker.ld), for the
 * functions that are AS_PROGRAM.  A function that is missing here is defined
 * twice, which the linker refuses.
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
#define fmt_write           fmt_write_as_program
#define real_from_binary64  real_from_binary64_as_program
#define real_from_binary128 real_from_binary128_as_program
#define real_from_x87       real_from_x87_as_program
