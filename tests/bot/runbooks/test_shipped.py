"""The shipped procedures against the document: every action, in its order, with its code or exactly its request."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.runbooks.model import Runbook, Step
from bot.runbooks.request import describe, render
from bot.runbooks.steps.http import Http
from bot.runbooks.steps.manual import Manual
from bot.runbooks.steps.wait import Wait

from .helpers import SHIPPED, VARIABLES, shipped

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
                "FeatureFlags.setFlag('emergency_mode', true);",
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
                "final analytics = performanceMonitor.getAnalytics(\n  timeRange: Duration(hours: 2)\n);",
                "print('Memory trend: ${analytics.memoryUsage.trend.direction}');",
                "print('Growth rate: ${analytics.memoryUsage.growthRateMBPerSecond}MB/s');",
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
                "FeatureFlags.setFlag('emergency_mode', false);",
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
            ('grep -E "(VideoPlayerController|VideoManager|preload)" crash_logs.txt | tail -100',),
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
                "1:00:00",
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
                "final errorAnalysis = performanceMonitor.getAnalytics().errorAnalysis;",
                "print('Top errors: ${errorAnalysis.topErrors}');",
                "print('Error rate: ${errorAnalysis.errorRate}');",
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
        case Http():
            return f"{step.text}\n{describe(render(step, VARIABLES))}"
    return step.text


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


def test_the_changing_requests_are_exactly_the_three_of_the_documents_appendix() -> None:
    changing = [
        (request.method, request.url, request.body.decode())
        for path in sorted(SHIPPED.glob("*.yml"))
        for step in shipped(path.stem).steps
        if isinstance(step.spec, Http) and not step.spec.read_only
        for request in [render(step, VARIABLES)]
    ]
    assert sorted(changing) == [
        ("POST", "https://api.openvine.co/admin/ab-tests", '{"video_system_migration_v2": {"percentage": 0}}'),
        ("POST", "https://api.openvine.co/admin/feature-flags", '{"new_video_manager": false}'),
        ("POST", "https://api.openvine.co/admin/memory-pressure", ""),
    ]


def test_whoever_confirms_the_rollback_reads_the_name_that_is_sent_and_why_it_is_not_the_codes() -> None:
    step = shipped("high-crash-rate").step("reset-rollout")
    assert isinstance(step.spec, Http)
    for text in (step.text, step.consent.warning):
        assert "video_system_migration_v2" in text
        assert "API example" in " ".join(text.split())
        assert "video_system_rollout_percentage" in text


def test_nothing_that_changes_something_is_ever_repeated_or_sent_without_a_confirmation() -> None:
    steps = [step for path in SHIPPED.glob("*.yml") for step in shipped(path.stem).steps]
    changing = [step for step in steps if isinstance(step.spec, Http) and not step.spec.read_only]
    assert len(changing) == 3
    assert all(step.needs_confirmation and not step.idempotent for step in changing)
    assert not any(step.needs_confirmation for step in steps if step not in changing)
