# build.mk - from sources to images.  Objects are build/<config>/<path>.o, where
# <config> is <cc>-<release|debug>[-lab|-explore].

# LLVM=1 is clang; LLVM=-16 is clang-16, ld.lld-16 and llvm-nm-16.
llvm   = $(filter-out 0,$(LLVM))
cc     = $(if $(llvm),clang,gcc)
suffix = $(filter -%,$(llvm))
mode   = $(if $(filter 1,$(DEBUG)),debug,release)
config = $(cc)$(suffix)-$(mode)
plain  = build/$(config)
labbed = build/$(config)-lab
explored = build/$(config)-explore

# Another gcc: CROSS= is what stands before gcc, ld and nm, GCC= the compiler alone.
CROSS  ?= riscv64-unknown-elf-
GCC    ?= $(CROSS)gcc
gcc_cc    = $(GCC)
gcc_ld    = $(CROSS)ld
clang_cc  = clang$(suffix) --target=riscv64-unknown-elf
clang_ld  = ld.lld$(suffix)
binutil   = $(if $(llvm),llvm-$(1)$(suffix),$(CROSS)$(1))
nm        = $(call binutil,nm)
TARGET_CC = $($(cc)_cc)
TARGET_LD = $($(cc)_ld)

arch     = -march=rv64gc -mabi=lp64d -mcmodel=medany
code     = -ffreestanding -fno-common -fno-pic -fno-stack-protector \
	-fasynchronous-unwind-tables -ffunction-sections -fdata-sections \
	-ftls-model=local-exec
language = -std=gnu11 $(code) -ffile-prefix-map=$(CURDIR)=. \
	-idirafter include/freestanding
warnings = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wundef -Wvla -Werror
# No frame of the runtime can jump a guard of one page (GSTACK-5).
frame_limit = 3072
frames   = -Wframe-larger-than=$(frame_limit) -DFRAME_LIMIT=$(frame_limit)
level    = $(if $(filter 1,$(DEBUG)),-O1,-O2) -g
TARGET_CFLAGS = $(arch) $(language) $(warnings) $(frames) $(level) -I. \
	-DDEBUG=$(if $(filter 1,$(DEBUG)),1,0) -DPERTURB=0 -DHOST=0
# A program sees the public header only, and its warnings are its own affair.
# What its functions take of the stack while they run gcc probes, every 4,096
# bytes (runtime/stack/gstack.h); clang cannot.
program_cflags = $(arch) $(language) $(level) -Iinclude $(checks) $(probes_$(cc))
probes_gcc = -fstack-clash-protection
# LIBC=picolibc: Debian's picolibc, on what libc/ has.  Calls that print more than
# a character pass by libc/stdio.c.
picolibc = /usr/lib/picolibc/riscv64-unknown-elf
libc_cflags  = $(if $(LIBC),-fhosted -isystem $(picolibc)/include)
libc_wrapped = vfprintf fputs puts fwrite
libc_ldflags = $(if $(LIBC),$(libc_wrapped:%=--wrap=%))
# It calls helpers of libgcc, whatever compiles the program; both are by gcc.
libc_archives = $(if $(LIBC),$(addprefix $(firstword $(wildcard \
	$(picolibc)/lib/rv64imafdc*/lp64d))/,libc.a libm.a) $(shell \
	riscv64-unknown-elf-gcc $(arch) -print-libgcc-file-name 2>/dev/null))
