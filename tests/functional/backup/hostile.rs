//! Files that are no backup, or a forged one.

use std::fs;
use std::io::Read;
use std::path::Path;

use bunbase_tests::Suite;
use rusqlite::Connection;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tar::{Archive, Builder, EntryType, Header};

use super::{backed_up, deployed, restore, said};

/// A backup taken apart: each file with its name, the manifest apart.
#[derive(Clone)]
struct Parts {
    manifest: Value,
    files: Vec<(String, Vec<u8>)>,
}

impl Parts {
    fn of(file: &Path) -> Self {
        let mut archive = Archive::new(fs::File::open(file).unwrap());
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().to_str().unwrap().to_owned();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            files.push((name, content));
        }
        let (name, manifest) = files.remove(0);
        assert_eq!(name, "manifest.json");
        Self { manifest: serde_json::from_slice(&manifest).unwrap(), files }
    }

    /// With this change of what the manifest says.
    fn said(mut self, change: impl FnOnce(&mut Value)) -> Vec<u8> {
        change(&mut self.manifest);
        self.packed(|_| {})
    }

    /// With another registry, rightly described.
    fn database(mut self, content: Vec<u8>) -> Vec<u8> {
        self.files[0].1 = content;
        self.manifest["files"][0]["bytes"] = self.files[0].1.len().into();
        self.manifest["files"][0]["sha256"] = sha256(&self.files[0].1).into();
        self.packed(|_| {})
    }

    /// With a registry that was changed so.
    fn altered(self, sql: &str) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("registry.db");
        fs::write(&path, &self.files[0].1).unwrap();
        let db = Connection::open(&path).unwrap();
        db.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        drop(db);
        self.database(fs::read(&path).unwrap())
    }

    /// As an archive, with more at its end.
    fn packed(self, more: impl FnOnce(&mut Builder<Vec<u8>>)) -> Vec<u8> {
        let mut tar = Builder::new(Vec::new());
        entry(
            &mut tar,
            "manifest.json",
            EntryType::Regular,
            &serde_json::to_vec(&self.manifest).unwrap(),
        );
        for (name, content) in &self.files {
            entry(&mut tar, name, EntryType::Regular, content);
        }
        more(&mut tar);
        tar.into_inner().unwrap()
    }
}

