//! Files that were granted.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use bunbase_manifest::{FileView, GrantedPath};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::who::Who;
use crate::worker::{Setup, Worker, open_folder};

/// `read` and `write` are granted, `other` is not; each has a file with its own name in it.
fn folders() -> TempDir {
    let folder = open_folder();
    for name in ["read", "write", "other"] {
        let path = folder.path().join(name);
        fs::create_dir(&path).expect("our folder");
        fs::write(path.join("file"), name).expect("our folder");
        fs::set_permissions(path.join("file"), Permissions::from_mode(0o666)).expect("our file");
        fs::set_permissions(&path, Permissions::from_mode(0o777)).expect("our folder");
    }
    for name in ["read", "write"] {
        symlink(folder.path().join("other/file"), folder.path().join(name).join("absolute"))
            .expect("a link");
        symlink("../other/file", folder.path().join(name).join("relative")).expect("a link");
    }
    folder
}

fn granted(folder: &Path) -> FileView {
    let path = |name: &str| -> GrantedPath {
        folder.join(name).to_str().expect("text").parse().expect("a path")
    };
    FileView::Granted { read: vec![path("read")], write: vec![path("write")] }
}

const BUNDLE: &str = "
    import fs from 'node:fs';
    const folder = FOLDER;
    const tries = {
        read: () => fs.readFileSync(folder + '/read/file', 'utf8'),
        list: () => fs.readdirSync(folder + '/read').sort().join(),
        stat: () => fs.statSync(folder + '/read/file').size,
        link: () => fs.readlinkSync(folder + '/read/relative'),
        opened: () => fs.createReadStream(folder + '/read/file').toArray().then(String),
        exists: () => fs.existsSync(folder + '/read/file'),
        bun: () => Bun.file(folder + '/read/file').text(),
        streamed: () => new Response(Bun.file(folder + '/read/file').stream()).text(),
        readWrite: () => fs.readFileSync(folder + '/write/file', 'utf8'),
        made: () => fs.closeSync(fs.openSync(folder + '/write/made', 'w')),
        folderMade: () => fs.mkdirSync(folder + '/write/new', { recursive: true }) !== '',
        renamed: () => fs.renameSync(folder + '/write/made', folder + '/write/renamed'),
        removed: () => fs.rmSync(folder + '/write/renamed'),
        truncated: () => fs.truncateSync(folder + '/write/file', 0),
        WriteToRead: () => fs.openSync(folder + '/read/file', 'r+'),
        MakeInRead: () => fs.openSync(folder + '/read/made', 'w'),
        RemoveInRead: () => fs.rmSync(folder + '/read/file'),
        MkdirInRead: () => fs.mkdirSync(folder + '/read/new'),
        Sibling: () => fs.readFileSync(folder + '/other/file', 'utf8'),
        SiblingByDots: () => fs.readFileSync(folder + '/read/../other/file', 'utf8'),
        SiblingList: () => fs.readdirSync(folder + '/other'),
        MakeInSibling: () => fs.openSync(folder + '/other/made', 'w'),
        MakeBeside: () => fs.openSync(folder + '/made', 'w'),
        AbsoluteLink: () => fs.readFileSync(folder + '/read/absolute', 'utf8'),
        RelativeLink: () => fs.readFileSync(folder + '/read/relative', 'utf8'),
        WriteByLink: () => fs.openSync(folder + '/write/absolute', 'r+'),
        OwnLink: () => fs.symlinkSync(folder + '/other/file', folder + '/write/link'),
        Chmod: () => fs.chmodSync(folder + '/write/file', 0o4777),
        // It asks /proc/self/fd, which is not there.
        Realpath: () => fs.realpathSync(folder + '/read/file'),
        Passwd: () => fs.readFileSync('/etc/passwd'),
    };
    export default async () => {
        const results = {};
        for (const [name, attempt] of Object.entries(tries)) {
            try { results[name] = (await attempt()) ?? 'done'; } catch (error) { results[name] = `refused: ${error.code}`; }
        }
        return Response.json(results);
    };";

fn results(setup: &Setup, folder: &Path) -> Value {
    let bundle = BUNDLE.replace("FOLDER", &json!(folder).to_string());
    serde_json::from_str(&Worker::start(setup, &bundle).text("/")).expect("JSON")
}

#[test]
fn what_is_granted_is_there_and_what_is_beside_it_is_not() {
    for who in Who::all() {
        let folder = folders();
        let results = results(&Setup::of(who).seeing(granted(folder.path())), folder.path());
        println!("{results:#}");
        for (name, expected) in [
            ("read", json!("read")),
            ("list", json!("absolute,file,relative")),
            ("stat", json!(4)),
            ("link", json!("../other/file")),
            ("opened", json!("read")),
            ("exists", json!(true)),
            ("bun", json!("read")),
            ("streamed", json!("read")),
            ("readWrite", json!("write")),
            ("made", json!("done")),
            ("folderMade", json!(true)),
            ("renamed", json!("done")),
            ("removed", json!("done")),
            ("truncated", json!("done")),
        ] {
            assert_eq!(results[name], expected, "{name}, {who:?}");
        }
        let refused = |(name, how): (&String, &Value)| {
            let is_to_be = name.starts_with(char::is_uppercase);
            assert_eq!(
                how.as_str().is_some_and(|how| how.starts_with("refused")),
                is_to_be,
                "{name}: {how}, {who:?}"
            );
        };
        results.as_object().expect("an object").iter().for_each(refused);
        let (written, beside) = (folder.path().join("write"), folder.path().join("other"));
        assert_eq!(fs::read_to_string(written.join("file")).expect("our file"), "");
        assert!(written.join("new").is_dir());
        assert_eq!(fs::read_to_string(beside.join("file")).expect("our file"), "other");
        assert!(!beside.join("made").exists() && !folder.path().join("made").exists());
    }
}

/// The twin: where all files are seen, the siblings are, too.
#[test]
fn where_everything_is_seen_the_siblings_are() {
    for who in Who::all() {
        let folder = folders();
        let results = results(&Setup::of(who).seeing(FileView::Everything), folder.path());
        for name in ["Sibling", "SiblingByDots", "AbsoluteLink", "RelativeLink"] {
            assert_eq!(results[name], "other", "{name}, {who:?}");
        }
        assert_eq!(results["MakeInSibling"], "refused: EPERM", "{who:?}");
    }
}

#[test]
fn a_worker_whose_files_are_not_there_does_not_start_and_says_why() {
    for who in Who::all() {
        let files = granted(Path::new("/nowhere"));
        let mut worker =
            Worker::start(&Setup::of(who).seeing(files), "export default () => new Response()");
        let end = worker.ask("/").expect_err("it does not start");
        assert!(
            end.contains("Exited") && end.contains("126") && end.contains("layer namespaces"),
            "{end}"
        );
    }
}
