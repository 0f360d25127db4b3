#!/bin/sh
# notify(timeout=1) answers TIMEOUT after a second, but the thread that it gave up is one of a pool that Python joins when the process
# ends: a bot that is told to stop waits for a gateway that hangs. Threads of one's own can be daemons, and the time-out one's own.
# Run: sh findings/apprise_waits_at_the_end_for_what_it_gave_up.sh (needs python3 and a package index)
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check apprise==2.3.0
cat > "$work/page.py" <<'PY'
import http.server
import sys
import threading
import time

import apprise


class Hangs(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        time.sleep(8)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hangs)
threading.Thread(target=server.serve_forever, daemon=True).start()
page = apprise.Apprise()
page.add(f"json://127.0.0.1:{server.server_port}/?rto=5")
began = time.monotonic()
result = page.notify(body="a page", timeout=1)
print(f"Python {sys.version.split()[0]}, apprise {apprise.__version__}: {result.status.name}", time.monotonic() - began)
PY
no_proxy=127.0.0.1 "$work/venv/bin/python" - "$work/page.py" <<'PY'
import subprocess
import sys
import time

began = time.monotonic()
said = subprocess.run([sys.executable, sys.argv[1]], capture_output=True, text=True, check=True).stdout.split()
whole, answered = time.monotonic() - began, float(said.pop())
print(" ".join(said))
print(f"answered after {answered:.1f} s, ended {whole - answered:.1f} s later")
sys.exit(said[-1] != "TIMEOUT" or answered > 2 or whole - answered < 3)
PY
