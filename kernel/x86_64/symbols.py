#!/usr/bin/python3
"""Makes the symbol table that a panic's backtrace reads (symbols.c says how it is laid out).

usage: symbols.py LINK.map OUT.S [OBJECT|ARCHIVE]...

Comes in: the linker's map of the first link, which says from which object each piece of text came; where the compiler has
made one object of all, the objects and archives say where each function was defined. Goes out:
assembler for the section .symbols. Our own functions keep their names; the functions of one library file share
one entry, its file name: enough to see where a panic came through, and a tenth of the size."""
import os
import re
import subprocess
import sys

PIECE = re.compile(r"^ \.text(?:\.(\S+))?\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S+)$")
SYMBOL = re.compile(r"^ +0x([0-9a-f]+) +([A-Za-z_][\w.]*)$")
NAME_LIMIT = 60


def pieces(map_text):
    """Yields (address, section, object, symbols inside) for each piece of text that was kept."""
    text = map_text.partition("Linker script and memory map")[2]
    # The linker puts a long section name on a line of its own.
    lines = re.sub(r"\n( \.text\S*)\n +", r"\n\1 ", text).splitlines()
    current = None
    for line in lines:
        found = PIECE.match(line)
        if found:
            if current:
                yield current
            section, address, size, source = found.groups()
            current = (int(address, 16), section, source, []) if int(size, 16) else None
            continue
        found = SYMBOL.match(line)
        if found and current:
            current[3].append((int(found.group(1), 16), found.group(2)))
        elif line.startswith((" .", ".")) and current:
            yield current
            current = None
    if current:
        yield current


def origins(files):
    """Function name -> the object or archive(member) that defines it; ours win over libraries."""
    found = {}
    for file in files:
        source = file
        for line in subprocess.run(["readelf", "-sW", file], capture_output=True, text=True, check=True).stdout.splitlines():
            if line.startswith("File: "):
                source = line[6:]
            fields = line.split()
            if len(fields) == 8 and fields[3] == "FUNC" and fields[6] != "UND":
                found.setdefault(fields[7], source)
    return found


def entries(map_text, defined_in):
    """Yields (address, name), ascending; neighbours of one library file are one."""
    result = []
    for address, section, source, symbols in pieces(map_text):
        if address == 0:
            continue
        if source.endswith(".whole.o"):
            section = re.sub(r"^(unlikely|startup|hot|exit)\.", "", section or "?")
            section = re.sub(r"\.(constprop|part|isra|lto_priv|cold)\b.*", "", section)
            source = defined_in.get(section, section)
        member = re.search(r"\(([^)]*)\)$", source)
        ours = not member and "/third_party/" not in source and "/lib/" not in source
        if not ours:
            name = os.path.basename(member.group(1) if member else source)
            result.append((address, name.rsplit(".", 1)[0] + ".c"))
        elif symbols and section in (None, "boot"):
            result.extend(symbols)
        else:
            result.append((address, re.sub(r"^(unlikely|startup|hot|exit)\.", "", section or "?")))
    last = None
    for address, name in sorted(set(result)):
        if name != last:
            yield address, name[:NAME_LIMIT]
        last = name


def leb128(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def encode(named, base):
    out = bytearray()
    before, at = b"", base
    for address, name in named:
        name = name.encode()
        shared = len(os.path.commonprefix([before, name]))
        out += leb128(address - at) + bytes([shared, len(name) - shared]) + name[shared:]
        before, at = name, address
    return bytes(out) + b"\0\0\0"


def main():
    with open(sys.argv[1]) as f:
        map_text = f.read()
    base = int(re.search(r"0x([0-9a-f]+) +image_begin = ", map_text).group(1), 16)
    table = encode(entries(map_text, origins(sys.argv[3:])), base)
    rows = [table[i : i + 16] for i in range(0, len(table), 16)]
    with open(sys.argv[2], "w") as f:
        f.write('/* Made by kernel/x86_64/symbols.py. */\n.section .symbols, "a", @progbits\n')
        f.writelines(".byte " + ", ".join(map(str, row)) + "\n" for row in rows)
        f.write('.section .note.GNU-stack, "", @progbits\n')


if __name__ == "__main__":
    main()
