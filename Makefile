# Antler: goroutines on bare RISC-V harts.  This page is the table of contents:
# what can be made, of what; how is in tools/*.mk.  Start with `make help`.

# Variables of the command line.
SMP    ?= 4
MEM    ?= 256M
SDK    ?= build/sdk
APP    ?=
APP_CFLAGS ?=
LIBC   ?=
ARGS   ?=
DEBUG  ?= 0
LLVM   ?= 0
QEMU   ?= qemu-system-riscv64
CPU    ?=
MACHINE ?=
RUN    ?=
TESTS  ?= tests/t
SEED   ?=
NAME   ?= allp_snapshot
FAULT  ?=
JOBS   ?= $(processors)
WORKLOAD  ?= all
STRATEGY  ?= portfolio
SCHEDULES ?=
SECONDS   ?=
SHARD     ?=
SCHEDULE  ?=
RACES     ?=
LEAKS     ?=
POINTS    ?=

# The source is whatever lies in these folders, ground floor first; a folder
# includes only folders before it (tools/layers.txt, make lint).
runtime_rooms = sched stack time poll fail chan sync inspect io collect api
runtime_dirs = lib kernel drivers gc $(runtime_rooms:%=runtime/%) boot

# Three images are linked from it (tools/build.mk):
#	lab	LAB=1: the tour, the shell, tests, scenes and benchmarks
#	bench	LAB=0: the benchmarks alone
#	app	LAB=0: the program in APP
lab_dirs   = tests tests/lab tests/unit tests/scene tests/bench tests/preempt
bench_dirs = tests/bench tests/preempt
lab_skip   = tests/bench/main.c

.DEFAULT_GOAL := all
include tools/build.mk tools/host.mk

##@ Run
qemu: $(qemu_image) ## Boot the tour and a shell, or APP=program (apps/ has some)
	@$(RUN_QEMU) $(if $(APP),,--shell) $(qemu_image)

scene: lab ## Play one race: NAME=allp_snapshot [FAULT=...]
	@$(RUN_QEMU) --append scene=$(call given,NAME) \
		--append $(if $(FAULT),FAULT=$(call given,FAULT),'') \
		--timeout 300 --batch $(lab_image)

bench: bench-image ## Benchmarks in Go's format: [RUN=regexp]
	@tools/bench --qemu $(call given,QEMU) --run $(call given,RUN) \
		--mem $(if $(filter command,$(origin MEM)),$(call given,MEM),1G) \
		$(bench_image)

explore: $(explored_image) ## Search schedules: [APP=program] [WORKLOAD=] [SECONDS=] ...
	@tools/explore --qemu $(call given,QEMU) --app $(call given,APP) \
		--workload $(call given,WORKLOAD) \
		--races $(call given,RACES) --leaks $(call given,LEAKS) \
		--points $(call given,POINTS) \
		--smp $(call quote,$(if $(filter file,$(origin SMP)),2,$(SMP))) \
		--strategy $(call given,STRATEGY) \
		--schedules $(call given,SCHEDULES) \
		--seconds $(call given,SECONDS) --seed $(call given,SEED) \
		--jobs $(call quote,$(JOBS)) --shard $(call given,SHARD) \
		--fault $(call given,FAULT) --args $(call given,ARGS) \
		$(explored_image)

# The file says of which program it is, if of any.
replay: ## Replay a schedule that was found: SCHEDULE=file
	@app=$$(tools/explore --app-of $(call given,SCHEDULE)) && \
		$(MAKE) --no-print-directory replay-image APP="$$app"

replay-image: $(explored_image)
	@tools/explore --qemu $(call given,QEMU) --app $(call given,APP) \
		--replay $(call given,SCHEDULE) $(explored_image)

gdb: setup-gdb $(qemu_image) ## Debug it: QEMU stopped at reset, with gdb helpers
	@$(RUN_QEMU) --gdb $(qemu_image)

##@ Prove
test: setup-test ## Everything, guest and host: [RUN=regexp] [SEED=n]
	@$(RUN_TESTS) $(TESTS)

test-host: setup-test ## The host's part: ASan, UBSan, TSan, fuzzers
	@$(RUN_TESTS) tests/t/30-host.t

model: setup-model ## Check the protocols' models with spin
	@tests/model/run build/model

stress: setup-test setup-distros ## Longer matrices, minutes each: [SEED=n]
	@$(RUN_TESTS) --jobs 1 tests/t-stress

distros: setup-distros ## make qemu and make test on fresh Debians: [DISTROS_ON=...]
	@$(RUN_TESTS) --jobs 1 tests/t-stress/70-distros.t

lint: setup-test ## Layers, headers, atomics, style, floating point
	@tools/lint

##@ Build
all: lab bench-image ## The lab and bench images of this configuration

lab: $(lab_image) ## Only the lab image

bench-image: $(bench_image) ## Only the bench image

explore-image: $(explored_image) ## Only the explore image, of workloads or of APP=program

sdk: ## A folder for programs outside of this tree: [SDK=folder]

app: $(app_image) ## Only the image with APP=program

setup: ## Install what is missing now (Debian packages)
	@tools/setup build qemu llvm libc test gdb model

setup-run:
	@tools/setup build qemu $(if $(llvm),llvm) $(if $(LIBC),libc)

setup-test:
	@tools/setup build qemu llvm libc test

setup-gdb:
	@tools/setup gdb

setup-model:
	@tools/setup model

setup-distros:
	@tools/setup distros

clean: ## Remove build/
	rm -rf build

help: ## This list
	@awk -f tools/help.awk Makefile

.PHONY: explore replay replay-image explore-image model distros setup-distros qemu scene bench \
	gdb test test-host stress lint all lab bench-image \
	app sdk setup setup-run setup-test setup-gdb setup-model clean help
