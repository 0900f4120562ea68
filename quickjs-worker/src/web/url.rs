//! The URL parser, and the form encoding of `URLSearchParams`.

use ada_url::Url;
use rquickjs::function::{Func, Opt};
use rquickjs::{Array, Ctx, IntoJs, Object, Result, String as Text, Value};

/// Provides `parseUrl`, `canParseUrl`, `changeUrl`, `originOfUrl`, `parseForm`, `parseQuery`, `serializeForm`.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("parseUrl", Func::from(parse))?;
    native.set("offsetsOfUrl", Func::from(offsets))?;
    native.set("canParseUrl", Func::from(can_parse))?;
    native.set("changeUrl", Func::from(change))?;
    native.set("originOfUrl", Func::from(origin))?;
    native.set("parseForm", Func::from(parse_form))?;
    native.set("parseQuery", Func::from(parse_query))?;
    native.set("serializeForm", Func::from(serialize_form))
}

/// The URL as it is serialised; undefined if it is none.
fn parse<'js>(ctx: Ctx<'js>, text: Text<'js>, base: Opt<String>) -> Result<Value<'js>> {
    let given = text.to_string()?;
    match Url::parse(&given, base.0.as_deref()) {
        // Mostly it is what was given.
        Ok(url) if url.href() == given => Ok(text.into_value()),
        Ok(url) => url.href().into_js(&ctx),
        Err(_) => Ok(Value::new_undefined(ctx)),
    }
}

fn can_parse(url: String, base: Option<String>) -> bool {
    Url::can_parse(&url, base.as_deref())
}

/// Where the parts of a serialised URL are: `url.js` names the offsets, in this order.
///
/// A serialised URL is ASCII: an offset in bytes is one in JavaScript's characters.
fn offsets(href: String) -> Vec<u32> {
    Url::parse(&href, None).map_or_else(|_| Vec::new(), |url| offsets_of(&url))
}

fn offsets_of(url: &Url) -> Vec<u32> {
    let (href, at) = (url.href(), url.components());
    let end = u32::try_from(href.len()).unwrap_or(u32::MAX);
    let hash = at.hash_start.unwrap_or(end);
    let search = at.search_start.unwrap_or(hash);
    let path = at.pathname_start.unwrap_or(search);
    let port_end = if at.port.is_some() { path } else { at.host_end };
    vec![at.protocol_end, at.username_end, at.host_start, at.host_end, port_end, path, search, hash]
}

/// The URL with one part changed; `None` if the value doesn't fit.
fn change(href: String, part: String, value: String) -> Option<String> {
    let mut url = Url::parse(&href, None).ok()?;
    set(&mut url, &part, &value).ok().map(|()| url.href().to_owned())
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
fn parse_form(ctx: Ctx<'_>, query: String) -> Result<Array<'_>> {
    list_of(ctx, &query)
}

/// Those of a serialised URL.
fn parse_query(ctx: Ctx<'_>, href: String) -> Result<Array<'_>> {
    // The first "#" begins the fragment, the first "?" before it the query: elsewhere they are escaped.
    let before = href.split('#').next().unwrap_or_default();
    list_of(ctx, before.split_once('?').map_or("", |(_, query)| query))
}

fn list_of<'js>(ctx: Ctx<'js>, query: &str) -> Result<Array<'js>> {
    let list = Array::new(ctx)?;
    for (at, (name, value)) in form_urlencoded::parse(query.as_bytes()).enumerate() {
        list.set(2 * at, name.as_ref())?;
        list.set(2 * at + 1, value.as_ref())?;
    }
    Ok(list)
}

fn serialize_form(list: Vec<String>) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(list.chunks_exact(2).map(|pair| (&pair[0], &pair[1])));
    form.finish()
}
