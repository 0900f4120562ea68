//! backup, restore.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use bunbase_client::{BackupAnswer, RestoreAnswer, RestoreRequest, Source};
use tempfile::NamedTempFile;

use crate::args::{Backup, Globals, Restore};
use crate::exit::{Failed, Status};
use crate::output::{print, tell, warn};
use crate::socket::connect;

/// Standard output, or input.
const STANDARD: &str = "-";

pub fn backup(args: &Backup, globals: &Globals) -> Result<(), Failed> {
    if args.file.as_os_str() == STANDARD {
        return to_standard_output(globals);
    }
    let path = &args.file;
    // Seen again at the end: nobody waits for a backup that is of no use.
    if path.exists() && !args.force {
        return Err(is_there(path));
    }
    let mut client = connect(globals)?;
    let folder = folder(path);
    // For its owner's eyes only: variables are in it as they are.
    let mut file = NamedTempFile::new_in(&folder).map_err(|error| unwritten(path, &error))?;
    let answer = client.backup(&mut file)?;
    keep(file, path, &folder, args.force)?;
    print(globals, &answer, |answer| format!("{}: {}\n", path.display(), outcome(answer)))
}

fn to_standard_output(globals: &Globals) -> Result<(), Failed> {
    let mut out = io::stdout().lock();
    if out.is_terminal() {
        let failed = Failed::new(Status::Usage, "a backup is nothing to look at");
        return Err(failed.hint("name a file, or send it somewhere: bunbase backup - | ssh …"));
    }
    let answer = connect(globals)?.backup(&mut out)?;
    out.flush().map_err(|error| unwritten(Path::new("standard output"), &error))?;
    if !globals.quiet {
        tell(&outcome(&answer));
    }
    Ok(())
}

fn keep(file: NamedTempFile, path: &Path, folder: &Path, force: bool) -> Result<(), Failed> {
    file.as_file().sync_all().map_err(|error| unwritten(path, &error))?;
    let kept = if force { file.persist(path) } else { file.persist_noclobber(path) };
    kept.map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => is_there(path),
        _ => unwritten(path, &error.error),
    })?;
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| unwritten(path, &error))
}

fn folder(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_owned()
}

fn is_there(path: &Path) -> Failed {
    let failed = Failed::new(Status::Usage, format!("{} is there already", path.display()));
    failed.hint("name another file, or replace it with --force")
}

fn unwritten(path: &Path, error: &io::Error) -> Failed {
    Failed::new(Status::Failed, format!("cannot write {}: {error}", path.display()))
}

fn outcome(answer: &BackupAnswer) -> String {
    let BackupAnswer { functions, versions, bytes } = answer;
    format!("{functions} functions in service, {versions} versions, {bytes} bytes")
}

pub fn restore(args: &Restore, globals: &Globals) -> Result<(), Failed> {
    let file: Source = match args.file.as_os_str() == STANDARD {
        true => Box::new(io::stdin()),
        false => Box::new(File::open(&args.file).map_err(|error| {
            Failed::new(Status::Usage, format!("cannot read {}: {error}", args.file.display()))
        })?),
    };
    let request = RestoreRequest { replace: args.replace };
    let answer = connect(globals)?.restore(request, file)?;
    answer.warnings.iter().for_each(|warning| warn(globals, warning));
    print(globals, &answer, |answer| {
        let RestoreAnswer { functions, versions, created, .. } = answer;
        format!(
            "restored what was there on {created}: {functions} functions in service, {versions} versions\n"
        )
    })
}
