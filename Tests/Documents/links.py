#!/usr/bin/python3
"""Looks whether the relative links of Markdown documents lead to a file, and to a heading in it.

Usage: links.py FOLDER    for all documents below it, but those in folders with a dot in front
"""
import os
import re
import sys


def documents(folder):
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (os.path.join(path, name) for name in sorted(names) if name.endswith(".md"))


def lines_without_code(path):
    is_code = False
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.startswith("```"):
                is_code = not is_code
            elif not is_code:
                yield number, line


def anchors(path):
    """What GitHub makes of the headings."""
    found = set()
    for _, line in lines_without_code(path):
        if heading := re.match(r"#+ +(.+)", line):
            text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading[1]).strip().lower()
            name = anchor = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
            repeated = 0
            while anchor in found:
                repeated += 1
                anchor = f"{name}-{repeated}"
            found.add(anchor)
    return found


broken = 0
for document in documents(sys.argv[1]):
    for number, line in lines_without_code(document):
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line)):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            path = os.path.join(os.path.dirname(document), name) if name else document
            if not os.path.exists(path) or anchor and anchor not in anchors(path):
                print(f"{document}:{number}: no such place: {target}", file=sys.stderr)
                broken += 1
sys.exit(1 if broken else 0)
