"""Time zones by name, as POSIX writes them, as one C table.

Reads /usr/share/zoneinfo (Debian's tzdata): the last line of each file (RFC 8536, section 3.3) is the
zone's rule from now on. Writes rules/language/zones.h's table to the file that is named. Called by make.

usage: zones.py OUTPUT
"""
import os
import sys

ROOT = "/usr/share/zoneinfo"
OTHER = ("posix", "right")  # the same zones again, with and without leap seconds


def footer(path):
    with open(path, "rb") as file:
        data = file.read()
    if data[:4] != b"TZif" or data[4:5] < b"2" or not data.endswith(b"\n"):
        return None
    return data[:-1].rsplit(b"\n", 1)[1].decode("ascii")


def zones():
    for folder, folders, files in os.walk(ROOT):
        if folder == ROOT:
            folders[:] = [name for name in folders if name not in OTHER]
        for name in files:
            path = os.path.join(folder, name)
            rule = footer(path)
            if rule:
                yield os.path.relpath(path, ROOT), rule


def main():
    rows = sorted((name, rule) for name, rule in zones() if name not in ("localtime", "posixrules"))
    if len(rows) < 300:
        sys.exit("zones.py: too few time zones in " + ROOT + "; install the package tzdata")
    with open(sys.argv[1], "w") as out:
        out.write('/* Made by rules/language/zones.py from Debian\'s tzdata. */\n')
        out.write('#include "rules/language/zones.h"\n\nconst struct zone_row zone_rows[] = {\n')
        for name, rule in rows:
            out.write('    {"%s", "%s"},\n' % (name, rule))
        out.write("};\nconst size_t zone_rows_count = sizeof zone_rows / sizeof zone_rows[0];\n")


main()
