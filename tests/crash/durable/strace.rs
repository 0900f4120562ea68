//! strace on a running ipcd: writes down its system calls that change something, and kills it at one of them, or has one fail.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::NamedTempFile;

/// Calls that change what is on the disk, or can. A question mark: not every processor has it.
const CALLS: &str = "openat,?open,?creat,write,writev,pwrite64,pwritev,?rename,renameat,renameat2,\
    ?unlink,unlinkat,fsync,fdatasync,sync_file_range,?mkdir,mkdirat,?rmdir,ftruncate,truncate,\
    fallocate,?link,linkat,?symlink,symlinkat,?chmod,fchmod,fchmodat,?chown,fchown,fchownat,\
    utimensat,copy_file_range,sendfile";

/// One system call of ipcd's: how many there were of its name before it, and the line of strace.
#[derive(Debug, Clone)]
pub struct Call {
    pub name: String,
    /// From 1.
    pub nth: usize,
    pub line: String,
}

impl Call {
    /// Whether it is about the state directory. Logs and metrics may lose something, at any time.
    pub fn is_on_disk(&self) -> bool {
        self.line.contains("/state/") && !self.line.contains("/telemetry.db")
    }

    /// ipcd is killed before this one is made.
    pub fn kills(&self) -> String {
        format!("inject={}:signal=KILL:when={}", self.name, self.nth)
    }

    /// This one fails and is not made; those that follow are.
    pub fn fails(&self, errno: &str) -> String {
        format!("inject={}:error={errno}:when={}", self.name, self.nth)
    }
}

/// strace at work; it lets go when dropped.
#[derive(Debug)]
pub struct Strace {
    process: Child,
    output: NamedTempFile,
}

impl Strace {
    /// Returns once every call is seen.
    pub fn attach(pid: Pid, inject: Option<&str>) -> Self {
        let output = NamedTempFile::new().unwrap();
        let mut strace = Command::new("strace");
        strace.args(["-f", "-y", "-e", &format!("trace={CALLS}"), "-o"]).arg(output.path());
        if let Some(inject) = inject {
            strace.args(["-e", inject]);
        }
        strace.args(["-p", &pid.to_string()]).stderr(Stdio::piped()).stdin(Stdio::null());
        let mut process = strace.spawn().expect("strace; make tools installs it");
        let mut said = String::new();
        let mut stderr = BufReader::new(process.stderr.take().unwrap());
        stderr.read_line(&mut said).unwrap();
        assert!(said.contains("attached"), "{said}");
        // It says more when it ends.
        process.stderr = Some(stderr.into_inner());
        Self { process, output }
    }

    /// Lets go, and says what was seen.
    pub fn calls(mut self) -> Vec<Call> {
        self.let_go();
        let text = fs::read_to_string(self.output.path()).unwrap();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let calls = text.lines().filter_map(|line| Some((line, line.split_once('(')?.0)));
        calls
            .map(|(line, name)| {
                let name = name.split_whitespace().last().unwrap().to_owned();
                let nth = counts.entry(name.clone()).or_default();
                *nth += 1;
                Call { nth: *nth, name, line: line.to_owned() }
            })
            .collect()
    }

    fn let_go(&mut self) {
        // It has ended by itself if ipcd has.
        let _ = kill(Pid::from_raw(self.process.id().cast_signed()), Signal::SIGINT);
        let _ = self.process.wait();
    }
}

impl Drop for Strace {
    fn drop(&mut self) {
        self.let_go();
    }
}
