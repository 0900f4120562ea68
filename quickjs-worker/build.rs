//! Compiles the JavaScript of `src/web`, `src/node` and `vendor` to bytecode, which the binary carries and runs.
//!
//! The compiler is the engine itself, at the version that the worker links: Cargo.lock has one of it.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::Declared;
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
const INSPECT: &str = "vendor/node-inspect-extracted/inspect.js";

/// The folders with JavaScript: `web/url.js` becomes the module `web:url`, `node/path/posix.js` `node:path/posix`.
const FOLDERS: [&str; 2] = ["web", "node"];

/// The folder of CommonJS from npm: `vendor/path-browserify/path.js` becomes `node:internal/path`.
const VENDOR: &str = "vendor";

/// The compiler wants what a module imports to be there, whatever is in it: bytecode has only its name.
struct Elsewhere;

impl Resolver for Elsewhere {
    fn resolve<'js>(
        &mut self,
        _: &Ctx<'js>,
        _: &str,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<String> {
        Ok(name.to_owned())
    }
}

impl Loader for Elsewhere {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<Module<'js, Declared>> {
        Module::declare(ctx.clone(), name, "")
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    link_the_cpp_library_statically(&out)?;
    // Tables of addresses are relocated when the worker is built and not each time it starts.
    println!("cargo::rustc-link-arg-bins=-no-pie");
    let runtime = Runtime::new()?;
    runtime.set_loader(Elsewhere, Elsewhere);
    let context = Context::full(&runtime)?;
    let mut engine = DefaultHasher::new();
    for folder in FOLDERS {
        let from = Path::new("src").join(folder);
        for path in scripts(&from)? {
            let stem = path.strip_prefix(&from)?.with_extension("");
            let name = format!("{folder}:{}", stem.to_str().ok_or("a name in UTF-8")?);
            let to = out.join(folder).join(stem).with_extension("js");
            write(&context, &mut engine, &name, &path, &fs::read_to_string(&path)?, &to)?;
        }
    }
    for path in scripts(Path::new(VENDOR))? {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).ok_or("a name in UTF-8")?;
        let to = out.join(VENDOR).join(stem).with_extension("js");
        let source = as_module(&fs::read_to_string(&path)?);
        write(&context, &mut engine, &format!("node:internal/{stem}"), &path, &source, &to)?;
    }
    let to = out.join(VENDOR).join("console_inspect.js");
    write(&context, &mut engine, "web:console_inspect", Path::new(INSPECT), &inspect()?, &to)?;
    // Bytecode that another engine has written, or this one in another way, is known by this.
    println!("cargo::rustc-env=BYTECODE_ENGINE={:016x}", engine.finish());
    Ok(())
}

/// Node's util.inspect as a module: it exports a function that is given `engine` and returns what the script exports.
fn inspect() -> Result<String, String> {
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
    Ok(format!("{before}\n{source}\nreturn module.exports }}"))
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

/// The files in a folder and in those below it.
fn scripts(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(scripts(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "js") {
            found.push(path);
        }
    }
    Ok(found)
}

/// CommonJS as a module: what it requires is imported. It finds the global `process` as far as these files use it.
fn as_module(source: &str) -> String {
    let names: BTreeSet<&str> = source.split("require(\"").skip(1).filter_map(required).collect();
    let mut before = String::new();
    for (number, name) in names.iter().enumerate() {
        before += &format!("import required{number} from \"node:{name}\";\n");
    }
    let found = (0..names.len()).map(|number| format!("required{number}")).collect::<Vec<_>>();
    let names = names.into_iter().collect::<Vec<_>>();
    format!(
        "{before}const module = {{ exports: {{}} }}, process = {{ cwd: () => '/' }};\n\
         const require = (name) => [{}][{names:?}.indexOf(name.replace(/\\/$/, ''))];\n\
         (function (exports) {{{source}\n}})(module.exports);\nexport default module.exports;\n",
        found.join(", ")
    )
}

/// The module's name at the start of what follows `require("`; what the runtime has globally is never asked for.
fn required(rest: &str) -> Option<&str> {
    let name = rest.split('"').next()?.trim_end_matches('/');
    (name != "abort-controller").then_some(name)
}

fn write(
    context: &Context,
    engine: &mut DefaultHasher,
    name: &str,
    path: &Path,
    source: &str,
    to: &Path,
) -> Result<(), Box<dyn Error>> {
    let bytecode = context.with(|ctx| compile(&ctx, name, path, source))?;
    bytecode.hash(engine);
    fs::create_dir_all(to.parent().ok_or("a folder")?)?;
    Ok(fs::write(to, bytecode)?)
}

fn compile(
    ctx: &Ctx<'_>,
    name: &str,
    path: &Path,
    source: &str,
) -> Result<Vec<u8>, Box<dyn Error>> {
    let module = Module::declare(ctx.clone(), name, source)
        .catch(ctx)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(module.write(WriteOptions { strip_source: true, ..WriteOptions::default() })?)
}
