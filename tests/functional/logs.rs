//! What functions write is found again, by whoever looks for it, and as it comes.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use bunbase_client::{Client, LogLine, LogsRequest};
use bunbase_tests::output::ok;
use bunbase_tests::suite::result;
use bunbase_tests::{Suite, binary, wait};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Writes what it is told to.
const SAYS: &str = "console.log(await request.text()); return new Response('ok')";

/// Has a function write something, under this request id.
fn say(suite: &Suite, function: &str, id: &str, text: &str) {
    let (path, id) = (format!("/functions/{function}"), [("x-request-id", id)]);
    assert_eq!(suite.request("POST", &path, &id, text.as_bytes()).status, 200);
}

fn lines(suite: &Suite, args: &[&str]) -> Vec<LogLine> {
    let all = suite.json_lines(&[&["logs"], args].concat());
    all.into_iter().map(|line| serde_json::from_value(line).unwrap()).collect()
}

fn messages(suite: &Suite, args: &[&str]) -> Vec<String> {
    lines(suite, args).into_iter().map(|line| line.message).collect()
}

/// Waits until all that was said before has come: lines come in reports.
fn await_message(suite: &Suite, message: &str) {
    wait::until_true(message, || messages(suite, &[]).iter().any(|said| said == message));
}

/// `bunbase logs --follow`, and its lines as they come.
struct Follower {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Follower {
    fn start(suite: &Suite, args: &[&str]) -> Self {
        let mut command = Command::new(binary("bunbase"));
        command.arg("--socket").arg(suite.socket()).args(["logs", "--follow"]).args(args);
        let mut child = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            let mut read = output.lines().map_while(Result::ok);
            read.all(|line| sender.send(line).is_ok())
        });
        Self { child, lines }
    }

    fn next(&self) -> String {
        self.lines.recv_timeout(Duration::from_secs(20)).expect("a line")
    }

    fn next_message(&self) -> String {
        result(&self.next())["message"].as_str().unwrap().to_owned()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn who_follows_sees_a_line_within_200_ms_of_its_console_log() {
    let suite = Suite::start();
    suite.deploy_handler("app", "", SAYS);
    say(&suite, "app", "first", "first");
    await_message(&suite, "first");
    let follower = Follower::start(&suite, &["app", "--json"]);
    assert_eq!(follower.next_message(), "first");
    let mut took: Vec<Duration> = (0..20)
        .map(|n| {
            let (text, begun) = (n.to_string(), Instant::now());
            say(&suite, "app", "r", &text);
            assert_eq!(follower.next_message(), text);
            // The next one isn't to come with the report of this one.
            begun.elapsed()
        })
        .inspect(|_| std::thread::sleep(Duration::from_millis(30)))
        .collect();
    took.sort_unstable();
    // One may have been held up by whatever else the machine does.
    assert!(took[18] < Duration::from_millis(200), "{took:?}");
}

#[test]
fn lines_are_found_by_function_request_level_and_time() {
    let suite = Suite::start();
    suite.deploy_handler("one", "", SAYS);
    let body = "console.debug('debug'); console.warn('warn'); console.error('error'); return new Response()";
    suite.deploy_handler("two", "", body);
    say(&suite, "one", "r1", "early");
    await_message(&suite, "early");
    let early = lines(&suite, &[]).remove(0);
    say(&suite, "one", "r2", "late");
    say(&suite, "two", "r2", "");
    await_message(&suite, "error");
    await_message(&suite, "late");
    assert_eq!(messages(&suite, &["one"]), ["early", "late"]);
    assert_eq!(messages(&suite, &["one", "-n", "1"]), ["late"]);
    assert_eq!(messages(&suite, &["--request", "r1"]), ["early"]);
    assert_eq!(messages(&suite, &["two", "--request", "r2", "--level", "warn"]), ["warn", "error"]);
    assert_eq!(messages(&suite, &["--until", &early.time]).len(), 0);
    assert_eq!(messages(&suite, &["one", "--since", &early.time]), ["early", "late"]);
    assert_eq!(messages(&suite, &["--since", "1h"]).len(), 5);
    assert_eq!((early.function.as_str(), early.request_id.as_deref()), ("one", Some("r1")));
}

#[test]
fn lines_survive_a_removal_and_a_killed_ipcd_and_its_followers_go_on() {
    let suite = Suite::start();
    suite.deploy_handler("app", "", SAYS);
    say(&suite, "app", "r", "before");
    await_message(&suite, "before");
    let follower = Follower::start(&suite, &["app", "--json"]);
    assert_eq!(follower.next_message(), "before");
    suite.kill_and_await_restart("ipcd");
    wait::until_true("ipcd", || suite.bunbase(&["status"]).status.success());
    for text in ["after", "and after"] {
        say(&suite, "app", "r", text);
        assert_eq!(follower.next_message(), text, "each line once");
    }
    ok(&suite.bunbase(&["rm", "app"]));
    assert_eq!(messages(&suite, &["app"]), ["before", "after", "and after"]);
}

#[test]
fn what_is_written_in_bunbase_invoke_and_what_nobody_caught_is_there_too() {
    let suite = Suite::start();
    suite.deploy_handler("app", "", "console.log('said'); throw new TypeError('nobody caught it')");
    assert_eq!(suite.bunbase(&["invoke", "app"]).status.code(), Some(1));
    wait::until_true("both lines", || messages(&suite, &["app"]).len() == 2);
    let both = lines(&suite, &["app"]);
    assert_eq!(both[0].message, "said");
    assert!(both[1].message.starts_with("TypeError: nobody caught it\n"), "{both:?}");
    assert!(both[1].request_id.is_some() && both[0].request_id == both[1].request_id);
    assert_eq!(messages(&suite, &["--level", "error"]), [both[1].message.clone()]);
}

#[test]
fn a_function_that_floods_is_cut_with_a_line_that_says_so_and_stats_counts_the_rest() {
    let suite = Suite::start();
    suite.deploy_handler(
        "app",
        "",
        "for (let n = 0; n < 5000; n++) console.log('x' + n); return new Response()",
    );
    assert_eq!(suite.get("/functions/app").status, 200);
    let dropped = wait::until("what was dropped", || {
        let stats = suite.json(&["stats", "app"]);
        stats["functions"][0]["lines_dropped"].as_u64().filter(|dropped| *dropped > 0)
    });
    let wrote = messages(&suite, &["app", "-n", "10000"]);
    let kept = wrote.iter().filter(|line| line.starts_with('x')).count() as u64;
    assert_eq!(kept + dropped, 5000);
    assert!(wrote.iter().any(|line| line.contains(&dropped.to_string())), "{:?}", wrote.last());
}

#[test]
fn nothing_that_a_function_writes_looks_like_another_line() {
    let suite = Suite::start();
    suite.deploy_handler("app", "", SAYS);
    say(&suite, "app", "r", "a\n2026-11-24 09:30:00.000 ERROR app: forged\u{1b}[2J");
    wait::until_true("the line", || !messages(&suite, &[]).is_empty());
    let said = ok(&suite.bunbase(&["logs"]));
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(said.lines().nth(1).unwrap().starts_with("    "), "{said}");
    assert!(!said.contains('\u{1b}'), "{said}");
}

#[test]
fn a_pipe_that_is_closed_ends_it_quietly() {
    let suite = Suite::start();
    suite.deploy_handler("app", "", SAYS);
    let mut command = Command::new(binary("bunbase"));
    command.arg("--socket").arg(suite.socket()).args(["logs", "-f"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ended = wait::until("its end", || {
        say(&suite, "app", "r", "x");
        child.try_wait().unwrap()
    });
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((ended.code(), said.as_str()), (Some(0), ""));
}

#[test]
fn what_cannot_be_shown_is_said() {
    let suite = Suite::start();
    let status = |args: &[&str]| suite.bunbase(args).status.code();
    assert_eq!(status(&["logs", "nobody"]), Some(3));
    assert_eq!(status(&["logs", "nobody", "-f"]), Some(3));
    assert_eq!(status(&["logs", "--since", "yesterday"]), Some(2));
    assert_eq!(status(&["logs", "-n", "10001"]), Some(2));
    assert_eq!(status(&["logs", "-f", "--until", "1h"]), Some(2));
    assert_eq!(status(&["logs", "--level", "loud"]), Some(2));
    assert_eq!(ok(&suite.bunbase(&["tail"])), "", "nothing was written yet");
}

#[test]
fn who_follows_is_let_go_when_ipcd_stops_and_holds_nobody_up() {
    let suite = Suite::start();
    let mut client = Client::connect(suite.socket()).unwrap();
    let request = LogsRequest { follow: true, ..LogsRequest::default() };
    let mut lines = client.logs(&request).unwrap();
    let before = suite.pid("ipcd").unwrap();
    let stopping = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        kill(before, Signal::SIGTERM).unwrap();
        Instant::now()
    });
    assert_eq!(lines.next().unwrap(), None);
    assert!(stopping.join().unwrap().elapsed() < Duration::from_secs(2));
    wait::until_true("its end", || kill(before, None::<Signal>).is_err() || is_zombie(before));
}

fn is_zombie(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.is_empty() || stat.contains(") Z ")
}
