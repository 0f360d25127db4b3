// The nights that the guided tour knows. A step is done when the world says so, whoever did it: `world` is the sandbox's state,
// `incident` the newest one of the story's rule that opened after the story began. `at` is what a step speaks of: the first of these
// that is on the screen.
const on = (fault) => (world) => world.faults.some((each) => each.id === fault && each.on);
const had = (...kinds) => (_, incident) => Boolean(incident) && (incident.state === "resolved" || kinds.every((kind) => incident.kinds.includes(kind)));
const over = (_, incident) => incident?.state === "resolved";
const level = (n) => (_, incident) => Boolean(incident) && (incident.level >= n || incident.state !== "triggered");
const gaugeIsFine = (id) => ({ openvine }) => openvine.gauges.some((each) => each.id === id && each.value < each.warning);
const newest = (action) => `.pane [data-action-id=${action}]:not([disabled])`;

export const STORIES = [
  {
    id: "night", title: "A night on call", rule: "video_memory_high",
    steps: [
      { title: "Break memory", text: "Switch on the memory leak. The bar at the top then says when its alert fires.",
        at: ["[data-fault=memory_leak]", "#views [data-view=break]"], done: on("memory_leak") },
      { title: "Jump ahead", text: "The clock jumps to the alert: the bot opens an incident in the channel and calls the team.",
        at: ["#jump-next"], done: (_, incident) => Boolean(incident) },
      { title: "Acknowledge", text: "Press it on the card, or react with 👀. The incident is then yours, and nobody else is woken.",
        at: [newest("incident_ack"), "#views [data-view=channel]"], done: had("acknowledged") },
      { title: "Run the runbook", text: "Start it, run its first step, which only reads, then the clean-up: you see its exact effect before you confirm. Watch the gauge fall.",
        at: (incident) => [newest("step_confirm"), newest("step_run"), "#messages [data-action-id=runbook_start].primary",
          incident?.kinds.includes("run_started") ? "#messages [data-open-thread]" : "#messages [data-action-id=incident_runbook]", "#views [data-view=channel]"],
        done: (world, incident) => over(world, incident) || (had("step_asked")(world, incident) && gaugeIsFine("memory")(world)) },
      { title: "Resolve", text: "The alert clears by itself five minutes after the gauge has fallen; you can resolve it sooner.",
        at: ["#messages [data-action-id=incident_resolve]", "#views [data-view=channel]"], done: over },
    ],
    end: "That was a night. Its thread holds the timeline, written while it happened.",
  },
  {
    id: "unanswered", title: "A night nobody answers", rule: "video_crash_rate_high",
    steps: [
      { title: "Break the player", text: "Switch on the crash spike: a P0.", at: ["[data-fault=crash_spike]", "#views [data-view=break]"], done: on("crash_spike") },
      { title: "Jump ahead", text: "The clock jumps to the alert. Whoever is on call is paged: watch the phone. In this story you answer nothing.",
        at: ["#jump-next"], done: (_, incident) => Boolean(incident) },
      { title: "Nobody answers", text: "Keep jumping: a text message after one minute, the secondary after five, everybody after ten.",
        at: ["#jump-next"], done: level(3) },
      { title: "The last resort", text: "The ladder is climbed three times. Then the last resort is called, also by mail.",
        at: ["#tour-act"], act: { label: "Let the night pass", until: level(4) }, done: level(4) },
      { title: "Morning", text: "The bot does not give up: reminders go on until somebody comes. Switch the crash spike off, then resolve: the thread says who was called and when.",
        at: ["#messages [data-action-id=incident_resolve]", "#views [data-view=channel]"], done: over },
    ],
    end: "Nobody came, and the whole of it is on record. /incident why says who was called, who was not, and why.",
  },
];
