use std::io::Read;

use bunbase_manifest::Manifest;
use bunbase_wire::ipc::{MAX_VERSIONS, Outcome};
use rusqlite::Connection;
use tempfile::TempDir;

use super::{Candidate, Registry, RegistryError, Staged, bytecode_of};

fn manifest(name: &str) -> Manifest {
    bunbase_manifest::parse("", name, "index.ts").unwrap()
}

fn registry() -> (TempDir, Registry) {
    let state = tempfile::tempdir().unwrap();
    let registry = Registry::open(state.path(), None).unwrap();
    (state, registry)
}

fn deploy(registry: &mut Registry, name: &str, bundle: &str) -> Staged {
    let manifest = manifest(name);
    let bundle = bundle.as_bytes();
    let candidate = Candidate { manifest: &manifest, bundle, source_map: b"", message: Some("m") };
    stage_and_serve(registry, &candidate)
}

fn stage_and_serve(registry: &mut Registry, candidate: &Candidate<'_>) -> Staged {
    let staged = registry.stage(candidate, true).unwrap();
    let name = &candidate.manifest.name;
    staged.revision.into_iter().for_each(|n| registry.put_in_service(name, n).unwrap());
    staged
}

#[test]
fn what_was_deployed_is_served_after_a_restart() {
    let (state, mut registry) = registry();
    let deployed = deploy(&mut registry, "hello", "code");
    drop(registry);
    let registry = Registry::open(state.path(), None).unwrap();
    let served = registry.served(&"hello".parse().unwrap()).unwrap().unwrap();
    assert_eq!(served.version, deployed.version);
    assert_eq!(served.message.as_deref(), Some("m"));
    let mut text = String::new();
    registry.open_bundle(&served).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "code");
}

#[test]
fn the_same_content_again_changes_nothing_and_says_so() {
    let (_state, mut registry) = registry();
    let first = deploy(&mut registry, "hello", "code");
    let revision = registry.served(&"hello".parse().unwrap()).unwrap().unwrap().revision;
    let second = deploy(&mut registry, "hello", "code");
    assert_eq!((first.outcome, second.outcome), (Outcome::Created, Outcome::Unchanged));
    assert_eq!(first.version, second.version);
    assert_eq!(registry.served(&"hello".parse().unwrap()).unwrap().unwrap().revision, revision);
}

#[test]
fn another_manifest_with_the_same_code_is_another_version() {
    let (_state, mut registry) = registry();
    let first = deploy(&mut registry, "hello", "code");
    let mut manifest = manifest("hello");
    manifest.env.insert("A".into(), "1".into());
    let candidate =
        Candidate { manifest: &manifest, bundle: b"code", source_map: b"", message: None };
    let second = stage_and_serve(&mut registry, &candidate);
    assert_eq!(second.outcome, Outcome::Updated);
    assert_ne!(first.version, second.version);
}

#[test]
fn a_registered_version_is_stored_and_not_served() {
    let (_state, mut registry) = registry();
    let manifest = manifest("hello");
    let candidate =
        Candidate { manifest: &manifest, bundle: b"code", source_map: b"", message: None };
    assert_eq!(registry.stage(&candidate, false).unwrap().outcome, Outcome::Registered);
    assert!(registry.served(&manifest.name).unwrap().is_none());
    assert_eq!(stage_and_serve(&mut registry, &candidate).outcome, Outcome::Created);
}

#[test]
fn a_deployment_that_is_given_up_changes_nothing_and_its_number_is_never_used_again() {
    let (_state, mut registry) = registry();
    let before = deploy(&mut registry, "hello", "code");
    let manifest = manifest("hello");
    let candidate =
        Candidate { manifest: &manifest, bundle: b"broken", source_map: b"", message: None };
    let staged = registry.stage(&candidate, true).unwrap();
    let revision = staged.revision.unwrap();
    let found = registry.deployment(&manifest.name, revision).unwrap().unwrap();
    assert_eq!(found.version, staged.version);
    registry.unstage(revision).unwrap();
    assert!(registry.deployment(&manifest.name, revision).unwrap().is_none());
    assert_eq!(registry.served(&manifest.name).unwrap().unwrap().version, before.version);
    assert!(registry.stage(&candidate, true).unwrap().revision.unwrap() > revision);
}

#[test]
fn those_that_are_to_have_workers_at_all_times_are_listed() {
    let (_state, mut registry) = registry();
    deploy(&mut registry, "cold", "code");
    let mut manifest = manifest("warm");
    manifest.scale.min = 1;
    let candidate =
        Candidate { manifest: &manifest, bundle: b"code", source_map: b"", message: None };
    stage_and_serve(&mut registry, &candidate);
    assert_eq!(registry.kept().unwrap(), [manifest.name]);
}

