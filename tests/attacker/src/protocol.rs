//! Attacks on the process that reads what a worker writes.

use bunbase_wire::worker::{Chunk, FromWorker, Level, Log, Ready, Response, VERSION, WINDOW};

use crate::worker::{say, write};

/// Makes the attack of this name on who has asked with this number. Whether there is one.
pub(crate) fn attack(name: &str, id: u64) -> bool {
    match name {
        "unknown_id" => say(&answered(id + 1000)),
        "earlier_id" => {
            say(&answered(0));
            say(&answered(id));
        }
        "answer_twice" => {
            say(&answered(id));
            say(&answered(id));
        }
        "ready_twice" => say(&FromWorker::Ready(Ready { protocol: VERSION, raw: false })),
        "other_version" => say(&FromWorker::Ready(Ready { protocol: VERSION + 1, raw: true })),
        "chunk_of_nothing" => say(&part(id, 1)),
        "chunk_after_the_end" => {
            say(&answered(id));
            say(&part(id, 1));
        }
        "chunk_beyond_window" => {
            say(&begun(id));
            (0..128).for_each(|_| say(&part(id, WINDOW / 2)));
        }
        "ack_of_more_than_was_sent" => say(&FromWorker::Ack { id, bytes: 1 << 40 }),
        "ack_of_nothing" => {
            say(&FromWorker::Ack { id, bytes: 1 << 40 });
            say(&answered(id));
        }
        "pending_of_nothing" => say(&FromWorker::Pending { id: id + 1000 }),
        "line_without_end" => (0..64).for_each(|_| write(&[b'x'; 64 << 10])),
        "huge_raw_body" => write(
            format!(
                "{{\"type\":\"response\",\"id\":{id},\"status\":200,\"headers\":[],\"raw\":{}}}\n",
                1_u64 << 40
            )
            .as_bytes(),
        ),
        "negative_raw_body" => raw(id, r#""raw":-1"#),
        "two_bodies" => raw(id, r#""body":"YQ==","raw":1"#),
        "bad_base64" => raw(id, r#""body":"\u0000***""#),
        "no_json" => write(b"\0\xff{[}\n"),
        "deep_json" => write(format!("{}\n", "[".repeat(500_000)).as_bytes()),
        "word_of_the_host" => write(format!("{{\"type\":\"cancel\",\"id\":{id}}}\n").as_bytes()),
        "field_twice" => raw(id, r#""status":201"#),
        "status_99" => say(&status(id, 99)),
        "status_101" => say(&status(id, 101)),
        "status_1000" => say(&status(id, 1000)),
        "header_injection" => say(&headed(id, "x-a", "b\r\nset-cookie: stolen=1\r\n\r\n<h1>")),
        "header_name_injection" => say(&headed(id, "x-a: b\r\nset-cookie", "stolen=1")),
        "smuggled_length" => say(&headed(id, "content-length", "0, 5")),
        "smuggled_encoding" => say(&headed(id, "transfer-encoding", "chunked, gzip")),
        "log_flood" => {
            (0..20_000).for_each(|_| say(&log("flood")));
            say(&answered(id));
        }
        "forged_log" => {
            say(&log("x\n2026-01-01T00:00:00Z ERROR forged_by_a_function\u{1b}[2J"));
            say(&answered(id));
        }
        _ => return false,
    }
    true
}

fn answered(id: u64) -> FromWorker {
    status(id, 200)
}

fn status(id: u64, status: u16) -> FromWorker {
    let body = b"from the attacker".to_vec().into();
    FromWorker::Response(Response {
        id,
        status,
        headers: Vec::new(),
        more: false,
        used: None,
        body,
    })
}

fn headed(id: u64, name: &str, value: &str) -> FromWorker {
    let headers = vec![(name.to_owned(), value.to_owned())];
    let body = b"from the attacker".to_vec().into();
    FromWorker::Response(Response { id, status: 200, headers, more: false, used: None, body })
}

fn begun(id: u64) -> FromWorker {
    let body = Vec::new().into();
    FromWorker::Response(Response {
        id,
        status: 200,
        headers: Vec::new(),
        more: true,
        used: None,
        body,
    })
}

fn part(id: u64, length: usize) -> FromWorker {
    FromWorker::Chunk(Chunk { id, more: true, used: None, body: vec![b'x'; length].into() })
}

fn log(message: &str) -> FromWorker {
    FromWorker::Log(Log { id: None, level: Level::Info, message: message.to_owned() })
}

/// An answer with something of its own in the line.
fn raw(id: u64, fields: &str) {
    let line =
        format!("{{\"type\":\"response\",\"id\":{id},\"status\":200,\"headers\":[],{fields}}}\n");
    write(line.as_bytes());
}
