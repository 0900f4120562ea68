//! `function.toml` to a manifest.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use bunbase_settings::{DEFAULT, Effective, FromSetting, Mistakes, Reader, Report};
use toml::{Table, Value};

use crate::{
    BadPermission, Cors, Http, Limits, Manifest, Name, Permissions, Profile, Runtime, Scale,
};

/// The file beside the code.
pub const FILE_NAME: &str = "function.toml";

/// Where a name comes from, and the module, that the file does not say.
const THE_FOLDER: &str = "the folder";

/// Why a `function.toml` is none.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// Not TOML at all.
    #[error("{FILE_NAME}: {0}")]
    Toml(#[from] toml::de::Error),
    /// TOML, with mistakes in it.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
}

/// Parses the text of a `function.toml`. `folder` gives the name and `entry` the main module where the
/// file says nothing.
///
/// # Errors
/// All mistakes at once, each with its key and what would do.
pub fn parse(text: &str, folder: &str, entry: &str) -> Result<Manifest, ParseError> {
    parse_with_origins(text, folder, entry).map(|(manifest, _)| manifest)
}

/// The same, and for each setting what is in force and where it comes from.
///
/// # Errors
/// As [`parse`].
pub fn parse_with_origins(
    text: &str,
    folder: &str,
    entry: &str,
) -> Result<(Manifest, Vec<Effective>), ParseError> {
    let table: Table = text.parse()?;
    let report = Report::default();
    let top = Reader::new(&table, FILE_NAME, &report);
    let manifest = manifest(&top, folder, entry);
    top.finish();
    if let Some(manifest) = &manifest {
        manifest.check_into(&report);
    }
    let (manifest, effective) = report.conclude(FILE_NAME, manifest)?;
    // Without a name there is a mistake in the report, and `conclude` has returned it.
    Ok((manifest.expect("a manifest without mistakes has a name"), effective))
}

fn manifest(top: &Reader<'_>, folder: &str, entry: &str) -> Option<Manifest> {
    let name = name(top, folder);
    let rest = Manifest {
        name: name.clone().unwrap_or_else(placeholder),
        main: main(top, entry),
        runtime: top.get("runtime", Word(Runtime::Quickjs)).0,
        profile: top.get("profile", Word(Profile::Strict)).0,
        http: section(top, "http", http),
        limits: section(top, "limits", limits),
        scale: section(top, "scale", scale),
        permissions: section(top, "permissions", permissions),
        env: env(top),
        required_secrets: section(top, "secrets", |secrets| list(secrets, "required")),
    };
    name.map(|_| rest)
}

fn placeholder() -> Name {
    "x".parse().expect("a letter is a name")
}

fn name(top: &Reader<'_>, folder: &str) -> Option<Name> {
    let text: String = top.optional("name").unwrap_or_else(|| folder.to_owned());
    top.in_force("name", &text, THE_FOLDER);
    text.parse().map_err(|bad: crate::BadName| top.mistake("name", bad.to_string())).ok()
}

fn main(top: &Reader<'_>, entry: &str) -> String {
    let main = top.optional("main").unwrap_or_else(|| entry.to_owned());
    top.in_force("main", &main, THE_FOLDER);
    main
}

fn env(top: &Reader<'_>) -> BTreeMap<String, String> {
    let env: BTreeMap<String, String> = top.optional("env").unwrap_or_default();
    let names: Vec<&str> = env.keys().map(String::as_str).collect();
    top.in_force("env", names.join(", "), DEFAULT);
    env
}

/// A list of texts.
fn list(section: &Reader<'_>, key: &'static str) -> Vec<String> {
    let list: Vec<String> = section.optional(key).unwrap_or_default();
    section.in_force(key, list.join(", "), DEFAULT);
    list
}

