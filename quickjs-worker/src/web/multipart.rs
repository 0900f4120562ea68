//! `multipart/form-data` (RFC 7578), taken apart. The parts are named by where they are in the body.

use memchr::memmem;
use rquickjs::convert::List;
use rquickjs::function::Func;
use rquickjs::{Array, Ctx, IntoJs, Object, Result, Value};

use super::bytes::bytes_of;

/// More parts than this has no form.
const MOST_PARTS: usize = 10_000;

/// Longer headers than this has no part.
const LONGEST_HEADERS: usize = 16 * 1024;

/// Provides `parseMultipart`.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("parseMultipart", Func::from(parse_multipart))
}

/// `[name, filename or null, type or null, start, end]` of each part, or what is wrong in words.
fn parse_multipart<'js>(ctx: Ctx<'js>, body: Value<'js>, boundary: String) -> Result<Value<'js>> {
    let body = bytes_of(&body).unwrap_or_default();
    let parts = match parse(&body, &boundary) {
        Err(wrong) => return wrong.into_js(&ctx),
        Ok(parts) => parts,
    };
    let list = Array::new(ctx.clone())?;
    for (at, part) in parts.into_iter().enumerate() {
        let (filename, kind) = (Null(part.filename), Null(part.kind));
        list.set(at, List((part.name, filename, kind, part.start, part.end)))?;
    }
    Ok(list.into_value())
}

/// A text, or null.
struct Null(Option<String>);

impl<'js> IntoJs<'js> for Null {
    fn into_js(self, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        match self.0 {
            Some(text) => text.into_js(ctx),
            None => Ok(Value::new_null(ctx.clone())),
        }
    }
}

/// A part of a form.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    name: String,
    filename: Option<String>,
    kind: Option<String>,
    start: usize,
    end: usize,
}

fn parse(body: &[u8], boundary: &str) -> std::result::Result<Vec<Part>, &'static str> {
    if boundary.is_empty() {
        return Err("its content-type names no boundary");
    }
    let delimiter = format!("\r\n--{boundary}");
    let first = &delimiter.as_bytes()[2..];
    let mut at = if body.starts_with(first) {
        first.len()
    } else {
        find(body, 0, delimiter.as_bytes()).ok_or("it has no boundary")? + delimiter.len()
    };
    let mut parts = Vec::new();
    loop {
        if body[at..].starts_with(b"--") {
            return Ok(parts);
        }
        if parts.len() == MOST_PARTS {
            return Err("it has too many parts");
        }
        let headers = at + line_end(&body[at..]).ok_or("a boundary is no line of its own")?;
        let (part, next) = parse_part(body, headers, delimiter.as_bytes())?;
        parts.push(part);
        at = next;
    }
}

/// Behind a boundary there may be blanks, and there is a line break.
fn line_end(rest: &[u8]) -> Option<usize> {
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    rest[blanks..].starts_with(b"\r\n").then_some(blanks + 2)
}

/// The part whose headers begin at `from`, and where its closing boundary ends.
fn parse_part(
    body: &[u8],
    from: usize,
    delimiter: &[u8],
) -> std::result::Result<(Part, usize), &'static str> {
    let within = &body[..body.len().min(from + LONGEST_HEADERS)];
    // A part may have no headers at all: then the line break before them is the one behind the boundary.
    let length = find(within, from, b"\r\n\r\n").ok_or("a part's headers have no end")? - from;
    let text = String::from_utf8_lossy(&body[from..from + length]);
    let start = from + length + 4;
    let end = find(body, start - 2, delimiter).ok_or("its last part has no end")?.max(start);
    let disposition = header(&text, "content-disposition").ok_or("a part has no name")?;
    let part = Part {
        name: parameter(disposition, "name").ok_or("a part has no name")?,
        filename: parameter(disposition, "filename"),
        kind: header(&text, "content-type").map(str::to_owned),
        start,
        end,
    };
    Ok((
        part,
        find(body, start - 2, delimiter).ok_or("its last part has no end")? + delimiter.len(),
    ))
}

fn find(body: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    memmem::find(body.get(from..)?, what).map(|at| from + at)
}

fn header<'a>(headers: &'a str, wanted: &str) -> Option<&'a str> {
    let mut lines = headers.split("\r\n").filter_map(|line| line.split_once(':'));
    lines.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
}

/// A quoted parameter, in which browsers write quotes and line breaks as `%22`, `%0D` and `%0A`.
fn parameter(value: &str, wanted: &str) -> Option<String> {
    let (kind, mut rest) = value.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("form-data") {
        return None;
    }
    loop {
        let (name, behind) = rest.split_once('=')?;
        let (text, next) = match behind.trim_start().strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => behind
                .split_once(';')
                .map_or((behind, ""), |(text, _)| (text, &behind[text.len()..])),
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            let text = text.trim();
            return Some(text.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"));
        }
        rest = next.trim_start().strip_prefix(';')?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "preamble\r\n--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n\
        --b  \r\ncontent-type: image/png\r\ncontent-disposition: form-data; name=\"f%22\"; filename=\"x; y.png\"\r\n\r\n\r\n--B\r\n\r\n\
        --b\r\nContent-Disposition: form-data; name=empty\r\n\r\n\r\n--b--\r\nepilogue";

    #[test]
    fn a_form_is_taken_apart() {
        let parts = parse(FORM.as_bytes(), "b").unwrap();
        let text = |part: &Part| &FORM[part.start..part.end];
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["a", "f\"", "empty"]);
        assert_eq!(parts.iter().map(text).collect::<Vec<_>>(), ["one", "\r\n--B\r\n", ""]);
        assert_eq!(parts[1].filename.as_deref(), Some("x; y.png"));
        assert_eq!(parts[1].kind.as_deref(), Some("image/png"));
    }

    #[test]
    fn what_is_cut_short_is_no_form_and_no_panic() {
        let end = FORM.find("--b--").unwrap() + 5;
        for cut in 0..end {
            assert!(parse(&FORM.as_bytes()[..cut], "b").is_err(), "{cut}");
        }
        assert_eq!(parse(FORM.as_bytes(), ""), Err("its content-type names no boundary"));
    }

    #[test]
    fn a_form_of_too_many_parts_is_refused() {
        let part = "--b\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n\r\n";
        let form = format!("{}--b--", part.repeat(MOST_PARTS + 1));
        assert_eq!(parse(form.as_bytes(), "b"), Err("it has too many parts"));
    }
}
