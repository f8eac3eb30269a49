# build.mk - from sources to images.  Objects are build/<config>/<path>.o, where
# <config> is <cc>-<release|debug>[-lab]; linker.ld tells the runtime's text from
# the program's by these paths.

cc     = $(if $(filter 1,$(LLVM)),clang,gcc)
mode   = $(if $(filter 1,$(DEBUG)),debug,release)
config = $(cc)-$(mode)
plain  = build/$(config)
labbed = build/$(config)-lab
explored = build/$(config)-explore

CROSS  ?= riscv64-unknown-elf-
gcc_cc    = $(CROSS)gcc
gcc_ld    = $(CROSS)ld
clang_cc  = clang --target=riscv64-unknown-elf
clang_ld  = ld.lld
nm        = $(if $(filter 1,$(LLVM)),llvm-nm,$(CROSS)nm)
TARGET_CC = $($(cc)_cc)
TARGET_LD = $($(cc)_ld)

arch     = -march=rv64gc -mabi=lp64d -mcmodel=medany
language = -std=gnu11 -ffreestanding -fno-common -fno-pic -fno-stack-protector \
	-fasynchronous-unwind-tables -ffunction-sections -fdata-sections \
	-ffile-prefix-map=$(CURDIR)=.
warnings = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wundef -Wvla -Werror
# No frame of the runtime can jump a guard of one page (GSTACK-5).
frame_limit = 3072
frames   = -Wframe-larger-than=$(frame_limit) -DFRAME_LIMIT=$(frame_limit)
level    = $(if $(filter 1,$(DEBUG)),-O1,-O2) -g
TARGET_CFLAGS = $(arch) $(language) $(warnings) $(frames) $(level) -I. \
	-DDEBUG=$(if $(filter 1,$(DEBUG)),1,0) -DPERTURB=0 -DHOST=0
# A program sees the public header only, and its warnings are its own affair.
APP_CFLAGS = $(arch) $(language) -Wall -Wextra $(level) -Iinclude $(checks) \
	$(app_frames_$(cc))
# How large its frames are, tools/mkapp finds out.  gcc probes what they take of
# the stack later on (GSTACK_PROBES); clang cannot.
app_frames_gcc = -fstack-usage -fstack-clash-protection \
	--param stack-clash-protection-probe-interval=10
app_frames_clang = -fstack-usage
# What RISC-V lets pass becomes a panic (runtime/fail/ubsan.c).  Some of what clang
# calls bounds has no handler, only a trap instruction.
checks = -fno-sanitize-recover=all -fsanitize=integer-divide-by-zero,$(if \
	$(filter clang,$(cc)),array-bounds,bounds)
# libgcc has the few helpers gcc calls; clang needs none of them.
libgcc = $(if $(filter gcc,$(cc)),$(shell $(gcc_cc) $(arch) \
	-print-libgcc-file-name 2>/dev/null))
LDFLAGS = -T linker.ld --gc-sections -z max-page-size=4096 -nostdlib -static \
	--build-id=none

