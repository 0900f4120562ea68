//! Packets of the lease and registry protocols: there and back, and cut at every byte.
#![allow(clippy::unwrap_used, reason = "in a test that is an assertion")]

use std::collections::BTreeMap;
use std::fmt::Debug;

use bunbase_manifest::{ByteSize, Limits, Name, Secret, check_secrets};
use bunbase_wire::lease::{FromScheduler, Granted, KillReason, Readiness, Refused, ToScheduler};
use bunbase_wire::packet::{PacketError, decode, encode, encode_within};
use bunbase_wire::registry::{Deployed, FileKind, FromRegistry, MAX_ANSWER, ToRegistry};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn name() -> Name {
    "hello".parse().unwrap()
}

/// Comes back as it went, and no proper prefix of it is taken for anything.
fn survives<M: Serialize + DeserializeOwned + PartialEq + Debug>(message: &M) {
    let packet = encode(message).unwrap();
    assert_eq!(decode::<M>(&packet).unwrap(), *message);
    for end in 0..packet.len() {
        assert!(matches!(decode::<M>(&packet[..end]), Err(PacketError::Malformed(_))), "{end}");
    }
}

#[test]
fn every_packet_comes_back_and_no_truncation_of_it_is_a_message() {
    let lease = 1 << 40;
    for revision in [None, Some(u64::MAX)] {
        survives(&ToScheduler::Acquire { ticket: u64::MAX, function: name(), revision });
        survives(&ToRegistry::Resolve { function: name(), revision });
        survives(&FromRegistry::Unknown { function: name(), revision });
        survives(&FromRegistry::Failed { function: name(), revision });
    }
    survives(&ToScheduler::Worn { lease: 1 });
    survives(&ToScheduler::Cancel { ticket: 0 });
    survives(&ToScheduler::Revoking { lease });
    survives(&ToScheduler::Release { lease, readiness: Readiness::Raw, served: u64::MAX });
    survives(&ToScheduler::Kill { lease, reason: KillReason::OutOfMemory });
    survives(&FromScheduler::Queued { ticket: 3 });
    survives(&FromScheduler::Refused { ticket: 3, reason: Refused::QueueFull { limit: 7 } });
    survives(&FromScheduler::Revoke { lease });
    survives(&FromScheduler::Granted(Granted {
        ticket: 1,
        lease,
        worker: 2,
        pid: 3,
        readiness: Readiness::Unread,
        version: "0".repeat(64).parse().unwrap(),
        concurrency: 10,
        limits: Limits::default(),
        max_body: ByteSize::mib(10),
        queue: 100,
        invocations: 1_000_000,
    }));
    survives(&ToRegistry::Applied { change: 9 });
    survives(&FromRegistry::Changed { change: 9, function: name() });
    survives(&FromRegistry::Resolved(Box::new(deployed(BTreeMap::new()))));
}

fn deployed(env: BTreeMap<String, String>) -> Deployed {
    let manifest = bunbase_manifest::parse("", "hello", "index.ts").unwrap();
    let (bundle, files) = ("0".repeat(64), vec![FileKind::Bundle]);
    Deployed {
        version: "0".repeat(64).parse().unwrap(),
        revision: 1,
        candidate: true,
        manifest,
        bundle,
        files,
        env,
        secrets: [("TOKEN".into(), Secret::new(b"t").unwrap())].into(),
    }
}

/// The largest manifest that is accepted at deploy fits the packet that takes it to schedulerd, with all the secrets that there may be.
#[test]
fn whatever_passes_the_checks_of_a_deploy_fits_its_packet() {
    let mut manifest = bunbase_manifest::parse("", "hello", "index.ts").unwrap();
    let fill = |manifest: &mut bunbase_manifest::Manifest, n| {
        manifest.env.insert("A".into(), "\u{1}".repeat(n))
    };
    let most = (0..32_768).rev().find(|n| {
        fill(&mut manifest, *n);
        manifest.check().is_ok()
    });
    assert!(most.is_some_and(|n| n > 1_000));
    let env = std::mem::take(&mut manifest.env);
    let secrets = |bytes: usize| {
        let secret = |n: usize| Secret::new(&vec![b'\n'; n]).unwrap();
        [("A".to_owned(), secret(bytes)), ("B".to_owned(), secret(1_000))].into()
    };
    let most = (0..=65_536).rev().find(|n| *n > 0 && check_secrets(&secrets(*n)).is_ok());
    let secrets = secrets(most.unwrap());
    let deployed = Deployed { manifest, secrets, ..deployed(env) };
    encode_within(&FromRegistry::Resolved(Box::new(deployed)), MAX_ANSWER).unwrap();
}
