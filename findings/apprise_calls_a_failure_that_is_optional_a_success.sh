#!/bin/sh
# A service whose URL ends in ?optional=yes and that nobody took is a success to Apprise 2, in the result as a whole and in that
# service's own status; only its last attempt says FAILURE. Whoever pages by it has to read the attempts, or calls nobody and says
# so to nobody. Run: sh findings/apprise_calls_a_failure_that_is_optional_a_success.sh (needs python3 and a package index)
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check apprise==2.3.0
no_proxy=127.0.0.1 "$work/venv/bin/python" - <<'PY'
import http.server
import sys
import threading

import apprise


class Refuses(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.send_response(500)
        self.end_headers()

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuses)
threading.Thread(target=server.serve_forever, daemon=True).start()


def told(extra: str) -> str:
    page = apprise.Apprise()
    page.add(f"json://127.0.0.1:{server.server_port}/{extra}")
    result = page.notify(body="a page")
    [service] = result.results
    return f"{bool(result)} {service.status.name} {service.attempts[-1].status.name}"


plain, optional = told(""), told("?optional=yes")
print(f"Python {sys.version.split()[0]}, apprise {apprise.__version__}; the server answers 500 to both")
print(f"result, service, last attempt: {plain}")
print(f"with ?optional=yes:            {optional}")
sys.exit(plain != "False FAILURE FAILURE" or optional != "True SUCCESS FAILURE")
PY
