use std::collections::BTreeMap;
use std::fs;

use bunbase_manifest::{Manifest, Name, Secret};
use rusqlite::Connection;
use tempfile::TempDir;

use super::SecretChange;
use crate::registry::{Candidate, Registry, RegistryError, Staged};

const VALUE: &str = "a value of a secret";

fn registry() -> (TempDir, Registry) {
    let state = tempfile::tempdir().unwrap();
    let registry = Registry::open(state.path(), None).unwrap();
    (state, registry)
}

fn hello() -> Name {
    "hello".parse().unwrap()
}

fn manifest(toml: &str) -> Manifest {
    bunbase_manifest::parse(toml, "hello", "index.ts").unwrap()
}

fn stage(registry: &mut Registry, bundle: &str, toml: &str) -> Result<Staged, RegistryError> {
    let (manifest, bundle) = (manifest(toml), bundle.as_bytes());
    let candidate = Candidate { manifest: &manifest, bundle, source_map: b"", message: None };
    registry.stage(&candidate, true)
}

fn deploy(registry: &mut Registry, bundle: &str, toml: &str) -> u64 {
    let revision = stage(registry, bundle, toml).unwrap().revision.unwrap();
    registry.put_in_service(&hello(), revision).unwrap();
    revision
}

fn stage_secret(registry: &mut Registry, name: &str, value: &str) -> Option<u64> {
    let secret = Secret::new(value.as_bytes()).unwrap();
    registry.stage_secrets(&hello(), SecretChange::Set(name, &secret)).unwrap()
}

fn set(registry: &mut Registry, name: &str, value: &str) {
    let revision = stage_secret(registry, name, value);
    revision.into_iter().for_each(|n| registry.put_in_service(&hello(), n).unwrap());
}

fn served(registry: &Registry) -> BTreeMap<String, String> {
    let revision = registry.served(&hello()).unwrap().unwrap().revision;
    let secrets = registry.secrets_of(&hello(), revision).unwrap();
    secrets.into_iter().map(|(name, secret)| (name, secret.reveal().to_owned())).collect()
}

fn only(name: &str, value: &str) -> BTreeMap<String, String> {
    [(name.to_owned(), value.to_owned())].into()
}

