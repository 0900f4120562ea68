//! Values of headers.

use rquickjs::function::Func;
use rquickjs::{Error, Object, Result, String as Text};

/// Provides `isPlainField`.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("isPlainField", Func::from(is_plain_field))
}

/// Whether a value is right as it stands, as almost all are: visible ASCII, and spaces that are not around it. What is not may be right as well.
fn is_plain_field(text: Text<'_>) -> Result<bool> {
    match text.to_string() {
        Ok(text) => Ok(is_plain(text.as_bytes())),
        Err(Error::Utf8(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_plain(bytes: &[u8]) -> bool {
    let space = |byte: Option<&u8>| byte == Some(&b' ');
    let visible = |byte: &u8| (b' '..=b'~').contains(byte);
    bytes.iter().all(visible) && !space(bytes.first()) && !space(bytes.last())
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn what_is_to_be_looked_at_more_closely_is_not_plain() {
        let (plain, others) =
            (["", "a", "text/html; charset=utf-8"], [" a", "a ", "\ta", "a\nb", "\u{e4}", "\0"]);
        assert!(plain.iter().all(|text| is_plain(text.as_bytes())));
        assert!(!others.iter().any(|text| is_plain(text.as_bytes())));
    }
}
