# ruff: noqa: PTH123  (written as most such programs are)
"""Stands in for apptainer and docker: keeps a log of its command line, and runs the script without isolation.

What is bound to /candle_data_dir is put where it belongs by links, and the name of that folder is replaced in words.
"""

import os
import sys
from pathlib import Path

INSIDE = "/candle_data_dir"
words = sys.argv[1:]
with open(os.environ["FAKE_LOG"], "a") as stream:
    stream.write("\0".join([Path(sys.argv[0]).name, *words]) + "\n")
if words[:1] == ["kill"] or words[:2] == ["image", "inspect"]:
    print("sha256:" + "ab" * 32)
    raise SystemExit(0)
binds, variables = {}, {}
position = 1
script = None
while words[position].startswith("--"):
    option, value = words[position], words[position + 1]
    if option == "--bind":
        source, target, *_ = value.split(":")
        binds[target] = source
    elif option == "--mount":
        fields = dict(field.partition("=")[::2] for field in value.split(","))
        binds[fields["target"]] = fields["source"]
    elif option == "--env":
        variables.__setitem__(*value.split("=", 1))
    elif option == "--entrypoint":
        script = value
    position += 1 if option in ("--rm", "--init", "--nv") else 2
rest = words[position + 1 :]
if script is None:
    script, *rest = rest
base = binds.pop(INSIDE)
for target, source in binds.items():
    place = Path(base) / Path(target).relative_to(INSIDE)
    assert place.is_dir(), f"no mount point {place}"
    place.rmdir()
    place.symlink_to(source)
path = f"{Path(__file__).resolve().parent}{os.pathsep}{os.environ['PATH']}"
environment = {**os.environ, **variables, "PATH": path, "FAKE_IMAGE": str(Path(__file__).resolve().parents[1])}
os.execvpe(script, [script, *(word.replace(INSIDE, base) for word in rest)], environment)
