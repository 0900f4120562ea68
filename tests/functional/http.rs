//! Requests and answers as they were meant, both ways.

use bunbase_tests::{Answer, Project, Suite};

fn suite_with(name: &str, body: &str) -> Suite {
    let suite = Suite::start();
    suite.deploy(&Project::handler(name, body));
    suite
}

#[test]
fn method_path_query_headers_and_body_reach_the_handler() {
    let body = "const url = new URL(request.url); return Response.json({
        method: request.method, path: url.pathname, query: url.search, host: url.host,
        x: request.headers.get('x-thing'), prefix: request.headers.get('x-forwarded-prefix'),
        text: await request.text() })";
    let suite = suite_with("echo", body);
    let answer = suite.request(
        "PUT",
        "/functions/echo/a%20b/c?q=1&r=%C3%A4",
        &[("x-thing", "yes")],
        "gr\u{fc}n".as_bytes(),
    );
    let json = answer.json();
    assert_eq!(json["method"], "PUT");
    assert_eq!(json["path"], "/a%20b/c");
    assert_eq!(json["query"], "?q=1&r=%C3%A4");
    assert_eq!(json["host"], suite.address());
    assert_eq!(json["x"], "yes");
    assert_eq!(json["prefix"], "/functions/echo");
    assert_eq!(json["text"], "gr\u{fc}n");
}

#[test]
fn headers_status_and_two_cookies_reach_the_client() {
    let body = "const headers = new Headers({ 'x-answer': '42' });
        headers.append('set-cookie', 'a=1'); headers.append('set-cookie', 'b=2');
        return new Response('made', { status: 201, headers })";
    let answer = suite_with("cookies", body).get("/functions/cookies");
    assert_eq!((answer.status, answer.text()), (201, "made"));
    assert_eq!(answer.header("set-cookie"), ["a=1", "b=2"]);
    assert_eq!(answer.header("x-answer"), ["42"]);
}

#[test]
fn binary_bodies_of_all_sizes_come_back_to_the_byte() {
    let suite = suite_with("mirror", "return new Response(await request.arrayBuffer())");
    for size in [0, 1, 255, 2_048, 2_049, 65_536, 1_000_003, 9_000_000] {
        let body: Vec<u8> =
            (0..size).map(|n: u32| n.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect();
        let answer = suite.post("/functions/mirror", &body);
        assert_eq!(answer.status, 200, "{size} bytes: {}", suite.log());
        assert!(answer.body == body, "{size} bytes came back as {}", answer.body.len());
    }
}

#[test]
fn a_functions_own_errors_pass_untouched() {
    let suite = suite_with(
        "own",
        "const status = Number(new URL(request.url).search.slice(1));
         return new Response(status === 204 ? null : 'mine', { status })",
    );
    for status in [204, 301, 404, 418, 500, 503] {
        let answer = suite.get(&format!("/functions/own?{status}"));
        assert_eq!(answer.status, status);
        assert!(answer.header("content-type").iter().all(|kind| !kind.contains("problem")));
    }
}

#[test]
fn a_head_request_has_headers_and_no_body() {
    let suite = suite_with("head", "return new Response('12345', { headers: { 'x-a': 'b' } })");
    let answer = suite.request("HEAD", "/functions/head", &[], &[]);
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(answer.header("x-a"), ["b"]);
}

#[test]
fn a_request_id_is_kept_or_made_and_always_there() {
    let suite = suite_with(
        "id",
        "return new Response(request.headers.get('x-request-id') + ' ' + ctx.invocationId)",
    );
    let given = suite.request("GET", "/functions/id", &[("x-request-id", "abc-1")], &[]);
    assert_eq!(given.header("x-request-id"), ["abc-1"]);
    assert!(given.text().starts_with("abc-1 "), "{}", given.text());
    let made = suite.get("/functions/id");
    assert_eq!(made.header("x-request-id")[0].len(), 36);
    assert_eq!(suite.get("/nothing").header("x-request-id").len(), 1);
}

#[test]
fn every_handler_shape_works() {
    let suite = Suite::start();
    for (name, index) in [
        ("object", "export default { fetch(r: Request) { return new Response('object') } }"),
        (
            "function",
            "export default function handler(r: Request): Response { return new Response('function') }",
        ),
        ("named", "export async function handler(r: Request) { return new Response('named') }"),
    ] {
        suite.deploy(&Project::new(name, index));
        assert_eq!(suite.get(&format!("/functions/{name}")).text(), name);
    }
}

#[test]
fn the_environment_of_the_manifest_is_the_handlers_env() {
    let suite = Suite::start();
    let project = Project::handler("env", "return new Response(env.GREETING)")
        .toml("[env]\nGREETING = \"moin\"");
    suite.deploy(&project);
    assert_eq!(suite.get("/functions/env").text(), "moin");
}

#[test]
fn a_body_beyond_the_functions_limit_is_413_and_names_the_limit() {
    let suite = Suite::start();
    suite.deploy(
        &Project::handler("small", "return new Response('ok')").toml("[http]\nmax_body = \"1KB\""),
    );
    assert_eq!(suite.post("/functions/small", &[0; 1_024]).status, 200);
    let answer = suite.post("/functions/small", &[0; 1_025]);
    assert_eq!(answer.status, 413);
    assert_eq!(answer.json()["limit"]["name"], "http.max_body");
}

#[test]
fn a_body_beyond_the_gateways_limit_is_413_before_it_is_read() {
    let suite = Suite::with_config(&[("gateway.toml", "max_body = \"1KB\"")]);
    let answer = declared_only(&suite, "/functions/x", 1_025);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("gateway.max_body"), "{answer}");
}

