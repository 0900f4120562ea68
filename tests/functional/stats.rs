//! Every invocation is counted once, under what became of it.

use std::time::Duration;

use bunbase_tests::output::ok;
use bunbase_tests::{Suite, wait};
use serde_json::{Value, json};

fn figures(suite: &Suite, name: &str) -> Value {
    suite.json(&["stats", name])["functions"][0].clone()
}

/// What was counted, when as much has been as was asked for.
fn counted(suite: &Suite, name: &str, invocations: u64) -> Value {
    wait::until("the counts", || {
        let figures = figures(suite, name);
        (figures["invocations"].as_u64() >= Some(invocations)).then_some(figures)
    })
}

#[test]
fn ten_thousand_invocations_are_counted_as_ten_thousand_also_over_restarts() {
    let suite = Suite::start();
    suite.deploy_handler("app", "", "return new Response('ok')");
    let before = figures(&suite, "app")["invocations"].as_u64().unwrap();
    let ask = |times: usize| {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    (0..times / 4)
                        .for_each(|_| assert_eq!(suite.get("/functions/app").status, 200));
                });
            }
        });
    };
    ask(5_000);
    counted(&suite, "app", before + 5_000);
    suite.kill_and_await_restart("ipcd");
    ask(5_000);
    wait::until_true("ipcd", || suite.bunbase(&["status"]).status.success());
    counted(&suite, "app", before + 10_000);
    std::thread::sleep(Duration::from_millis(500));
    let figures = figures(&suite, "app");
    assert_eq!(figures["invocations"], before + 10_000);
    assert_eq!(figures["errors"], json!({}));
    let text = suite.get("/metrics").text().to_owned();
    let line = format!(
        "bunbase_invocations_total{{function=\"app\",outcome=\"ok\"}} {}\n",
        before + 10_000
    );
    assert!(text.contains(&line), "{text}");
}

#[test]
fn an_invocation_is_counted_under_what_became_of_it() {
    let suite = Suite::start();
    let body = "const status = Number(await request.text()); if (!status) throw new Error('no'); return new Response('', { status })";
    suite.deploy_handler("app", "", body);
    suite.deploy_handler("slow", "[limits]\ntimeout = \"100ms\"", "await new Promise(() => {})");
    for body in ["200", "201", "302", "404", "500", "503", "0", "0"] {
        let _ = suite.post("/functions/app", body.as_bytes());
    }
    assert_eq!(suite.get("/functions/slow").status, 504);
    let figures = counted(&suite, "app", 8);
    assert_eq!(figures["errors"], json!({"server_error": 2, "uncaught": 2}));
    assert_eq!(counted(&suite, "slow", 1)["errors"], json!({"timeout": 1}));
}

#[test]
fn durations_are_those_that_were() {
    let suite = Suite::start();
    suite.deploy_handler(
        "app",
        "",
        "await new Promise((done) => setTimeout(done, 60)); return new Response()",
    );
    (0..20).for_each(|_| assert_eq!(suite.get("/functions/app").status, 200));
    let p50 = counted(&suite, "app", 20)["p50_us"].as_u64().unwrap();
    assert!((50_000..=100_000).contains(&p50), "{p50}");
}

#[test]
fn names_that_nobody_has_deployed_make_no_metrics() {
    let suite = Suite::start();
    suite.deploy_handler("app", "", "return new Response('ok')");
    (0..50).for_each(|n| assert_eq!(suite.get(&format!("/functions/none-{n}")).status, 404));
    assert_eq!(suite.get("/functions/app").status, 200);
    counted(&suite, "app", 1);
    let all = ok(&suite.bunbase(&["stats", "--json"]));
    assert!(!all.contains("none-"), "{all}");
    assert!(!suite.get("/metrics").text().contains("none-"));
}

#[test]
fn the_page_for_prometheus_is_what_promtool_wants() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let suite = Suite::start();
    suite.deploy_handler("app", "", "return new Response('ok')");
    assert_eq!(suite.get("/functions/app").status, 200);
    counted(&suite, "app", 1);
    let text = suite.get("/metrics").text().to_owned();
    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut promtool =
        promtool.stderr(Stdio::piped()).spawn().expect("promtool; make tools installs it");
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success() && said.is_empty(), "{said}\n{text}");
}
