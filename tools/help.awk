# Turn the ## comments of the Makefile into the text of make help.
BEGIN {
	print "make TARGET [VARIABLE=value ...]"
}
/^##@/ {
	printf "\n%s\n", substr($0, 5)
}
/^[a-z-]+:.*## / {
	target = $0; sub(/:.*/, "", target)
	text = $0; sub(/^.*## /, "", text)
	printf "  %-12s %s\n", target, text
}
END {
	print "\nVariables"
	print "  SMP=4        harts, 1 to 128"
	print "  MEM=256M     memory of the machine"
	print "  APP=file.c   a program instead of the tour: files, or a folder of them"
	print "  SDK=folder   where make sdk puts what programs elsewhere need (docs/sdk.md)"
	print "  APP_CFLAGS=  more flags for the compiler of that program"
	print "  ARGS=\"...\"   boot arguments: GOMAXPROCS= GOGC= GOMEMLIMIT= GODEBUG= ..."
	print "  LIBC=picolibc  that program has the C library (docs/libc.md)"
	print "  DEBUG=1      assertions, lock ranks, poison"
	print "  LLVM=1       clang and lld instead of gcc; LLVM=-16: those of version 16"
	print "  CROSS=...    another gcc, as riscv64-linux-gnu-; GCC= names its command"
	print "  QEMU=path    another emulator; CPU= is its -cpu, MACHINE= more of -M virt"
	print "  RUN=regexp   tests or benchmarks, as in go test; SEED=n replays a run"
	print "  TESTS=file   of make test, as tests/t/24-shell.t"
	print "  V=1          show the commands of a build; -j1 makes it serial, -s silent"
}
