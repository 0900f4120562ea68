//! `ipc.sock`: frames however they are cut, and every payload that they may have.

#![no_main]

use std::fmt::Debug;

use bunbase_fuzz::pieces;
use bunbase_wire::ipc::{
    Decoder, DeployAnswer, DeployRequest, ErrorAnswer, Frame, HEADER, InvokeAnswer, InvokeRequest,
    ListAnswer, NameRequest, ShowAnswer, StatusAnswer, VERSION, encode,
};
use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;

fuzz_target!(|input: &[u8]| {
    let Some((stream, pieces)) = pieces::cut(input) else { return };
    let whole = decoded([stream]);
    assert_eq!(decoded(pieces), whole, "in pieces and at once");
    let bytes: Vec<u8> = whole.0.iter().flat_map(bytes_of).collect();
    assert!(stream.starts_with(&bytes), "frames are other bytes than they came from");
    whole.0.iter().for_each(payloads);
});

/// All frames up to the end of the pieces or the first error, and that error.
fn decoded<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Frame>, Option<String>) {
    let mut decoder = Decoder::default();
    let mut frames = Vec::new();
    for piece in pieces {
        decoder.buffer().extend_from_slice(piece);
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Some(error.to_string())),
            }
        }
    }
    (frames, None)
}

/// A frame put together by hand: `encode` takes only what can be serialised, and any JSON may have come.
fn bytes_of(frame: &Frame) -> Vec<u8> {
    let number = |n: usize| u32::try_from(n).expect("an input is short").to_be_bytes();
    let length = number(HEADER + frame.json.len() + frame.raw.len());
    let json = number(frame.json.len());
    let kind = [VERSION, frame.kind as u8];
    [&length[..], &kind, &frame.id.to_be_bytes(), &json, &frame.json, &frame.raw].concat()
}

fn payloads(frame: &Frame) {
    payload::<()>(frame);
    payload::<InvokeRequest>(frame);
    payload::<InvokeAnswer>(frame);
    payload::<DeployRequest>(frame);
    payload::<DeployAnswer>(frame);
    payload::<NameRequest>(frame);
    payload::<ListAnswer>(frame);
    payload::<ShowAnswer>(frame);
    payload::<StatusAnswer>(frame);
    payload::<ErrorAnswer>(frame);
}

/// What a frame carries, if it is a `T`, is still the same after it has been encoded and decoded again.
fn payload<T: Serialize + DeserializeOwned + Debug + PartialEq>(frame: &Frame) {
    let Ok(payload) = frame.payload::<T>() else { return };
    let mut out = BytesMut::new();
    encode(frame.kind, frame.id, &payload, &frame.raw, &mut out).expect("an input is short");
    let (again, error) = decoded([&out[..]]);
    assert_eq!((again.len(), error), (1, None));
    assert_eq!((again[0].kind, again[0].id, &again[0].raw), (frame.kind, frame.id, &frame.raw));
    assert_eq!(again[0].payload::<T>().expect("what was encoded decodes"), payload);
}
