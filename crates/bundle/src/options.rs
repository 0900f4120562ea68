//! What rolldown is told, and why.

use rolldown::{
    BundlerOptions, BundlerTransformOptions, ChecksOptions, CodeSplittingMode, Either, InputItem,
    OutputFormat, Platform, RawMinifyOptions, ResolveOptions, SourceMapType, TsConfig,
};

use crate::Target;
use crate::project::Project;

pub(crate) fn options(project: &Project, target: Target) -> BundlerOptions {
    BundlerOptions {
        input: Some(vec![InputItem { name: Some("index".into()), import: project.entry.clone() }]),
        cwd: Some(project.dir.clone()),
        platform: Some(platform(target)),
        resolve: Some(resolution(target)),
        tsconfig: Some(tsconfig(project)),
        transform: Some(syntax(target)),
        define: Some(
            [("process.env.NODE_ENV".into(), "'production'".into())].into_iter().collect(),
        ),
        format: Some(OutputFormat::Esm),
        code_splitting: Some(CodeSplittingMode::Bool(false)),
        // A stack trace should read like the source, and the engine doesn't run short names faster.
        minify: Some(RawMinifyOptions::Bool(false)),
        sourcemap: Some(SourceMapType::Hidden),
        // Nothing is written there: it is what the paths in the source map are relative to.
        dir: Some(".".into()),
        checks: Some(checks()),
        ..BundlerOptions::default()
    }
}

/// `Browser` also follows the `browser` map of a package.json, with which older packages say what to take
/// instead of Node's modules; `Node` leaves those as imports.
fn platform(target: Target) -> Platform {
    match target {
        Target::QuickJs => Platform::Browser,
        Target::Bun => Platform::Node,
    }
}

/// What bundlers for edge runtimes do: for code that runs without Node, packages offer `worker` or `browser`
/// exports (wrangler asks for both, and for `workerd`, which means Cloudflare's own modules: not here) and the
/// main fields `browser`, `module`, `main`, in this order. rolldown adds `browser`, `node`, `import` or
/// `require`, and `default` by platform. For Bun the main fields are Node's: `main` before `module`.
fn resolution(target: Target) -> ResolveOptions {
    let conditions: &[&str] = match target {
        Target::QuickJs => &["worker", "module"],
        Target::Bun => &["bun", "module"],
    };
    ResolveOptions {
        condition_names: Some(conditions.iter().map(|&name| name.to_owned()).collect()),
        ..ResolveOptions::default()
    }
}

/// The nearest tsconfig.json, whatever files it includes, as esbuild has it: rolldown's own search would leave
/// the function without its options when `include` lists other files. It doesn't reach into node_modules.
fn tsconfig(project: &Project) -> TsConfig {
    project.tsconfig().map_or(TsConfig::Auto(false), TsConfig::Manual)
}

/// QuickJS knows the language up to ES2024; what came later (`using`) is rewritten for it.
fn syntax(target: Target) -> BundlerTransformOptions {
    let version = match target {
        Target::QuickJs => "es2024",
        Target::Bun => "esnext",
    };
    BundlerTransformOptions {
        target: Some(Either::Left(version.to_owned())),
        ..BundlerTransformOptions::default()
    }
}

/// Advice about chunks and plugins means nothing to somebody who chose neither.
fn checks() -> ChecksOptions {
    ChecksOptions {
        plugin_timings: Some(false),
        ineffective_dynamic_import: Some(false),
        large_barrel_modules: Some(false),
        ..ChecksOptions::default()
    }
}
