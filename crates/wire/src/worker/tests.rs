//! Messages there and back, cut at every byte, and what must not pass.

use bunbase_manifest::Secret;
use bytes::Bytes;
use proptest::prelude::*;

use super::*;

fn response(body: &[u8]) -> FromWorker {
    FromWorker::Response(Response {
        id: 7,
        status: 200,
        headers: vec![("set-cookie".into(), "a=1".into()), ("set-cookie".into(), "b=\"2\"".into())],
        more: false,
        used: Some(Used { cpu_us: 12, memory: 4096 }),
        body: Bytes::copy_from_slice(body),
    })
}

fn head() -> FromWorker {
    let body = Bytes::new();
    FromWorker::Response(Response {
        id: 8,
        status: 200,
        headers: Vec::new(),
        more: true,
        used: None,
        body,
    })
}

fn chunk(more: bool, body: &[u8]) -> FromWorker {
    FromWorker::Chunk(Chunk { id: 8, more, used: None, body: Bytes::copy_from_slice(body) })
}

fn from_worker() -> Vec<FromWorker> {
    let message = "first\nsecond \"third\" \u{1F600}".to_owned();
    vec![
        FromWorker::Ready(Ready { protocol: VERSION, raw: true }),
        FromWorker::Ready(Ready { protocol: VERSION, raw: false }),
        FromWorker::Pending { id: 8 },
        FromWorker::Done { id: 8 },
        FromWorker::Log(Log { id: None, level: Level::Warn, message: message.clone() }),
        FromWorker::Error(Failure {
            id: Some(1),
            code: FailureCode::Uncaught,
            message,
            stack: None,
            used: None,
        }),
        response(b""),
        response(b"small"),
        response(&[0xff; INLINE_BODY + 1]),
        head(),
        chunk(true, b"part"),
        chunk(true, &[0xfe; INLINE_BODY + 1]),
        chunk(false, b""),
    ]
}

fn to_worker() -> Vec<ToWorker> {
    let invoke = |body: &'static [u8]| {
        ToWorker::Invoke(Invoke {
            id: 1 << 40,
            request_id: "r".into(),
            method: "POST".into(),
            url: "http://localhost/?a=%20".into(),
            headers: vec![("a".into(), "b".into())],
            timeout_ms: 30_000,
            more: false,
            body: Bytes::from_static(body),
        })
    };
    let env = [("KEY".to_owned(), "value".to_owned())].into();
    let load = Load {
        secrets: [("TOKEN".to_owned(), Secret::new(b"of three\nwords").unwrap())].into(),
        protocol: VERSION,
        function: "f".into(),
        version: "v".into(),
        memory: 1 << 20,
        cpu_time_ms: 5000,
        bundle: None,
        env,
    };
    vec![
        ToWorker::Load(load),
        invoke(b""),
        invoke(b"\0binary\xff"),
        ToWorker::Cancel { id: 3 },
        ToWorker::Ack { id: 3, bytes: 1 << 40 },
        ToWorker::Shutdown {},
    ]
}

fn encoded<M: Message>(messages: &[M], raw: bool) -> Vec<u8> {
    let mut out = Vec::new();
    messages.iter().for_each(|message| encode(message, raw, &mut out));
    out
}

/// Everything that comes out when the bytes arrive in these pieces.
fn decoded<'a, M: Message>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<M>, DecodeError> {
    let mut decoder = Decoder::new(Limits::default());
    let mut messages = Vec::new();
    for piece in pieces {
        decoder.buffer().extend_from_slice(piece);
        while let Some(message) = decoder.next_message()? {
            messages.push(message);
        }
    }
    Ok(messages)
}

#[test]
fn messages_come_back_as_they_went_wherever_the_bytes_are_cut() {
    for raw in [true, false] {
        let bytes = encoded(&from_worker(), raw);
        for cut in 0..=bytes.len() {
            let (a, b) = bytes.split_at(cut);
            assert_eq!(decoded::<FromWorker>([a, b]).unwrap(), from_worker(), "cut at {cut}");
        }
        let bytes = encoded(&to_worker(), raw);
        let each: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(decoded::<ToWorker>(each).unwrap(), to_worker());
    }
}

#[test]
fn a_truncated_stream_yields_only_what_was_whole_and_no_error() {
    let bytes = encoded(&from_worker(), true);
    for end in 0..bytes.len() {
        let whole = decoded::<FromWorker>([&bytes[..end]]).unwrap();
        assert!(whole.len() < from_worker().len());
        assert_eq!(whole[..], from_worker()[..whole.len()], "cut at {end}");
    }
}

#[test]
fn a_large_body_follows_its_line_only_where_that_is_understood() {
    let body = [b'x'; INLINE_BODY + 1];
    let text = |raw| String::from_utf8(encoded(&[response(&body)], raw)).unwrap();
    assert!(text(true).contains("\"raw\":2049}\nxxx"));
    assert!(text(false).contains("\"body\":\"eHh4"));
}

