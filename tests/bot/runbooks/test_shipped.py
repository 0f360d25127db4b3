"""The shipped procedures against the document: every action, in its order, with its code or exactly its request."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.configuration import load
from bot.runbooks.answer import Answer, read_answer
from bot.runbooks.logs import LogQuery
from bot.runbooks.model import Runbook, Step
from bot.runbooks.parts.checks import spoken
from bot.runbooks.request import render
from bot.runbooks.run import current
from bot.runbooks.runs import choose, skip, start, tick
from bot.runbooks.steps.checklist import Checklist
from bot.runbooks.steps.command import Command
from bot.runbooks.steps.decision import Decision
from bot.runbooks.steps.http import Http
from bot.runbooks.steps.logs import Logs
from bot.runbooks.steps.manual import Manual
from bot.runbooks.steps.monitor import Monitor
from bot.runbooks.steps.rollout import Rollout
from bot.runbooks.steps.wait import Wait

from .helpers import AT, SHIPPED, VARIABLES, shipped

# What stands in the document, in its order: section, heading of the item, and phrases that have to be found in that item's
# steps (in their texts, codes, requests or durations).
DOCUMENT: dict[str, list[tuple[str, str, tuple[str, ...]]]] = {
    "high-memory": [
        (
            "Immediate Actions",
            "Check Current System Status",
            ("GET https://api.openvine.co/debug/video-system-status",),
        ),
        (
            "Immediate Actions",
            "Trigger Emergency Memory Cleanup",
            ("POST https://api.openvine.co/admin/memory-pressure",),
        ),
        ("Immediate Actions", "Check results", ("Post-cleanup memory",)),
        (
            "Immediate Actions",
            "Enable Circuit Breaker Mode",
            (
                "POST https://api.openvine.co/admin/feature-flags",
                '{"emergency_mode": true}',
                "final emergencyConfig = VideoManagerConfig(\n  maxVideos: 25,\n  preloadAhead: 1,\n  preloadBehind: 0,\n);",
            ),
        ),
        (
            "Immediate Actions",
            "Monitor Recovery",
            (
                "0:10:00",
                "Watch memory usage for next 10 minutes",
                "Verify user crash rates return to normal",
                "Check video load success rates",
            ),
        ),
        (
            "Root Cause Investigation",
            "Analyze Memory Growth Pattern",
            (
                "GET https://api.openvine.co/metrics/memory?range=2h",
                "Memory trend",
                "Growth rate",
            ),
        ),
        (
            "Root Cause Investigation",
            "Check for Memory Leaks",
            (
                "Review controller disposal logs",
                "Analyze video state transitions",
                "Check for stuck preload operations",
            ),
        ),
        (
            "Root Cause Investigation",
            "User Pattern Analysis",
            (
                "Heavy scrolling patterns",
                "Specific content types causing issues",
                "Geographic distribution of affected users",
            ),
        ),
        (
            "Recovery Actions",
            "Gradual System Recovery",
            (
                "0:05:00",
                '{"emergency_mode": false}',
                "final normalConfig = VideoManagerConfig.wifi();",
            ),
        ),
        (
            "Recovery Actions",
            "Post-Incident Monitoring",
            (
                "2:00:00",
                "Monitor for 2 hours after recovery",
                "Document timeline and actions taken",
                "Schedule follow-up investigation",
            ),
        ),
    ],
    "high-crash-rate": [
        (
            "Immediate Actions",
            "Emergency Rollback",
            (
                "POST https://api.openvine.co/admin/feature-flags",
                '{"new_video_manager": false}',
                "POST https://api.openvine.co/admin/ab-tests",
                '{"video_system_migration_v2": {"percentage": 0}}',
            ),
        ),
        (
            "Immediate Actions",
            "Analyze Crash Reports",
            ("crashes matching (VideoPlayerController|VideoManager|preload) last 100",),
        ),
        (
            "Immediate Actions",
            "Check for Race Conditions",
            (
                "Review disposal timing logs",
                "Check for concurrent state modifications",
                "Analyze preload/dispose race conditions",
            ),
        ),
        (
            "Recovery Actions",
            "Staged Re-enable",
            (
                "Start with 1% rollout after crash investigation",
                "Monitor for 1 hour before increasing",
                '{"new_video_manager": true}',
                "1 % for 1:00:00",
                "Implement additional safeguards",
            ),
        ),
        (
            "Recovery Actions",
            "Enhanced Monitoring",
            (
                "VideoManagerService.debugMode = true;",
                "performanceMonitor.setSamplingInterval(Duration(seconds: 10));",
            ),
        ),
    ],
    "video-load-failures": [
        (
            "Immediate Actions",
            "Check Network Conditions",
            (
                "HEAD https://example-video-cdn.com/test-video.mp4",
                "GET https://status.cdn-provider.com/api/status",
            ),
        ),
        (
            "Immediate Actions",
            "Analyze Failure Patterns",
            (
                "GET https://api.openvine.co/metrics/errors?range=1h",
                "Top errors",
                "Error rate",
            ),
        ),
        (
            "Immediate Actions",
            "Implement Fallback Strategy",
            (
                "final recoveryConfig = VideoManagerConfig(\n  maxRetries: 5,\n  preloadTimeout: Duration(seconds: 15),\n);",
            ),
        ),
        (
            "Root Cause Analysis",
            "CDN Health Check",
            (
                "Verify CDN performance across regions",
                "Check for DNS resolution issues",
                "Analyze cache hit rates",
            ),
        ),
        (
            "Root Cause Analysis",
            "Network Quality Analysis",
            (
                "Check cellular vs WiFi performance",
                "Analyze geographic distribution of failures",
                "Review timeout patterns",
            ),
        ),
        (
            "Root Cause Analysis",
            "URL Validation",
            (
                "Check for malformed video URLs",
                "Verify HTTPS certificate issues",
                "Test video format compatibility",
            ),
        ),
    ],
    "issue-videos-not-loading": [
        ("Diagnosis Steps", "Check Video URLs", ("HEAD https://example-video-cdn.com/test-video.mp4",)),
        ("Diagnosis Steps", "Network Diagnostics", ("Connectivity().checkConnectivity()", "testDownloadSpeed()")),
        ("Diagnosis Steps", "State Analysis", ("GET https://api.openvine.co/debug/video-manager", "Failed videos:")),
        ("Solutions", "What is it?", ("Bad addresses",)),
        ("Solutions", "URL Validation and Cleanup", ("videoManager.disposeVideo(video.id);",)),
        ("Solutions", "Network-Aware Configuration", ("VideoManagerConfig.cellular()", "VideoManagerConfig.wifi()")),
    ],
    "issue-high-memory": [
        ("Diagnosis Steps", "Memory Distribution Analysis", ("Controllers", "Ready videos", "possible leak")),
        ("Diagnosis Steps", "Historical Analysis", ("Memory trend", "Growth rate")),
        ("Solutions", "Immediate Memory Cleanup", ("POST https://api.openvine.co/admin/memory-pressure", "twice")),
        ("Solutions", "Configuration Adjustment", ("enableMemoryManagement: true,",)),
    ],
    "issue-poor-preload": [
        ("Diagnosis Steps", "Preload Success Rate Analysis", ("Success rate", "Average time", "Slow preloads")),
        ("Diagnosis Steps", "Network Quality Check", ("_getCellularPreloadFailures()",)),
        ("Solutions", "Timeout Adjustment", ("Duration(seconds: 20)", "maxRetries: 5")),
        ("Solutions", "Preload Strategy Optimization", ("preloadAhead: 2", "preloadBehind: 0")),
    ],
    "log-analysis": [
        (
            "Daily Maintenance Tasks",
            "Extract video system errors",
            ("app matching (VideoManager|preload|memory_pressure) on yesterday fields 4, 5 counted",),
        ),
        ("Daily Maintenance Tasks", "Check for memory warnings", ("app matching memory.*warning last 10",)),
        ("Daily Maintenance Tasks", "Look for performance degradation", ("app matching slow.*preload last 10",)),
    ],
    "pre-deployment": [
        (
            "Pre-Deployment Checklist",
            "Pre-Deployment Checklist",
            (
                "All tests passing (unit, integration, load tests)",
                "Performance benchmarks within acceptable range",
                "Memory usage tested under load",
                "A/B testing framework ready for gradual rollout",
                "Rollback procedures tested and ready",
                "Monitoring and alerting configured",
                "Team notified of deployment window",
            ),
        ),
    ],
    "deployment": [
        (
            "Deployment Steps",
            "Deploy to Staging",
            (
                "./deploy.sh staging",
                "flutter test test/integration/",
                "flutter test test/load_testing/",
                "flutter test test/load_testing/performance_benchmarks.dart",
            ),
        ),
        ("Deployment Steps", "Go on to production?", ("Not today",)),
        ("Deployment Steps", "Gradual Production Rollout", ("1 % for 2:00:00", "5 %", "set back to 0 %")),
        ("Deployment Steps", "Verify it", ("post-deployment",)),
    ],
    "post-deployment": [
        (
            "Post-Deployment Verification",
            "Check memory usage, preload success rate and crash rate",
            ("video_memory_mb below 500", "preload_success_rate above 85", "crash_rate below 2"),
        ),
        ("Post-Deployment Verification", "Check user engagement", ("As before or better",)),
        ("Post-Deployment Verification", "✅ Deployment verification passed", ("Close",)),
        ("Post-Deployment Verification", "❌ Deployment verification failed", ("emergency-recovery",)),
    ],
    "emergency-recovery": [
        ("Emergency Recovery", "Emergency memory cleanup", ("POST https://api.openvine.co/admin/memory-pressure",)),
        ("Emergency Recovery", "Disable new video system", ('{"new_video_manager": false}',)),
        ("Emergency Recovery", "Reset A/B test rollout", ('{"video_system_migration_v2": {"percentage": 0}}',)),
    ],
}
HEADS = {
    "high-memory": (
        "High Memory Usage Alert",
        "critical",
        15,
        "Memory usage >800MB sustained for >5 minutes|Users reporting app crashes|Performance monitoring alerts firing",
    ),
    "high-crash-rate": (
        "High Crash Rate Alert",
        "critical",
        10,
        'Crash rate >5% above baseline|Multiple "VideoPlayerController was disposed" errors|User reports of app instability',
    ),
    "video-load-failures": (
        "Video Load Failure Spike",
        "high",
        30,
        "Video load success rate <85%|Users unable to play videos|Timeout errors increasing",
    ),
}


def said(step: Step) -> str:
    """Everything a step shows or does, as text."""
    match step.spec:
        case Manual(code=code):
            return f"{step.text}\n{code}"
        case Wait(wait=wait):
            return f"{step.text}\n{wait}"
        case Rollout(stages=stages, rollback=rollback):
            said = [f"{stage.percent:g} %" + (f" for {stage.hold}" if stage.hold else "") for stage in stages]
            return "\n".join((step.text, *said, f"set back to {rollback:g} %"))
        case Http(show=show):
            shown = "\n".join(item.label for item in show)
            return f"{step.text}\n{' '.join(render(step, VARIABLES).shown.values())}\n{shown}"
        case Monitor(checks=checks, span=span):
            return f"{step.text}\n{span}\n{spoken(checks)}"
        case Command(argv=argv):
            return f"{step.text}\n{' '.join(argv)}"
        case Checklist(items=items):
            return "\n".join((step.text, *items))
        case Decision(options=options):
            return "\n".join((step.text, *(option.label for option in options)))
        case Logs(query=query):
            return f"{step.text}\n{asked(query)}"
    return step.text


def asked(query: LogQuery) -> str:
    """A question to a log, in words."""
    words = [query.file, f"matching {query.matching}"]
    words += [f"on {query.on}"] if query.on else []
    words += [f"fields {', '.join(map(str, query.fields))}"] if query.fields else []
    words += ["counted"] if query.count else []
    return " ".join([*words, f"last {query.last}" if query.last else ""]).strip()


def of_item(runbook: Runbook, section: str, heading: str) -> list[int]:
    return [
        index for index, step in enumerate(runbook.steps) if step.section == section and step.title.startswith(heading)
    ]


@pytest.mark.parametrize("name", DOCUMENT)
def test_every_action_of_the_document_has_its_step_in_the_documents_order(name: str) -> None:
    runbook = shipped(name)
    order: list[int] = []
    for section, heading, phrases in DOCUMENT[name]:
        found = of_item(runbook, section, heading)
        assert found, f"{heading} has no step"
        whole = "\n".join(said(runbook.steps[index]) for index in found)
        assert [phrase for phrase in phrases if phrase not in whole] == []
        order += found
    assert order == list(range(len(runbook.steps))), "a step stands elsewhere than in the document, or is not in it"


@pytest.mark.parametrize("name", HEADS)
def test_severity_response_time_and_symptoms_are_the_documents(name: str) -> None:
    runbook = shipped(name)
    title, severity, minutes, symptoms = HEADS[name]
    assert (runbook.id, runbook.title, runbook.severity) == (name, title, severity)
    assert runbook.respond_within == timedelta(minutes=minutes)
    assert "|".join(runbook.symptoms) == symptoms
    assert title in runbook.source


def changing() -> list[tuple[str, str, str]]:
    return [
        (request.method, request.url, request.body.decode())
        for path in sorted(SHIPPED.glob("*.yml"))
        for step in shipped(path.stem).steps
        if type(step.spec) is Http and not step.spec.read_only
        for request in [render(step, VARIABLES)]
    ]


def test_the_changing_requests_are_the_documents_own_and_no_endpoint_is_invented() -> None:
    admin = "https://api.openvine.co/admin"
    assert set(changing()) == {
        ("POST", f"{admin}/ab-tests", '{"video_system_migration_v2": {"percentage": 0}}'),
        ("POST", f"{admin}/feature-flags", '{"new_video_manager": false}'),
        ("POST", f"{admin}/feature-flags", '{"new_video_manager": true}'),
        ("POST", f"{admin}/feature-flags", '{"emergency_mode": true}'),
        ("POST", f"{admin}/feature-flags", '{"emergency_mode": false}'),
        ("POST", f"{admin}/memory-pressure", ""),
    }


def test_every_procedure_of_the_document_names_its_owner_and_when_it_was_reviewed() -> None:
    for path in SHIPPED.glob("*.yml"):
        runbook = shipped(path.stem)
        assert (runbook.id, bool(runbook.owner), runbook.review) == (path.stem, True, timedelta(days=30))
        assert runbook.reviewed and runbook.source, path.stem


def test_what_needs_no_incident_is_what_is_done_without_one() -> None:
    alone = {path.stem for path in SHIPPED.glob("*.yml") if not shipped(path.stem).needs_incident}
    deploying = {"deployment", "pre-deployment", "post-deployment", "graduation"}
    assert alone == {*deploying, "health-check", "log-analysis"}


def test_only_raises_of_a_rollout_want_an_approval_and_what_makes_safe_says_so() -> None:
    steps = [step for path in SHIPPED.glob("*.yml") for step in shipped(path.stem).steps]
    assert {step.kind for step in steps if step.approval} == {"rollout"}
    safe = {changed.decode() for step in steps if step.safe for changed in [render(step, VARIABLES).body]}
    assert safe == {
        '{"new_video_manager": false}',
        '{"emergency_mode": false}',
        '{"video_system_migration_v2": {"percentage": 0}}',
    }


def test_whoever_confirms_the_rollback_reads_the_name_that_is_sent_and_why_it_is_not_the_codes() -> None:
    step = shipped("high-crash-rate").step("reset-rollout")
    assert isinstance(step.spec, Http)
    for text in (step.text, step.consent.warning):
        assert "video_system_migration_v2" in text
        assert "API example" in " ".join(text.split())
        assert "video_system_rollout_percentage" in text


def test_nothing_that_changes_something_is_ever_repeated_or_sent_without_a_confirmation() -> None:
    steps = [step for path in SHIPPED.glob("*.yml") for step in shipped(path.stem).steps]
    changing = [step for step in steps if type(step.spec) is Http and not step.spec.read_only]
    assert all(step.needs_confirmation and not step.idempotent for step in changing)
    assert all(step.consent.warning for step in changing), "each says what to consider"
    looks = [step for step in steps if isinstance(step.spec, Http) and step.spec.read_only]
    assert not any(step.needs_confirmation for step in looks)


def test_where_the_cdn_is_red_its_check_is_too_and_what_the_cdn_says_of_itself_stands_first() -> None:
    request = render(shipped("video-load-failures").step("check-cdn-status"), VARIABLES)
    down = b'{"status": {"indicator": "critical", "description": "Major outage in all regions"}}'
    outcome = read_answer(Answer(status=200, reason="OK", body=down), request)
    assert not outcome.ok
    assert outcome.text.startswith("CDN: Major outage in all regions · expected status.indicator to be")
    well = b'{"status": {"indicator": "none", "description": "All systems operational"}}'
    outcome = read_answer(Answer(status=200, reason="OK", body=well), request)
    assert outcome.ok and outcome.text == "CDN: All systems operational"


@pytest.mark.parametrize(
    ("name", "step", "body", "warns"),
    [
        ("issue-high-memory", "distribution", b'{"activeControllers": 20, "readyVideos": 8}', "possible leak"),
        ("issue-high-memory", "distribution", b'{"activeControllers": 8, "readyVideos": 8}', ""),
        ("issue-high-memory", "distribution", b'{"activeControllers": 20, "readyVideos": "many"}', ""),
        ("issue-high-memory", "distribution", b'{"activeControllers": 20}', ""),
        ("high-memory", "check-cleanup", b'{"estimatedMemoryMB": 850.0}', "Still critical"),
        ("high-memory", "check-cleanup", b'{"estimatedMemoryMB": 800}', ""),
    ],
)
def test_what_the_document_has_its_code_look_at_is_looked_at_and_warned_of(
    name: str, step: str, body: bytes, warns: str
) -> None:
    outcome = read_answer(Answer(status=200, reason="OK", body=body), render(shipped(name).step(step), VARIABLES))
    assert outcome.ok, "a warning is no failure"
    assert (warns in outcome.text) if warns else ("⚠️" not in outcome.text)


def test_what_is_not_significant_is_not_graduated_by_habit() -> None:
    look = render(shipped("graduation").step("results"), VARIABLES)
    body = b'{"video_system_migration_v2": {"liftPercentage": %s, "isSignificant": %s}}'
    good = read_answer(Answer(status=200, reason="OK", body=body % (b"12.4", b"true")), look)
    assert good.ok and "Lift: 12.4 %" in good.text and "⚠️" not in good.text
    assert "below 10 %" in read_answer(Answer(status=200, reason="OK", body=body % (b"9.9", b"true")), look).text
    assert not read_answer(Answer(status=200, reason="OK", body=body % (b"12.4", b"false")), look).ok


@pytest.mark.parametrize(("percentage", "ok"), [(b"0", True), (b"0.0", True), (b"25", False)])
def test_the_new_video_system_is_not_switched_on_again_unseen_for_a_rollout_that_still_stands(
    percentage: bytes, ok: bool
) -> None:
    runbook = shipped("high-crash-rate")
    look = runbook.step("look-at-rollout")
    assert runbook.position("look-at-rollout") + 1 == runbook.position("reenable-video-system")
    body = b'{"video_system_migration_v2": {"percentage": %s}}' % percentage
    assert read_answer(Answer(status=200, reason="OK", body=body), render(look, VARIABLES)).ok is ok
    assert not look.continue_on_error and not look.on_failure, "it stops there"


def test_every_rollout_is_set_back_at_any_degradation_which_begins_at_the_documents_warnings() -> None:
    monitoring = load(SHIPPED.parent).monitoring
    assert monitoring is not None
    for path in sorted(SHIPPED.glob("*.yml")):
        for step in shipped(path.stem).steps:
            if isinstance(step.spec, Rollout):
                limits = {check.metric: check.limit for check in step.spec.checks}
                assert limits == {name: monitoring.thresholds[name].warning for name in limits}, path.stem


def test_what_is_raised_or_switched_on_for_a_while_by_hand_is_left_to_do_again() -> None:
    steps = [step for path in SHIPPED.glob("*.yml") for step in shipped(path.stem).steps]
    by_hand = [(step.id, step.spec) for step in steps if isinstance(step.spec, Manual) and "temporarily" in step.text]
    assert by_hand and [name for name, spec in by_hand if not spec.action] == []


@pytest.mark.parametrize(("choice", "next_up"), [("Bad addresses", "clean-urls"), ("The network", "network-config")])
def test_only_the_solution_that_was_chosen_is_proposed(choice: str, next_up: str) -> None:
    run, _ = start(shipped("issue-videos-not-loading"), 1, 1, "a@openvine.co", AT)
    for state in run.steps[:4]:
        run, _ = skip(run, state.id, "a@openvine.co", AT, "seen already")
    run, _ = choose(run, "what-is-it", choice, "a@openvine.co", AT)
    step = current(run)
    assert step is not None and step.id == next_up
    run, _ = tick(run, next_up, "a@openvine.co", AT)
    assert run.state == "finished"
