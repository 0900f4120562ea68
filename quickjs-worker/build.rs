//! Compiles the JavaScript of `src/web` and `src/node` to bytecode, which the binary carries and runs.
//!
//! The compiler is the engine itself, at the version that the worker links: Cargo.lock has one of it.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rquickjs::{CatchResultExt, Context, Ctx, Module, Runtime, WriteOptions};

/// What of a vendored script is replaced: there it can't know what `engine` knows (see `web/inspect.js`).
const INSPECT_PATCHES: [(&str, &str); 4] = [
    (
        "function Br(t){return t.stack?wt(t.stack):T(t)}",
        "function Br(t){const s=engine.stackOf(t);return s===undefined?T(t):wt(s)}",
    ),
    (
        "getPromiseDetails:function(){return[c,void 0]}",
        "getPromiseDetails:function(t){return engine.promiseOf(t,c,l)}",
    ),
    ("getProxyDetails:a.getProxyDetails,", "getProxyDetails:engine.proxyOf,"),
    (
        "getOwnNonIndexProperties:function(t){",
        "getOwnNonIndexProperties:function(t,f=2){return engine.otherKeys(t,f);",
    ),
];

/// Node's util.inspect, from the npm package of that name.
const INSPECT: &str = "src/vendor/node-inspect-extracted/inspect.js";

/// The folders with JavaScript: `web/url.js` becomes the module `web:url`.
const FOLDERS: [&str; 2] = ["web", "node"];

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    link_the_cpp_library_statically(&out)?;
    let context = Context::full(&Runtime::new()?)?;
    for folder in FOLDERS {
        let from = Path::new("src").join(folder);
        println!("cargo::rerun-if-changed={}", from.display());
        fs::create_dir_all(out.join(folder))?;
        for path in scripts(&from)? {
            let source = fs::read(&path)?;
            let stem = path.file_stem().and_then(|stem| stem.to_str()).ok_or("a name in UTF-8")?;
            let bytecode = context
                .with(|ctx| compile(&ctx, &format!("{folder}:{stem}"), source))
                .map_err(|error| format!("{}: {error}", path.display()))?;
            fs::write(out.join(folder).join(format!("{stem}.js")), bytecode)?;
        }
    }
    let inspect = context.with(|ctx| compile(&ctx, "vendor:inspect", inspect()?))?;
    fs::create_dir_all(out.join("vendor"))?;
    fs::write(out.join("vendor/inspect.js"), inspect)?;
    Ok(())
}

/// Node's util.inspect as a module: it exports a function that is given `engine` and returns what the script exports.
fn inspect() -> Result<Vec<u8>, String> {
    println!("cargo::rerun-if-changed={INSPECT}");
    let mut source = fs::read_to_string(INSPECT).map_err(|error| format!("{INSPECT}: {error}"))?;
    for (from, to) in INSPECT_PATCHES {
        if source.matches(from).count() != 1 {
            return Err(format!("{INSPECT} should contain {from:?} once"));
        }
        source = source.replace(from, to);
    }
    let before =
        "export default (engine) => { const module = { exports: {} }, exports = module.exports;";
    Ok(format!("{before}\n{source}\nreturn module.exports }}").into_bytes())
}

/// The URL parser is C++. As a library of its own, libstdc++ would cost each cold start what it takes to load it.
fn link_the_cpp_library_statically(out: &Path) -> Result<(), Box<dyn Error>> {
    const ARCHIVE: &str = "libstdc++.a";
    let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
    let asked = Command::new(compiler).arg(format!("-print-file-name={ARCHIVE}")).output()?;
    let archive = PathBuf::from(String::from_utf8(asked.stdout)?.trim());
    // A compiler that has none names it as it was asked for: then the shared one is linked.
    if archive.is_absolute() {
        // The linker takes the library from the first folder that has one, in whatever form.
        let folder = out.join("lib");
        fs::create_dir_all(&folder)?;
        fs::copy(archive, folder.join(ARCHIVE))?;
        println!("cargo::rustc-link-search=native={}", folder.display());
    }
    Ok(())
}

fn scripts(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let paths: Result<Vec<PathBuf>, _> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect();
    Ok(paths?.into_iter().filter(|path| path.extension().is_some_and(|e| e == "js")).collect())
}

fn compile(ctx: &Ctx<'_>, name: &str, source: Vec<u8>) -> Result<Vec<u8>, String> {
    let module =
        Module::declare(ctx.clone(), name, source).catch(ctx).map_err(|error| error.to_string())?;
    let options = WriteOptions { strip_source: true, ..WriteOptions::default() };
    module.write(options).map_err(|error| error.to_string())
}
