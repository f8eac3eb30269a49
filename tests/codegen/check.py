"""check.py - do compiled atomics have the ordering that their names promise?

An x86 host cannot show a missing fence and QEMU there does not either, so the
instructions themselves are the evidence (RISC-V unprivileged specification,
table A.6, and chapter 8 for .aq and .rl).  gcc 12 is known to drop the release
of a compare-and-swap, which is why lib/atomic.h spells it as a fence.
"""

import re
import subprocess

FENCE = re.compile(r"^fence(?:\s+([iorw]+),\s*([iorw]+))?$")
ACCESS = re.compile(r"^(lw|ld|sw|sd|lr\.[wd]|sc\.[wd]|amo\w+\.[wd])(\S*)\s")


def functions(path, objdump):
    """The instructions of each function in an object file, by its name."""
    text = subprocess.run([objdump, "-d", "--no-show-raw-insn", path],
                          check=True, stdout=subprocess.PIPE, text=True).stdout
    out, name = {}, None
    for line in text.splitlines():
        head = re.match(r"^[0-9a-f]+ <(.+)>:$", line)
        body = re.match(r"^\s+[0-9a-f]+:\s+(.*)$", line)
        # Other names are the compiler's labels, inside a function.
        if head and re.match(r"[A-Za-z_]\w*$", head[1]):
            name = head[1]
            out[name] = []
        elif body and name:
            out[name].append(re.sub(r"\s+", " ", body[1]).strip())
    return out


def changes_ra(line):
    """Does the instruction write to ra?"""
    return bool(re.match(r"(jal|jalr|call)\s+[^,]+$", line)
                or re.match(r"(?!s[bhwd]\s|b\w+\s)\S+\s+ra\b", line)
                and not re.match(r"(jr|ret)\b", line))


def accesses(code):
    """Where shared memory is touched: accesses not relative to the stack."""
    return [(i, m) for i, line in enumerate(code)
            for m in [ACCESS.match(line)] if m and "(sp)" not in line]


def fence_covers(line, before, after):
    match = FENCE.match(line)
    if not match:
        return False
    pred, succ = match[1] or "iorw", match[2] or "iorw"
    return set(before) <= set(pred) and set(after) <= set(succ)


def has_release(code):
    """Everything before is ordered before the first write to shared memory."""
    writes = [(i, m) for i, m in accesses(code)
              if not re.match(r"l[wd]$|lr", m[1])]
    if not writes:
        return False
    i, match = writes[0]
    start = min([j for j, m in accesses(code) if m[1].startswith("lr")] + [i])
    return "rl" in match[2] or any(
        fence_covers(line, "rw", "w") for line in code[:start])


def has_acquire(code):
    """The last read of shared memory is ordered before everything after."""
    reads = [(i, m) for i, m in accesses(code)
             if not re.match(r"s[wd]$|sc", m[1])]
    if not reads:
        return False
    i, match = reads[-1]
    return "aq" in match[2] or any(
        fence_covers(line, "r", "rw") for line in code[i:])


def lock_acquires(code):
    """The first atomic that takes the lock, or a fence before the first plain
    store behind it, is an acquire."""
    takes = [(i, m) for i, m in accesses(code)
             if re.match(r"amo|lr\.\S+\s+(?!zero)", code[i])]
    if not takes:
        return False
    take, match = takes[0]
    store = next((i for i, l in enumerate(code)
                  if i > take and re.match(r"s[wd] ", l)), len(code))
    return "aq" in match[2] or any(
        fence_covers(l, "r", "rw") for l in code[take:store])


def unlock_releases(code):
    """The write that gives the lock back comes after a release, or is one."""
    gives = [(i, m) for i, m in accesses(code)
             if re.match(r"s[wd]$|sc|amo", m[1])]
    if not gives:
        return False
    last, match = gives[-1]
    return "rl" in match[2] or any(
        fence_covers(l, "rw", "w") for l in code[:last])


def verdict(name, code):
    """What is wrong with the function of that name, or ''."""
    order = name.split("_")[0]
    if order == "lock":
        return "" if lock_acquires(code) else "no acquire"
    if order == "unlock":
        return "" if unlock_releases(code) else "no release"
    calls = [l for l in code if re.match(r"(jal|call|tail)\s", l)]
    if calls:
        return "calls out: " + calls[0]
    if order == "full":
        return "" if any(fence_covers(l, "rw", "rw") for l in code) \
            else "no full fence"
    if order == "pause":
        # objdump of binutils 2.40 knows the word; older ones see a fence.
        return "" if any(re.match(r"pause|fence w,|\.4byte 0x100000f|"
                                  r"\.insn", l) for l in code) else "no pause"
    if not accesses(code):
        return "touches no memory"
    if order in ("release", "both") and not has_release(code):
        return "no release"
    if order in ("acquire", "both") and not has_acquire(code):
        return "no acquire"
    return ""