sources_in   = $(wildcard $(foreach d,$(1),$(d)/*.c $(d)/*.S))
# Of kernel/, what only explore images have.
virtual_srcs = $(wildcard kernel/virtual*.[cS] kernel/vm_dirty.c)
runtime_srcs = $(filter-out kernel/offsets.c $(virtual_srcs),$(call \
	sources_in,$(runtime_dirs)))
explore_srcs = $(call sources_in,explore)
lab_srcs     = $(filter-out $(lab_skip),$(call sources_in,$(lab_dirs)))
bench_srcs   = $(call sources_in,$(bench_dirs))
objects      = $(addprefix $(1)/,$(addsuffix .o,$(basename $(2))))

lab_objs   = $(call objects,$(labbed),$(runtime_srcs) $(lab_srcs))
explore_objs = $(call objects,$(explored),$(runtime_srcs) $(virtual_srcs) \
	$(explore_srcs) $(lab_srcs))
bench_objs = $(call objects,$(plain),$(runtime_srcs) $(bench_srcs))
empty     :=
app_name   = $(basename $(notdir $(subst $(empty) ,_,$(APP))))
app_obj    = $(plain)/app/$(app_name).o
app_frame  = $(plain)/app/$(app_name).frame
app_objs   = $(app_obj) $(call objects,$(plain),$(runtime_srcs))

lab_image   = $(labbed)/antler-lab.elf
explore_image = $(explored)/antler-explore.elf
bench_image = $(plain)/antler-bench.elf
app_image   = $(plain)/app/$(app_name).elf
qemu_image  = $(if $(APP),$(app_image),$(lab_image))

# Text of the user's on its way through the shell.
quote = '$(subst ','\'',$(1))'
RUN_QEMU = tools/qemu --qemu $(call quote,$(QEMU)) --smp $(call quote,$(SMP)) \
	--mem $(call quote,$(MEM)) --cpu $(call quote,$(CPU)) \
	--machine $(call quote,$(MACHINE)) --append $(call quote,$(ARGS))

RUN_TESTS = tests/run --qemu $(call quote,$(QEMU)) \
	--run $(call quote,$(RUN)) --seed $(call quote,$(SEED))

# Objects: without and with the lab's sync points and faults, and for the
# explorer, with both and virtual harts.
define object_rules
$(1)/%.o: %.c tools/build.mk | $(1)/offsets.h
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)
	$$(Q)$$(TARGET_CC) $$(TARGET_CFLAGS) -DLAB=$(2) -DEXPLORE=$(3) -I$(1) -MMD -MP -c -o $$@ $$<

$(1)/%.o: %.S $(1)/offsets.h tools/build.mk
	@mkdir -p $$(@D)
	$$(call say,AS,$$@)
	$$(Q)$$(TARGET_CC) $$(arch) -I. -I$(1) -D__ASSEMBLER__=1 -DLAB=$(2) -DEXPLORE=$(3) -MMD -MP -c -o $$@ $$<

# What assembly knows of C structs: the compiler says, nobody types it.
# Everything is made after it, and it after setup.
$(1)/offsets.h: $$(wildcard kernel/offsets.c kernel/offsets.def) \
		tools/build.mk | setup-run
	@mkdir -p $$(@D)
	$$(call say,GEN,$$@)
	$$(Q)tools/mkoffsets $$@ $$(TARGET_CC) $$(TARGET_CFLAGS) -DLAB=$(2) -DEXPLORE=$(3) \
		-MMD -MP -MT $$@ -MF $(1)/offsets.d
endef
$(eval $(call object_rules,$(plain),0,0))
$(eval $(call object_rules,$(labbed),1,0))
$(eval $(call object_rules,$(explored),1,1))

# APP may lie anywhere and change between two runs: compile it each time, but
# keep the object if it came out the same.
$(app_obj): FORCE | setup-run
	@mkdir -p $(@D)
	@tools/mkapp $(call quote,$(APP)) $@ $(app_frame) $(cc) $(TARGET_CC) \
		$(APP_CFLAGS)

# tools/link links twice: the second time with the table of symbols.
define link_image
	$(call say,LD,$@)
	$(Q)tools/link $@ "$(nm)" "$(TARGET_CC) $(arch)" $(TARGET_LD) $(1) $(LDFLAGS) \
		$(filter %.o,$^) $(libgcc)
endef
$(lab_image): $(lab_objs) linker.ld tools/link $(wildcard tools/mksyms)
	$(link_image)
$(explore_image): $(explore_objs) linker.ld tools/link $(wildcard tools/mksyms)
	$(link_image)
$(bench_image): $(bench_objs) linker.ld tools/link $(wildcard tools/mksyms)
	$(link_image)
$(app_image): $(app_objs) linker.ld tools/link $(wildcard tools/mksyms)
	$(call link_image,--defsym=__app_frame_max=$$(cat $(app_frame)))

# V=1 shows the commands, -s shows nothing.
Q   = $(if $(V),,@)
quiet = $(findstring s,$(firstword -$(MAKEFLAGS)))
say = $(if $(quiet),,@printf '  %-4s %s\n' '$(1)' '$(2)')

FORCE:
.PHONY: FORCE
.DELETE_ON_ERROR:
.SUFFIXES:

-include $(sort $(patsubst %.o,%.d,$(lab_objs) $(bench_objs) $(explore_objs))) \
	$(plain)/offsets.d $(labbed)/offsets.d $(explored)/offsets.d
