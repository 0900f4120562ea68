//! What a function would like to reach. Each attempt fails in the cage, fails with each of the layers that stop it alone, and
//! succeeds with none of them.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use bunbase_jail::Layer;

use crate::who::Who;
use crate::worker::{Setup, Worker, open_folder};

const EVERYWHERE: [Layer; 3] = [Layer::Namespaces, Layer::Landlock, Layer::Seccomp];

/// Has a function made of this body attempt something; whether it says that it is done.
fn succeeds(setup: &Setup, body: &str) -> bool {
    let bundle = format!(
        "import fs from 'node:fs'; import child_process from 'node:child_process';
         export default async () => {{ {body}; return new Response('done'); }}"
    );
    let mut worker = Worker::start(setup, &bundle);
    worker.ask("/").is_ok_and(|answer| answer["status"] == 200)
}

/// The attempt needs all of these layers to be away.
fn is_stopped_by_each(who: Who, layers: &[Layer], body: &str) {
    let setup = Setup::of(who);
    assert!(!succeeds(&setup, body), "{who:?} in the whole cage: {body}");
    for alone in layers {
        let others: Vec<_> = layers.iter().copied().filter(|layer| layer != alone).collect();
        assert!(!succeeds(&setup.clone().without(&others), body), "{who:?}, {alone} alone: {body}");
    }
    assert!(succeeds(&setup.without(layers), body), "{who:?} without {layers:?}: {body}");
}

#[test]
fn no_file_of_the_machine_is_read() {
    let folder = open_folder();
    let canary = folder.path().join("canary");
    fs::write(&canary, "canary").expect("our folder");
    fs::set_permissions(&canary, Permissions::from_mode(0o644)).expect("our file");
    for who in Who::all() {
        for path in [canary.to_str().expect("text"), "/etc/passwd"] {
            let read = format!("fs.readFileSync('{path}')");
            is_stopped_by_each(who, &[Layer::Namespaces, Layer::Landlock], &read);
        }
    }
}

#[test]
fn the_folder_that_it_sees_is_its_own() {
    let bundle = "import fs from 'node:fs';
        export default () => new Response(fs.readdirSync('/', { recursive: true }).sort().join(' '))";
    for who in Who::all() {
        let seen = Worker::start(&Setup::of(who), bundle).text("/");
        let files = seen.split(' ').filter(|path| path.contains('.') || path.starts_with("proc"));
        let files: Vec<_> = files.map(|path| path.rsplit('/').next().expect("a name")).collect();
        for file in files {
            let own =
                ["worker.js", "proc", "self", "maps", "stat", "statm", "libc.so.6", "libm.so.6"];
            let loaded = ["libdl.so.2", "libpthread.so.0", "ld-linux-x86-64.so.2"];
            assert!(own.contains(&file) || loaded.contains(&file), "{file} in {seen}");
        }
    }
}

#[test]
fn no_file_is_made() {
    let folder = open_folder();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).expect("our folder");
    for who in Who::all() {
        let made = folder.path().join(format!("{who:?}"));
        let make = format!("fs.closeSync(fs.openSync({made:?}, 'w'))");
        let setup = Setup::of(who);
        assert!(!succeeds(&setup, &make) && !made.exists());
        is_stopped_by_each(who, &EVERYWHERE, &make);
        assert!(made.exists(), "the twin made none");
    }
}

#[test]
fn no_network_is_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let connect = format!(
        "await new Promise((resolve, reject) => {{
            Bun.connect({{ hostname: '127.0.0.1', port: {port}, socket: {{ open: resolve, data() {{}}, connectError: (_, e) => reject(e) }} }}).catch(reject);
         }})"
    );
    for who in Who::all() {
        is_stopped_by_each(who, &EVERYWHERE, &connect);
    }
}

#[test]
fn no_program_is_executed() {
    for who in Who::all() {
        for body in [
            "if (Bun.spawnSync(['/bin/true']).exitCode !== 0) throw new Error('no')",
            "child_process.execFileSync('/bin/true')",
        ] {
            is_stopped_by_each(who, &EVERYWHERE, body);
        }
    }
}

#[test]
fn no_other_process_is_touched() {
    for who in Who::all() {
        let mut canary = Command::new("sleep");
        canary.arg("60").uid(Setup::of(who).worker_uid());
        let mut canary = canary.spawn().expect("sleep runs");
        let touch = format!("process.kill({}, 'SIGWINCH')", canary.id());
        is_stopped_by_each(who, &EVERYWHERE, &touch);
        let look = format!("fs.readFileSync('/proc/{}/status')", canary.id());
        is_stopped_by_each(who, &[Layer::Namespaces, Layer::Landlock], &look);
        canary.kill().and_then(|()| canary.wait()).expect("our child");
    }
}
