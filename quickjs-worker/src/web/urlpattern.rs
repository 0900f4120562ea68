//! Patterns for URLs, compiled to regular expressions that the engine runs: so the deadline bounds them.

use std::borrow::Cow;

use rquickjs::function::Func;
use rquickjs::{Array, Ctx, Exception, Object, Result};
use urlpattern::quirks::{
    EcmaRegexp, StringOrInit, UrlPattern, UrlPatternComponent, UrlPatternInit, parse_match_input,
    parse_pattern, process_construct_pattern_input, process_match_input,
};
use urlpattern::regexp::RegExp;
use urlpattern::{RegexSyntax, UrlPatternOptions};

/// Provides `compilePattern`, `partsOfInit`.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("compilePattern", Func::from(compile))?;
    native.set("partsOfInit", Func::from(parts_of_init))
}

/// The source of a regular expression. Whether it is one, the engine says.
struct Source(EcmaRegexp);

impl RegExp for Source {
    fn syntax() -> RegexSyntax {
        RegexSyntax::EcmaScript
    }

    fn parse(pattern: &str, flags: &str, _evaluate: bool) -> std::result::Result<Self, ()> {
        EcmaRegexp::parse(pattern, flags, false).map(Self)
    }

    /// Asked only whether a pattern for protocols matches a special one; the expressions of the crate `regex` take linear time.
    fn matches<'a>(&self, text: &'a str) -> Option<Vec<Option<&'a str>>> {
        self.0.matches(text)
    }

    fn pattern_string(&self) -> &str {
        self.0.pattern_string()
    }
}

/// Takes a text and perhaps a base, or the nine members of a URLPatternInit. Returns for each of the eight components its
/// pattern, its regular expression and the names of its groups; then whether there are groups that are regular expressions.
fn compile<'js>(
    ctx: Ctx<'js>,
    text: Option<String>,
    base: Option<String>,
    init: Vec<Option<String>>,
    ignore_case: bool,
) -> Result<Array<'js>> {
    let input = text.map_or_else(
        || StringOrInit::Init(init_of(init)),
        |text| StringOrInit::String(Cow::Owned(text)),
    );
    let options = UrlPatternOptions { regex_syntax: RegexSyntax::EcmaScript, ignore_case };
    let pattern = process_construct_pattern_input(input, base.as_deref())
        .and_then(|init| parse_pattern::<Source>(init, options))
        .map_err(|error| Exception::throw_type(&ctx, &format!("URLPattern: {error}")))?;
    answer(ctx, pattern)
}

fn init_of(members: Vec<Option<String>>) -> UrlPatternInit {
    let mut members = members.into_iter();
    let mut next = || members.next().flatten();
    UrlPatternInit {
        protocol: next(),
        username: next(),
        password: next(),
        hostname: next(),
        port: next(),
        pathname: next(),
        search: next(),
        hash: next(),
        base_url: next(),
    }
}

fn answer<'js>(ctx: Ctx<'js>, pattern: UrlPattern) -> Result<Array<'js>> {
    let has_groups = pattern.has_regexp_groups;
    let components = [
        pattern.protocol,
        pattern.username,
        pattern.password,
        pattern.hostname,
        pattern.port,
        pattern.pathname,
        pattern.search,
        pattern.hash,
    ];
    let answer = Array::new(ctx.clone())?;
    for (index, component) in components.into_iter().enumerate() {
        answer.set(index, of_component(ctx.clone(), component)?)?;
    }
    answer.set(8, has_groups)?;
    Ok(answer)
}

fn of_component<'js>(ctx: Ctx<'js>, component: UrlPatternComponent) -> Result<Array<'js>> {
    let answer = Array::new(ctx)?;
    answer.set(0, component.pattern_string)?;
    answer.set(1, component.regexp_string)?;
    answer.set(2, component.group_name_list)?;
    Ok(answer)
}

/// The eight parts of the URL that a URLPatternInit stands for; `None` if it stands for none.
fn parts_of_init(members: Vec<Option<String>>) -> Option<Vec<String>> {
    let input = StringOrInit::Init(init_of(members));
    let (input, _) = process_match_input(input, None).ok().flatten()?;
    let parts = parse_match_input(input)?;
    Some(vec![
        parts.protocol,
        parts.username,
        parts.password,
        parts.hostname,
        parts.port,
        parts.pathname,
        parts.search,
        parts.hash,
    ])
}