fn kept(state: &TempDir) -> u64 {
    let db = Connection::open(state.path().join("registry.db")).unwrap();
    db.query_row("SELECT count(*) FROM sealed", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_secret_is_of_the_next_deployment_and_of_all_later_ones_and_survives_a_restart() {
    let (state, mut registry) = registry();
    assert_eq!(stage_secret(&mut registry, "A", VALUE), None);
    deploy(&mut registry, "one", "");
    assert_eq!(served(&registry), only("A", VALUE));
    deploy(&mut registry, "two", "");
    registry.remove(&hello()).unwrap();
    deploy(&mut registry, "one", "");
    drop(registry);
    let registry = Registry::open(state.path(), None).unwrap();
    assert_eq!(served(&registry), only("A", VALUE));
}

#[test]
fn a_change_is_set_when_it_is_put_in_service_and_not_if_it_is_given_up() {
    let (state, mut registry) = registry();
    deploy(&mut registry, "one", "");
    set(&mut registry, "A", "first");
    let staged = stage_secret(&mut registry, "A", "second").unwrap();
    assert_eq!(served(&registry), only("A", "first"));
    assert_eq!(registry.secrets_of(&hello(), staged).unwrap()["A"].reveal(), "second");
    registry.unstage(staged).unwrap();
    assert_eq!(served(&registry), only("A", "first"));
    assert_eq!(kept(&state), 1);
    set(&mut registry, "A", "third");
    assert_eq!(served(&registry), only("A", "third"));
}

#[test]
fn no_value_stays_that_was_replaced_removed_or_never_in_force() {
    let (state, mut registry) = registry();
    deploy(&mut registry, "one", "");
    set(&mut registry, "A", "first");
    set(&mut registry, "A", "second");
    set(&mut registry, "B", "other");
    assert_eq!(kept(&state), 2);
    stage_secret(&mut registry, "A", "third").unwrap();
    assert_eq!(kept(&state), 3);
    drop(registry);
    let mut registry = Registry::open(state.path(), None).unwrap();
    assert_eq!(kept(&state), 2);
    let names = ["A".to_owned(), "B".to_owned()];
    let revision = registry.stage_secrets(&hello(), SecretChange::Remove(&names)).unwrap();
    registry.put_in_service(&hello(), revision.unwrap()).unwrap();
    assert_eq!(kept(&state), 0);
    assert!(served(&registry).is_empty());
}

#[test]
fn another_functions_staged_secret_is_left_alone() {
    let (_state, mut registry) = registry();
    deploy(&mut registry, "one", "");
    let staged = stage_secret(&mut registry, "A", "mine").unwrap();
    let (other, secret) = ("other".parse().unwrap(), Secret::new(b"theirs").unwrap());
    registry.stage_secrets(&other, SecretChange::Set("A", &secret)).unwrap();
    registry.stage_secrets(&other, SecretChange::Remove(&["A".to_owned()])).unwrap();
    registry.put_in_service(&hello(), staged).unwrap();
    assert_eq!(served(&registry), only("A", "mine"));
}

#[test]
fn a_version_is_not_deployed_while_a_secret_is_missing_that_it_requires() {
    let (_state, mut registry) = registry();
    let toml = "[secrets]\nrequired = [\"A\", \"B\"]";
    set(&mut registry, "A", VALUE);
    let said = stage(&mut registry, "one", toml).unwrap_err().to_string();
    assert!(
        said.ends_with("\n  bunbase secret set hello B") && !said.contains("hello A"),
        "{said}"
    );
    assert!(registry.versions(&hello()).unwrap().is_empty());
    set(&mut registry, "B", VALUE);
    deploy(&mut registry, "one", toml);
    let remove = SecretChange::Remove(&["B".to_owned()]);
    let error = registry.stage_secrets(&hello(), remove).unwrap_err();
    assert!(matches!(error, RegistryError::Missing(_)), "{error}");
    assert_eq!(registry.required_secrets(&hello()).unwrap().unwrap(), ["A", "B"]);
}

#[test]
fn a_registry_with_secrets_opens_with_their_key_only_and_loses_nothing() {
    let (state, mut registry) = registry();
    set(&mut registry, "A", VALUE);
    drop(registry);
    let (key, away) = (state.path().join("secrets.key"), state.path().join("away"));
    fs::rename(&key, &away).unwrap();
    let said = Registry::open(state.path(), None).unwrap_err().to_string();
    assert!(said.contains("it is gone") && !key.exists(), "{said}");
    let other = state.path().join("other");
    fs::write(&other, [1; 32]).unwrap();
    let said = Registry::open(state.path(), Some(&other)).unwrap_err().to_string();
    assert!(said.contains("give ipcd the first one again"), "{said}");
    let registry = Registry::open(state.path(), Some(&away)).unwrap();
    assert_eq!(registry.secrets(&hello()).unwrap()["A"].reveal(), VALUE);
}

/// docs/secrets.md says how.
#[test]
fn who_has_lost_the_key_can_go_on_without_the_secrets() {
    let (state, mut registry) = registry();
    deploy(&mut registry, "one", "");
    set(&mut registry, "A", VALUE);
    drop(registry);
    fs::remove_file(state.path().join("secrets.key")).unwrap();
    Registry::open(state.path(), None).unwrap_err();
    let document = include_str!("../../../../docs/secrets.md");
    let (_, after) = document.split_once("/registry.db \"").unwrap();
    let db = Connection::open(state.path().join("registry.db")).unwrap();
    db.execute_batch(after.split_once('"').unwrap().0).unwrap();
    let mut registry = Registry::open(state.path(), None).unwrap();
    assert!(served(&registry).is_empty());
    set(&mut registry, "A", "again");
    assert_eq!(served(&registry), only("A", "again"));
}

#[test]
fn without_secrets_any_key_will_do() {
    let (state, mut registry) = registry();
    set(&mut registry, "A", VALUE);
    registry.stage_secrets(&hello(), SecretChange::Remove(&["A".to_owned()])).unwrap();
    drop(registry);
    fs::remove_file(state.path().join("secrets.key")).unwrap();
    let mut registry = Registry::open(state.path(), None).unwrap();
    set(&mut registry, "A", "again");
    assert_eq!(registry.secrets(&hello()).unwrap()["A"].reveal(), "again");
}

#[test]
fn sealed_values_that_change_places_are_noticed() {
    let (state, mut registry) = registry();
    set(&mut registry, "A", "of a");
    set(&mut registry, "B", "of b");
    let db = Connection::open(state.path().join("registry.db")).unwrap();
    let swap = "UPDATE secrets SET sealed = (SELECT max(id) FROM sealed) WHERE name = 'A'";
    db.execute(swap, []).unwrap();
    let error = registry.secrets(&hello()).unwrap_err();
    assert!(matches!(&error, RegistryError::Sealed(name) if name == "A"), "{error}");
}

#[test]
fn no_file_of_the_state_directory_has_the_value_in_it() {
    let (state, mut registry) = registry();
    deploy(&mut registry, "one", "");
    set(&mut registry, "A", VALUE);
    drop(registry);
    for entry in fs::read_dir(state.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = if path.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
        assert!(!bytes.windows(VALUE.len()).any(|part| part == VALUE.as_bytes()), "{path:?}");
    }
}