#[test]
fn a_removed_function_is_gone_and_its_history_stays() {
    let (_state, mut registry) = registry();
    deploy(&mut registry, "hello", "code");
    let name = "hello".parse().unwrap();
    assert!(registry.remove(&name).unwrap());
    assert!(!registry.remove(&name).unwrap());
    assert!(registry.served(&name).unwrap().is_none());
    assert_eq!(deploy(&mut registry, "hello", "code").outcome, Outcome::Created);
}

#[test]
fn functions_are_listed_by_name() {
    let (_state, mut registry) = registry();
    for name in ["b", "a", "c"] {
        deploy(&mut registry, name, "code");
    }
    let names: Vec<String> =
        registry.list().unwrap().into_iter().map(|f| f.name.to_string()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(registry.count().unwrap(), 3);
}

#[test]
fn a_registry_of_a_later_release_is_refused_untouched() {
    let (state, registry) = registry();
    drop(registry);
    let db = Connection::open(state.path().join("registry.db")).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    let error = Registry::open(state.path(), None).unwrap_err();
    assert!(matches!(error, RegistryError::TooNew { found: 99, known: 5 }), "{error}");
}

#[test]
fn what_was_staged_when_ipcd_died_is_no_version_to_go_back_to() {
    let (state, mut registry) = registry();
    let old = deploy(&mut registry, "app", "1");
    let manifest = manifest("app");
    let never = Candidate { manifest: &manifest, bundle: b"2", source_map: b"", message: None };
    registry.stage(&never, true).unwrap();
    drop(registry);
    let mut registry = Registry::open(state.path(), None).unwrap();
    deploy(&mut registry, "app", "3");
    let before = registry.version_before(&"app".parse().unwrap()).unwrap();
    assert_eq!(before, Some(old.version));
}

fn stage_only(registry: &mut Registry, name: &str, bundle: &[u8]) -> u64 {
    let manifest = manifest(name);
    let candidate = Candidate { manifest: &manifest, bundle, source_map: b"", message: None };
    registry.stage(&candidate, true).unwrap().revision.unwrap()
}

#[test]
fn a_staged_version_that_was_deployed_since_stays_and_the_registry_opens() {
    let (state, mut registry) = registry();
    stage_only(&mut registry, "app", b"1");
    let revision = deploy(&mut registry, "app", "1").revision.unwrap();
    drop(registry);
    let registry = Registry::open(state.path(), None).unwrap();
    let served = registry.served(&"app".parse().unwrap()).unwrap().unwrap();
    assert_eq!(served.revision, revision);
}

fn deployed(registry: &Registry, name: &str) -> Vec<bool> {
    let versions = registry.versions(&name.parse().unwrap()).unwrap();
    versions.into_iter().map(|version| version.deployed_at.is_some()).collect()
}

#[test]
fn a_version_that_is_only_being_tried_is_not_shown_as_deployed() {
    let (_state, mut registry) = registry();
    deploy(&mut registry, "app", "1");
    let revision = stage_only(&mut registry, "app", b"2");
    assert_eq!(deployed(&registry, "app"), [false, true]);
    registry.put_in_service(&"app".parse().unwrap(), revision).unwrap();
    assert_eq!(deployed(&registry, "app"), [true, true]);
}

#[test]
fn the_first_deploy_of_a_function_that_ipcd_died_in_leaves_no_deployment() {
    let (state, mut registry) = registry();
    stage_only(&mut registry, "new", b"1");
    let removed = deploy(&mut registry, "removed", "1");
    assert_eq!(removed.outcome, Outcome::Created);
    registry.remove(&"removed".parse().unwrap()).unwrap();
    drop(registry);
    let registry = Registry::open(state.path(), None).unwrap();
    assert!(deployed(&registry, "new").is_empty(), "nothing of it is stored");
    assert_eq!(deployed(&registry, "removed"), [true], "its history stays");
}

/// The text of a time that is a whole second has no fraction, and "Z" comes after ".".
#[test]
fn versions_come_in_the_order_in_which_they_were_stored_whatever_the_text_of_their_times() {
    let (_state, mut registry) = registry();
    let first = deploy(&mut registry, "app", "1").version;
    let second = deploy(&mut registry, "app", "2").version;
    for (version, at) in [(&first, "2026-01-01T00:00:00Z"), (&second, "2026-01-01T00:00:00.5Z")] {
        let set = "UPDATE versions SET created_at = ? WHERE version = ?";
        registry.db.execute(set, [at, version.as_str()]).unwrap();
    }
    let versions = registry.versions(&"app".parse().unwrap()).unwrap();
    let versions: Vec<_> = versions.into_iter().map(|summary| summary.version).collect();
    assert_eq!(versions, [second, first]);
}

#[test]
fn of_very_many_versions_the_last_are_listed_and_all_can_be_named() {
    let (_state, mut registry) = registry();
    let first = deploy(&mut registry, "app", "code").version;
    let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
        INSERT INTO versions SELECT function, printf('%064d', i), manifest, bundle, source_map,
            bundle_bytes, created_at FROM n, versions";
    registry.db.execute(many, [MAX_VERSIONS]).unwrap();
    let name = "app".parse().unwrap();
    let versions = registry.versions(&name).unwrap();
    assert_eq!(versions.len(), MAX_VERSIONS);
    assert!(versions.iter().all(|summary| summary.version != first));
    assert_eq!(registry.versions_named(&name, &first.as_str()[..8]).unwrap(), [first]);
    assert_eq!(registry.versions_named(&name, "0000").unwrap().len(), MAX_VERSIONS);
    assert!(registry.versions_named(&name, "%").unwrap().is_empty());
}

/// The state that the first release left, with one function in service.
fn state_of_0001() -> TempDir {
    let state = tempfile::tempdir().unwrap();
    let db = Connection::open(state.path().join("registry.db")).unwrap();
    db.execute_batch(include_str!("../../migrations/0001_registry.sql")).unwrap();
    db.pragma_update(None, "user_version", 1).unwrap();
    let text = serde_json::to_string(&manifest("app")).unwrap();
    let version = "0".repeat(64);
    let insert =
        "INSERT INTO versions VALUES ('app', ?1, ?2, 'b', NULL, 1, '2026-01-01T00:00:00Z')";
    db.execute(insert, [&version, &text]).unwrap();
    let deploy = "INSERT INTO deployments VALUES (7, 'app', ?, NULL, '2026-01-01T00:00:00Z')";
    db.execute(deploy, [&version]).unwrap();
    db.execute("INSERT INTO functions VALUES ('app', 7)", []).unwrap();
    state
}

fn number_at(path: std::path::PathBuf) -> u32 {
    let db = Connection::open(path).unwrap();
    assert_eq!(db.query_row("SELECT revision FROM functions", [], |row| row.get(0)), Ok(7));
    db.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

#[test]
fn what_was_there_is_kept_before_it_is_migrated_and_only_then() {
    let state = state_of_0001();
    let copy = state.path().join("registry.before-0002.db");
    let served = |registry: &Registry| registry.served(&"app".parse().unwrap()).unwrap().unwrap();
    assert_eq!(served(&Registry::open(state.path(), None).unwrap()).revision, 7);
    assert_eq!((number_at(copy.clone()), number_at(state.path().join("registry.db"))), (1, 5));
    std::fs::remove_file(&copy).unwrap();
    assert_eq!(served(&Registry::open(state.path(), None).unwrap()).revision, 7);
    assert!(!copy.exists(), "nothing was to be migrated");
}

#[test]
fn a_registry_that_is_new_has_nothing_to_be_kept() {
    let (state, _registry) = registry();
    let names = std::fs::read_dir(state.path()).unwrap();
    let kept =
        names.filter(|e| e.as_ref().unwrap().file_name().to_str().unwrap().contains("before"));
    assert_eq!(kept.count(), 0);
}

#[test]
fn without_a_copy_of_what_was_there_nothing_is_migrated() {
    let state = state_of_0001();
    std::fs::create_dir(state.path().join("registry.before-0002.db")).unwrap();
    assert!(matches!(Registry::open(state.path(), None), Err(RegistryError::Copy(_))));
    assert_eq!(number_at(state.path().join("registry.db")), 1);
}

#[test]
fn a_version_that_was_stored_before_it_was_tried_stays_and_one_that_was_not_goes() {
    let (_state, mut registry) = registry();
    deploy(&mut registry, "app", "1");
    let registered = manifest("app");
    let candidate =
        Candidate { manifest: &registered, bundle: b"2", source_map: b"", message: None };
    registry.stage(&candidate, false).unwrap();
    for bundle in [b"2", b"3"] {
        let revision = stage_only(&mut registry, "app", bundle);
        registry.unstage(revision).unwrap();
    }
    assert_eq!(deployed(&registry, "app"), [false, true], "2 and 1");
}

#[test]
fn what_is_in_service_is_not_unstaged() {
    let (_state, mut registry) = registry();
    let revision = deploy(&mut registry, "app", "1").revision.unwrap();
    registry.unstage(revision).unwrap();
    assert!(registry.served(&"app".parse().unwrap()).unwrap().is_some());
}

#[test]
fn what_belongs_to_no_version_is_removed_at_start_and_what_is_not_ours_is_left_alone() {
    let (state, mut registry) = registry();
    deploy(&mut registry, "app", "wanted");
    let [wanted, other] =
        ["wanted", "other"].map(|text| registry.bundles.store(text.as_bytes()).unwrap());
    let path = |name: &str| state.path().join("bundles").join(name);
    let paths = [
        path(&wanted),
        path(&bytecode_of(&wanted, &"app".parse().unwrap())),
        path(&other),
        path(&bytecode_of(&other, &"app".parse().unwrap())),
        path(&format!("{wanted}.tmp")),
        path("notes.txt"),
    ];
    paths[1..].iter().for_each(|path| std::fs::write(path, "some").unwrap());
    drop(registry);
    Registry::open(state.path(), None).unwrap();
    assert_eq!(paths.map(|path| path.exists()), [true, true, false, false, false, true]);
}
