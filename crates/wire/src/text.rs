//! Text that others wrote, as it may be shown on a terminal and stand in a log.

use std::borrow::Cow;

/// What a text ends with of which something was left out.
const CUT: &str = " … (cut)";

/// The character, or U+FFFD for one that moves the cursor or turns the direction of what is around it. A tab stays.
#[must_use]
pub fn printable(character: char) -> char {
    if is_harmful(character) { char::REPLACEMENT_CHARACTER } else { character }
}

/// A text in which a line break is an indented line, so that none of its lines looks like one of ours; other control characters
/// are escaped, and what gets longer than `longest` bytes by that is cut.
#[must_use]
pub fn harmless(text: &str, longest: usize) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = escaped(text, "\n    ");
    cut(&mut out, longest);
    Cow::Owned(out)
}

/// A text with another sign for its line breaks, and without what is harmful besides.
#[must_use]
pub fn escaped(text: &str, line_break: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\n' => out.push_str(line_break),
            c if is_harmful(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// Leaves at most `longest` bytes of a text, and says so.
pub fn cut(text: &mut String, longest: usize) {
    if text.len() > longest {
        text.truncate(text.floor_char_boundary(longest.saturating_sub(CUT.len())));
        text.push_str(CUT);
    }
}

/// Control characters; the marks with which a line reads in another order than it stands; and the two other separators of lines.
fn is_harmful(c: char) -> bool {
    let turns =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (c.is_control() && c != '\t') || turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_a_text_looks_like_one_of_ours() {
        assert_eq!(harmless("plain \u{e4}\ttext", 99), "plain \u{e4}\ttext");
        let forged = harmless("a\n2026 INFO forged\r\0\u{1b}[31m\u{202e}", 99);
        assert_eq!(forged, "a\n    2026 INFO forged\\r\\u{0}\\u{1b}[31m\\u{202e}");
        assert!(harmless(&"\u{1}".repeat(8000), 16 << 10).len() <= 16 << 10);
    }

    #[test]
    fn a_long_text_is_cut_between_characters_and_says_so() {
        let mut text = "ä".repeat(100);
        cut(&mut text, 50);
        assert!(text.len() <= 50 && text.ends_with("ä … (cut)"), "{text}");
    }

    #[test]
    fn what_moves_the_cursor_is_replaced_and_a_tab_is_not() {
        assert_eq!(['\u{1b}', '\n', '\u{2066}'].map(printable), ['\u{fffd}'; 3]);
        assert_eq!(['\t', 'ä', '世'].map(printable), ['\t', 'ä', '世']);
    }
}
