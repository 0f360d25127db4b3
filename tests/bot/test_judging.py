"""What is judged once for many alerts is what would be judged of each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.alerts import KEY_BYTES, Alert, judge
from bot.judging import Judge
from tests.bot.usecases.house import SHIPPED

WORDS = st.sampled_from(
    [None, "", "video_crash_rate_high", "video_memory_high", "video_load_failures", "Watchdog", "Else"]
)
ALERTS = st.builds(
    Alert,
    source=st.sampled_from(["api", "prometheus"]),
    key=st.sampled_from(["k", "l", "k" * KEY_BYTES]),
    status=st.just("firing"),
    summary=st.sampled_from(["Video crash rate is 7.5%", "load success is 3%", "else"]),
    severity=st.sampled_from([None, "critical", "warning", "none", "odd"]),
    rule=WORDS,
    name=WORDS,
    value=st.sampled_from([None, "2%", "84%"]),
    graded=st.booleans(),
)


@given(st.lists(ALERTS, max_size=12))
def test_alerts_of_one_transaction_are_judged_as_each_by_itself(batch: list[Alert]) -> None:
    known = SHIPPED.catalogue()
    together = Judge(known, lambda text: text)
    assert [together(alert) for alert in batch] == [judge(alert, known) for alert in batch]