libc_objs    = $(if $(LIBC),$(call objects,$(plain),$(wildcard libc/*.c)))
ifneq ($(filter-out picolibc,$(LIBC)),)
$(error antler: LIBC=$(LIBC): there is LIBC=picolibc only)
endif
# What RISC-V lets pass becomes a panic (runtime/fail/ubsan.c).  Some of what clang
# calls bounds has no handler, only a trap instruction.
checks = -fno-sanitize-recover=all -fsanitize=integer-divide-by-zero,$(if \
	$(filter clang,$(cc)),array-bounds,bounds)
# libgcc has the few helpers gcc calls; clang needs none of them.
libgcc = $(if $(filter gcc,$(cc)),$(shell $(gcc_cc) $(arch) \
	-print-libgcc-file-name 2>/dev/null))
LDFLAGS = --gc-sections -z max-page-size=4096 -nostdlib -static --build-id=none

sources_in   = $(wildcard $(foreach d,$(1),$(d)/*.c $(d)/*.S))
# Of kernel/ and runtime/, what only explore images have.
virtual_srcs = $(wildcard kernel/virtual*.[cS] kernel/vm_dirty.c \
	runtime/sync/explored.c)
runtime_srcs = $(filter-out kernel/offsets.c $(virtual_srcs),$(call \
	sources_in,$(runtime_dirs)))
# Of explore/, what only those of a program have.
program_srcs = $(wildcard explore/program*.c)
explore_srcs = $(filter-out $(program_srcs),$(call sources_in,explore))
lab_srcs     = $(filter-out $(lab_skip),$(call sources_in,$(lab_dirs)))
bench_srcs   = $(call sources_in,$(bench_dirs))
# What lies once more among the text of programs (lib/as_program.h).
as_program   = $(wildcard lib/fmt*.c) lib/decimal.c lib/real.c
runtime_objs = $(call objects,$(1),$(runtime_srcs)) \
	$(patsubst lib/%.c,$(1)/program/%.o,$(as_program))
objects      = $(addprefix $(1)/,$(addsuffix .o,$(basename $(2))))

lab_objs   = $(call runtime_objs,$(labbed)) $(call objects,$(labbed),$(lab_srcs))
explore_objs = $(call runtime_objs,$(explored)) $(call \
	objects,$(explored),$(virtual_srcs) $(explore_srcs) $(lab_srcs))
bench_objs = $(call runtime_objs,$(plain)) $(call objects,$(plain),$(bench_srcs))
empty     :=
comma     := ,
library      = $(plain)/libantler.a
library_objs = $(call runtime_objs,$(plain))

lab_image   = $(labbed)/antler-lab.elf
explore_image = $(explored)/antler-explore.elf
bench_image = $(plain)/antler-bench.elf
qemu_image  = $(if $(APP),$(app_image),$(lab_image))
explored_image = $(if $(APP),$(explored_app),$(explore_image))

# Text on its way through the shell; given is the text of a variable of the
# user's, letter by letter: in RUN='a$$' the $ is the expression's, not make's.
quote = '$(subst ','\'',$(1))'
given = $(call quote,$(value $(1)))

# The program is what APP names: C and assembly files, and folders, which are in
# its include path.  Its objects have the names of its files, below the folder
# app/NAME; so two programs of one name keep apart, but for their image.
app_goals   = $(filter app qemu gdb explore explore-image replay-image,$(MAKECMDGOALS))
ifneq ($(if $(APP),$(app_goals),$(filter app,$(app_goals))),)
app_sources := $(shell tools/appsources $(call quote,$(value APP)))
ifneq ($(.SHELLSTATUS),0)
$(error APP names no program)
endif
endif
ifneq ($(and $(LIBC),$(filter explore explore-image replay-image,$(app_goals))),)
$(error antler: LIBC=$(LIBC): programs for the explorer have no C library)
endif
app_name    = $(basename $(notdir $(abspath $(firstword $(APP)))))
app_image   = $(plain)/app/$(app_name).elf
app_folder  = $(1)/app/$(app_name)
app_object  = $(call app_folder,$(1))/$(subst ../,up/,$(2:/%=root/%)).o
app_objects = $(foreach s,$(app_sources),$(call app_object,$(1),$(s)))
app_objs    = $(call app_objects,$(plain))
app_cflags  = $(program_cflags) $(libc_cflags) -Wall -Wextra \
	$(foreach f,$(APP),$(if $(wildcard $(f)/.),-I$(f))) $(APP_CFLAGS)

# The program again, for the explorer: each of its accesses calls a function of
# explore/program_hooks.c.  Of workloads it has none.
explored_app   = $(explored)/app/$(app_name).elf
explored_flags = -fsanitize=thread --param=tsan-instrument-func-entry-exit=0
explored_runtime_objs = $(call runtime_objs,$(explored)) $(call \
	objects,$(explored),$(virtual_srcs) $(program_srcs) $(filter-out \
	explore/work_%,$(explore_srcs)))
explored_app_objs = $(call app_objects,$(explored)) $(explored_runtime_objs)

RUN_QEMU = tools/qemu --qemu $(call given,QEMU) --smp $(call given,SMP) \
	--mem $(call given,MEM) --cpu $(call given,CPU) \
	--machine $(call given,MACHINE) --append $(call given,ARGS)

RUN_TESTS = tests/run --qemu $(call given,QEMU) --run $(call given,RUN) \
	--seed $(call given,SEED) --jobs $(call quote,$(JOBS))

# ---- Several jobs, and what is seen of them ------------------------------------
#
# One job for each processor, unless -j says otherwise (it overrides this), make
# was started by make, or one of several goals is more than an image: those are
# made in turn.
processors := $(shell nproc 2>/dev/null || echo 1)
image_goals = all lab bench-image explore-image app sdk host
in_turn     = $(if $(filter-out $(image_goals),$(MAKECMDGOALS)),$(word \
	2,$(MAKECMDGOALS)))
ifeq ($(MAKELEVEL)$(in_turn),0)
MAKEFLAGS += -j$(processors)
endif

# A build shows one line: on a terminal with the step that it is at, elsewhere with
# what it is about to do.  V=1 shows the commands instead, -s nothing.  What the
# compiler says is always shown, in full.
quiet    = $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
moving   = $(if $(quiet)$(V),,$(MAKE_TERMOUT))
standing = $(if $(quiet)$(V)$(MAKE_TERMOUT),,1)

objs_of_lab         = $(lab_objs)
objs_of_scene       = $(lab_objs)
objs_of_explore     = $(if $(APP),$(explored_app_objs),$(explore_objs))
objs_of_explore-image = $(explore_objs)
objs_of_replay-image = $(objs_of_explore)
objs_of_bench-image = $(bench_objs)
objs_of_bench       = $(bench_objs)
objs_of_app         = $(library_objs) $(libc_objs) $(app_objs)
objs_of_sdk         = $(library_objs) $(libc_objs)
objs_of_qemu        = $(if $(APP),$(objs_of_app),$(lab_objs))
objs_of_gdb         = $(objs_of_qemu)
objs_of_all         = $(lab_objs) $(bench_objs)
objs_of_host        = $(host_objs)
goal_objs = $(sort $(foreach g,$(or $(MAKECMDGOALS),all),$(objs_of_$(g))))

# How many steps there will be is known only if nothing has been made before.
fresh    = $(if $(wildcard $(goal_objs)),,$(goal_objs))
begin    = $(if $(begun),,$(eval begun := 1)$(eval to_make := \
	$(fresh))$(if $(standing),@echo 'antler: compiling $(if \
	$(to_make),$(words $(to_make)),changed) files with $(firstword $(1))'))
count    = $(eval steps += x)$(words $(steps))$(if \
	$(to_make),/$(words $(to_make)))
# The two lines of a recipe that compile: $(call step,COMPILER,COMMAND).
define step
$(call begin,$(1))
$(if $(V),,@tools/step '$(if $(moving),antler: $(count) $@)' )$(1) $(if \
	$(MAKE_TERMERR),-fdiagnostics-color) $(2)
endef
# The end of an image: its line stays.
define link_step
$(if $(V),,@tools/step '$(if $(moving),antler: linking $@)' )$(1)
$(if $(moving),@printf '\r\033[Kantler: made %s\n' '$@')
endef

# $(call recorded,FILE,WORDS): FILE has the words, a command and its flags.  It
# changes when they do, and then what depends on it is made again: an image never
# has parts by two compilers.
define recorded
$(1): FORCE
	@mkdir -p $$(@D)
	@echo $$(call quote,$(2)) | cmp -s - $$@ || echo $$(call quote,$(2)) >$$@
endef

# Objects: without and with the lab's sync points and faults, and for the
# explorer, with both and virtual harts.
define object_rules
$(1)/%.o: %.c $(1)/command | $(1)/offsets.h
	@mkdir -p $$(@D)
	$$(call step,$$(TARGET_CC),$$(TARGET_CFLAGS) -DLAB=$(2) -DEXPLORE=$(3) \
		-I$(1) -MMD -MP -c -o $$@ $$<)

$(1)/program/%.o: lib/%.c $(1)/command | $(1)/offsets.h
	@mkdir -p $$(@D)
	$$(call step,$$(TARGET_CC),$$(TARGET_CFLAGS) -DLAB=$(2) -DEXPLORE=$(3) \
		-include lib/as_program.h -I$(1) -MMD -MP -c -o $$@ $$<)

$(1)/%.o: %.S $(1)/offsets.h $(1)/command
	@mkdir -p $$(@D)
	$$(call step,$$(TARGET_CC),$$(arch) -I. -I$(1) -D__ASSEMBLER__=1 \
		-DLAB=$(2) -DEXPLORE=$(3) -MMD -MP -c -o $$@ $$<)

# What assembly knows of C structs: the compiler says, nobody types it.
# Everything is made after it, and it after setup.
$(1)/offsets.h: $$(wildcard kernel/offsets.c kernel/offsets.def) \
		$(1)/command | setup-run
	@mkdir -p $$(@D)
	$$(Q)tools/step '' tools/mkoffsets $$@ $$(TARGET_CC) $$(TARGET_CFLAGS) \
		-DLAB=$(2) -DEXPLORE=$(3) -MMD -MP -MT $$@ -MF $(1)/offsets.d

$(call recorded,$(1)/command,$$(TARGET_CC) $$(TARGET_CFLAGS))
endef
$(eval $(call object_rules,$(plain),0,0))
$(eval $(call object_rules,$(labbed),1,0))
$(eval $(call object_rules,$(explored),1,1))

# The objects of the program: app_rule is for one file, app_rules for all, with
# further flags.
define app_rule
$(call app_object,$(1),$(2)): $(2) $(call app_folder,$(1))/command | setup-run
	@mkdir -p $$(@D)
	$$(call step,$$(TARGET_CC),$$(app_cflags) $(3) -MMD -MP -c -o $$@ $$<)
endef
define app_rules
$(foreach s,$(app_sources),$(eval $(call app_rule,$(1),$(s),$(2))))
$(eval $(call recorded,$(call app_folder,$(1))/command,$$(TARGET_CC) \
	$$(app_cflags) $(2)))
$(eval $(call recorded,$(call app_folder,$(1))/objects,$(call app_objects,$(1)) \
	$$(libc_objs)))
endef
ifdef app_sources
$(call app_rules,$(plain))
$(call app_rules,$(explored),$(explored_flags))
endif

# What a C library stands on; compiled as programs are.
$(plain)/libc/%.o: libc/%.c $(plain)/command | setup-run
	@mkdir -p $(@D)
	$(call step,$(TARGET_CC),$(program_cflags) $(libc_cflags) $(warnings) -I. \
		-MMD -MP -c -o $@ $<)

# The runtime as programs link it, whose names are theirs (tools/prelink).
$(library): $(library_objs) tools/prelink tools/public_names.py \
		$(wildcard include/*.h include/*/*.h)
	@tools/step '' tools/prelink $@ $(TARGET_LD) $(nm) $(call binutil,objcopy) \
		$(call binutil,ar) "$(TARGET_CC) $(arch)" $(library_objs) $(libgcc)

# $(call link_image,KIND,WORDS,FILES): KIND says which linker script, and WORDS are
# further ones for tools/link's linker, before which may be --program.
define link_image
$(call link_step,tools/link $(filter --program,$(2)) $@ "$(nm)" \
	"$(TARGET_CC) $(arch)" "$(TARGET_LD)" $(filter-out --program,$(2)) \
	-T $(plain)/linker-$(1).ld $(LDFLAGS) $(3) $(libgcc))
endef

# The linker script of each kind of image: tools/mkld says which there are.
linker_scripts = $(patsubst %,$(plain)/linker-%.ld,lab program explored)
$(linker_scripts): $(plain)/linker-%.ld: linker.ld tools/mkld
	@mkdir -p $(@D)
	@tools/mkld $* >$@

of_linking = $(linker_scripts) $(addprefix tools/,link mksyms frames)
$(lab_image): $(lab_objs) $(of_linking)
	$(call link_image,lab,,$(lab_objs))
$(explore_image): $(explore_objs) $(of_linking)
	$(call link_image,lab,--defsym=__data_align=0x200000,$(explore_objs))
$(bench_image): $(bench_objs) $(of_linking)
	$(call link_image,lab,,$(bench_objs))
$(explored_app): $(explored_app_objs) $(call app_folder,$(explored))/objects \
		$(of_linking)
	$(call link_image,explored,--program --wrap=main \
		--defsym=__data_align=0x200000,$(explored_app_objs))
$(app_image): $(app_objs) $(libc_objs) $(call app_folder,$(plain))/objects \
		$(library) $(of_linking)
	$(call link_image,program,--program $(libc_ldflags),$(app_objs) \
		$(libc_objs) $(library) $(libc_group))
# Libraries that want each other.
libc_group = $(if $(libc_archives),--start-group $(libc_archives) --end-group)

# All that a program outside of this tree needs, with how it is compiled here.
sdk: $(library) $(libc_objs)
	@tools/mksdk $(call given,SDK) $(library) "$(libc_objs)" \
		'ANTLER_CC ?= $(TARGET_CC)' 'ANTLER_LD ?= $(TARGET_LD)' \
		'ANTLER_NM ?= $(nm)' 'antler_arch = $(arch)' \
		'antler_cflags = $(arch) $(code) $(checks) $(probes_$(cc))' \
		'antler_ldflags = $(LDFLAGS)' \
		'antler_libc = $(LIBC)' 'antler_libc_cflags = $(libc_cflags)' \
		'antler_libc_ldflags = $(libc_ldflags)' \
		'antler_libc_archives = $(libc_archives)'
	@echo antler: made $(call given,SDK)

Q = $(if $(V),,@)

FORCE:
.PHONY: FORCE
.DELETE_ON_ERROR:
.SUFFIXES:

-include $(sort $(patsubst %.o,%.d,$(lab_objs) $(bench_objs) $(explore_objs) \
	$(call objects,$(explored),$(program_srcs)) $(app_objs) \
	$(call app_objects,$(explored)) $(libc_objs))) \
	$(plain)/offsets.d $(labbed)/offsets.d $(explored)/offsets.d
