# antler.mk - builds a program with Antler, from a Makefile of its own.
#
#	include path/to/antler.mk
#
#	program.elf: $(objects) $(ANTLER_FILES)
#		$(call antler_link,$(objects))
#
# The objects are compiled by $(ANTLER_CC) with $(ANTLER_CFLAGS) and whatever flags
# the program wants besides; antler_link makes $@ of them, of other objects and of
# archives, in this order.  $(ANTLER_QEMU) program.elf runs it (--help).  With
# LIBC = picolibc in front of the include the program has the C library, if this
# folder was made with it.

ANTLER := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))

# What the code of a program must be like, for the machine, and for tracebacks and
# recover(); then where the headers are.
ANTLER_CFLAGS = $(antler_cflags) $(if $(LIBC),$(antler_libc_cflags)) \
	-I$(ANTLER)/include -idirafter $(ANTLER)/include/freestanding
ANTLER_QEMU   = $(ANTLER)/bin/qemu

# What an image depends on besides its objects.
ANTLER_FILES  = $(wildcard $(ANTLER)/lib/* $(ANTLER)/bin/*)
ifneq ($(LIBC),)
ifeq ($(wildcard $(ANTLER)/lib/libc),)
$(error antler: LIBC=$(LIBC): $(ANTLER) was made without it: make sdk LIBC=picolibc)
endif
endif

antler_link   = $(ANTLER)/bin/link --program $@ "$(ANTLER_NM)" \
	"$(ANTLER_CC) $(antler_arch)" "$(ANTLER_LD)" -T $(ANTLER)/lib/antler.ld \
	$(antler_ldflags) $(if $(LIBC),$(antler_libc_ldflags)) $(1) \
	$(if $(LIBC),$(ANTLER)/lib/libc/*.o) $(ANTLER)/lib/libantler.a \
	--start-group $(if $(LIBC),$(antler_libc_archives)) $(antler_libgcc) \
	--end-group
antler_libgcc = $(if $(findstring clang,$(ANTLER_CC)),,$(shell \
	$(ANTLER_CC) $(antler_arch) -print-libgcc-file-name))

# How the library was made.  Another compiler of the same ABI may be given.
