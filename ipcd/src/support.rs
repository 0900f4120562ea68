//! What a manifest may ask for that this release does not do yet. Accepting and ignoring it would be worse than
//! refusing: somebody would rely on it.

use bunbase_manifest::{Auth, GrantedPath, Manifest, Runtime};

use crate::config::Caps;

/// Refuses a function for which this server can't do all that it asks for.
pub fn offered(manifest: &Manifest, caps: &Caps) -> Result<(), String> {
    match refusals(manifest, caps) {
        none if none.is_empty() => Ok(()),
        all => Err(format!("this server does not offer {}", all.join(", "))),
    }
}

/// Everything that this server can't do for a function, or does for none, as sentences.
fn refusals(manifest: &Manifest, caps: &Caps) -> Vec<String> {
    let mut all: Vec<String> = missing(manifest).into_iter().map(str::to_owned).collect();
    all.extend(beyond(manifest, caps));
    all
}

/// Every granted path that is not there, or leads elsewhere.
pub fn bad_paths(manifest: &Manifest) -> Vec<String> {
    let granted = manifest.permissions.read.iter().map(|path| ("read", path));
    let granted = granted.chain(manifest.permissions.write.iter().map(|path| ("write", path)));
    let refusal = |(key, path): (&str, &GrantedPath)| {
        Some(format!("permissions.{key}: {}", path.check_here().err()?))
    };
    granted.filter_map(refusal).collect()
}

fn missing(manifest: &Manifest) -> Vec<&'static str> {
    let http = &manifest.http;
    let wanted = [
        (manifest.runtime == Runtime::Bun, "runtime = \"bun\""),
        (http.auth == Auth::Key, "http.auth = \"key\""),
        (!http.cors.origins.is_empty(), "http.cors"),
        (!http.methods.is_empty(), "http.methods"),
    ];
    wanted.into_iter().filter(|(is_wanted, _)| *is_wanted).map(|(_, what)| what).collect()
}

fn beyond(manifest: &Manifest, caps: &Caps) -> Vec<String> {
    let (limits, scale) = (&manifest.limits, &manifest.scale);
    let mut all = Vec::new();
    let mut check = |key: &str, wanted: String, cap: String, within: bool| {
        if !within {
            all.push(format!(
                "{key} = {wanted} (this server's cap is {cap}, see ipcd.toml [caps])"
            ));
        }
    };
    let (timeout, memory) = (limits.timeout, limits.memory);
    check("limits.timeout", timeout.to_string(), caps.timeout.to_string(), timeout <= caps.timeout);
    check("limits.memory", memory.to_string(), caps.memory.to_string(), memory <= caps.memory);
    check("scale.max", scale.max.to_string(), caps.workers.to_string(), scale.max <= caps.workers);
    let body = manifest.http.max_body;
    check("http.max_body", body.to_string(), caps.max_body.to_string(), body <= caps.max_body);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use bunbase_manifest::{ByteSize, Millis};

    fn refused(toml: &str) -> Vec<String> {
        let caps = Caps {
            timeout: Millis::from_secs(60),
            memory: ByteSize::mib(256),
            workers: 8,
            max_body: ByteSize::mib(10),
        };
        refusals(&bunbase_manifest::parse(toml, "hello", "index.ts").unwrap(), &caps)
    }

    #[test]
    fn a_plain_function_is_welcome() {
        assert!(refused("").is_empty());
    }

    #[test]
    fn everything_that_cannot_be_done_is_named_at_once() {
        let toml = "runtime = \"bun\"\n[http]\nauth = \"key\"\n[limits]\nmemory = \"1GB\"";
        let all = refused(toml).join("; ");
        for part in [
            "runtime = \"bun\"",
            "http.auth = \"key\"",
            "limits.memory = 1GB (this server's cap is 256MB",
        ] {
            assert!(all.contains(part), "{part} is missing in {all}");
        }
    }
}