fn section<T>(top: &Reader<'_>, key: &'static str, read: impl FnOnce(&Reader<'_>) -> T) -> T {
    let section = top.section(key);
    let value = read(&section);
    section.finish();
    value
}

fn http(section: &Reader<'_>) -> Http {
    let default = Http::default();
    Http {
        methods: list(section, "methods"),
        max_body: section.get("max_body", default.max_body),
        auth: section.get("auth", Word(default.auth)).0,
        cors: self::section(section, "cors", |cors| Cors { origins: list(cors, "origins") }),
    }
}

fn limits(section: &Reader<'_>) -> Limits {
    let default = Limits::default();
    Limits {
        timeout: section.get("timeout", default.timeout),
        cpu_time: section.get("cpu_time", default.cpu_time),
        memory: section.get("memory", default.memory),
        files: section.get("files", default.files),
        output: section.get("output", default.output),
    }
}

fn scale(section: &Reader<'_>) -> Scale {
    let default = Scale::default();
    Scale {
        concurrency: section.get("concurrency", default.concurrency),
        min: section.get("min", default.min),
        max: section.get("max", default.max),
        idle: section.get("idle", default.idle),
        queue: section.get("queue", default.queue),
    }
}

fn permissions(section: &Reader<'_>) -> Permissions {
    Permissions {
        net: granted(section, "net"),
        read: granted(section, "read"),
        write: granted(section, "write"),
    }
}

/// Each of a list; what can't be granted is noted.
fn granted<T: FromStr<Err = BadPermission>>(section: &Reader<'_>, key: &'static str) -> Vec<T> {
    let list = list(section, key);
    let noted = |bad: &BadPermission| section.mistake(key, bad.to_string());
    list.iter().filter_map(|text| text.parse().inspect_err(noted).ok()).collect()
}

/// A setting that is one of a few words.
struct Word<T>(T);

impl<T: FromStr<Err = String>> FromSetting for Word<T> {
    fn from_setting(value: &Value) -> Result<Self, String> {
        String::from_setting(value)?.parse().map(Self)
    }
}

impl<T: fmt::Display> fmt::Display for Word<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bunbase_settings::{ByteSize, Millis};

    /// The example of the documentation, in full.
    const THUMBS: &str = r#"
        name = "thumbs"
        main = "src/index.ts"
        runtime = "quickjs"
        profile = "custom"
        [http]
        methods = ["GET", "POST"]
        max_body = "10MB"
        auth = "none"
        cors = { origins = ["https://app.example"] }
        [limits]
        timeout = "30s"
        cpu_time = "5s"
        memory = "128MB"
        files = 64
        [scale]
        concurrency = 10
        min = 0
        max = 4
        idle = "60s"
        queue = 100
        [permissions]
        net = ["api.example.com:443"]
        read = ["/srv/assets"]
        [env]
        LOG_LEVEL = "info"
        [secrets]
        required = ["API_TOKEN"]
    "#;

    #[test]
    fn every_key_of_the_documented_example_is_read() {
        let manifest = parse(THUMBS, "folder", "index.ts").unwrap();
        assert_eq!(manifest.name.as_str(), "thumbs");
        assert_eq!(manifest.main, "src/index.ts");
        assert_eq!(manifest.limits.memory, ByteSize::mib(128));
        assert_eq!(manifest.scale.idle, Millis::from_secs(60));
        assert_eq!(manifest.permissions.net[0].to_string(), "api.example.com:443");
        assert_eq!(manifest.permissions.read[0].as_path(), std::path::Path::new("/srv/assets"));
        assert_eq!(manifest.env["LOG_LEVEL"], "info");
        assert_eq!(manifest.required_secrets, ["API_TOKEN"]);
    }

    #[test]
    fn an_empty_file_takes_the_folders_name_and_the_defaults() {
        let manifest = parse("", "hello", "index.ts").unwrap();
        assert_eq!(manifest.name.as_str(), "hello");
        assert_eq!(manifest.main, "index.ts");
        assert_eq!(manifest.limits, Limits::default());
    }

    #[test]
    fn each_setting_is_told_with_where_it_comes_from() {
        let text = "[limits]\ntimeout = \"5s\"\n[http]\nmethods = [\"GET\", \"PUT\"]\n[env]\nA = \"secret\"";
        let (_, effective) = parse_with_origins(text, "hello", "index.ts").unwrap();
        let of = |key: &str| {
            let one = effective.iter().find(|one| one.key == key).unwrap();
            (one.value.as_str(), one.origin.as_str())
        };
        assert_eq!(of("name"), ("hello", "the folder"));
        assert_eq!(of("main"), ("index.ts", "the folder"));
        assert_eq!(of("limits.timeout"), ("5s", FILE_NAME));
        assert_eq!(of("limits.cpu_time"), ("5s", "default"));
        assert_eq!(of("http.methods"), ("GET, PUT", FILE_NAME));
        assert_eq!(of("http.cors.origins"), ("", "default"));
        assert_eq!(of("env"), ("A", FILE_NAME));
        let mut keys: Vec<&str> = effective.iter().map(|one| one.key.as_str()).collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!((keys.len(), all), (23, 23), "{keys:?}");
    }

    #[test]
    fn a_manifest_survives_json() {
        let manifest = parse(THUMBS, "folder", "index.ts").unwrap();
        let json = serde_json::to_string(&manifest).unwrap();
        assert_eq!(serde_json::from_str::<Manifest>(&json).unwrap(), manifest);
    }

    #[test]
    fn every_mistake_is_reported_at_once() {
        let text = "runtime = \"node\"\nnmae = \"x\"\n[limits]\ntimeout = 5\n[permissions]\nread = [\"../x\"]\n[scale]\nmin = 9";
        let error = parse(text, "My Folder", "index.ts").unwrap_err().to_string();
        for part in [
            "name: \"My Folder\" can't be a function's name",
            "runtime: \"node\" is not one of quickjs, bun",
            "limits.timeout: 5 is an integer",
            "permissions.read: \"../x\" is no absolute path",
            "nmae: unknown key, did you mean \"name\"?",
        ] {
            assert!(error.contains(part), "{part} is missing in:\n{error}");
        }
    }

    /// JSON makes six bytes of a control character; the packet to schedulerd has its bound.
    #[test]
    fn a_manifest_too_large_for_its_packet_is_refused() {
        let mut manifest = parse("", "hello", "index.ts").unwrap();
        manifest.env.insert("A".into(), "a".repeat(32_000));
        assert!(manifest.check().is_ok());
        manifest.env.insert("A".into(), "\u{1}".repeat(10_000));
        assert!(manifest.check().unwrap_err().to_string().contains("as JSON"));
        manifest.env.clear();
        manifest.main = "a".repeat(70_000);
        assert!(manifest.check().is_err());
    }

    #[test]
    fn contradictions_are_refused_wherever_the_manifest_came_from() {
        let mut manifest = parse("", "hello", "index.ts").unwrap();
        manifest.scale.min = 9;
        manifest.env.insert("9X".into(), String::new());
        manifest.permissions.net.push("a:1".parse().unwrap());
        manifest.limits.timeout = Millis::new(0);
        let text = manifest.check().unwrap_err().to_string();
        for part in
            ["scale.min: 9 is more than", "env.9X", "permissions: profile", "limits.timeout: 0"]
        {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
    }
}
