//! What `bunbase new` makes a function from. The files are in cli/templates.

use bunbase_manifest::Name;
use clap::ValueEnum;

/// Stands for the function's name.
const NAME: &str = "{{name}}";

/// A file: its name in the folder, and its text.
pub type File = (&'static str, &'static str);

/// What a function can be made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Template {
    /// One handler that greets, as JSON
    Hello,
    /// An API with routes, by Hono from npm
    Api,
    /// Events sent as they happen (Server-Sent Events)
    Sse,
    /// A form with a file upload
    Form,
}

/// The files that are a template's own.
macro_rules! own {
    ($template:literal: $($file:literal),+) => {
        &[$(($file, include_str!(concat!("../templates/", $template, "/", $file)))),+]
    };
}

/// The files that all have.
const COMMON: [File; 3] = [
    (".gitignore", include_str!("../templates/common/gitignore")),
    ("bunbase.d.ts", include_str!("../templates/common/bunbase.d.ts")),
    ("tsconfig.json", include_str!("../templates/common/tsconfig.json")),
];

impl Template {
    /// All files, with the function's name in them.
    pub fn files(self, name: &Name) -> Vec<(&'static str, String)> {
        let all = self.own().iter().chain(&COMMON);
        all.map(|(file, text)| (*file, text.replace(NAME, name.as_str()))).collect()
    }

    /// Whether there are packages to install.
    pub fn has_packages(self) -> bool {
        self.own().iter().any(|(file, _)| *file == "package-lock.json")
    }

    fn own(self) -> &'static [File] {
        match self {
            Self::Hello => own!("hello": "index.ts", "function.toml", "README.md", "package.json"),
            Self::Api => {
                own!("api": "index.ts", "function.toml", "README.md", "package.json", "package-lock.json")
            }
            Self::Sse => own!("sse": "index.ts", "function.toml", "README.md", "package.json"),
            Self::Form => own!("form": "index.ts", "function.toml", "README.md", "package.json"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_the_functions_name_and_no_place_for_it_left() {
        for template in Template::value_variants() {
            let files = template.files(&"greet".parse().unwrap());
            assert!(files.iter().all(|(_, text)| !text.contains(NAME)), "{template:?}");
            let toml = files.iter().find(|(file, _)| *file == "function.toml").unwrap();
            let manifest = bunbase_manifest::parse(&toml.1, "other", "index.ts").unwrap();
            assert_eq!(manifest.name.as_str(), "greet");
        }
    }

    /// Whose mirror it came from is nobody else's business.
    #[test]
    fn a_lock_file_names_no_registry() {
        let files = Template::Api.files(&"x".parse().unwrap());
        let lock = &files.iter().find(|(file, _)| *file == "package-lock.json").unwrap().1;
        assert!(lock.contains("integrity") && !lock.contains("resolved") && !lock.contains("://"));
    }
}
