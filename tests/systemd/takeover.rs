//! What a daemon that has been taken over can't do. A shell runs in the daemon's place: by its unit, as its user, in its sandbox.

use bunbase_tests::Project;
use bunbase_tests::machine::Machine;

/// What is tried: a name, and a line of shell that succeeds where it gets through.
const ATTEMPTS: &[(&str, &str)] = &[
    ("read the registry", "head -c1 /var/lib/bunbase/registry.db"),
    ("list the bundles", "ls /var/lib/bunbase/bundles"),
    ("change the registry", "touch /var/lib/bunbase/registry.db"),
    ("command ipcd", "test -w /run/bunbase/ipc.sock"),
    ("ask the registry", "test -w /run/bunbase/registry.sock"),
    ("report what functions do", "test -w /run/bunbase/telemetry.sock"),
    ("lease workers", "test -w /run/bunbase/lease.sock"),
    ("reach the network", "curl -s -m 2 http://127.0.0.1:8080/health"),
    ("write to the system", "touch /etc/forged || touch /usr/lib/bunbase/forged"),
    ("read a secret of root", "cat /root/secret"),
    ("see schedulerd", "test -d /proc/$(cat /opt/schedulerd.pid)/fd"),
    ("end schedulerd", "kill -0 $(cat /opt/schedulerd.pid)"),
    ("end a worker", "kill -0 $(cat /opt/worker.pid)"),
    ("read a worker's memory", "head -c1 /proc/$(cat /opt/worker.pid)/maps | grep -q ."),
    ("mount", "mount -t tmpfs none /tmp"),
    ("load a module", "modprobe loop"),
    ("make namespaces", "unshare --user --net true"),
    ("read what only root may", "head -c1 /etc/shadow"),
];

/// The names of the attempts that get through in the place of this daemon, with these lines of its unit left out.
fn got_through(machine: &Machine, daemon: &str, without: &str) -> Vec<String> {
    let lines: String = ATTEMPTS
        .iter()
        .map(|(name, line)| {
            format!("if ( {line} ) >/dev/null 2>&1; then echo \"THROUGH {name}\"; fi\n")
        })
        .collect();
    let unit = format!("takeover-{daemon}");
    let _ = machine.say(&format!(
        "cat > /opt/attempts.sh <<'END'\n{lines}echo OVER\nEND\n\
         sed -e 's#^ExecStart=.*#ExecStart=/bin/sh /opt/attempts.sh#' -e 's/^Type=.*/Type=oneshot/' \
         -e '/^Restart/d' -e '/^WatchdogSec/d' -e '/^Requires=/d' -e '/^PartOf=/d' {without} \
         /etc/systemd/system/bunbase-{daemon}.service > /run/systemd/system/{unit}.service; \
         systemctl daemon-reload; systemctl start {unit}; journalctl --sync"
    ));
    let said = machine.say(&format!("journalctl -u {unit} -o cat --no-pager"));
    assert!(said.contains("OVER"), "{daemon}: {said}");
    said.lines().filter_map(|line| line.strip_prefix("THROUGH ")).map(str::to_owned).collect()
}

#[test]
fn a_daemon_that_is_taken_over_can_do_what_it_is_for_and_no_more() {
    let project = Project::handler("hello", "return new Response('hi')");
    let Some(machine) = Machine::boot(&[project.path()]) else { return };
    let _ = machine.say("systemctl start bunbase.target && bunbase deploy /root/hello");
    assert_eq!(machine.say("curl -s localhost:8080/functions/hello"), "hi");
    let _ = machine.say(
        "echo secret > /root/secret; chmod 600 /root/secret; \
         systemctl show -P MainPID bunbase-schedulerd > /opt/schedulerd.pid; \
         until [ \"$(pgrep -cx bunbase-quickjs)\" = 1 ]; do sleep 0.1; done; pgrep -x bunbase-quickjs > /opt/worker.pid",
    );
    assert_eq!(got_through(&machine, "gateway", ""), ["report what functions do", "lease workers"]);
    assert_eq!(
        got_through(&machine, "ipcd", ""),
        [
            "read the registry",
            "list the bundles",
            "change the registry",
            "command ipcd",
            "report what functions do",
            "lease workers"
        ]
    );
    assert_eq!(
        got_through(&machine, "schedulerd", ""),
        [
            "ask the registry",
            "see schedulerd",
            "end schedulerd",
            "end a worker",
            "read a worker's memory",
            "make namespaces",
            "read what only root may"
        ]
    );
    // The twin: what keeps the gateway from it are these lines.
    let bare = got_through(
        &machine,
        "gateway",
        "-e '/^User=/d' -e '/^Group=/d' -e '/^Private/d' -e '/^Protect/d' -e '/^Inaccessible/d' -e '/^Capab/d' -e '/^Restrict/d' -e '/^SystemCall/d' -e '/^NoNew/d'",
    );
    for attempt in [
        "read the registry",
        "command ipcd",
        "reach the network",
        "write to the system",
        "read a secret of root",
        "end a worker",
    ] {
        assert!(
            bare.iter().any(|through| through == attempt),
            "{attempt} proves nothing: {bare:?}"
        );
    }
}
