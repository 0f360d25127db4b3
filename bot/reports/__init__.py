"""Reports that people read: what a day, a week or a month was like, and what to do about it.

Facts become a `Report`, and a `Report` is drawn for a terminal, as Markdown, HTML and JSON: all pure. It refuses to say anything
twice, to call a gap a zero, and to make more than one line of a quiet day.
"""
