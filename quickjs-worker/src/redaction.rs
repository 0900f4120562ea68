//! What a person may read (log lines, errors) has the names of secrets in it instead of their values.

use bunbase_manifest::Secrets;
use memchr::memmem::Finder;

/// A shorter value is left alone: it is no secret in earnest, and stands in too many words.
const SHORTEST: usize = 4;

/// The shortest line of a value, or piece of one, that is taken for it.
const SHORTEST_PART: usize = 8;

/// A value or line that is longer is also known by its pieces, of so many bytes: JavaScript shows long texts in part.
const LONG: usize = 1024;
const PIECE: usize = 64;

/// What is looked for, and what stands there instead.
#[derive(Debug, Default)]
pub struct Redaction {
    needles: Vec<Needle>,
}

struct Needle {
    finder: Finder<'static>,
    label: String,
}

impl std::fmt::Debug for Needle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.label)
    }
}

/// A part of a text that is not to be shown.
struct Hit<'a> {
    from: usize,
    to: usize,
    label: &'a str,
}

impl Redaction {
    /// Looks for these.
    pub fn new(secrets: &Secrets) -> Self {
        let all = secrets.iter().flat_map(|(name, secret)| {
            forms(secret.reveal()).into_iter().map(move |form| (form, format!("[secret {name}]")))
        });
        let needle = |(form, label): (String, String)| Needle {
            finder: Finder::new(&form).into_owned(),
            label,
        };
        let mut needles: Vec<Needle> = all.map(needle).collect();
        // Of those that begin at the same place, the first names what stands there.
        needles.sort_by_key(|needle| std::cmp::Reverse(needle.finder.needle().len()));
        Self { needles }
    }

    /// The text without values, or its beginning: at least `most` bytes of it.
    pub fn redact(&self, text: String, most: usize) -> String {
        let hits = self.hits(&text);
        if hits.is_empty() {
            return text;
        }
        let (mut out, mut at) = (String::new(), 0);
        for hit in hits {
            if out.len() >= most {
                return out;
            }
            out.push_str(&text[at..hit.from]);
            out.push_str(hit.label);
            at = hit.to;
        }
        out.push_str(&text[at..]);
        out
    }

    /// In their order, and apart from each other: what overlaps is one, and so are parts of a value that follow one another.
    fn hits(&self, text: &str) -> Vec<Hit<'_>> {
        let mut all: Vec<Hit<'_>> =
            self.needles.iter().flat_map(|needle| needle.hits(text)).collect();
        all.sort_by_key(|hit| hit.from);
        let mut apart: Vec<Hit<'_>> = Vec::new();
        for hit in all {
            match apart.last_mut() {
                Some(last)
                    if hit.from < last.to || hit.from == last.to && hit.label == last.label =>
                {
                    last.to = last.to.max(hit.to);
                }
                _ => apart.push(hit),
            }
        }
        apart
    }
}

impl Needle {
    /// All of them, those that overlap as one.
    fn hits(&self, text: &str) -> Vec<Hit<'_>> {
        let (text, length) = (text.as_bytes(), self.finder.needle().len());
        let (mut hits, mut at) = (Vec::<Hit<'_>>::new(), 0);
        while let Some(further) = text.get(at..).and_then(|rest| self.finder.find(rest)) {
            let (from, to) = (at + further, at + further + length);
            match hits.last_mut() {
                Some(last) if from < last.to => last.to = to,
                _ => hits.push(Hit { from, to, label: &self.label }),
            }
            at = from + 1;
        }
        hits
    }
}

/// How a value may stand in a text: as it is, escaped, and in parts.
fn forms(value: &str) -> Vec<String> {
    if value.len() < SHORTEST {
        return Vec::new();
    }
    let mut forms = vec![value.to_owned()];
    if value.contains('\n') || value.len() > LONG {
        let parts = value.lines().flat_map(pieces).filter(|part| part.len() >= SHORTEST_PART);
        forms.extend(parts.map(str::to_owned));
    }
    let escaped: Vec<String> =
        forms.iter().flat_map(|form| [inspected(form), in_json(form)]).collect();
    forms.extend(escaped);
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// A line, or what it is cut into.
fn pieces(line: &str) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), line);
    while rest.len() > LONG || (!pieces.is_empty() && rest.len() > PIECE) {
        let (piece, behind) = rest.split_at(rest.floor_char_boundary(PIECE));
        pieces.push(piece);
        rest = behind;
    }
    pieces.push(rest);
    pieces
}

