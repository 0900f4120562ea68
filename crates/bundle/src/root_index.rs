//! A path for `index.*` at the root of a project that keeps the project's own name out of the bundle.
//!
//! rolldown calls what a module named `index` or `mod` exports after the directory that the module is in. At the
//! root that is the name which somebody chose for a checkout. So rolldown is told a path with a detour,
//! `project/_/../index.ts`: before `index.ts` there is no name in it, and wherever it is shown it has been made
//! straight. Files can't be read by it (there is no `_`), so they are read for rolldown.

use std::path::{Path, PathBuf};

const DETOUR: &str = "/_/../";

/// The path with a detour, if `path` is that of such a file in the directory `project`.
pub(crate) fn detour(path: &Path, project: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let is_root = path.parent()? == project;
    let is_index = matches!(path.file_stem()?.to_str()?, "index" | "mod");
    (is_root && is_index).then(|| format!("{}{DETOUR}{name}", project.display()))
}

/// The straight path, if `path` has the detour.
pub(crate) fn straight(path: &str) -> Option<PathBuf> {
    path.contains(DETOUR).then(|| path.replace(DETOUR, "/").into())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{detour, straight};

    #[test]
    fn only_an_index_at_the_root_takes_a_detour() {
        let detour = |path| detour(Path::new(path), Path::new("/p"));
        assert_eq!(detour("/p/index.ts").as_deref(), Some("/p/_/../index.ts"));
        assert_eq!(detour("/p/mod.ts").as_deref(), Some("/p/_/../mod.ts"));
        let others = ["/p/src/index.ts", "/p/main.ts", "/index.ts"];
        assert_eq!(others.map(detour), [None, None, None]);
    }

    #[test]
    fn the_straight_path_is_found_again() {
        assert_eq!(straight("/p/_/../index.ts").as_deref(), Some(Path::new("/p/index.ts")));
        assert_eq!(straight("/p/index.ts"), None);
    }
}
