//! `bunbase up` in a folder of its own, and requests to it.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use bunbase_client::{Client, DeployRequest};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

use crate::{Project, binary, wait};

/// A running suite; stopped when dropped.
#[derive(Debug)]
pub struct Suite {
    own: TempDir,
    state: PathBuf,
    up: Child,
    address: String,
    agent: ureq::Agent,
}

/// An HTTP answer, read whole.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, in their order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body of text")
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// All values of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Vec<&str> {
        let of = |header: &&(String, String)| header.0 == name;
        self.headers.iter().filter(of).map(|(_, value)| value.as_str()).collect()
    }
}

impl Suite {
    /// Starts one with defaults.
    #[must_use]
    pub fn start() -> Self {
        Self::with_config(&[])
    }

    /// Starts one whose folder has these configuration files, and waits until it is up.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn with_config(files: &[(&str, &str)]) -> Self {
        let own = tempfile::Builder::new().prefix("bb").tempdir().expect("a temporary folder");
        for (name, text) in files {
            fs::write(own.path().join(name), text).expect("a configuration file");
        }
        let mut command = Command::new(binary("bunbase"));
        command.arg("up").arg("--state").arg(own.path()).args(["--http", "127.0.0.1:0"]);
        let state = own.path().to_owned();
        Self::run(own, state, command)
    }

    /// Starts a command that is `bunbase up` in the folder `state`.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn from_command(state: &Path, command: Command) -> Self {
        let own = tempfile::Builder::new().prefix("bb").tempdir().expect("a temporary folder");
        Self::run(own, state.to_owned(), command)
    }

    fn run(own: TempDir, state: PathBuf, mut command: Command) -> Self {
        let log = File::create(own.path().join("log")).expect("a log file");
        command.stdout(log.try_clone().expect("a second handle")).stderr(log).stdin(Stdio::null());
        let up = command.spawn().expect("bunbase up starts");
        let agent = ureq::Agent::config_builder().http_status_as_error(false);
        let agent = agent.timeout_global(Some(Duration::from_secs(60))).max_redirects(0);
        let agent = agent.build().into();
        let mut suite = Self { own, state, up, address: String::new(), agent };
        suite.address = wait::until("bunbase up", || address(&suite.log()));
        // Before that a deploy is acknowledged all the same, and compiled later.
        wait::until_true("schedulerd at ipcd", || suite.log().contains("schedulerd has connected"));
        suite
    }

    /// Its state directory.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.state
    }

    /// ipcd's socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.state.join("ipc.sock")
    }

    /// `host:port` of HTTP.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Everything that it and its daemons have written.
    #[must_use]
    pub fn log(&self) -> String {
        let mut text = String::new();
        let file = File::open(self.own.path().join("log"));
        file.and_then(|mut file| file.read_to_string(&mut text))
            .map_or_else(|_| String::new(), |_| text)
    }

    /// The command, pointed at this suite.
    #[must_use]
    pub fn bunbase(&self, args: &[&str]) -> Output {
        let mut command = Command::new(binary("bunbase"));
        command.arg("--socket").arg(self.socket()).args(args).stdin(Stdio::null());
        command.output().expect("bunbase runs")
    }

    /// What the command prints with `--json` in a stream: the `result` of each line.
    ///
    /// # Panics
    /// When it fails.
    #[must_use]
    pub fn json_lines(&self, args: &[&str]) -> Vec<Value> {
        let output = self.bunbase(&[&["--json"], args].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {said}");
        String::from_utf8_lossy(&output.stdout).lines().map(result).collect()
    }

    /// What the command prints with `--json`: its `result`, or its `error`.
    ///
    /// # Panics
    /// When that is not one object of the schema that we know.
    #[must_use]
    pub fn json(&self, args: &[&str]) -> Value {
        let output = self.bunbase(&[&["--json"], args].concat());
        let said = String::from_utf8_lossy(&output.stdout);
        let object: Value =
            serde_json::from_str(&said).unwrap_or_else(|_| panic!("no JSON: {said}"));
        assert_eq!(object["schema"], 1, "{said}");
        assert_eq!(object["error"].is_null(), output.status.success(), "{said}");
        match &object["result"] {
            Value::Null => object["error"].clone(),
            result => result.clone(),
        }
    }

    /// The command, pointed at this suite, with this on its standard input.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn bunbase_with(&self, args: &[&str], input: &[u8]) -> Output {
        let mut command = Command::new(binary("bunbase"));
        command.arg("--socket").arg(self.socket()).args(args).stdin(Stdio::piped());
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("bunbase runs");
        // Who has refused already reads no more.
        let _ = child.stdin.take().expect("a pipe").write_all(input);
        child.wait_with_output().expect("its end")
    }

    /// Deploys a project.
    ///
    /// # Panics
    /// When that is refused.
    pub fn deploy(&self, project: &Project) {
        self.deploy_folder(project.path());
    }

    /// Deploys a folder.
    ///
    /// # Panics
    /// When that is refused.
    pub fn deploy_folder(&self, folder: &Path) {
        let output = self.bunbase(&["deploy", folder.to_str().expect("a path of text")]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "deploy failed: {said}\n{}", self.log());
    }

    /// Deploys a function whose handler has this body, without a bundler in between: for tests that deploy a lot.
    ///
    /// # Panics
    /// When that is refused.
    pub fn deploy_handler(&self, name: &str, toml: &str, body: &str) {
        let code = format!("export default {{ async fetch(request, env, ctx) {{ {body} }} }};\n");
        self.deploy_module(name, toml, &code);
    }

    /// Deploys a module as it stands.
    ///
    /// # Panics
    /// When that is refused.
    pub fn deploy_module(&self, name: &str, toml: &str, code: &str) {
        let manifest = bunbase_manifest::parse(toml, name, "index.js").expect("a function.toml");
        let bundle_bytes = u32::try_from(code.len()).expect("a short module");
        let request = DeployRequest { manifest, bundle_bytes, message: None, dry_run: false };
        let mut client = Client::connect(self.socket()).expect("ipcd");
        let answer = client.deploy(&request, code.as_bytes(), &[]);
        answer.unwrap_or_else(|error| panic!("{name} is not deployed: {error}\n{}", self.log()));
    }

    /// A GET.
    #[must_use]
    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[], &[])
    }

    /// A POST.
    #[must_use]
    pub fn post(&self, path: &str, body: &[u8]) -> Answer {
        self.request("POST", path, &[], body)
    }

    /// Any request.
    ///
    /// # Panics
    /// When no answer comes.
    #[must_use]
    pub fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.to_vec()).expect("a request");
        let sent = self.agent.configure_request(request).allow_non_standard_methods(true).build();
        let answer = self.agent.run(sent).unwrap_or_else(|error| panic!("{error}\n{}", self.log()));
        read(answer)
    }

    /// The pid of a daemon that `up` has started.
    #[must_use]
    pub fn pid(&self, daemon: &str) -> Option<Pid> {
        let program = format!("bunbase-{daemon}");
        children(self.up.id())
            .into_iter()
            .find(|pid| command_line(*pid).ends_with(&program))
            .map(raw)
    }

    /// The pids of the workers that there are.
    #[must_use]
    pub fn workers(&self) -> Vec<Pid> {
        let zygote = self.zygote();
        let all = self.children_of_schedulerd();
        all.into_iter().filter(|pid| Some(*pid) != zygote).collect()
    }

    /// The pid of the zygote that schedulerd has workers forked from.
    #[must_use]
    pub fn zygote(&self) -> Option<Pid> {
        let all = self.children_of_schedulerd();
        all.into_iter().find(|pid| process_name(*pid) == "bunbase-zygote")
    }

    fn children_of_schedulerd(&self) -> Vec<Pid> {
        let of = self.pid("schedulerd").map(|pid| pid.as_raw().unsigned_abs());
        let all = of.map(children).unwrap_or_default();
        all.into_iter().filter(|pid| command_line(*pid).contains("worker")).map(raw).collect()
    }

    /// Kills a daemon with SIGKILL and waits until `up` has another.
    ///
    /// # Panics
    /// When there was none, or no other comes.
    pub fn kill_and_await_restart(&self, daemon: &str) {
        let before = wait::until("the daemon to kill", || self.pid(daemon));
        kill(before, Signal::SIGKILL).expect("it was there");
        wait::until("its successor", || self.pid(daemon).filter(|pid| *pid != before));
    }

    /// Stops it as Ctrl-C does, and says how it ended.
    ///
    /// # Panics
    /// When it does not end.
    pub fn stop(&mut self) -> std::process::ExitStatus {
        // It may have ended already; then waiting says how.
        let _ = kill(raw(self.up.id()), Signal::SIGINT);
        wait::until("the end of bunbase up", || self.up.try_wait().expect("our child"))
    }
}

impl Drop for Suite {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The `result` of a line that the command has printed with `--json`.
///
/// # Panics
/// When that is not one object of the schema that we know.
#[must_use]
pub fn result(line: &str) -> Value {
    let mut object: Value =
        serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
    assert_eq!((&object["schema"], object.get("error")), (&Value::from(1), None), "{line}");
    object["result"].take()
}

fn address(log: &str) -> Option<String> {
    let after = log.split_once("bunbase is up: http://")?.1;
    Some(after.split_once(' ')?.0.to_owned())
}

fn read(answer: ureq::http::Response<ureq::Body>) -> Answer {
    let (head, mut body) = answer.into_parts();
    let text =
        |value: &ureq::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Answer {
        status: head.status.as_u16(),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: body.with_config().limit(256 << 20).read_to_vec().expect("a whole body"),
    }
}

fn raw(pid: u32) -> Pid {
    Pid::from_raw(pid.cast_signed())
}

/// The children of a process.
fn children(pid: u32) -> Vec<u32> {
    let listed = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    listed.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

/// The program that a process runs.
fn command_line(pid: u32) -> String {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(line.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned()
}

/// The name that `ps` shows.
fn process_name(pid: Pid) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim_end().to_owned()
}
