"""Reports that people read: what a day, a week or a month was like, with what to do about it.

Facts in, a `Report` out, and its drawings for a terminal, Markdown, HTML and JSON: all pure. Refuses to say anything twice, to call
a gap a zero, and to make more than one line of a quiet day.
"""
