# host.mk - the parts of Antler that also run on the host (make test-host).
#
# A host program is a test file of the guest with the sources it covers, once
# under ASan and UBSan (gcc) and once under TSan with the perturb hook (clang:
# gcc 12 has no TSan for fences).  To add one, add a line here.
host_programs = runq lib gc semtable input

host_runq = tests/unit/test_runq.c runtime/sched/runq.c
host_semtable = tests/unit/test_semtable.c runtime/sched/semtable.c kernel/spinlock.c
host_input = tests/unit/test_input.c runtime/io/input.c
host_lib  = $(addprefix tests/host/,test_str.c test_fmt.c test_fmt_real.c \
	random_format.c test_fdt.c fuzz_fdt.c lib_dtb.c lib_platform.c) \
	$(addprefix tests/unit/,test_lib.c test_fmt.c test_regexp.c test_nanos.c \
	fdt_builder.c) lib/fdt.c kernel/timebase.c
host_gc   = $(addprefix tests/host/gc_,tables.c heap.c mark.c short.c many.c \
	graph.c attached.c world.c pages.c) \
	$(wildcard gc/*.c) kernel/spinlock.c

host_common = tests/ktest.c $(wildcard lib/fmt*.c) \
	$(addprefix lib/,decimal.c real.c str.c regexp.c run_pattern.c)
host_only   = tests/host/ktest_host.c tests/host/shim.c tests/host/perturb.c

HOST_ASAN = gcc -fsanitize=address,undefined -fno-sanitize-recover=all \
	-DPERTURB=0
HOST_TSAN = clang -fsanitize=thread -DPERTURB=1
HOST_CFLAGS = -std=gnu11 -O1 -g -fno-omit-frame-pointer -pthread $(warnings) -I. \
	-DDEBUG=1 -DLAB=0 -DHOST=1 -DEXPLORE=0 -MMD -MP
# Antler's own files do without libc's headers; its mem* and str* are libc's.
HOST_OURS = -ffreestanding

host_sources = $(sort $(foreach p,$(host_programs),$(host_$(p))) $(host_common) \
	$(host_only))
host_objs   = $(foreach s,asan tsan,$(call objects,build/host-$(s),$(host_sources)))
host_images = $(foreach s,asan tsan,$(host_programs:%=build/host-$(s)/test_%))

# host_rules SANITIZER COMPILER, the name of a variable
define host_rules
build/host-$(1)/tests/host/%.o: tests/host/%.c tools/host.mk
	@mkdir -p $$(@D)
	$$(call step,$$($(2)),$$(HOST_CFLAGS) -c -o $$@ $$<)

build/host-$(1)/%.o: %.c tools/host.mk
	@mkdir -p $$(@D)
	$$(call step,$$($(2)),$$(HOST_CFLAGS) $$(HOST_OURS) -c -o $$@ $$<)
endef
$(eval $(call host_rules,asan,HOST_ASAN))
$(eval $(call host_rules,tsan,HOST_TSAN))

# host_program SANITIZER COMPILER NAME
define host_program
build/host-$(1)/test_$(3): $$(call objects,build/host-$(1),$$(sort $$(host_$(3)) \
		$$(host_common) $$(host_only))) tests/host/arrays.ld
	$$(call link_step,$$($(2)) -pthread -o $$@ $$(filter %.o,$$^) -lm \
		-Wl$$(comma)-T$$(comma)tests/host/arrays.ld)
endef
$(foreach p,$(host_programs),\
	$(eval $(call host_program,asan,HOST_ASAN,$(p)))\
	$(eval $(call host_program,tsan,HOST_TSAN,$(p))))

host: $(host_images)
.PHONY: host

-include $(host_objs:.o=.d)
