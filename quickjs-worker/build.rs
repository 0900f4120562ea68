//! Compiles the JavaScript of `src/web` and `src/node` to bytecode, which the binary carries and runs.
//!
//! The compiler is the engine itself, at the version that the worker links: Cargo.lock has one of it.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use rquickjs::{CatchResultExt, Context, Ctx, Module, Runtime, WriteOptions};

/// The folders with JavaScript: `web/url.js` becomes the module `web:url`.
const FOLDERS: [&str; 2] = ["web", "node"];

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let context = Context::full(&Runtime::new()?)?;
    for folder in FOLDERS {
        let from = Path::new("src").join(folder);
        println!("cargo::rerun-if-changed={}", from.display());
        fs::create_dir_all(out.join(folder))?;
        for path in scripts(&from)? {
            let stem = path.file_stem().and_then(|stem| stem.to_str()).ok_or("a name in UTF-8")?;
            let bytecode = context.with(|ctx| compile(&ctx, &format!("{folder}:{stem}"), &path))?;
            fs::write(out.join(folder).join(format!("{stem}.js")), bytecode)?;
        }
    }
    Ok(())
}

fn scripts(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let paths: Result<Vec<PathBuf>, _> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect();
    Ok(paths?.into_iter().filter(|path| path.extension().is_some_and(|e| e == "js")).collect())
}

fn compile(ctx: &Ctx<'_>, name: &str, path: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let source = fs::read(path)?;
    let module = Module::declare(ctx.clone(), name, source)
        .catch(ctx)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(module.write(WriteOptions { strip_source: true, ..WriteOptions::default() })?)
}
