//! From a message to the arguments of `dispatch` in `web/invoke.js`.

use bunbase_wire::worker::Invoke;
use rquickjs::{Ctx, Result, TypedArray, Value};

/// Names and values in one string, a line each: taken apart only if somebody asks.
pub fn headers(invoke: &Invoke) -> String {
    let length = invoke.headers.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let mut lines = String::with_capacity(length);
    for (name, value) in &invoke.headers {
        push_line(&mut lines, name);
        push_line(&mut lines, value);
    }
    lines.pop();
    lines
}

/// HTTP knows no line break in a header; one from elsewhere must not make two of it.
fn push_line(lines: &mut String, text: &str) {
    let start = lines.len();
    lines.push_str(text);
    if text.contains('\n') {
        lines.replace_range(start.., &text.replace('\n', " "));
    }
    lines.push('\n');
}

/// The bytes of a body or of a part of it; undefined if there are none.
pub fn bytes<'js>(ctx: &Ctx<'js>, bytes: &[u8]) -> Result<Value<'js>> {
    if bytes.is_empty() {
        return Ok(Value::new_undefined(ctx.clone()));
    }
    Ok(TypedArray::<u8>::new_copy(ctx.clone(), bytes)?.into_value())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(headers: &[(&str, &str)]) -> String {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        super::headers(&Invoke {
            id: 1,
            request_id: String::new(),
            method: String::new(),
            url: String::new(),
            headers: headers.iter().map(owned).collect(),
            timeout_ms: 0,
            more: false,
            body: Vec::new().into(),
        })
    }

    #[test]
    fn headers_are_a_line_a_name_and_a_line_a_value() {
        assert_eq!(lines_of(&[]), "");
        assert_eq!(lines_of(&[("a", "1"), ("b", "")]), "a\n1\nb\n");
    }

    #[test]
    fn a_line_break_in_a_value_makes_no_header_of_its_own() {
        assert_eq!(lines_of(&[("a", "1\nset-cookie\nx"), ("b", "2")]), "a\n1 set-cookie x\nb\n2");
    }
}
