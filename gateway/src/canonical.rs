//! URLs that a parser leaves as they are. Most do; parsing each, with its host by the rules of IDNA, is a tenth of a request's time here.

use std::net::Ipv4Addr;

/// Whether `http://{host}{rest}` is what the parser of the URL standard would make of it, for a `rest` that is a path, a query or both.
/// There are more such URLs than those that this knows.
pub fn is_canonical(host: &str, rest: &str) -> bool {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    is_host(host) && is_path(path) && query.bytes().all(is_query)
}

/// A name of ordinary labels or an IPv4 address, perhaps with a port.
fn is_host(host: &str) -> bool {
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    port.is_none_or(is_port) && (is_name(name) || is_address(name))
}

/// Letters and digits with single hyphens in between: none of what IDNA encodes. The last label begins with a letter: it is no number.
fn is_name(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    name.split('.').all(is_label) && last.starts_with(|c: char| c.is_ascii_lowercase())
}

fn is_label(label: &str) -> bool {
    let is_part = |part: &str| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        !part.is_empty() && part.bytes().all(plain)
    };
    label.len() < 64 && label.split('-').all(is_part)
}

fn is_address(name: &str) -> bool {
    // Four decimal numbers without leading zeros, and nothing else.
    name.parse::<Ipv4Addr>().is_ok()
}

/// A number without leading zeros, and not the one that goes without saying.
fn is_port(port: &str) -> bool {
    let digits = port.bytes().all(|b| b.is_ascii_digit()) && !port.starts_with('0');
    digits && port != "80" && port.parse::<u16>().is_ok()
}

/// Without `.` and `..`, however they may be written, and without what is percent-encoded.
fn is_path(path: &str) -> bool {
    let begins_well = path.is_empty() || path.starts_with('/');
    begins_well && path.bytes().all(|b| is_query(b) && b != b'%') && !path.contains("/.")
}

fn is_query(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-._~!$&()*+,;=:@/%".contains(&b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    #[test]
    fn what_is_ordinary_needs_no_parsing() {
        for host in ["localhost", "127.0.0.1:8080", "a-b.example.org", "1.a:65535"] {
            for rest in ["", "/", "/a/b.c", "?name=x&b=%20", "//a/-_~"] {
                assert!(is_canonical(host, rest), "{host} {rest}");
            }
        }
    }

    #[test]
    fn what_a_parser_would_change_or_refuse_is_left_to_it() {
        for host in
            ["", "A", "a.", "a..b", "xn--a", "a:80", "a:080", "a:", "a:65536", "1", "1.2", "0x1"]
        {
            assert!(!is_canonical(host, "/"), "{host}");
        }
        for rest in ["/.", "/a/../b", "/%2e", "/a b", "/\u{e4}", "/a\\b", "?'", "?a b", "#a"] {
            assert!(!is_canonical("a", rest), "{rest}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn what_is_taken_for_canonical_comes_out_of_the_parser_as_it_went_in(
            host in "[a-cxn0-9.:-]{1,12}|[0-9]{1,3}(\\.[0-9]{1,3}){3}(:[0-9]{1,5})?|([a-z0-9-]{1,4}\\.){0,3}[a-z0-9]{1,3}(:[0-9]{1,5})?|\\PC{1,6}",
            rest in "(/[ -~]{0,6}){0,3}(\\?[ -~]{0,8})?|(/[a-z.%2e]{0,4}){0,4}|(/[a-zA-Z0-9]{0,5}){0,3}(\\?[a-z=&%0-9]{0,8})?|/\\PC{0,8}",
        ) {
            let slash = if rest.starts_with('/') { "" } else { "/" };
            let text = format!("http://{host}{slash}{rest}");
            if is_canonical(&host, &rest) {
                let parsed = Url::parse(&text);
                prop_assert_eq!(parsed.as_ref().map(Url::as_str), Ok(text.as_str()));
            }
        }
    }
}
