//! docs/protocol.md is true: each of its examples is decoded, encoded again and compared, every message has an
//! example, and every bound and word that it must explain is there.
//!
//! An example is a line `<!-- vector: PROTOCOL NAME -->` (a third word tells several of one name apart) and the
//! fenced blocks up to the next such line or heading:
//! - `ipc`: the frame in hex, and the same as JSON
//! - `worker`, `lease`, `registry`: the line or packet
//! - `worker-raw`: a line with its body behind it, the same message as the `worker` example of that name
//! - `invalid-…`: bytes, and the error that they give

#[path = "protocol_document/document.rs"]
mod document;
#[path = "protocol_document/names.rs"]
mod names;

use std::collections::BTreeSet;

use std::fmt::Debug;

use bunbase_wire::ipc::{
    self, ChangeAnswer, DeployAnswer, DeployRequest, DoctorAnswer, EnvListAnswer, EnvRemoveRequest,
    EnvSetRequest, ErrorAnswer, Frame, FrameError, InvokeAnswer, InvokeRequest, Kind, ListAnswer,
    NameRequest, ShowAnswer, StatusAnswer,
};
use bunbase_wire::lease::{FromScheduler, ToScheduler};
use bunbase_wire::packet::{self, PacketError};
use bunbase_wire::registry::{FromRegistry, ToRegistry};
use bunbase_wire::telemetry::{self, FromTelemetry, ToTelemetry};
use bunbase_wire::worker::{self, DecodeError, FromWorker, Limits, Message, ToWorker};
use bytes::BytesMut;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use document::{Vector, bounds, text, vectors};
use names::{decode_error, frame_error, packet_error};

/// All kinds that there are, whatever the document says.
fn kinds() -> Vec<Kind> {
    let frame = |kind| [&[0, 0, 0, 10, ipc::VERSION, kind][..], &[0; 8]].concat();
    let all = (0..=u8::MAX).filter_map(|kind| decode_frame(&frame(kind)).ok());
    all.map(|frame| frame.kind).collect()
}

fn decode_frame(bytes: &[u8]) -> Result<Frame, FrameError> {
    let mut decoder = ipc::Decoder::default();
    decoder.buffer().extend_from_slice(bytes);
    let frame = decoder.next_frame()?.expect("a whole frame or a mistake");
    assert!(decoder.is_empty(), "bytes are left behind the frame");
    Ok(frame)
}

/// The frame put together again from what its JSON says to the types.
fn encode_frame(frame: &Frame, answered: &str) -> Result<BytesMut, FrameError> {
    match frame.kind {
        Kind::Invoke => again::<InvokeRequest>(frame),
        Kind::RegisterFunction | Kind::DeployFunction => again::<DeployRequest>(frame),
        Kind::Chunk => again_in_parts(frame, answered),
        Kind::List | Kind::Status | Kind::Doctor | Kind::Backup | Kind::Cancel => {
            again::<()>(frame)
        }
        Kind::Ack => again::<ipc::Acknowledged>(frame),
        Kind::Show | Kind::Remove | Kind::Versions | Kind::EnvList | Kind::SecretList => {
            again::<NameRequest>(frame)
        }
        Kind::Rollback => again::<ipc::RollbackRequest>(frame),
        Kind::EnvSet => again::<EnvSetRequest>(frame),
        Kind::EnvRemove => again::<EnvRemoveRequest>(frame),
        Kind::SecretSet => again::<ipc::SecretSetRequest>(frame),
        Kind::SecretRemove => again::<ipc::SecretRemoveRequest>(frame),
        Kind::GetLogs => again::<ipc::LogsRequest>(frame),
        Kind::GetMetrics => again::<ipc::MetricsRequest>(frame),
        Kind::Restore => again::<ipc::RestoreRequest>(frame),
        Kind::Error | Kind::NotFound => again::<ErrorAnswer>(frame),
        Kind::Ok => match answered {
            "invoke" => again::<InvokeAnswer>(frame),
            "register_function" | "deploy_function" | "rollback" => again::<DeployAnswer>(frame),
            "list" => again::<ListAnswer>(frame),
            "show" => again::<ShowAnswer>(frame),
            "remove" => again::<NameRequest>(frame),
            "status" => again::<StatusAnswer>(frame),
            "versions" => again::<ipc::VersionsAnswer>(frame),
            "env_list" => again::<EnvListAnswer>(frame),
            "env_set" | "env_remove" | "secret_set" | "secret_remove" => {
                again::<ChangeAnswer>(frame)
            }
            "secret_list" => again::<ipc::SecretListAnswer>(frame),
            "get_logs" => again::<ipc::Part>(frame),
            "get_metrics" => again::<ipc::MetricsAnswer>(frame),
            "backup" => again::<ipc::BackupAnswer>(frame),
            "restore" => again::<ipc::RestoreAnswer>(frame),
            "doctor" => again::<DoctorAnswer>(frame),
            other => panic!("OK to {other:?}, which is no command"),
        },
    }
}