#[test]
fn an_invoke_that_the_sender_keeps_is_encoded_like_any_other() {
    for message in to_worker() {
        if let ToWorker::Invoke(invoke) = message {
            assert_eq!(kept(&invoke, true), encoded(&[ToWorker::Invoke(invoke)], true));
        }
    }
}

/// The line of an invocation that the sender keeps.
fn kept(invoke: &Invoke, raw: bool) -> Vec<u8> {
    let mut head = Head::new(&invoke.method, &invoke.url);
    invoke.headers.iter().for_each(|(name, value)| head.header(name, value));
    let (id, request_id) = (invoke.id, invoke.request_id.clone());
    let (timeout_ms, more, body) = (invoke.timeout_ms, invoke.more, invoke.body.clone());
    let mut line = Vec::new();
    encode_invoke(&Prepared { id, request_id, head, timeout_ms, more, body }, raw, &mut line);
    line
}

#[test]
fn a_header_of_any_bytes_has_a_character_for_each() {
    let value: Vec<u8> = (0..=255).collect();
    let mut head = Head::new("GET", "http://a/");
    head.header_bytes("plain", b"a b");
    head.header_bytes("any", &value);
    let (request_id, body) = ("r".to_owned(), Bytes::new());
    let mut line = Vec::new();
    let invoke = Prepared { id: 1, request_id, head, timeout_ms: 1, more: false, body };
    encode_invoke(&invoke, true, &mut line);
    let messages = decoded::<ToWorker>([&line[..]]).unwrap();
    let [ToWorker::Invoke(seen)] = &messages[..] else { panic!("{messages:?}") };
    let any = value.iter().copied().map(char::from).collect();
    assert_eq!(seen.headers, [("plain".into(), "a b".into()), ("any".into(), any)]);
}

fn refused(limits: Limits, bytes: &[u8]) -> DecodeError {
    let mut decoder = Decoder::<FromWorker>::new(limits);
    decoder.buffer().extend_from_slice(bytes);
    decoder.next_message().unwrap_err()
}

#[test]
fn a_line_beyond_the_bound_is_refused_before_its_end() {
    let limits = Limits { line: 64, raw: 0 };
    assert!(matches!(refused(limits, &[b' '; 65]), DecodeError::LineTooLong(64)));
}

#[test]
fn a_body_beyond_the_bound_is_refused_when_it_is_announced() {
    let limits = Limits { line: 1 << 10, raw: 10 };
    let line = b"{\"type\":\"response\",\"id\":1,\"status\":200,\"headers\":[],\"raw\":11}\n";
    assert!(matches!(
        refused(limits, line),
        DecodeError::BodyTooLarge { announced: 11, bound: 10 }
    ));
}

#[test]
fn what_is_no_message_is_refused() {
    for line in [
        "\n",
        "{}\n",
        "[]\n",
        "not json\n",
        "{\"type\":\"nonsense\"}\n",
        "{\"type\":\"response\",\"id\":-1,\"status\":200,\"headers\":[]}\n",
        "{\"type\":\"response\",\"id\":1,\"status\":70000,\"headers\":[]}\n",
        "{\"type\":\"response\",\"id\":1,\"status\":200,\"headers\":[],\"body\":\"%%\"}\n",
        "{\"type\":\"response\",\"id\":1,\"status\":200,\"headers\":[],\"body\":\"aGk=\",\"raw\":1}\n",
        "{\"type\":\"response\",\"id\":1,\"status\":200,\"headers\":[],\"raw\":-1}\n",
        "{\"type\":\"log\",\"level\":\"info\",\"message\":\"m\",\"raw\":3}\n",
        "{\"type\":\"log\",\"level\":\"info\",\"message\":\"m\",\"body\":\"aGk=\"}\n",
        "{\"type\":\"invoke\",\"id\":1}\n",
    ] {
        let error = refused(Limits::default(), line.as_bytes());
        assert!(!error.to_string().is_empty(), "{line}");
    }
}

proptest! {
    #[test]
    fn an_invoke_of_any_text_is_encoded_as_serde_does_it(
        texts in prop::collection::vec(any::<String>(), 3..7),
        body in prop::collection::vec(any::<u8>(), 0..3_000),
        id: u64,
        more: bool,
        raw: bool,
    ) {
        let headers = texts[2..].iter().map(|text| (text.clone(), text.clone())).collect();
        let (request_id, method, url) = (texts[0].clone(), texts[1].clone(), texts[2].clone());
        let body = body.into();
        let invoke = Invoke { id, request_id, method, url, headers, timeout_ms: id, more, body };
        prop_assert_eq!(kept(&invoke, raw), encoded(&[ToWorker::Invoke(invoke)], raw));
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = decoded::<FromWorker>([&bytes[..]]);
        let _ = decoded::<ToWorker>([&bytes[..]]);
    }

    #[test]
    fn any_body_comes_back_exactly(body in prop::collection::vec(any::<u8>(), 0..5_000), raw: bool) {
        let bytes = encoded(&[response(&body)], raw);
        prop_assert_eq!(decoded::<FromWorker>([&bytes[..]]).unwrap(), [response(&body)]);
    }
}
