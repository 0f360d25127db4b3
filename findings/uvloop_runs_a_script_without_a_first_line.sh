#!/bin/sh
# uvloop and asyncio disagree about a program file that begins with no "#!" line: asyncio's create_subprocess_exec raises
# OSError (ENOEXEC, "Exec format error"), uvloop's runs it with /bin/sh. Whoever allows programs by name and means "never a shell"
# gets one under uvloop. Run: sh findings/uvloop_runs_a_script_without_a_first_line.sh (needs python3 and a package index)
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check uvloop==0.23.0
printf 'echo ran by a shell\n' > "$work/program"
chmod +x "$work/program"
"$work/venv/bin/python" - "$work/program" <<'PY'
import asyncio
import sys

import uvloop


async def run(program: str) -> str:
    try:
        process = await asyncio.create_subprocess_exec(program, stdout=asyncio.subprocess.PIPE)
    except OSError as error:
        return f"refused: {error.strerror}"
    out, _ = await process.communicate()
    return f"exit {process.returncode}: {out.decode().strip()}"


plain = asyncio.run(run(sys.argv[1]))
with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    fast = runner.run(run(sys.argv[1]))
print(f"Python {sys.version.split()[0]}, uvloop {uvloop.__version__}")
print(f"asyncio: {plain}")
print(f"uvloop:  {fast}")
sys.exit(plain != "refused: Exec format error" or fast != "exit 0: ran by a shell")
PY