fn again<T: Serialize + DeserializeOwned>(frame: &Frame) -> Result<BytesMut, FrameError> {
    let mut out = BytesMut::new();
    ipc::encode(frame.kind, frame.id, &frame.payload::<T>()?, &frame.raw, &mut out)?;
    Ok(out)
}

/// The lines of a log are JSON, too.
fn again_in_parts(frame: &Frame, answered: &str) -> Result<BytesMut, FrameError> {
    if answered == "get_logs" {
        for line in frame.raw.split_inclusive(|byte| *byte == b'\n') {
            let read: ipc::LogLine = serde_json::from_slice(line)?;
            assert_eq!([&serde_json::to_vec(&read)?[..], b"\n"].concat(), line);
        }
    }
    again::<ipc::Part>(frame)
}

fn in_words(frame: &Frame) -> Value {
    json!({
        "kind": names::kind(frame.kind).to_uppercase(),
        "id": frame.id,
        "json": frame.payload::<Value>().expect("JSON"),
        "raw": str::from_utf8(&frame.raw).expect("examples have raw bytes that are text"),
    })
}

fn decode_messages<M: Message>(bytes: &[u8]) -> Result<Vec<M>, DecodeError> {
    let mut decoder = worker::Decoder::new(Limits::default());
    decoder.buffer().extend_from_slice(bytes);
    let mut messages = Vec::new();
    while let Some(message) = decoder.next_message()? {
        messages.push(message);
    }
    assert!(decoder.is_empty(), "bytes are left behind the message");
    Ok(messages)
}

/// The one message of a line without its newline.
fn decode_line<M: Message>(line: &str) -> Result<M, DecodeError> {
    let mut messages = decode_messages(format!("{line}\n").as_bytes())?;
    assert_eq!(messages.len(), 1, "{line}");
    Ok(messages.remove(0))
}

fn line_of<M: Message>(message: &M) -> String {
    let mut out = Vec::new();
    worker::encode(message, false, &mut out);
    String::from_utf8(out).expect("JSON is text").trim_end_matches('\n').to_owned()
}

/// Checks one worker example against one direction.
fn check_line<M: Message>(vector: &Vector, name: impl Fn(&M) -> &'static str) {
    let message: M = decode_line(vector.block(0)).unwrap_or_else(|e| panic!("{vector}: {e}"));
    assert_eq!(name(&message), vector.name, "{vector}");
    assert_eq!(line_of(&message), vector.block(0), "{vector}");
}

fn check_raw<M: Message + Debug + PartialEq>(vector: &Vector, inline: &Vector) {
    let behind = decode_messages::<M>(vector.block(0).as_bytes());
    let behind = behind.unwrap_or_else(|e| panic!("{vector}: {e}"));
    let inline = decode_line::<M>(inline.block(0)).unwrap_or_else(|e| panic!("{inline}: {e}"));
    assert_eq!(behind, [inline], "{vector}");
}

