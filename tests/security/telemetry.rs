//! Whoever has taken the gateway over may write anything to `telemetry.sock`: ipcd goes on, and so do the counters of everybody else.

use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use bunbase_tests::{Suite, wait};
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockType, UnixAddr, connect, recv, send, socket,
};
use serde_json::{Value, json};

/// A lease holder that says what it likes.
struct Forger(OwnedFd);

impl Forger {
    fn new(path: &Path) -> Self {
        let flags = SockFlag::SOCK_CLOEXEC;
        let fd = socket(AddressFamily::Unix, SockType::SeqPacket, flags, None).unwrap();
        connect(fd.as_raw_fd(), &UnixAddr::new(path).unwrap()).unwrap();
        Self(fd)
    }

    fn say(&self, number: u64, lines: &[Value], counts: &[Value], dropped: &[Value]) {
        let report = json!({
            "type": "report", "epoch": "forged", "number": number, "lines": lines, "counts": counts, "dropped": dropped,
        });
        send(self.0.as_raw_fd(), report.to_string().as_bytes(), MsgFlags::empty()).unwrap();
        let mut answer = [0; 256];
        let length = recv(self.0.as_raw_fd(), &mut answer, MsgFlags::empty()).unwrap();
        let answer: Value = serde_json::from_slice(&answer[..length]).unwrap();
        assert_eq!(answer, json!({"type": "taken", "number": number}));
    }
}

fn count(function: &str, minute: i64) -> Value {
    let durations = json!({"buckets": vec![u64::MAX; 17], "sum_us": u64::MAX});
    json!({"function": function, "minute": minute, "outcome": "ok", "cold_starts": u64::MAX, "durations": durations})
}

#[test]
fn forged_reports_stop_neither_ipcd_nor_the_counters_of_others() {
    let suite = Suite::start();
    for name in ["app", "other"] {
        suite.deploy_handler(name, "", "return new Response('ok')");
    }
    let forger = Forger::new(&suite.folder().join("telemetry.sock"));
    for number in 1..400 {
        let minute = i64::MAX - i64::try_from(number).unwrap();
        let counts: Vec<Value> = (0..90).map(|n| count("app", minute - n)).collect();
        let invented = json!({"function": format!("invented-{number}"), "lines": u64::MAX});
        forger.say(
            number,
            &[],
            &counts,
            &[invented, json!({"function": "app", "lines": u64::MAX})],
        );
    }
    let line = json!({
        "time_us": i64::MAX, "function": "app", "version": "v".repeat(50_000), "worker_id": 1, "level": "info", "message": "",
    });
    forger.say(400, &[line], &[], &[]);
    assert_eq!(suite.get("/functions/other").text(), "ok");
    wait::until_true("the other's count", || {
        suite.json(&["stats", "other"])["functions"][0]["invocations"] == 1
    });
    let app = suite.json(&["stats", "app"]);
    let minutes = app["functions"][0]["minutes"].as_array().unwrap();
    assert!(minutes.len() <= 60, "{} minutes", minutes.len());
    let metrics = suite.get("/metrics");
    assert!(metrics.text().contains("bunbase_invocations_total{function=\"other\""), "{metrics:?}");
    assert!(!metrics.text().contains("invented"), "{metrics:?}");
    let kept = suite.json_lines(&["logs", "app"]).remove(0);
    assert_eq!(kept["version"], "v".repeat(12));
}
