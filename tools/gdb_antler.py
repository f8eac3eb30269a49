"""gdb_antler.py - what gdb needs to know of Antler; `make gdb` loads it.

    goroutines      every goroutine: number, state, what it waits for, where
    gbt N           backtrace of goroutine N, parked or running
    procs           every P: state, its M, its queue
    ms              every M: its hart, P and goroutine
    spans           the heap's spans, by size class

Works on a stopped machine, by reading memory only; gbt borrows the registers of
the selected hart for the time of its answer.
"""

import gdb

PAGE_SHIFT = 12


def ev(text):
    return gdb.parse_and_eval(text)


def atomic(value):
    return value["v_"]


def text(pointer):
    return pointer.string() if int(pointer) else ""


def waits_for(g):
    """Why g waits, without the tag of waiting.h."""
    why = atomic(g["why"])
    if (int(why) >> 62 & 1) != (int(why) >> 63 & 1):
        why = ev("(const char *)%d" % (int(why) ^ 1 << 62))
    return why


def enum_name(number, prefix, names):
    return names[number] if number < len(names) else "%s%d" % (prefix, number)


G_STATES = ["runnable", "running", "waiting", "dead"]
P_STATES = ["idle", "running", "stopped", "dead"]


def all_gs():
    """Every struct g that has ever been made, dead ones too."""
    count = int(atomic(ev("'runtime/sched/allg.c'::count")))
    chunks = ev("'runtime/sched/allg.c'::chunks")
    size = int(ev("(int)ALLG_CHUNK"))
    stride = int(ev("g_stride"))
    for i in range(count):
        chunk = atomic(chunks[i // size])
        yield ev("*(struct g *)%d" % (int(chunk) + i % size * stride))


def state(g):
    return enum_name(int(atomic(g["status"])), "G", G_STATES)


def where(pc):
    """A pc as function and line."""
    block = gdb.find_pc_line(pc - 1 if pc else 0)
    symbol = gdb.block_for_pc(pc) if pc else None
    while symbol is not None and symbol.function is None:
        symbol = symbol.superblock
    name = symbol.function.name if symbol is not None else "0x%x" % pc
    if block.symtab:
        return "%s (%s:%d)" % (name, block.symtab.filename, block.line)
    return name


def ms():
    """Every M: the harts, whose records begin them."""
    n = int(ev("nharts"))
    kind = gdb.lookup_type("struct m").pointer()
    for i in range(n):
        yield ev("harts[%d]" % i).cast(kind)


def running_on(g):
    """The M that runs g, or None."""
    for m in ms():
        if int(m["curg"]) == int(g.address):
            return m
    return None


class Goroutines(gdb.Command):
    """List the goroutines: number, name, state, reason, where."""

    def __init__(self):
        super().__init__("goroutines", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        for g in all_gs():
            if state(g) in ("dead", "idle"):
                continue
            why = text(waits_for(g)) if state(g) == "waiting" else ""
            m = running_on(g)
            place = "on M%d" % int(m["hart"]["index"]) if m else \
                where(int(g["strand"]["ctx"]["ra"]))
            print("%6d %-14s %-9s %-20s %s" % (
                int(g["id"]), text(g["name"]) or "-", state(g), why, place))


class GoroutineBacktrace(gdb.Command):
    """gbt N: the backtrace of goroutine N."""

    SAVED = ["pc", "ra", "sp", "tp"] + ["s%d" % i for i in range(12)]

    def __init__(self):
        super().__init__("gbt", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        wanted = int(gdb.string_to_argv(argument)[0])
        g = next((g for g in all_gs() if int(g["id"]) == wanted
                  and state(g) not in ("dead", "idle")), None)
        if g is None:
            raise gdb.GdbError("no goroutine %d" % wanted)
        m = running_on(g)
        if m is not None:
            self.running(m)
        else:
            self.parked(g)

    def running(self, m):
        """The hart's own thread; QEMU numbers threads by hart from 1."""
        here = gdb.selected_thread()
        for thread in gdb.selected_inferior().threads():
            if thread.num == int(m["hart"]["id"]) + 1:
                thread.switch()
                gdb.execute("backtrace")
        here.switch()

    def parked(self, g):
        ctx = g["strand"]["ctx"]
        values = {"pc": int(ctx["ra"]), "ra": int(ctx["ra"]),
                  "sp": int(ctx["sp"]), "tp": int(g.address)}
        for i in range(12):
            values["s%d" % i] = int(ctx["s"][i])
        register = lambda r: "$fp" if r == "s0" else "$" + r
        gdb.newest_frame().select()
        saved = {r: int(ev("(unsigned long)" + register(r))) for r in self.SAVED}
        try:
            for r in self.SAVED:
                gdb.execute("set %s = 0x%x" % (register(r), values[r]))
            gdb.execute("backtrace")
        finally:
            for r in self.SAVED:
                gdb.execute("set %s = 0x%x" % (register(r), saved[r]))


class Procs(gdb.Command):
    """List the Ps: state, the M that holds each, the length of its queue."""

    def __init__(self):
        super().__init__("procs", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        owners = {int(m["p"]): int(m["hart"]["index"])
                  for m in ms() if int(m["p"])}
        for p in all_ps():
            queue = (int(atomic(p["runq"]["tail"]))
                     - int(atomic(p["runq"]["head"]))) % (1 << 32)
            owner = owners.get(int(p))
            runnext = atomic(p["runnext"])
            print("P%-4d %-8s %-5s queue %-4d %s" % (
                int(p["id"]),
                enum_name(int(atomic(p["status"])), "P", P_STATES),
                "M%d" % owner if owner is not None else "-", queue,
                "next G%d" % int(runnext["id"]) if int(runnext) else ""))


def all_ps():
    allp = ev("allp")
    for i in range(int(allp["len"])):
        if int(allp["ptr"][i]):
            yield allp["ptr"][i]


class Ms(gdb.Command):
    """List the Ms: hart, P, goroutine, whether it looks for work."""

    def __init__(self):
        super().__init__("ms", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        for m in ms():
            print("M%-4d hart %-4d %-6s %-8s %s" % (
                int(m["hart"]["index"]), int(m["hart"]["id"]),
                "P%d" % int(m["p"]["id"]) if int(m["p"]) else "no P",
                "G%d" % int(m["curg"]["id"]) if int(m["curg"]) else "no G",
                "spinning" if m["spinning"] else
                "asleep" if m["idle"] else ""))


class Spans(gdb.Command):
    """Sum the heap's spans by size of slot."""

    def __init__(self):
        super().__init__("spans", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        table = ev("span_table")
        slot = gdb.lookup_type("struct span_slot")
        first = int(table["lo"]) >> PAGE_SHIFT
        sums, seen = {}, set()
        for page in range(first, first + (int(table["len"]) >> PAGE_SHIFT)):
            at = int(table["at"]) + page * slot.sizeof
            span = atomic(gdb.Value(at).cast(slot.pointer())
                          .dereference()["span"])
            if int(span) == 0 or int(span) in seen:
                continue
            seen.add(int(span))
            if int(span["size"]) == 0:
                continue        # stands for pages that are nobody's
            key = (int(span["size"]), bool(span["noscan"]))
            spans, objects, pages = sums.get(key, (0, 0, 0))
            sums[key] = (spans + 1, objects + int(span["nalloc"]),
                         pages + int(span["npages"]))
        print("%10s %-8s %8s %10s %8s" % (
            "bytes", "", "spans", "objects", "pages"))
        for (size, noscan), numbers in sorted(sums.items()):
            print("%10d %-8s %8d %10d %8d" % (
                (size, "noscan" if noscan else "scan") + numbers))


gdb.execute("set backtrace past-main on")
for command in Goroutines, GoroutineBacktrace, Procs, Ms, Spans:
    command()