/// Checks one packet example against one direction.
fn check_packet<M>(vector: &Vector, name: impl Fn(&M) -> &'static str)
where
    M: Serialize + DeserializeOwned,
{
    let packet = vector.block(0);
    let message: M =
        packet::decode(packet.as_bytes()).unwrap_or_else(|e| panic!("{vector}: {e:?}"));
    assert_eq!(name(&message), vector.name, "{vector}");
    let again = packet::encode(&message).unwrap_or_else(|e| panic!("{vector}: {e}"));
    assert_eq!(str::from_utf8(&again), Ok(packet), "{vector}");
}

fn assert_complete(protocol: &str, wanted: &[&str]) {
    let mut wanted = wanted.to_vec();
    let mut there: Vec<String> = vectors(protocol).into_iter().map(|v| v.name).collect();
    there.sort();
    there.dedup();
    wanted.sort_unstable();
    assert_eq!(there, wanted, "the messages of {protocol} that have an example");
}

#[test]
fn every_ipc_frame_is_what_the_document_says() {
    for vector in vectors("ipc") {
        let bytes = vector.bytes();
        let frame = decode_frame(&bytes).unwrap_or_else(|e| panic!("{vector}: {e}"));
        assert_eq!(names::kind(frame.kind), vector.name, "{vector}");
        let said: Value = serde_json::from_str(vector.block(1)).expect("JSON");
        assert_eq!(in_words(&frame), said, "{vector}");
        let again = encode_frame(&frame, &vector.of).unwrap_or_else(|e| panic!("{vector}: {e}"));
        assert_eq!(again, bytes, "{vector}");
    }
}

#[test]
fn every_ipc_kind_and_the_answer_to_every_command_has_an_example() {
    let kinds: Vec<&str> = kinds().into_iter().map(names::kind).collect();
    assert_complete("ipc", &kinds);
    let answers: Vec<String> =
        vectors("ipc").into_iter().filter(|v| v.name == "ok").map(|v| v.of).collect();
    let unanswered = ["ok", "error", "not_found", "chunk", "ack", "cancel"];
    for command in kinds.iter().filter(|kind| !unanswered.contains(kind)) {
        assert!(answers.iter().any(|of| of == command), "no example of OK to {command}");
    }
}

#[test]
fn every_worker_line_is_what_the_document_says() {
    let names: BTreeSet<&str> =
        names::TO_WORKER.iter().chain(names::FROM_WORKER).copied().collect();
    assert_complete("worker", &Vec::from_iter(names));
    for vector in vectors("worker") {
        // Some go both ways.
        if names::TO_WORKER.contains(&vector.name.as_str()) {
            check_line::<ToWorker>(&vector, names::to_worker);
        }
        if names::FROM_WORKER.contains(&vector.name.as_str()) {
            check_line::<FromWorker>(&vector, names::from_worker);
        }
    }
}

#[test]
fn a_body_behind_its_line_is_the_same_as_one_in_it() {
    assert_complete("worker-raw", &["invoke", "response"]);
    for vector in vectors("worker-raw") {
        let same = |other: &Vector| other.name == vector.name;
        let inline = vectors("worker").into_iter().find(same).expect("an example in one line");
        match vector.name.as_str() {
            "invoke" => check_raw::<ToWorker>(&vector, &inline),
            _ => check_raw::<FromWorker>(&vector, &inline),
        }
    }
}

#[test]
fn every_lease_packet_is_what_the_document_says() {
    assert_complete("lease", &[names::TO_SCHEDULER, names::FROM_SCHEDULER].concat());
    for vector in vectors("lease") {
        match names::TO_SCHEDULER.contains(&vector.name.as_str()) {
            true => check_packet::<ToScheduler>(&vector, names::to_scheduler),
            false => check_packet::<FromScheduler>(&vector, names::from_scheduler),
        }
    }
}

#[test]
fn every_registry_packet_is_what_the_document_says() {
    assert_complete("registry", &[names::TO_REGISTRY, names::FROM_REGISTRY].concat());
    for vector in vectors("registry") {
        match names::TO_REGISTRY.contains(&vector.name.as_str()) {
            true => check_packet::<ToRegistry>(&vector, names::to_registry),
            false => check_packet::<FromRegistry>(&vector, names::from_registry),
        }
    }
}

#[test]
fn every_telemetry_packet_is_what_the_document_says() {
    assert_complete("telemetry", &[names::TO_TELEMETRY, names::FROM_TELEMETRY].concat());
    for vector in vectors("telemetry") {
        match names::TO_TELEMETRY.contains(&vector.name.as_str()) {
            true => check_packet::<ToTelemetry>(&vector, names::to_telemetry),
            false => check_packet::<FromTelemetry>(&vector, names::from_telemetry),
        }
    }
}

#[test]
fn bytes_that_are_no_frame_or_no_payload_give_the_stated_error() {
    assert_complete("invalid-ipc", names::FRAME_ERROR);
    for vector in vectors("invalid-ipc") {
        let outcome = decode_frame(&vector.bytes()).and_then(|frame| encode_frame(&frame, ""));
        let error = outcome.expect_err("an invalid example");
        let found = (frame_error(&error), error.to_string());
        assert_eq!(found, (vector.name.as_str(), vector.block(1).to_owned()), "{vector}");
    }
}

#[test]
fn lines_that_are_no_message_give_the_stated_error() {
    // A line of more than 1 MiB has no place in a document.
    let short: Vec<&str> =
        names::DECODE_ERROR.iter().copied().filter(|name| *name != "line_too_long").collect();
    assert_complete("invalid-worker", &short);
    for vector in vectors("invalid-worker") {
        let error = decode_line::<FromWorker>(vector.block(0)).expect_err("an invalid example");
        let found = (decode_error(&error), error.to_string());
        assert_eq!(found, (vector.name.as_str(), vector.block(1).to_owned()), "{vector}");
    }
}

#[test]
fn packets_that_are_no_message_give_the_stated_error() {
    let check = |vector: Vector, error: PacketError| {
        let found = (packet_error(&error), error.to_string());
        assert_eq!(found, (vector.name.as_str(), vector.block(1).to_owned()), "{vector}");
    };
    for vector in vectors("invalid-lease") {
        let decoded = packet::decode::<ToScheduler>(vector.block(0).as_bytes());
        check(vector, decoded.expect_err("an invalid example"));
    }
    for vector in vectors("invalid-registry") {
        let decoded = packet::decode::<ToRegistry>(vector.block(0).as_bytes());
        check(vector, decoded.expect_err("an invalid example"));
    }
    for vector in vectors("invalid-telemetry") {
        let decoded = packet::decode::<ToTelemetry>(vector.block(0).as_bytes());
        check(vector, decoded.expect_err("an invalid example"));
    }
    // A packet of more than 64 KiB has no place in a document.
    let short: Vec<&str> =
        names::PACKET_ERROR.iter().copied().filter(|name| *name != "too_long").collect();
    assert_complete("invalid-lease", &short);
}

#[test]
fn every_bound_in_the_document_is_the_one_in_force() {
    let limits = Limits::default();
    let in_force = [
        ("ipc::VERSION", usize::from(ipc::VERSION)),
        ("ipc::HEADER", ipc::HEADER),
        ("ipc::MAX_FRAME", ipc::MAX_FRAME),
        ("ipc::WINDOW", ipc::WINDOW),
        ("ipc::MAX_LINES", ipc::MAX_LINES as usize),
        ("ipc::MAX_VERSIONS", ipc::MAX_VERSIONS),
        ("ipc::MAX_MESSAGE", ipc::MAX_MESSAGE),
        ("worker::VERSION", worker::VERSION as usize),
        ("worker::BUNDLE_FD", usize::try_from(worker::BUNDLE_FD).expect("a descriptor")),
        ("worker::SOURCE_MAP_FD", usize::try_from(worker::SOURCE_MAP_FD).expect("a descriptor")),
        ("worker::BYTECODE_FD", usize::try_from(worker::BYTECODE_FD).expect("a descriptor")),
        ("worker::MAX_BYTECODE", worker::MAX_BYTECODE),
        ("worker::Limits::line", limits.line),
        ("worker::Limits::raw", limits.raw),
        ("worker::WINDOW", worker::WINDOW),
        ("worker::INLINE_BODY", worker::INLINE_BODY),
        ("packet::MAX_PACKET", packet::MAX_PACKET),
        ("registry::MAX_ANSWER", bunbase_wire::registry::MAX_ANSWER),
        ("telemetry::MAX_MESSAGE", telemetry::MAX_MESSAGE),
        ("manifest::MAX_ENV_BYTES", bunbase_manifest::MAX_ENV_BYTES),
        ("manifest::MAX_SECRET_BYTES", bunbase_manifest::MAX_SECRET_BYTES),
        ("manifest::MAX_SECRETS_BYTES", bunbase_manifest::MAX_SECRETS_BYTES),
        ("manifest::MAX_MANIFEST_BYTES", bunbase_manifest::MAX_MANIFEST_BYTES),
        ("worker::MAX_BUNDLE", worker::MAX_BUNDLE),
    ];
    let in_force: Vec<(String, usize)> =
        in_force.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    assert_eq!(bounds(), in_force);
}

#[test]
fn every_word_that_a_field_can_have_is_explained() {
    for word in names::words() {
        assert!(text().contains(&format!("\n| `{word}` | ")), "no line of a table explains {word}");
    }
}

#[test]
fn every_field_of_an_example_is_explained() {
    let explained = document::code_words();
    for vector in ["ipc", "worker", "lease", "registry", "telemetry"].into_iter().flat_map(vectors)
    {
        let block = if vector.protocol == "ipc" { vector.block(1) } else { vector.block(0) };
        let example: Value = serde_json::from_str(block).expect("JSON");
        let message = if vector.protocol == "ipc" { &example["json"] } else { &example };
        for field in document::fields(message) {
            assert!(explained.contains(field.as_str()), "{vector}: no word about {field}");
        }
    }
}
