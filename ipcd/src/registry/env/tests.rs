use bunbase_manifest::{MAX_ENV_BYTES, Manifest, Name, Variables};
use bunbase_wire::ipc::Outcome;

use crate::registry::{Candidate, Registry, RegistryError, Staged};

fn registry() -> (tempfile::TempDir, Registry) {
    let state = tempfile::tempdir().unwrap();
    let registry = Registry::open(state.path(), None).unwrap();
    (state, registry)
}

fn manifest(toml: &str) -> Manifest {
    bunbase_manifest::parse(toml, "hello", "index.ts").unwrap()
}

fn hello() -> Name {
    "hello".parse().unwrap()
}

fn variables(all: &[(&str, &str)]) -> Variables {
    all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn stage(registry: &mut Registry, bundle: &str, toml: &str) -> Result<Staged, RegistryError> {
    let (manifest, bundle) = (manifest(toml), bundle.as_bytes());
    let candidate = Candidate { manifest: &manifest, bundle, source_map: b"", message: Some("m") };
    registry.stage(&candidate, true)
}

fn deploy(registry: &mut Registry, bundle: &str) -> Staged {
    let staged = stage(registry, bundle, "").unwrap();
    staged.revision.into_iter().for_each(|n| registry.put_in_service(&hello(), n).unwrap());
    staged
}

fn set(registry: &mut Registry, all: &[(&str, &str)]) -> Option<u64> {
    let revision = registry.stage_variables(&hello(), &variables(all)).unwrap();
    revision.into_iter().for_each(|n| registry.put_in_service(&hello(), n).unwrap());
    revision
}

#[test]
fn a_deployment_keeps_the_variables_that_it_was_made_with() {
    let (_state, mut registry) = registry();
    let first = deploy(&mut registry, "code");
    let second = set(&mut registry, &[("A", "1")]).unwrap();
    let third = set(&mut registry, &[("B", "2")]).unwrap();
    let of = |revision| registry.deployment(&hello(), revision).unwrap().unwrap();
    assert_eq!(of(first.revision.unwrap()).variables, variables(&[]));
    assert_eq!(of(second).variables, variables(&[("A", "1")]));
    assert_eq!(of(third).variables, variables(&[("B", "2")]));
    let served = registry.served(&hello()).unwrap().unwrap();
    assert_eq!((served.revision, served.version), (third, first.version));
    assert_eq!(served.message.as_deref(), Some("m"));
}

#[test]
fn variables_come_before_the_first_deploy_and_survive_deploys_and_removal() {
    let (state, mut registry) = registry();
    let a = variables(&[("A", "1\0'\n")]);
    assert_eq!(registry.stage_variables(&hello(), &a).unwrap(), None);
    for (bundle, outcome) in [("code", Outcome::Created), ("more", Outcome::Updated)] {
        assert_eq!(deploy(&mut registry, bundle).outcome, outcome);
        assert_eq!(registry.served(&hello()).unwrap().unwrap().variables, a);
    }
    assert_eq!(deploy(&mut registry, "more").outcome, Outcome::Unchanged);
    registry.remove(&hello()).unwrap();
    assert_eq!(registry.variables(&hello()).unwrap(), a);
    drop(registry);
    let mut registry = Registry::open(state.path(), None).unwrap();
    assert_eq!(deploy(&mut registry, "more").outcome, Outcome::Created);
    assert_eq!(registry.served(&hello()).unwrap().unwrap().variables, a);
    assert!(registry.variables(&"other".parse().unwrap()).unwrap().is_empty());
}

#[test]
fn a_change_that_is_given_up_leaves_what_was_set() {
    let (_state, mut registry) = registry();
    deploy(&mut registry, "code");
    set(&mut registry, &[("A", "1")]);
    let revision = registry.stage_variables(&hello(), &variables(&[("A", "2")])).unwrap().unwrap();
    let staged = registry.deployment(&hello(), revision).unwrap().unwrap();
    assert_eq!(staged.variables, variables(&[("A", "2")]));
    registry.unstage(revision).unwrap();
    assert_eq!(registry.variables(&hello()).unwrap(), variables(&[("A", "1")]));
    assert_eq!(registry.served(&hello()).unwrap().unwrap().variables, variables(&[("A", "1")]));
}

#[test]
fn manifest_and_server_together_have_the_bound_of_one() {
    let (_state, mut registry) = registry();
    let half = "x".repeat(MAX_ENV_BYTES / 2);
    set(&mut registry, &[("A", &half)]);
    let refused = stage(&mut registry, "code", &format!("[env]\nB = \"{half}\""));
    assert!(matches!(refused, Err(RegistryError::Variables(_))), "{refused:?}");
    assert!(stage(&mut registry, "code", &format!("[env]\nA = \"{half}\"")).is_ok());
}