fn sha256(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Names as they stand: the library would refuse some.
fn entry(tar: &mut Builder<Vec<u8>>, name: &str, kind: EntryType, content: &[u8]) {
    let mut header = Header::new_ustar();
    header.as_ustar_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    if kind == EntryType::Symlink {
        header.set_link_name("/etc/passwd").unwrap();
    }
    header.set_cksum();
    tar.append(&header, content).unwrap();
}

/// A backup whose first bundle has another name, in the manifest and in the archive.
fn renamed(parts: &Parts, name: &str) -> Vec<u8> {
    let mut parts = parts.clone();
    parts.files[1].0 = name.to_owned();
    parts.said(|manifest| manifest["files"][1]["name"] = name.into())
}

/// A backup whose first bundle is something else than a file.
fn of_kind(parts: &Parts, kind: EntryType) -> Vec<u8> {
    let mut parts = parts.clone();
    let (name, _) = parts.files.remove(1);
    let rest = parts.files.split_off(1);
    parts.packed(|tar| {
        entry(tar, &name, kind, b"");
        rest.iter().for_each(|(name, content)| entry(tar, name, EntryType::Regular, content));
    })
}

/// A backup with a byte of its first bundle changed.
fn damaged(parts: &Parts) -> Vec<u8> {
    let mut parts = parts.clone();
    parts.files[1].1[0] ^= 1;
    parts.packed(|_| {})
}

/// One whose first bundle says that it is a terabyte long.
fn huge(parts: &Parts) -> Vec<u8> {
    let mut bytes = parts.clone().packed(|_| {});
    let is_bundle = |block: &&mut [u8]| block.starts_with(b"bundles/");
    let block = bytes.chunks_exact_mut(512).find(is_bundle).unwrap();
    let mut header = Header::from_byte_slice(block).clone();
    header.set_size(1 << 40);
    header.set_cksum();
    block.copy_from_slice(header.as_bytes());
    bytes
}

fn cut(parts: &Parts, keep: f64) -> Vec<u8> {
    let mut bytes = parts.clone().packed(|_| {});
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    bytes.truncate((bytes.len() as f64 * keep) as usize);
    bytes
}

fn damaged_database(parts: &Parts) -> Vec<u8> {
    let mut content = parts.files[0].1.clone();
    let page = 4096;
    content[page..2 * page].fill(0x5a);
    parts.clone().database(content)
}

/// Each with a part of what must be said of it.
fn archives(parts: &Parts) -> Vec<(&'static str, Vec<u8>)> {
    let p = || parts.clone();
    let name = parts.files[1].0.clone();
    let huge_manifest = |manifest: &mut Value| manifest["files"][1]["bytes"] = (1_u64 << 40).into();
    let many = |manifest: &mut Value| {
        let file = manifest["files"][1].clone();
        manifest["files"] = vec![file; 100_001].into();
    };
    let twice = |manifest: &mut Value| {
        let file = manifest["files"][1].clone();
        manifest["files"].as_array_mut().unwrap().push(file);
    };
    vec![
        (
            "can't be read",
            b"this is no archive, and longer than one block of it would be".repeat(20),
        ),
        ("manifest.json", Vec::new()),
        ("manifest.json", vec![0; 1024]),
        ("can't be understood", p().said(|manifest| *manifest = json!({"format": "x"}))),
        ("format 2", p().said(|manifest| manifest["format"] = 2.into())),
        ("schema 99", p().said(|manifest| manifest["schema"] = 99.into())),
        ("does not say when", p().said(|manifest| manifest["created"] = "\u{1b}[2J".into())),
        ("by which release", p().said(|manifest| manifest["release"] = "\u{1b}[2J".into())),
        ("at most 100000", p().said(many)),
        ("twice", p().said(twice)),
        ("should have 1 bytes", p().said(|manifest| manifest["files"][1]["bytes"] = 1.into())),
        ("at most 33554432", p().said(huge_manifest)),
        (
            "no registry.db",
            p().said(|manifest| drop(manifest["files"].as_array_mut().unwrap().remove(0))),
        ),
        ("none of a backup", renamed(parts, "../evil")),
        ("none of a backup", renamed(parts, "bundles/../../evil")),
        ("none of a backup", renamed(parts, "/etc/evil")),
        ("none of a backup", renamed(parts, "bundles/short")),
        ("should come next", {
            let mut parts = p();
            parts.files[1].0 = "../evil".to_owned();
            parts.packed(|_| {})
        }),
        ("none of a backup", p().packed(|tar| entry(tar, "../evil", EntryType::Regular, b"evil"))),
        ("none of a backup", p().packed(|tar| entry(tar, &name, EntryType::Regular, b"again"))),
        ("no plain file", of_kind(parts, EntryType::Symlink)),
        ("no plain file", of_kind(parts, EntryType::Link)),
        ("no plain file", of_kind(parts, EntryType::Directory)),
        ("no plain file", of_kind(parts, EntryType::Fifo)),
        ("no plain file", of_kind(parts, EntryType::GNUSparse)),
        ("should have", huge(parts)),
        ("damaged", damaged(parts)),
        ("ends before", cut(parts, 0.5)),
        ("", cut(parts, 0.9)),
        ("no SQLite database", p().database(b"this is no database at all".repeat(200))),
        ("damaged", damaged_database(parts)),
        ("not the tables", p().database(Vec::new())),
        ("schema 99", p().altered("PRAGMA user_version = 99")),
        ("not the tables", p().altered("PRAGMA user_version = 1")),
        ("not the tables", p().altered("CREATE TABLE more (a)")),
        ("not the tables", p().altered("CREATE VIEW more AS SELECT 1")),
        (
            "not the tables",
            p().altered(
                "CREATE TRIGGER more AFTER DELETE ON staged BEGIN DELETE FROM versions; END",
            ),
        ),
        ("not the tables", p().altered("DROP TABLE staged")),
        ("what can't be", p().altered("PRAGMA foreign_keys = 0; DELETE FROM deployments")),
        ("what can't be", p().altered("UPDATE versions SET bundle = '../../etc/passwd'")),
        ("what can't be", p().altered("UPDATE versions SET manifest = '{}'")),
        ("what can't be", p().altered("UPDATE deployments SET env = 'x'")),
        ("what can't be", p().altered("INSERT INTO variables VALUES ('app', 'A=B', 'x')")),
        ("what can't be", p().altered("INSERT INTO variables VALUES ('../app', 'A', 'x')")),
        (
            "what can't be",
            p().altered(
                "INSERT INTO deployments VALUES (9223372036854775807, 'app',
                 (SELECT version FROM versions WHERE function = 'app'), NULL, '', '{}', '{}')",
            ),
        ),
        (
            "limits.memory",
            p().altered(
                "UPDATE versions SET manifest = json_set(manifest, '$.limits.memory', 2147483648)",
            ),
        ),
    ]
}

#[test]
fn a_file_that_is_no_whole_and_true_backup_is_refused_and_changes_nothing() {
    let suite = deployed();
    let (folder, file) = backed_up(&suite);
    let parts = Parts::of(&file);
    let fresh = Suite::start();
    let evil = folder.path().join("evil");
    for (n, (reason, archive)) in archives(&parts).into_iter().enumerate() {
        fs::write(&evil, archive).unwrap();
        let output = restore(&fresh, &evil, &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{n} {reason}: {output:?}");
        assert!(
            said.contains(reason) && said.contains("nothing was changed"),
            "{n} {reason}: {said}"
        );
        let left = fs::read_dir(fresh.folder().join("temporary")).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{n} {reason}");
    }
    assert_eq!(fs::read_dir(fresh.folder().join("bundles")).unwrap().count(), 0);
    assert!(!fresh.folder().join("evil").exists() && !fresh.folder().join("../evil").exists());
    fs::write(&evil, parts.packed(|_| {})).unwrap();
    assert!(restore(&fresh, &evil, &[]).status.success(), "put together again, it is one");
    assert_eq!(said(&fresh, "app"), "app toml server");
}
