"""light.py - does anybody use a register that parking has not kept?

A light park (kernel/switch.h) saves sp, ra and s0 alone.  The way there leads
through C functions, and their compiler believes that s1-s11 survive a call.  So
after a call that may park each of them may only return: what it reads must be
what it has loaded since, from its own frame.  Here the instructions are followed
from behind each such call to every return they lead to.
"""
import re
import subprocess

PARKS = {"switch_pass", "switch_put"}
KEPT = {"s%d" % i for i in range(1, 12)}
# Either assembly that gives s1-s11 up calls these, or they never park.
OUTERMOST = re.compile(r"antler_\w+$|chan_try_\w+$")
# Functions that do not return.
ENDS = re.compile(r"(go_|chan_|\w*_)?panic\w*$|lock_\w*|schedule\w*$")


class Function:
    def __init__(self, name):
        self.name = name
        self.at = {}            # address: (mnemonic, operands)
        self.order = []
        self.before, self.after = {}, {}

    def add(self, address, op, args):
        if self.order:
            self.before[address] = self.order[-1]
            self.after[self.order[-1]] = address
        self.order.append(address)
        self.at[address] = (op, args)


def read(elf):
    """The functions of a linked image, and names by address."""
    text = subprocess.run(["llvm-objdump", "-d", "--no-show-raw-insn", elf],
                          check=True, stdout=subprocess.PIPE, text=True).stdout
    functions, names, f = {}, {}, None
    for line in text.splitlines():
        head = re.match(r"([0-9a-f]{16}) <(.*)>:$", line)
        if head:
            if not head[2].startswith((".L", "$")):
                f = functions[head[2]] = Function(head[2])
                names[int(head[1], 16)] = head[2]
            continue
        code = re.match(r"\s*([0-9a-f]+):\s+(\S+)\s*(.*?)(?:\s*<.*>)?$", line)
        if code and f:
            f.add(int(code[1], 16), code[2],
                  [o for o in re.split(r"[,\s()]+", code[3]) if o])
    return functions, names


def target(f, address):
    """Where the call or jump at address leads, if that can be told."""
    op, args = f.at[address]
    if op in ("jal", "j", "call", "tail") or op.startswith("b"):
        return int(args[-1], 16) if args[-1].startswith("0x") else None
    if op not in ("jalr", "jr"):
        return None
    offset = next((a for a in args if re.match(r"-?(0x)?\d", a)), None)
    page = f.before.get(address)
    if offset is None or page is None or f.at[page][0] != "auipc" \
            or f.at[page][1][0] != args[-1]:
        return None
    high = int(f.at[page][1][1], 0)
    high -= (high >> 19) << 20
    return page + (high << 12) + int(offset, 0)


def is_call(op):
    return op in ("jal", "jalr", "call")


def wrong_after(f, call, names):
    """The first use of a lost register behind call, or None."""
    todo, seen = [(f.after.get(call), frozenset(KEPT))], set()
    while todo:
        address, lost = todo.pop()
        if address is None or (address, lost) in seen or address not in f.at:
            continue
        seen.add((address, lost))
        op, args = f.at[address]
        branch = op.startswith("b") and op != "break"
        stores = re.match(r"(sb|sh|sw|sd|fs[wd])$", op)
        used = args if branch or stores else args[1:]
        for register in used:
            if register in lost:
                return "%x: %s %s" % (address, op, ", ".join(args))
        if op == "ret" or op in ("jr", "ebreak", "unimp"):
            continue
        if op == "j":
            todo.append((target(f, address), lost))
            continue
        if is_call(op):
            name = names.get(target(f, address), "")
            if ENDS.match(name):
                continue
        elif branch:
            todo.append((target(f, address), lost))
        elif args and not stores:
            lost = lost - {args[0]}
        todo.append((f.after.get(address), lost))
    return None


def verdicts(elf):
    """For each function that may park: its name and what is wrong, or None."""
    functions, names = read(elf)
    calls = {name: [(a, names.get(target(f, a))) for a in f.order
                    if is_call(f.at[a][0]) or f.at[a][0] in ("j", "jr")]
             for name, f in functions.items()}
    light, found = set(PARKS), {}
    while True:
        more = {name for name in calls if name not in light
                and any(t in light and not OUTERMOST.match(t)
                        for _, t in calls[name])}
        if not more:
            break
        light |= more
    for name in sorted(light - PARKS):
        f = functions[name]
        found[name] = next(filter(None, (
            wrong_after(f, a, names) for a, t in calls[name]
            if t in light and not OUTERMOST.match(t)
            and is_call(f.at[a][0]))), None)
    return found
