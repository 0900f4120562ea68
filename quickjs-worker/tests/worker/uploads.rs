//! Bodies of requests that come by and by.

use bunbase_wire::worker::{Chunk, FailureCode, FromWorker, Invoke, ToWorker, WINDOW};

use crate::host::{Host, post, text};

fn begun(id: u64, first: &str) -> Invoke {
    Invoke { more: true, ..post(id, first) }
}

fn chunk(body: &[u8], more: bool) -> ToWorker {
    ToWorker::Chunk(Chunk { id: 1, more, used: None, body: body.to_vec().into() })
}

/// Bytes that the worker has acknowledged when it says something else, and what it says then.
fn acknowledged(host: &mut Host) -> (u64, FromWorker) {
    let mut sum = 0;
    loop {
        match host.receive().expect("the worker says something") {
            FromWorker::Ack { id: 1, bytes } => sum += bytes,
            other => return (sum, other),
        }
    }
}

#[test]
fn a_handler_runs_before_its_body_is_complete_and_reads_it_as_it_comes() {
    let mut host = Host::serving(
        "export default async (r) => {
            const texts = [];
            for await (const part of r.body.pipeThrough(new TextDecoderStream())) {
                console.log(part);
                texts.push(part);
            }
            return new Response(texts.join()) }",
    );
    host.invoke(begun(1, "a"));
    assert_eq!(host.log().message, "a");
    host.send(&chunk(b"b", true));
    assert_eq!(host.log().message, "b");
    host.send(&chunk(b"", false));
    assert_eq!(text(&host.response()), "a,b");
}

#[test]
fn every_way_to_read_a_whole_body_awaits_its_end() {
    let ways = [
        ("r.text()", "ab"),
        ("r.json().catch((e) => e.name)", "SyntaxError"),
        ("r.arrayBuffer().then((b) => b.byteLength)", "2"),
        ("r.bytes().then((b) => b.join())", "97,98"),
        ("r.blob().then((b) => b.size)", "2"),
        ("new Request(r).text()", "ab"),
        ("r.clone().text()", "ab"),
    ];
    for (way, expected) in ways {
        let mut host =
            Host::serving(&format!("export default async (r) => new Response(`${{await {way}}}`)"));
        host.invoke(begun(1, "a"));
        host.send(&chunk(b"b", false));
        assert_eq!(text(&host.response()), expected, "{way}");
    }
}

#[test]
fn who_reads_with_a_minimum_gets_what_is_left_at_the_end() {
    const SOURCE: &str = "export default async (r) => {
        const reader = r.body.getReader({ mode: 'byob' }), lengths = [];
        for (;;) {
            await new Promise((ok) => setTimeout(ok, 5));
            const { done, value } = await reader.read(new Uint8Array(4), { min: 4 });
            if (value?.length > 0) lengths.push(value.length);
            if (done) return new Response(lengths.join());
        } }";
    for streamed in [false, true] {
        let mut host = Host::serving(SOURCE);
        if streamed {
            host.invoke(begun(1, "abcd"));
            host.send(&chunk(b"ef", true));
            host.send(&chunk(b"", false));
        } else {
            host.invoke(post(1, "abcdef"));
        }
        assert_eq!(text(&host.response()), "4,2", "streamed: {streamed}");
    }
}

#[test]
fn what_has_been_read_is_acknowledged_and_what_has_not_is_not() {
    let mut host = Host::serving(
        "export default async (r) => {
            const reader = r.body.getReader();
            await new Promise((ok) => setTimeout(ok, 50));
            console.log('begin');
            let length = 0;
            for (;;) {
                const { done, value } = await reader.read();
                if (done) return new Response(`${length}`);
                length += value.length;
            } }",
    );
    host.invoke(begun(1, "first"));
    (0..4).for_each(|_| host.send(&chunk(&[1; WINDOW / 4], true)));
    let (before, begin) = acknowledged(&mut host);
    assert_eq!(before, 0);
    assert!(matches!(begin, FromWorker::Log(_)), "{begin:?}");
    host.send(&chunk(b"", false));
    let (after, answer) = acknowledged(&mut host);
    assert!(after >= WINDOW as u64 * 3 / 4 && after <= WINDOW as u64, "{after}");
    let FromWorker::Response(answer) = answer else { panic!("{answer:?}") };
    assert_eq!(text(&answer), (WINDOW + 5).to_string());
}

#[test]
fn a_body_that_the_handler_has_cancelled_is_acknowledged_and_dropped() {
    let mut host = Host::serving(
        "export default async (r) => {
            await r.body.cancel();
            await new Promise((ok) => setTimeout(ok, 100));
            return new Response('done') }",
    );
    host.invoke(begun(1, "first"));
    (0..4).for_each(|_| host.send(&chunk(&[1; WINDOW / 4], true)));
    let (sum, answer) = acknowledged(&mut host);
    assert_eq!(sum, WINDOW as u64);
    assert!(matches!(answer, FromWorker::Response(_)), "{answer:?}");
}

#[test]
fn a_cancelled_request_breaks_its_body_off_with_the_reason() {
    let mut host = Host::serving(
        "export default async (r) => {
            try { await r.text() } catch (e) { console.log(e.name, r.signal.aborted) }
            return new Response('unheard') }",
    );
    host.invoke(begun(1, "a"));
    host.send(&ToWorker::Cancel { id: 1 });
    assert_eq!(host.log().message, "AbortError true");
}

#[test]
fn each_part_of_a_body_begins_the_deadline_anew_and_silence_ends_it() {
    let mut host =
        Host::serving("export default async (r) => new Response(await r.text().catch(String))");
    host.invoke(Invoke { timeout_ms: 200, ..begun(1, "a") });
    for _ in 0..5 {
        std::thread::sleep(std::time::Duration::from_millis(100));
        host.send(&chunk(b"b", true));
    }
    assert_eq!(host.failure().code, FailureCode::Timeout);
}

#[test]
fn a_part_that_crosses_with_the_answer_means_nothing() {
    let mut host = Host::serving(
        "let body; export default async (r) => {
            if (body !== undefined) return new Response(await body.text().catch((e) => e.message));
            body = r;
            return new Response('early') }",
    );
    host.invoke(begun(1, "a"));
    assert_eq!(text(&host.response()), "early");
    host.send(&chunk(b"b", true));
    let late = host.ask(post(2, ""));
    assert_eq!(text(&late), "the request is over, its body has not been read");
}

/// A stream and its controller are a cycle, which waits for a collection.
#[test]
fn a_body_that_is_passed_on_as_a_stream_does_not_wait_for_a_collection() {
    const BODY: usize = 64 << 10;
    let mut host = Host::serving("export default (r) => new Response(r.body)");
    let peaks = (1..=12).map(|id| {
        let answer = host.ask(post(id, vec![7; BODY]));
        assert_eq!(answer.body.len(), BODY);
        answer.used.expect("what it has cost").memory
    });
    let peaks: Vec<u64> = peaks.collect();
    assert!(peaks[11] < peaks[1] + 2 * BODY as u64, "ten bodies of {BODY}: {peaks:?}");
}
