"""Slack, outbound: the messenger, everything a person sees (`views/`), and the manifest. The inbound side is `handlers/`."""
