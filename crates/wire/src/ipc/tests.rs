//! Frames there and back, cut at every byte, and what must not pass.

use bytes::BytesMut;
use proptest::prelude::*;

use super::*;

fn frame(kind: Kind, id: u32, json: &serde_json::Value, raw: &[u8]) -> Vec<u8> {
    let mut out = BytesMut::new();
    encode(kind, id, json, raw, &mut out).unwrap();
    out.to_vec()
}

fn two_frames() -> Vec<u8> {
    let first = frame(Kind::Invoke, 1, &serde_json::json!({"function": "hello"}), b"body\0\xff");
    [first, frame(Kind::Ok, u32::MAX, &serde_json::json!(null), b"")].concat()
}

fn decoded(bytes: &[u8]) -> Result<Vec<Frame>, FrameError> {
    let mut decoder = Decoder::default();
    decoder.buffer().extend_from_slice(bytes);
    let mut frames = Vec::new();
    while let Some(frame) = decoder.next_frame()? {
        frames.push(frame);
    }
    Ok(frames)
}

#[test]
fn every_truncation_yields_only_what_was_whole_and_no_error() {
    let bytes = two_frames();
    let whole = decoded(&bytes).unwrap();
    assert_eq!((whole.len(), whole[0].id, whole[1].id), (2, 1, u32::MAX));
    assert_eq!(&whole[0].raw[..], b"body\0\xff");
    for end in 0..bytes.len() {
        let some = decoded(&bytes[..end]).unwrap();
        assert_eq!(some[..], whole[..some.len()], "cut at {end}");
        assert!(some.len() < 2);
    }
}

#[test]
fn frames_come_back_when_every_byte_arrives_alone() {
    let mut decoder = Decoder::default();
    let mut frames = Vec::new();
    for byte in two_frames() {
        decoder.buffer().extend_from_slice(&[byte]);
        frames.extend(decoder.next_frame().unwrap());
    }
    assert_eq!(frames, decoded(&two_frames()).unwrap());
}

#[test]
fn every_kind_comes_back_as_itself() {
    for byte in 0..=u8::MAX {
        let bytes = [&[0, 0, 0, 10, VERSION, byte][..], &[0; 8]].concat();
        match decoded(&bytes) {
            Ok(frames) => assert_eq!(frames[0].kind as u8, byte),
            Err(error) => assert!(matches!(error, FrameError::UnknownKind(kind) if kind == byte)),
        }
    }
}

#[test]
fn what_is_wrong_is_known_from_the_first_bytes() {
    let too_long = u32::try_from(MAX_FRAME + 1).unwrap().to_be_bytes();
    assert!(matches!(decoded(&too_long), Err(FrameError::TooLong(_))));
    assert!(matches!(decoded(&[0, 0, 0, 9]), Err(FrameError::TooShort(9))));
    assert!(matches!(decoded(&[0, 0, 0, 10, 2]), Err(FrameError::Version(2))));
    assert!(matches!(decoded(b"GET / HTTP/1.1\r\n"), Err(FrameError::TooLong(_))));
    assert!(matches!(
        decoded(&[2, 0, 0, 0, VERSION, 0x7f]),
        Err(FrameError::TooLong(_) | FrameError::UnknownKind(0x7f))
    ));
    assert!(matches!(decoded(&[1, 0, 0, 0, VERSION, 0x7f]), Err(FrameError::UnknownKind(0x7f))));
    let long_json = [1, 0, 0, 0, VERSION, Kind::Ok as u8, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff];
    assert!(matches!(decoded(&long_json), Err(FrameError::TooShort(_))));
}

#[test]
fn json_that_is_longer_than_its_frame_is_refused() {
    let bytes = [&[0, 0, 0, 10, VERSION, Kind::Ok as u8, 0, 0, 0, 1][..], &[0, 0, 0, 1]].concat();
    assert!(matches!(decoded(&bytes), Err(FrameError::TooShort(10))));
}

#[test]
fn a_frame_beyond_the_bound_is_not_sent() {
    let mut out = BytesMut::new();
    let raw = vec![0; MAX_FRAME];
    assert!(matches!(encode(Kind::Ok, 1, &(), &raw, &mut out), Err(FrameError::TooLong(_))));
    assert!(out.is_empty());
}

proptest! {
    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decoded(&bytes);
    }
}

#[test]
fn a_frame_is_debugged_without_its_raw_bytes() {
    let mut out = BytesMut::new();
    let request = SecretSetRequest { function: "hello".parse().unwrap(), name: "TOKEN".to_owned() };
    encode(Kind::SecretSet, 1, &request, b"hunter2", &mut out).unwrap();
    let mut decoder = Decoder::default();
    decoder.buffer().extend_from_slice(&out);
    let said = format!("{:?}", decoder.next_frame().unwrap().unwrap());
    assert!(said.contains("TOKEN") && said.contains("raw: 7 bytes"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}