/// As `JSON.stringify` writes it, without the quotes.
fn in_json(text: &str) -> String {
    let json = serde_json::to_string(text).unwrap_or_default();
    json.get(1..json.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

/// As `console.log` writes a text in an object, without the quotes.
fn inspected(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c.is_control() => out.push_str(&format!("\\x{:02X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use bunbase_manifest::Secret;

    fn redact(secrets: &[(&str, &str)], text: &str) -> String {
        let secret = |value: &str| Secret::new(value.as_bytes()).unwrap();
        let secrets =
            secrets.iter().map(|(name, value)| ((*name).to_owned(), secret(value))).collect();
        Redaction::new(&secrets).redact(text.to_owned(), 1 << 20)
    }

    #[test]
    fn each_value_is_replaced_by_the_name_of_its_secret() {
        let secrets = [("A", "hunter2"), ("B", "päss wörd")];
        let said = redact(&secrets, "hunter2, päss wörd and hunter2 hunter2");
        assert_eq!(said, "[secret A], [secret B] and [secret A] [secret A]");
        assert_eq!(redact(&secrets, "hunter"), "hunter");
    }

    #[test]
    fn a_value_of_less_than_four_bytes_is_left_alone() {
        assert_eq!(redact(&[("A", "abc"), ("B", "abcd")], "abc abcd"), "abc [secret B]");
    }

    #[test]
    fn nothing_is_left_of_values_that_overlap_or_are_in_one_another() {
        let secrets = [("A", "abcdef"), ("B", "cdefgh"), ("C", "bcde")];
        assert_eq!(redact(&secrets, "xabcdefghx"), "x[secret A]x");
        assert_eq!(redact(&secrets, "xbcdex"), "x[secret C]x");
        assert_eq!(redact(&[("A", "abab")], "xababab"), "x[secret A]");
    }

    #[test]
    fn a_label_is_not_looked_into() {
        assert_eq!(redact(&[("A", "hunter2"), ("B", "secret")], "hunter2"), "[secret A]");
    }

    #[test]
    fn a_value_is_known_in_json_in_an_object_and_line_by_line() {
        let value = "-----BEGIN KEY-----\nMIIE\"some\\thing\u{1b}\n-----END KEY-----\n";
        let secrets = [("KEY", value)];
        assert_eq!(redact(&secrets, value), "[secret KEY]");
        let json = serde_json::to_string(&[value]).unwrap();
        assert_eq!(redact(&secrets, &json), "[\"[secret KEY]\"]");
        let inspected = "'-----BEGIN KEY-----\\n' +\n  'MIIE\"some\\\\thing\\x1B\\n'";
        assert_eq!(redact(&secrets, inspected), "'[secret KEY]\\n' +\n  '[secret KEY]\\n'");
    }

    #[test]
    fn of_a_long_value_that_is_shown_in_part_less_than_a_piece_is_left() {
        let value: String = (0..2_000).map(|n| format!("{n:05}")).collect();
        let said = redact(&[("KEY", &value)], &format!("'{}'... more", &value[..5_000]));
        assert!(said.len() < 30 + PIECE, "{said}");
        assert!(said.starts_with("'[secret KEY]"), "{said}");
    }

    #[test]
    fn of_a_long_text_no_more_is_made_than_is_asked_for() {
        let secrets = [("A".to_owned(), Secret::new(b"1234").unwrap())].into();
        let said = Redaction::new(&secrets).redact("1234 ".repeat(100_000), 100);
        assert!((100..200).contains(&said.len()), "{}", said.len());
    }
}
