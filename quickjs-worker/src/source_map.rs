//! From places in the bundle to those in the user's files. The map is read when the first of them is to be shown: never, if all is well.

use std::cell::{Cell, OnceCell, RefCell};

use bunbase_wire::worker::SOURCE_MAP_FD;
use oxc_sourcemap::SourceMap;

use crate::bundle;

/// A longer map than this is not read.
const LONGEST: usize = 64 << 20;

/// A place in the bundle, and the one that it came from. Lines and columns begin with 0.
#[derive(Debug)]
struct Token {
    line: u32,
    column: u32,
    source: u32,
    source_line: u32,
    source_column: u32,
}

/// What a map says, sorted by place in the bundle.
#[derive(Debug, Default)]
struct Map {
    sources: Vec<String>,
    tokens: Vec<Token>,
}

/// The function's places.
#[derive(Debug, Default)]
pub struct Places {
    /// What the engine calls the bundle.
    module: RefCell<String>,
    map: OnceCell<Map>,
    given: Cell<bool>,
}

impl Places {
    /// Says what the engine calls the bundle, which may have a map.
    pub fn of_module(&self, name: &str) {
        *self.module.borrow_mut() = format!("{name}:");
        self.given.set(true);
    }

    /// The text with each place in the bundle replaced by the one in the user's files, where that is known.
    pub fn in_source(&self, text: String) -> String {
        let module = self.module.borrow();
        if !self.given.get() || !text.contains(module.as_str()) {
            return text;
        }
        let map = self.map.get_or_init(Map::read);
        if map.tokens.is_empty() { text } else { map.replace(&text, &module) }
    }
}

impl Map {
    /// The worker's map; an empty one if there is none, or it is not to be understood.
    fn read() -> Self {
        let json = bundle::read_descriptor(SOURCE_MAP_FD, LONGEST).ok();
        let json = json.and_then(|bytes| String::from_utf8(bytes).ok());
        json.and_then(|json| Self::parse(&json)).unwrap_or_default()
    }

    fn parse(json: &str) -> Option<Self> {
        let map = SourceMap::from_json_string(json).ok()?;
        let sources = map.get_sources().map(|source| relative(source).to_owned()).collect();
        let token = |token: oxc_sourcemap::Token| {
            Some(Token {
                line: token.get_dst_line(),
                column: token.get_dst_col(),
                source: token.get_source_id()?,
                source_line: token.get_src_line(),
                source_column: token.get_src_col(),
            })
        };
        let mut tokens: Vec<Token> = map.get_tokens().filter_map(token).collect();
        tokens.sort_by_key(|token| (token.line, token.column));
        Some(Self { sources, tokens })
    }

    /// Replaces each `module:LINE:COLUMN`, which begin with 1.
    fn replace(&self, text: &str, module: &str) -> String {
        let mut replaced = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(module) {
            let (before, place) = (&rest[..at], &rest[at + module.len()..]);
            replaced.push_str(before);
            match numbers(place).and_then(|(line, column, length)| {
                Some((self.original(line.checked_sub(1)?, column.checked_sub(1)?)?, length))
            }) {
                Some((original, length)) => {
                    replaced.push_str(&original);
                    rest = &place[length..];
                }
                None => {
                    replaced.push_str(module);
                    rest = place;
                }
            }
        }
        replaced + rest
    }

    /// The place in the user's files: of the last token of the line that is not behind it.
    fn original(&self, line: u32, column: u32) -> Option<String> {
        let behind = self.tokens.partition_point(|t| (t.line, t.column) <= (line, column));
        let token = self.tokens.get(behind.checked_sub(1)?).filter(|token| token.line == line)?;
        let source = self.sources.get(token.source as usize)?;
        Some(format!("{source}:{}:{}", token.source_line + 1, token.source_column + 1))
    }
}

/// A path as the user has it: in the project, without what leads there.
fn relative(source: &str) -> &str {
    let mut path = source;
    while let Some(rest) = path.strip_prefix("../").or_else(|| path.strip_prefix("./")) {
        path = rest;
    }
    path
}

/// Two numbers with a colon between them at the start of a text, and how long they are together.
fn numbers(text: &str) -> Option<(u32, u32, usize)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let line = digits(text);
    let behind = text[line..].strip_prefix(':')?;
    let column = digits(behind);
    Some((text[..line].parse().ok()?, behind[..column].parse().ok()?, line + 1 + column))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a.ts`: the second line of the bundle is its fourth, and column 4 there column 8.
    const MAP: &str =
        r#"{"version":3,"sources":["../src/a.ts"],"names":[],"mappings":";AAGI,IAAI"}"#;

    fn replaced(text: &str) -> String {
        Map::parse(MAP).unwrap().replace(text, "f.js:")
    }

    #[test]
    fn places_in_the_bundle_become_places_in_the_users_files() {
        assert_eq!(
            replaced("at f (f.js:2:1)\n at f.js:2:6"),
            "at f (src/a.ts:4:5)\n at src/a.ts:4:9"
        );
    }

    #[test]
    fn what_the_map_does_not_know_stays_as_it_is() {
        for text in [
            "f.js:1:1",
            "f.js:9:9",
            "f.js:",
            "f.js:2",
            "f.js:2:",
            "f.js:0:0",
            "f.js:99999999999:1",
            "other.js:2:1",
        ] {
            assert_eq!(replaced(text), text);
        }
    }

    #[test]
    fn what_is_no_map_is_none() {
        assert!(Map::parse("{").is_none());
    }
}
