"""What happened, told from the log: a header of sums and one line per event, rendered for whoever reads it.

`document` is a timeline as values, `entries` what of the log is shown, `moments` the five that people can set; `text`, `markdown`
and `as_json` render it (Slack's rendering, being Block Kit, is `bot/slack/views/timeline.py`). Pure. It refuses to keep anything.
"""
