//! A machine booted with systemd: activation from nothing, the journal, restarts.

use bunbase_tests::machine::Machine;
use bunbase_tests::{Project, wait};

fn hello() -> Project {
    Project::handler("hello", "console.log('greeting'); return new Response('hi')")
}

#[test]
fn nothing_runs_until_the_first_connection_which_starts_what_it_needs_and_is_answered() {
    let project = hello();
    let Some(machine) = Machine::boot(&[project.path()]) else { return };
    let services = "systemctl list-units 'bunbase*.service' --state=running --no-legend --plain";
    let _ = machine.say("systemctl start bunbase.target");
    assert_eq!(machine.say(services), "");
    let _ = machine.say("bunbase deploy /root/hello");
    assert!(!machine.say(services).contains("gateway"));
    assert_eq!(machine.say("curl -s localhost:8080/functions/hello"), "hi");
    for daemon in ["gateway", "ipcd", "schedulerd"] {
        // A daemon may answer before systemd has taken in its READY=1, and is "running" only then.
        wait::until_true("the service to be running", || {
            machine.say(services).contains(&format!("bunbase-{daemon}.service"))
        });
    }
    let users = machine.say("ps -o user= -p $(pgrep -d, -f 'bunbase-(gateway|ipcd)')");
    assert_eq!(users.split_whitespace().collect::<Vec<_>>(), ["bunbase", "bunbase-gateway"]);
    assert_eq!(
        machine.say("systemctl show -P Type -P WatchdogUSec bunbase-gateway"),
        "notify\n30s\n"
    );
}

#[test]
fn the_journal_tells_one_requests_story_by_its_id() {
    let project = Project::handler("thrower", "console.log('before'); throw new Error('boom')");
    let Some(machine) = Machine::boot(&[project.path()]) else { return };
    let _ = machine.say("systemctl start bunbase.target && bunbase deploy /root/thrower");
    let _ = machine.say("curl -s -H 'x-request-id: story-1' localhost:8080/functions/thrower");
    let story = wait::until("the story in the journal", || {
        let story =
            machine.say("journalctl REQUEST_ID=story-1 FUNCTION=thrower -o json --no-pager");
        (story.lines().count() >= 4).then_some(story)
    });
    let lines: Vec<serde_json::Value> =
        story.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["MESSAGE"], "before");
    assert_eq!(lines[0]["SYSLOG_IDENTIFIER"], "bunbase-gateway");
    assert!(lines[0]["WORKER_ID"].is_string() && lines[0]["VERSION"].is_string());
    let stack = lines[1]["MESSAGE"].as_str().unwrap();
    assert!(stack.starts_with("Error: boom\n") && stack.contains("at fetch"), "{stack}");
    assert_eq!(lines[1]["PRIORITY"], "3");
    assert!(lines[2]["CPU_US"].is_string() && lines[2]["MEMORY"].is_string(), "{}", lines[2]);
    assert_eq!(
        (&lines[3]["STATUS"], &lines[3]["REASON"]),
        (&"500".into(), &"uncaught_exception".into())
    );
}

#[test]
fn systemd_starts_each_killed_daemon_again_and_the_next_request_is_answered() {
    let project = hello();
    let Some(machine) = Machine::boot(&[project.path()]) else { return };
    let _ = machine.say("systemctl start bunbase.target && bunbase deploy /root/hello");
    for daemon in ["gateway", "ipcd", "schedulerd"] {
        assert_eq!(machine.say("curl -s localhost:8080/functions/hello"), "hi");
        let pid = || machine.say(&format!("systemctl show -P MainPID bunbase-{daemon}"));
        let before = pid();
        let _ =
            machine.say(&format!("systemctl kill --kill-whom=main --signal=KILL bunbase-{daemon}"));
        assert_eq!(machine.say("curl -s localhost:8080/functions/hello"), "hi", "after {daemon}");
        // By the restart of its service, or by a connection to its socket that came first.
        wait::until_true("its successor", || ![before.as_str(), "0\n"].contains(&&*pid()));
    }
}
