//! A function run without HTTP.

use std::fs::File;
use std::io::Read;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use bunbase_client::{Answering, InvokeAnswer, InvokeRequest, Source};
use bunbase_manifest::Name;
use serde::Serialize;

use crate::args::{Globals, Invoke};
use crate::exit::{Failed, Status};
use crate::output::{print, print_failed, trace, write};
use crate::socket::connect;

/// A file of fewer bytes is sent with the request.
const AT_ONCE: u64 = 128 << 10;

/// The longest body that is kept to be printed as one JSON object.
const MOST_AS_JSON: usize = 32 << 20;

pub fn run(args: &Invoke, globals: &Globals) -> Result<(), Failed> {
    let (function, path) = target(&args.target)?;
    let headers =
        args.headers.iter().map(|header| parse_header(header)).collect::<Result<_, _>>()?;
    let (beginning, rest) = body(args.data.as_deref())?;
    let default = if args.data.is_some() { "POST" } else { "GET" };
    let method = args.method.as_deref().unwrap_or(default).to_uppercase();
    let mut client = connect(globals)?;
    if let Some(seconds) = args.timeout.filter(|seconds| *seconds > 0) {
        client.set_timeout(Duration::from_secs(seconds))?;
    }
    let request = InvokeRequest {
        function,
        method,
        path,
        headers,
        request_id: None,
        more: false,
        stream: false,
    };
    let (answer, body) = client.invoke_streaming(request, &beginning, rest)?;
    trace(globals, &format!("request {}", answer.request_id));
    let failed = (answer.status >= 500)
        .then(|| Failed::new(Status::Failed, format!("the function answered {}", answer.status)));
    if globals.json {
        return as_json(answer, body, failed, globals);
    }
    as_it_comes(&answer, body, args.include)?;
    failed.map_or(Ok(()), Err)
}

fn as_it_comes(
    answer: &InvokeAnswer,
    mut body: Answering<'_>,
    include: bool,
) -> Result<(), Failed> {
    if include {
        let headers = answer.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
        let head = format!("{}\n{}\n", answer.status, headers.collect::<String>());
        write(head.as_bytes())?;
    }
    while let Some(part) = body.next()? {
        write(&part)?;
    }
    Ok(())
}

/// An answer as one object.
#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    answer: InvokeAnswer,
    /// The body, if it is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// The body, if it is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
}

fn as_json(
    answer: InvokeAnswer,
    body: Answering<'_>,
    failed: Option<Failed>,
    globals: &Globals,
) -> Result<(), Failed> {
    let whole = match String::from_utf8(collect(body)?) {
        Ok(text) => Whole { answer, body: Some(text), body_base64: None },
        Err(other) => {
            let encoded = BASE64_STANDARD.encode(other.as_bytes());
            Whole { answer, body: None, body_base64: Some(encoded) }
        }
    };
    match failed {
        Some(failed) => Err(print_failed(globals, &whole, failed, |_| String::new())),
        None => print(globals, &whole, |_| String::new()),
    }
}

fn collect(mut body: Answering<'_>) -> Result<Vec<u8>, Failed> {
    let mut all = Vec::new();
    while let Some(part) = body.next()? {
        all.extend_from_slice(&part);
        if all.len() > MOST_AS_JSON {
            let most = MOST_AS_JSON >> 20;
            let message = format!("the answer is larger than {most} MiB, too large for --json");
            return Err(Failed::new(Status::Failed, message)
                .hint("without --json it is printed as it comes, whatever its size"));
        }
    }
    Ok(all)
}

/// `NAME/path?query` to its parts.
fn target(text: &str) -> Result<(Name, String), Failed> {
    let end = text.find(['/', '?']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let name = name.parse::<Name>().map_err(|bad| Failed::new(Status::Usage, bad.to_string()))?;
    let path = if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") };
    Ok((name, path))
}

fn parse_header(text: &str) -> Result<(String, String), Failed> {
    let (name, value) = text.split_once(':').ok_or_else(|| {
        Failed::new(Status::Usage, format!("{text:?} is no header; write \"name: value\""))
    })?;
    Ok((name.trim().to_lowercase(), value.trim().to_owned()))
}

/// What is sent at once, and what is read while the function takes it.
fn body(data: Option<&str>) -> Result<(Vec<u8>, Option<Source>), Failed> {
    match data {
        None => Ok((Vec::new(), None)),
        Some("-") => Ok((Vec::new(), Some(Box::new(std::io::stdin())))),
        Some(text) => match text.strip_prefix('@') {
            Some(path) => file(path).map_err(|error| {
                Failed::new(Status::Usage, format!("cannot read {path}: {error}"))
            }),
            None => Ok((text.as_bytes().to_vec(), None)),
        },
    }
}

fn file(path: &str) -> std::io::Result<(Vec<u8>, Option<Source>)> {
    let file = File::open(path)?;
    let mut beginning = Vec::new();
    (&file).take(AT_ONCE).read_to_end(&mut beginning)?;
    let is_all = (beginning.len() as u64) < AT_ONCE;
    Ok((beginning, (!is_all).then(|| Box::new(file) as Source)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_name_and_what_the_function_sees() {
        let parts = |text| target(text).map(|(name, path)| (name.to_string(), path)).ok();
        let is = |name: &str, path: &str| Some((name.to_owned(), path.to_owned()));
        assert_eq!(parts("hello"), is("hello", "/"));
        assert_eq!(parts("hello?name=x"), is("hello", "/?name=x"));
        assert_eq!(parts("hello/a/b?c"), is("hello", "/a/b?c"));
        assert_eq!(parts("Hello"), None);
        assert_eq!(parts(""), None);
    }
}
