//! The layers which there are, are on through the real spawn path, as root and as an ordinary user.

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt;

use bunbase_tests::{Project, Suite};
use nix::unistd::{Pid, Uid};

fn worker_of(suite: &Suite) -> Pid {
    let project = Project::handler("caged", "return new Response('ok')")
        .toml("[limits]\nfiles = 32\nmemory = \"16MB\"");
    suite.deploy(&project);
    assert_eq!(suite.get("/functions/caged").text(), "ok");
    suite.workers()[0]
}

/// `Name: value` of a file in /proc.
fn proc_fields(pid: Pid, file: &str) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap();
    let fields = text.lines().filter_map(|line| line.split_once(':'));
    fields.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect()
}

fn limit(pid: Pid, name: &str) -> String {
    let text = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap();
    line[name.len()..].split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

fn is_confined(worker: Pid) {
    let status = proc_fields(worker, "status");
    for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
        assert_eq!(status[set], "0000000000000000", "{set}");
    }
    // The bounding set matters to uid 0, and only who is privileged can empty it; no_new_privs binds the rest.
    assert!(status["CapBnd"] == "0000000000000000" || !status["Uid"].starts_with("0\t"));
    assert_eq!(status["NoNewPrivs"], "1");
    assert_eq!(status["Umask"], "0077");
    assert_eq!(status["Threads"], "1");
    assert_eq!(status["Seccomp"], "2");
    assert!(status["NSpid"].ends_with("\t1"), "{}", status["NSpid"]);
    for kind in ["user", "net", "ipc", "uts", "mnt", "pid"] {
        let of = |process: &str| std::fs::read_link(format!("/proc/{process}/ns/{kind}")).unwrap();
        assert_ne!(of(&worker.to_string()), of("self"), "{kind}");
    }
    assert_eq!(std::fs::read_dir(format!("/proc/{worker}/root/")).unwrap().count(), 0);
    assert_eq!(limit(worker, "Max core file size"), "0 0");
    assert_eq!(limit(worker, "Max file size"), "0 0");
    assert_eq!(limit(worker, "Max open files"), "32 32");
    assert_eq!(limit(worker, "Max processes"), "0 0");
    assert_eq!(limit(worker, "Max address space"), format!("{0} {0}", (16 + 8 + 40 + 32) << 20));
    assert!(std::fs::read(format!("/proc/{worker}/environ")).unwrap().is_empty());
    assert_eq!(std::fs::read_link(format!("/proc/{worker}/cwd")).unwrap().to_str(), Some("/"));
}

#[test]
fn a_worker_holds_no_capability_no_environment_and_hard_limits() {
    let suite = Suite::start();
    is_confined(worker_of(&suite));
}

/// Standard input and output are its stream, standard error the log; the bundle was closed after reading, and its source map
/// stays open until it is needed.
#[test]
fn a_worker_has_four_descriptors_and_no_more() {
    let suite = Suite::start();
    let worker = worker_of(&suite);
    let mut open: Vec<String> = std::fs::read_dir(format!("/proc/{worker}/fd"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    open.sort();
    assert_eq!(open, ["0", "1", "2", "4"]);
}

/// Two workers of different functions are different processes, and neither is in the other's process group.
#[test]
fn each_worker_is_a_process_of_its_own() {
    let suite = Suite::start();
    for name in ["a", "b"] {
        suite.deploy(&Project::handler(name, "return new Response('ok')"));
        assert_eq!(suite.get(&format!("/functions/{name}")).text(), "ok");
    }
    let workers = suite.workers();
    assert_eq!(workers.len(), 2);
    assert_ne!(nix::unistd::getpgid(Some(workers[0])), nix::unistd::getpgid(Some(workers[1])));
}

/// As root, `up` is started once more as another user; as an ordinary user, it always is.
#[test]
fn an_ordinary_user_runs_the_whole_suite_in_the_same_cage() {
    if !Uid::effective().is_root() {
        return a_worker_holds_no_capability_no_environment_and_hard_limits();
    }
    let nobody = 65_534;
    let home = tempfile::Builder::new().prefix("bb").tempdir().unwrap();
    std::os::unix::fs::chown(home.path(), Some(nobody), Some(nobody)).unwrap();
    let binaries = home.path().join("bin");
    copy_binaries(&binaries);
    let state = home.path().join("state");
    let mut up = std::process::Command::new(binaries.join("bunbase"));
    up.args(["up", "--http", "127.0.0.1:0", "--state"]).arg(&state).uid(nobody).gid(nobody);
    let suite = Suite::from_command(&state, up);
    let worker = worker_of(&suite);
    is_confined(worker);
    let said = String::from_utf8_lossy(&suite.bunbase(&["doctor"]).stdout).into_owned();
    assert!(said.contains("all workers stay user 65534: only root has users to give"), "{said}");
    assert_eq!(
        proc_fields(worker, "status")["Uid"],
        format!("{nobody}\t{nobody}\t{nobody}\t{nobody}")
    );
}

/// Where any user may run them, whatever the folder of the build allows.
fn copy_binaries(to: &std::path::Path) {
    std::fs::create_dir(to).unwrap();
    for name in [
        "bunbase",
        "bunbase-gateway",
        "bunbase-ipcd",
        "bunbase-schedulerd",
        "bunbase-quickjs-worker",
    ] {
        std::fs::copy(bunbase_tests::binary(name), to.join(name)).unwrap();
    }
    for path in [to, to.parent().unwrap()] {
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
    }
}

/// One function can't reach what another left in its worker's global object.
#[test]
fn functions_do_not_share_globals() {
    let suite = Suite::start();
    suite.deploy(&Project::handler(
        "writer",
        "globalThis.secret = 'mine'; return new Response('ok')",
    ));
    suite.deploy(&Project::handler("reader", "return new Response(String(globalThis.secret))"));
    assert_eq!(suite.get("/functions/writer").text(), "ok");
    assert_eq!(suite.get("/functions/reader").text(), "undefined");
}

/// No two workers have the same user, and none has that of anybody else. Only root has users to give.
#[test]
fn each_worker_has_a_user_of_its_own() {
    if !Uid::effective().is_root() {
        return;
    }
    let suite = Suite::start();
    for name in ["a", "b"] {
        suite.deploy(&Project::handler(name, "return new Response('ok')"));
        assert_eq!(suite.get(&format!("/functions/{name}")).text(), "ok");
    }
    let users: Vec<String> = suite
        .workers()
        .into_iter()
        .map(|worker| proc_fields(worker, "status")["Uid"].clone())
        .collect();
    assert_ne!(users[0], users[1]);
    assert!(users.iter().all(|ids| ids.starts_with("20000")), "{users:?}");
}
