//! The URL parser, and the form encoding of `URLSearchParams`.

use ada_url::Url;
use rquickjs::function::Func;
use rquickjs::{Array, Ctx, Object, Result};

/// Provides `parseUrl`, `canParseUrl`, `changeUrl`, `originOfUrl`, `parseForm`, `serializeForm`.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("parseUrl", Func::from(parse))?;
    native.set("canParseUrl", Func::from(can_parse))?;
    native.set("changeUrl", Func::from(change))?;
    native.set("originOfUrl", Func::from(origin))?;
    native.set("parseForm", Func::from(parse_form))?;
    native.set("serializeForm", Func::from(serialize_form))
}

fn parse<'js>(ctx: Ctx<'js>, url: String, base: Option<String>) -> Result<Option<Array<'js>>> {
    let parsed = Url::parse(&url, base.as_deref());
    parsed.ok().map(|url| parts(ctx, &url)).transpose()
}

fn can_parse(url: String, base: Option<String>) -> bool {
    Url::can_parse(&url, base.as_deref())
}

/// The URL, and where its parts are: `url.js` names the offsets, in this order.
///
/// A serialised URL is ASCII: an offset in bytes is one in JavaScript's characters.
fn parts<'js>(ctx: Ctx<'js>, url: &Url) -> Result<Array<'js>> {
    let (href, at) = (url.href(), url.components());
    let end = u32::try_from(href.len()).unwrap_or(u32::MAX);
    let hash = at.hash_start.unwrap_or(end);
    let search = at.search_start.unwrap_or(hash);
    let path = at.pathname_start.unwrap_or(search);
    let port_end = if at.port.is_some() { path } else { at.host_end };
    let offsets = [
        at.protocol_end,
        at.username_end,
        at.host_start,
        at.host_end,
        port_end,
        path,
        search,
        hash,
    ];
    let parts = Array::new(ctx)?;
    parts.set(0, href)?;
    (1..).zip(offsets).try_for_each(|(index, offset)| parts.set(index, offset))?;
    Ok(parts)
}

/// The URL with one part changed; `None` if the value doesn't fit.
fn change<'js>(
    ctx: Ctx<'js>,
    href: String,
    part: String,
    value: String,
) -> Result<Option<Array<'js>>> {
    let Ok(mut url) = Url::parse(&href, None) else { return Ok(None) };
    let changed = set(&mut url, &part, &value);
    changed.ok().map(|()| parts(ctx, &url)).transpose()
}

fn set(url: &mut Url, part: &str, value: &str) -> std::result::Result<(), ()> {
    let text = Some(value);
    match part {
        "protocol" => url.set_protocol(value),
        "username" => url.set_username(text),
        "password" => url.set_password(text),
        "host" => url.set_host(text),
        "hostname" => url.set_hostname(text),
        "port" => url.set_port(text),
        "pathname" => url.set_pathname(text),
        part => {
            set_infallibly(url, part, text);
            Ok(())
        }
    }
}

fn set_infallibly(url: &mut Url, part: &str, text: Option<&str>) {
    match part {
        "search" => url.set_search(text),
        _ => url.set_hash(text),
    }
}

fn origin(href: String) -> String {
    Url::parse(&href, None).map_or_else(|_| "null".to_owned(), |url| url.origin())
}

/// Names and values in turn.
fn parse_form(query: String) -> Vec<String> {
    let pairs = form_urlencoded::parse(query.as_bytes());
    pairs.flat_map(|(name, value)| [name.into_owned(), value.into_owned()]).collect()
}

fn serialize_form(list: Vec<String>) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(list.chunks_exact(2).map(|pair| (&pair[0], &pair[1])));
    form.finish()
}
