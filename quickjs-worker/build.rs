//! Compiles the JavaScript of `src/web`, `src/node` and `vendor` to bytecode, which the binary carries and runs.
//!
//! The compiler is the engine itself, at the version that the worker links: Cargo.lock has one of it.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::Declared;
use rquickjs::{CatchResultExt, Context, Ctx, Module, Runtime, WriteOptions};

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
    let runtime = Runtime::new()?;
    runtime.set_loader(Elsewhere, Elsewhere);
    let context = Context::full(&runtime)?;
    for folder in FOLDERS {
        let from = Path::new("src").join(folder);
        for path in scripts(&from)? {
            let stem = path.strip_prefix(&from)?.with_extension("");
            let name = format!("{folder}:{}", stem.to_str().ok_or("a name in UTF-8")?);
            let to = out.join(folder).join(stem).with_extension("js");
            write(&context, &name, &path, &fs::read_to_string(&path)?, &to)?;
        }
    }
    for path in scripts(Path::new(VENDOR))? {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).ok_or("a name in UTF-8")?;
        let to = out.join(VENDOR).join(stem).with_extension("js");
        let source = as_module(&fs::read_to_string(&path)?);
        write(&context, &format!("node:internal/{stem}"), &path, &source, &to)?;
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

/// CommonJS as a module. It finds the globals `process` and `Buffer` only as far as these files use them.
fn as_module(source: &str) -> String {
    let before = "const module = { exports: {} }, process = { cwd: () => '/' };\n\
        (function (exports) {";
    format!("{before}{source}\n}})(module.exports);\nexport default module.exports;\n")
}

fn write(
    context: &Context,
    name: &str,
    path: &Path,
    source: &str,
    to: &Path,
) -> Result<(), Box<dyn Error>> {
    let bytecode = context.with(|ctx| compile(&ctx, name, path, source))?;
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
