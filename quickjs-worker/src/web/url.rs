//! The URL parser, and the form encoding of `URLSearchParams`.

use rquickjs::function::Func;
use rquickjs::{Array, Ctx, Object, Result};
use url::{Position, Url, form_urlencoded, quirks};

/// The offsets that `url.js` slices by, in the order in which it names them.
const OFFSETS: [Position; 12] = [
    Position::AfterScheme,
    Position::BeforeUsername,
    Position::AfterUsername,
    Position::BeforePassword,
    Position::AfterPassword,
    Position::BeforeHost,
    Position::AfterHost,
    Position::BeforePort,
    Position::AfterPort,
    Position::BeforePath,
    Position::AfterPath,
    Position::AfterQuery,
];

/// Provides `parseUrl`, `changeUrl`, `originOfUrl`, `parseForm`, `serializeForm`.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("parseUrl", Func::from(parse))?;
    native.set("changeUrl", Func::from(change))?;
    native.set("originOfUrl", Func::from(origin))?;
    native.set("parseForm", Func::from(parse_form))?;
    native.set("serializeForm", Func::from(serialize_form))
}

fn parse<'js>(ctx: Ctx<'js>, url: String, base: Option<String>) -> Result<Option<Array<'js>>> {
    let base = match base.map(|base| Url::parse(&base)) {
        Some(Err(_)) => return Ok(None),
        Some(Ok(base)) => Some(base),
        None => None,
    };
    let parsed = Url::options().base_url(base.as_ref()).parse(&url);
    parsed.ok().map(|url| parts(ctx, &url)).transpose()
}

/// A serialised URL is ASCII: an offset in bytes is one in JavaScript's characters.
fn parts<'js>(ctx: Ctx<'js>, url: &Url) -> Result<Array<'js>> {
    let parts = Array::new(ctx)?;
    parts.set(0, url.as_str())?;
    for (at, position) in (1..).zip(OFFSETS) {
        parts.set(at, url[..position].len())?;
    }
    Ok(parts)
}

fn change<'js>(
    ctx: Ctx<'js>,
    href: String,
    part: String,
    value: String,
) -> Result<Option<Array<'js>>> {
    let Ok(mut url) = Url::parse(&href) else { return Ok(None) };
    let changed = match part.as_str() {
        "protocol" => quirks::set_protocol(&mut url, &value),
        "username" => quirks::set_username(&mut url, &value),
        "password" => quirks::set_password(&mut url, &value),
        "host" => quirks::set_host(&mut url, &value),
        "hostname" => quirks::set_hostname(&mut url, &value),
        "port" => quirks::set_port(&mut url, &value),
        part => {
            change_infallibly(&mut url, part, &value);
            Ok(())
        }
    };
    changed.ok().map(|()| parts(ctx, &url)).transpose()
}

fn change_infallibly(url: &mut Url, part: &str, value: &str) {
    match part {
        "pathname" => quirks::set_pathname(url, value),
        "search" => quirks::set_search(url, value),
        _ => quirks::set_hash(url, value),
    }
}

fn origin(href: String) -> String {
    Url::parse(&href).map_or_else(|_| "null".to_owned(), |url| quirks::origin(&url))
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
