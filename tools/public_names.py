"""public_names.py - what include/antler.h declares, as the compiler reads it.

Used by tools/prelink, which lets a program see these names and no others, and by
tools/lint.
"""

import re
import subprocess

HEADER = "antler.h"
ATTRIBUTE = re.compile(r"__attribute__\s*\(\(.*?\)\)(?=[\s,;]|$)")
FUNCTION = re.compile(r"[\w\s*]*?\b(\w+)\s*\(")
DATA = re.compile(r"extern\b[\w\s*]*?\b(\w+)\s*(?:\[[^]]*\]\s*)?((?:,.*)?)$")


def statements(compiler):
    """The declarations at file scope in include/, in order, one line each, without
    the bodies of functions and structures and without attributes.  compiler is a
    list of words: the command and its flags."""
    done = subprocess.run(
        compiler + ["-E", "-ffreestanding", "-Iinclude", "-include",
                    "include/" + HEADER, "-x", "c", "/dev/null"],
        check=True, stdout=subprocess.PIPE, text=True).stdout
    # A line marker says whose the lines behind it are.
    ours, lines = False, []
    for line in done.split("\n"):
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            ours = marker[1].startswith(("include/", "./include/"))
        elif ours:
            lines.append(line)
    flat, depth = "", 0
    for part in re.split(r"([{}])", " ".join(lines)):
        depth += {"{": 1, "}": -1}.get(part, 0)
        flat += ";" if part in ("{", "}") else "" if depth else part
    bare = [ATTRIBUTE.sub("", s).strip() for s in flat.split(";")]
    return [s for s in bare if s and not s.startswith("_Static_assert")]


def functions(compiler):
    """The names of all functions, inline ones too."""
    found = (FUNCTION.match(s) for s in statements(compiler))
    return {m[1] for m in found if m}


def linked(compiler):
    """The names of the functions and variables that a program links with."""
    names = set()
    for statement in statements(compiler):
        if statement.split()[0] in ("static", "typedef"):
            continue
        function = FUNCTION.match(statement)
        data = DATA.match(statement)
        if function:
            names.add(function[1])
        elif data:
            names.add(data[1])
            names.update(re.findall(r",\s*\**(\w+)", data[2]))
    return names
