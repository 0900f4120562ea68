use std::io::Read;

use bunbase_manifest::Manifest;
use bunbase_wire::ipc::Outcome;
use rusqlite::Connection;
use tempfile::TempDir;

use super::{Candidate, Registry, RegistryError, Staged};

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
    assert!(matches!(error, RegistryError::TooNew { found: 99, known: 3 }), "{error}");
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
