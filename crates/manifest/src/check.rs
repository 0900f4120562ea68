//! What must hold between fields, whether they came from a file or over a socket.

use bunbase_settings::{Millis, Report};

use crate::Manifest;

/// Open files of a worker: what every machine lets a process have.
const MOST_FILES: u32 = 4096;

/// A manifest as JSON: it travels in one packet from ipcd to schedulerd, with its environment.
pub const MAX_MANIFEST_BYTES: usize = 48 * 1024;

/// A manifest whose values contradict each other; every contradiction is listed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct Invalid(#[from] bunbase_settings::Mistakes);

impl Manifest {
    /// Checks what the types alone can't.
    ///
    /// # Errors
    /// Everything that is wrong, each with its key.
    pub fn check(&self) -> Result<(), Invalid> {
        let report = Report::default();
        self.check_into(&report);
        Ok(report.conclude(crate::FILE_NAME, ()).map(|((), _)| ())?)
    }

    pub(crate) fn check_into(&self, report: &Report) {
        self.check_limits(report);
        self.check_scale(report);
        self.check_permissions(report);
        self.check_env(report);
        self.check_http(report);
        self.check_size(report);
    }

    fn check_size(&self, report: &Report) {
        let bytes = serde_json::to_vec(self).map_or(usize::MAX, |json| json.len());
        if bytes > MAX_MANIFEST_BYTES {
            let problem = format!("{bytes} bytes as JSON, at most {MAX_MANIFEST_BYTES} fit");
            report.mistake("(everything together)", problem);
        }
    }

    fn check_limits(&self, report: &Report) {
        for (key, value) in [("timeout", self.limits.timeout), ("cpu_time", self.limits.cpu_time)] {
            if value == Millis::new(0) {
                report.mistake(
                    format!("limits.{key}"),
                    "0 leaves no time to answer; write at least 1ms",
                );
            }
        }
        if self.limits.memory < bunbase_settings::ByteSize::mib(8) {
            report.mistake(
                "limits.memory",
                format!("{} is too little, a worker needs 8MB", self.limits.memory),
            );
        }
        if self.limits.output == bunbase_settings::ByteSize::new(0) {
            report.mistake("limits.output", "0 leaves no room for an answer; write at least 1B");
        }
        if self.limits.files > MOST_FILES {
            let problem = format!("{} is too many, at most {MOST_FILES}", self.limits.files);
            report.mistake("limits.files", problem);
        }
        if self.limits.files < 16 {
            report.mistake(
                "limits.files",
                format!("{} is too few, a worker needs 16", self.limits.files),
            );
        }
    }

    fn check_scale(&self, report: &Report) {
        let scale = &self.scale;
        if scale.concurrency == 0 {
            report.mistake("scale.concurrency", "0 would answer nothing; write at least 1");
        }
        if scale.max == 0 {
            report.mistake("scale.max", "0 would start no worker; write at least 1");
        }
        if scale.min > scale.max {
            report.mistake(
                "scale.min",
                format!("{} is more than scale.max = {}", scale.min, scale.max),
            );
        }
    }

    fn check_permissions(&self, report: &Report) {
        let grants = self.permissions != crate::Permissions::default();
        if grants && self.profile != crate::Profile::Custom {
            let remedy = "they count only with profile = \"custom\"";
            report.mistake(
                "permissions",
                format!("profile = \"{}\" grants none; {remedy}", self.profile),
            );
        }
    }

    fn check_env(&self, report: &Report) {
        crate::env::check_into(report, &self.env, &self.required_secrets);
    }

    fn check_http(&self, report: &Report) {
        let odd =
            |m: &&String| m.is_empty() || !m.bytes().all(|b| b.is_ascii_uppercase() || b == b'-');
        for method in self.http.methods.iter().filter(odd) {
            report.mistake(
                "http.methods",
                format!("{method:?} is no method; write them like \"GET\""),
            );
        }
    }
}