/// Two slow functions hold the room that there is; the third body is not even read.
#[test]
fn bodies_beyond_the_room_for_all_of_them_are_503_at_once() {
    let config = "max_body = \"1MB\"\nmax_buffered = \"1MB\"";
    let suite = Suite::with_config(&[("gateway.toml", config)]);
    let body = "await new Promise(done => setTimeout(done, 1000)); return new Response('ok')";
    suite.deploy(&Project::handler("slow", body));
    std::thread::scope(|scope| {
        let held: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| suite.post("/functions/slow", &[0; 1 << 20]).status))
            .collect();
        std::thread::sleep(std::time::Duration::from_millis(400));
        let answer = declared_only(&suite, "/functions/slow", 1 << 20);
        assert!(
            answer.starts_with("HTTP/1.1 503 ") && answer.contains("gateway.max_buffered"),
            "{answer}"
        );
        assert_eq!(suite.post("/functions/slow", b"").status, 200);
        held.into_iter().for_each(|request| assert_eq!(request.join().unwrap(), 200));
    });
    bunbase_tests::wait::until_true("room again", || {
        suite.post("/functions/slow", b"small").status == 200
    });
}

/// Sends a head that declares a body, and never the body.
fn declared_only(suite: &Suite, path: &str, length: usize) -> String {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(suite.address()).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(5))).unwrap();
    write!(stream, "POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_gateways_own_pages_answer_and_the_rest_is_404() {
    let suite = Suite::start();
    assert_eq!(suite.get("/health").text(), "ok\n");
    assert_eq!(suite.get("/ready").text(), "ready\n");
    assert!(suite.get("/").text().contains("BunBase"));
    problem(&suite.get("/favicon.ico"), 404, "no_such_page");
    let answer = suite.post("/health", b"x");
    problem(&answer, 405, "method_not_allowed");
    assert_eq!(answer.header("allow"), ["GET, HEAD"]);
}

fn problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status);
    assert_eq!(answer.header("content-type"), ["application/problem+json"]);
    assert_eq!(answer.json()["code"], code);
}

#[test]
fn two_requests_on_one_connection_are_both_answered() {
    use std::io::{Read, Write};
    let suite = suite_with("keep", "return new Response('ok')");
    let mut stream = std::net::TcpStream::connect(suite.address()).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(5))).unwrap();
    let head = "GET /functions/keep HTTP/1.1\r\nhost: a\r\n";
    write!(stream, "{head}\r\n{head}connection: close\r\n\r\n").unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 2, "{answers}");
}

/// Header values are bytes (RFC 9110, 5.5): a string has a character for each, as in every Web API.
#[test]
fn header_values_that_are_not_ascii_come_back_byte_for_byte() {
    use std::io::{Read, Write};
    let suite = suite_with(
        "latin",
        "return new Response(null, { headers: { 'x-back': request.headers.get('x-there') } })",
    );
    let mut stream = std::net::TcpStream::connect(suite.address()).unwrap();
    let head = b"GET /functions/latin HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-there: gr\xfcn \xc3\xa4\r\n\r\n";
    stream.write_all(head).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let line = b"x-back: gr\xfcn \xc3\xa4\r\n";
    assert!(
        answer.windows(line.len()).any(|part| part == line),
        "{}",
        String::from_utf8_lossy(&answer)
    );
}
