//! new: a folder with a function in it.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use bunbase_manifest::Name;

use crate::args::{Globals, New};
use crate::exit::{Failed, Status};
use crate::output::print;
use crate::template::Template;

pub fn run(args: &New, globals: &Globals) -> Result<(), Failed> {
    let name = name(&args.path)?;
    let mut planted = Planted::in_folder(&args.path)?;
    let files = args.template.files(&name);
    for (file, text) in &files {
        planted.file(file, text)?;
    }
    planted.keep();
    let files: Vec<&str> = files.iter().map(|(file, _)| *file).collect();
    let report = serde_json::json!({ "function": name, "folder": args.path, "files": files });
    print(globals, &report, |_| welcome(&args.path, &name, &files, args.template))
}

fn welcome(path: &Path, name: &Name, files: &[&str], template: Template) -> String {
    let install = if template.has_packages() { "  npm install\n" } else { "" };
    let is_here = path == Path::new(".");
    let enter = if is_here { String::new() } else { format!("  cd {}\n", path.display()) };
    let (path, files) = (path.display(), files.join(", "));
    format!(
        "{name} is in {path}: {files}\n\nnext:\n{enter}{install}  bunbase dev       \
         serves it, and again whenever a file is saved\n  bunbase deploy    puts it in service\n"
    )
}

/// The folder's own name, which is the function's.
fn name(path: &Path) -> Result<Name, Failed> {
    // "." and ".." have none of their own.
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let text = real.file_name().unwrap_or_default().to_string_lossy();
    text.parse()
        .map_err(|bad: bunbase_manifest::BadName| Failed::new(Status::Usage, bad.to_string()))
}

/// Files in the making: dropped before they are all there, they are taken away again.
#[derive(Debug)]
struct Planted {
    folder: PathBuf,
    /// It was not there before.
    is_new: bool,
    files: Vec<PathBuf>,
    kept: bool,
}

impl Planted {
    /// In a new folder, or in one that is empty.
    fn in_folder(folder: &Path) -> Result<Self, Failed> {
        let shown = folder.display();
        let is_new = match fs::create_dir(folder) {
            Ok(()) => true,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let message = format!("there is no folder to make {shown} in");
                return Err(Failed::new(Status::Usage, message));
            }
            Err(error) => return Err(not_made(folder, &error)),
        };
        let mut entries = fs::read_dir(folder).map_err(|error| not_made(folder, &error))?;
        if entries.next().is_some() {
            let message = format!("{shown} is there already, and not empty");
            return Err(Failed::new(Status::Usage, message)
                .hint("choose another name; nothing was written"));
        }
        Ok(Self { folder: folder.to_owned(), is_new, files: Vec::new(), kept: false })
    }

    fn file(&mut self, name: &str, text: &str) -> Result<(), Failed> {
        let path = self.folder.join(name);
        let failed = |error| not_made(&path, &error);
        let mut file = File::create_new(&path).map_err(failed)?;
        self.files.push(path.clone());
        file.write_all(text.as_bytes()).map_err(failed)
    }

    fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        // What can't be removed is where the message says that it could not be made.
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
        if self.is_new {
            let _ = fs::remove_dir(&self.folder);
        }
    }
}

fn not_made(path: &Path, error: &std::io::Error) -> Failed {
    let message = format!("cannot make {}: {error}; nothing was written", path.display());
    Failed::new(Status::Failed, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_can_not_be_made_leaves_nothing_behind() {
        let outer = tempfile::tempdir().unwrap();
        for folder in [outer.path().join("new"), outer.path().join("empty")] {
            let is_new = folder.ends_with("new");
            if !is_new {
                fs::create_dir(&folder).unwrap();
            }
            let mut planted = Planted::in_folder(&folder).unwrap();
            planted.file("a", "text").unwrap();
            assert!(planted.file("a/b", "a file is no folder").is_err());
            drop(planted);
            assert_eq!(folder.exists(), !is_new);
        }
        assert_eq!(fs::read_dir(outer.path().join("empty")).unwrap().count(), 0);
    }
}
