//! docs/protocol.md taken apart.

use std::collections::HashSet;
use std::fmt;

use serde_json::Value;

/// One example.
#[derive(Debug, Clone, Default)]
pub struct Vector {
    /// The first word of its marker.
    pub protocol: String,
    /// The second: the message, or the error.
    pub name: String,
    /// The third, if there is one.
    pub of: String,
    blocks: Vec<String>,
}

/// The document.
pub fn text() -> &'static str {
    include_str!("../../../../docs/protocol.md")
}

/// The examples of a protocol, in the document's order. There are some.
pub fn vectors(protocol: &str) -> Vec<Vector> {
    let all = parse(text()).into_iter();
    let found: Vec<Vector> = all.filter(|vector| vector.protocol == protocol).collect();
    assert!(!found.is_empty(), "no examples of {protocol}");
    found
}

fn parse(text: &str) -> Vec<Vector> {
    let mut vectors: Vec<Vector> = Vec::new();
    let mut open = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(marker) = marker(line) {
            vectors.push(marker);
            open = Some(vectors.len() - 1);
        } else if line.starts_with('#') {
            open = None;
        } else if line.starts_with("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if let Some(at) = open {
                vectors[at].blocks.push(block.join("\n"));
            }
        }
    }
    vectors
}

fn marker(line: &str) -> Option<Vector> {
    let words = line.strip_prefix("<!-- vector: ")?.strip_suffix(" -->")?;
    let mut words = words.split(' ').map(str::to_owned);
    let mut word = || words.next().unwrap_or_default();
    Some(Vector { protocol: word(), name: word(), of: word(), blocks: Vec::new() })
}

impl Vector {
    /// A block of the example.
    pub fn block(&self, n: usize) -> &str {
        let block = self.blocks.get(n);
        block.unwrap_or_else(|| panic!("{self} has {} blocks", self.blocks.len()))
    }

    /// The bytes of its first block, which is hex.
    pub fn bytes(&self) -> Vec<u8> {
        let code = self.block(0).lines().filter_map(|line| line.split('#').next());
        let digits: Vec<u8> =
            code.flat_map(str::bytes).filter(|b| !b.is_ascii_whitespace()).collect();
        let pairs = digits.chunks(2).map(|pair| str::from_utf8(pair).expect("hex is ASCII"));
        pairs.map(|pair| u8::from_str_radix(pair, 16).expect("two hex digits")).collect()
    }
}

impl fmt::Display for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "vector {} {} {}", self.protocol, self.name, self.of)
    }
}

/// The table of bounds: name and value.
pub fn bounds() -> Vec<(String, usize)> {
    let (_, behind) = text().split_once("<!-- bounds -->\n\n").expect("the table of bounds");
    let (table, _) = behind.split_once("\n\n").expect("its end");
    table.lines().skip(2).map(bound).collect()
}

fn bound(row: &str) -> (String, usize) {
    let mut cells = row.split('|').map(str::trim).skip(1);
    let (name, value) = cells.next().zip(cells.next()).expect("two cells");
    (name.trim_matches('`').to_owned(), value.parse().expect("a number"))
}

/// The words that stand in `code` somewhere in the prose, the parts of `dotted.ones` each by itself.
pub fn code_words() -> HashSet<&'static str> {
    let spans = text().lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    spans.flat_map(|span| span.split(|c: char| !c.is_alphanumeric() && c != '_')).collect()
}

/// The names of all fields in a message, at every depth. What is in `env` has names of its own.
pub fn fields(message: &Value) -> Vec<String> {
    match message {
        Value::Object(map) => map.iter().flat_map(|(name, value)| below(name, value)).collect(),
        Value::Array(list) => list.iter().flat_map(fields).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn below(name: &str, value: &Value) -> Vec<String> {
    let inner = if name == "env" { Vec::new() } else { fields(value) };
    [vec![name.to_owned()], inner].concat()
}
