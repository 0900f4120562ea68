//! The public IPC: rubbish ends the session that sent it, and no other.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use bunbase_client::{Client, DeployRequest, Error, ErrorCode, InvokeRequest, Outcome};
use bunbase_tests::{Project, Suite};

fn session(suite: &Suite) -> UnixStream {
    let stream = UnixStream::connect(suite.socket()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

/// Sends bytes and returns all that comes until ipcd closes.
fn answer_to(suite: &Suite, bytes: &[u8]) -> Vec<u8> {
    let mut stream = session(suite);
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

fn invoke(name: &str) -> InvokeRequest {
    InvokeRequest {
        function: name.parse().unwrap(),
        method: "POST".into(),
        path: "/p?q=1".into(),
        headers: vec![("x-a".into(), "b".into())],
        request_id: Some("mine".into()),
        more: false,
        stream: false,
    }
}

#[test]
fn a_malformed_frame_gets_a_typed_error_and_closes_only_its_own_session() {
    let suite = Suite::start();
    suite.deploy(&Project::handler("hello", "return new Response('hi')"));
    let mut other = Client::connect(suite.socket()).unwrap();
    assert_eq!(other.list().unwrap().functions.len(), 1);
    for rubbish in [
        &b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"[..],
        &[0, 0, 0, 1, 0],
        &[0xff; 64],
        &[0, 0, 0, 10, 9, 4, 0, 0, 0, 1, 0, 0, 0, 0],
        &[0, 0, 0, 10, 1, 0x55, 0, 0, 0, 1, 0, 0, 0, 0],
        &[0, 0, 0, 10, 1, 4, 0, 0, 0, 1, 0, 0, 0, 99],
    ] {
        let answer = answer_to(&suite, rubbish);
        assert_eq!(answer[5], 0x81, "an ERROR frame: {answer:?}");
        assert_eq!(answer[6..10], [0; 4], "of no request");
        let text = String::from_utf8_lossy(&answer);
        assert!(text.contains("\"code\":\"bad_request\""), "{text}");
    }
    assert_eq!(other.list().unwrap().functions.len(), 1);
}

#[test]
fn a_payload_that_does_not_fit_its_command_is_answered_and_the_session_goes_on() {
    let suite = Suite::start();
    let show_nothing = [0, 0, 0, 12, 1, 5, 0, 0, 0, 7, 0, 0, 0, 2, b'{', b'}'];
    let status = [0, 0, 0, 14, 1, 7, 0, 0, 0, 8, 0, 0, 0, 4, b'n', b'u', b'l', b'l'];
    let mut stream = session(&suite);
    stream.write_all(&[&show_nothing[..], &status[..]].concat()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let text = String::from_utf8_lossy(&answer);
    assert!(text.contains("bad_request") && text.contains("missing field"), "{text}");
    assert!(text.contains("\"scheduler\":true"), "{text}");
}

#[test]
fn half_a_frame_and_a_vanished_client_harm_nobody() {
    let suite = Suite::start();
    for length in [1, 4, 7, 13] {
        session(&suite).write_all(&[0, 0, 1, 0, 1, 4, 0, 0, 0, 1, 0, 0, 0][..length]).unwrap();
    }
    assert!(Client::connect(suite.socket()).unwrap().status().is_ok());
}

#[test]
fn invoke_carries_bodies_both_ways_as_they_are() {
    let suite = Suite::start();
    let body = "return new Response(await request.arrayBuffer(),
        { status: 202, headers: { 'x-seen': request.method + request.url + request.headers.get('x-a') } })";
    suite.deploy(&Project::handler("mirror", body));
    let sent: Vec<u8> = (0..100_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let mut client = Client::connect(suite.socket()).unwrap();
    let (answer, body) = client.invoke(&invoke("mirror"), &sent).unwrap();
    assert_eq!((answer.status, answer.request_id.as_str()), (202, "mine"));
    assert!(body == sent[..]);
    let seen = answer.headers.iter().find(|(name, _)| name == "x-seen").unwrap();
    assert_eq!(seen.1, "POSThttp://mirror.functions.internal/p?q=1b");
}

#[test]
fn failures_of_invoke_have_their_own_codes() {
    let suite = Suite::start();
    suite.deploy(&Project::handler("throws", "throw new Error('x')"));
    let slow = Project::handler("slow", "await new Promise(() => {})")
        .toml("[limits]\ntimeout = \"100ms\"");
    suite.deploy(&slow);
    let mut client = Client::connect(suite.socket()).unwrap();
    for (name, expected) in [
        ("nope", ErrorCode::NotFound),
        ("throws", ErrorCode::FunctionFailed),
        ("slow", ErrorCode::TimedOut),
    ] {
        match client.invoke(&invoke(name), b"") {
            Err(Error::Answered(error)) => assert_eq!(error.code, expected, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn a_manifest_that_contradicts_itself_is_refused_whoever_sends_it() {
    let suite = Suite::start();
    let mut manifest = bunbase_manifest::parse("", "sly", "index.ts").unwrap();
    manifest.scale.max = 0;
    manifest.limits.memory = bunbase_manifest::ByteSize::mib(1 << 20);
    let mut client = Client::connect(suite.socket()).unwrap();
    let request = DeployRequest { manifest, bundle_bytes: 1, message: None, dry_run: false };
    match client.deploy(&request, b"x", b"") {
        Err(Error::Answered(error)) => {
            assert_eq!(error.code, ErrorCode::Invalid);
            assert!(error.message.contains("scale.max"), "{}", error.message);
        }
        other => panic!("{other:?}"),
    }
}

/// Each of these would end a worker, or reach the handler as something else than was sent.
#[test]
fn what_http_would_not_let_through_is_refused_and_harms_no_worker() {
    let suite = Suite::start();
    suite.deploy(&Project::handler("mirror", "return new Response('ok')"));
    let mut client = Client::connect(suite.socket()).unwrap();
    let with = |change: &dyn Fn(&mut InvokeRequest)| {
        let mut request = invoke("mirror");
        change(&mut request);
        request
    };
    for bad in [
        with(&|r| r.headers = vec![("a".into(), "x\nb\ny".into())]),
        with(&|r| r.headers = vec![("a b".into(), "x".into())]),
        with(&|r| r.headers = vec![("a".into(), "\u{20ac}".into())]),
        with(&|r| r.headers = vec![("a".into(), "x".repeat(2 << 20))]),
        with(&|r| r.path = format!("/{}", "x".repeat(60_000)).repeat(3)),
        with(&|r| r.path = "no-slash".into()),
        with(&|r| r.path = "/a b".into()),
        with(&|r| r.method = "GE T".into()),
    ] {
        match client.invoke(&bad, b"") {
            Err(Error::Answered(error)) => {
                assert_eq!(error.code, ErrorCode::Invalid, "{}", error.message)
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(&client.invoke(&invoke("mirror"), b"").unwrap().1[..], b"ok");
    assert!(!suite.log().contains("worker given up"), "{}", suite.log());
}

#[test]
fn a_bundle_shorter_than_announced_is_refused() {
    let suite = Suite::start();
    let manifest = bunbase_manifest::parse("", "short", "index.ts").unwrap();
    let mut client = Client::connect(suite.socket()).unwrap();
    for (announced, bundle) in [(0, &b"x"[..]), (2, b"x")] {
        let request = DeployRequest {
            manifest: manifest.clone(),
            bundle_bytes: announced,
            message: None,
            dry_run: false,
        };
        assert!(matches!(client.deploy(&request, bundle, b""), Err(Error::Answered(_))));
    }
    let bundle = b"export default () => new Response()";
    let bundle_bytes = u32::try_from(bundle.len()).unwrap();
    let request =
        DeployRequest { manifest, bundle_bytes, message: Some("why".into()), dry_run: false };
    assert_eq!(client.deploy(&request, bundle, b"").unwrap().outcome, Outcome::Created);
}

/// A body of so many bytes that no frame, and no buffer of ours, takes it whole.
const LARGE: usize = 80 << 20;

#[test]
fn bodies_of_any_length_go_both_ways_in_parts() {
    let suite = Suite::with_config(&[("ipcd.toml", "[caps]\nmax_body = \"10MB\"")]);
    let body = "let got = 0; for await (const part of request.body) got += part.length;
        const size = Number(new URL(request.url).searchParams.get('size')); let sent = 0;
        return new Response(new ReadableStream({ pull(out) {
            if (sent >= size) return out.close();
            sent += 65536; out.enqueue(new Uint8Array(65536).fill(7)); } }), { headers: { got } })";
    suite.deploy(&Project::handler("pipe", body));
    let mut client = Client::connect(suite.socket()).unwrap();
    let request = InvokeRequest { path: format!("/?size={LARGE}"), ..invoke("pipe") };
    let rest = Box::new(std::io::Read::take(std::io::repeat(1), 9_000_000));
    let (head, mut parts) = client.invoke_streaming(request, b"begun", Some(rest)).unwrap();
    assert_eq!(head.headers.iter().find(|(name, _)| name == "got").unwrap().1, "9000005");
    let mut received = 0;
    while let Some(part) = parts.next().unwrap() {
        assert!(part.iter().all(|byte| *byte == 7));
        received += part.len();
    }
    assert_eq!(received, LARGE);
    drop(parts);
    assert!(client.status().is_ok(), "the connection goes on");
}

#[test]
fn a_client_that_takes_nothing_holds_up_its_own_answer_and_no_other() {
    let suite = Suite::start();
    let endless = "return new Response(new ReadableStream({ pull(out) { out.enqueue(new Uint8Array(65536)); } }))";
    suite.deploy(&Project::handler("endless", endless));
    let ipcd = suite.pid("ipcd").unwrap();
    let mut client = Client::connect(suite.socket()).unwrap();
    let (_, parts) = client.invoke_streaming(invoke("endless"), b"", None).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert!(bunbase_tests::process::resident_kib(ipcd) < 100 << 10, "nothing piles up");
    drop(parts);
    assert!(client.list().is_ok(), "it is cancelled, and the connection is of use");
}

#[test]
fn a_request_whose_client_cancels_it_ends_and_its_id_may_be_used_again() {
    let suite = Suite::start();
    suite.deploy(&Project::handler("slow", "await new Promise(() => {})"));
    let mut stream = session(&suite);
    let frame = |kind: u8, id: u8, json: &[u8]| {
        let length = u8::try_from(10 + json.len()).unwrap();
        let size = u8::try_from(json.len()).unwrap();
        [&[0, 0, 0, length, 1, kind, 0, 0, 0, id, 0, 0, 0, size], json].concat()
    };
    let slow = br#"{"function":"slow","method":"GET","path":"/"}"#;
    let sent = [frame(1, 5, slow), frame(0x15, 5, b"null"), frame(7, 5, b"null")].concat();
    stream.write_all(&sent).unwrap();
    let mut head = [0; 10];
    stream.read_exact(&mut head).unwrap();
    assert_eq!((head[5], head[9]), (0x80, 5), "the answer to STATUS, and none to INVOKE");
}

#[test]
fn an_id_that_is_in_flight_is_not_taken_twice_and_the_window_is_kept() {
    let suite = Suite::start();
    let slow = Project::handler("slow", "await new Promise(() => {})");
    suite.deploy(&slow.toml("[limits]\ntimeout = \"500ms\""));
    let slow = br#"{"function":"slow","method":"POST","path":"/","more":true}"#;
    let frame = |kind: u8, json: &[u8], raw: &[u8]| {
        let length = u32::try_from(10 + json.len() + raw.len()).unwrap().to_be_bytes();
        let size = u32::try_from(json.len()).unwrap().to_be_bytes();
        [&length[..], &[1, kind, 0, 0, 0, 5], &size, json, raw].concat()
    };
    let twice = [frame(1, slow, b""), frame(1, slow, b"")].concat();
    let text = String::from_utf8_lossy(&answer_to(&suite, &twice)).into_owned();
    assert!(text.contains("request 5 is in flight already"), "{text}");
    let beyond = [frame(1, slow, b""), frame(0x83, b"{}", &vec![0; 400 << 10])].concat();
    let text = String::from_utf8_lossy(&answer_to(&suite, &beyond)).into_owned();
    assert!(text.contains("wait for ACK"), "{text}");
}
