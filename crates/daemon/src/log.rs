//! Log lines: to journald when systemd started us, else readable ones on standard error.
//!
//! The fields that lines have, the same in every process: `request_id` `function` `version` `worker_id` `pid`
//! `from` `to` `event` `queue_depth` `queue_wait_us` `duration_us` `status` `outcome` `reason` `limit` `peer` `cpu_us` `memory` `layer` `detail`.
//! In the journal they are in capitals: `journalctl REQUEST_ID=…`. Never a payload.
//!
//! `error`: a person should look. `warn`: refused or killed by policy. `info`: lifecycle, and what
//! functions write. `debug` and below: for us. `BUNBASE_LOG` sets what is shown, in the syntax of
//! tracing's `EnvFilter`.

use std::io::IsTerminal;

use nix::sys::stat::fstat;
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Sets up logging for this process. Called once; a second call changes nothing.
pub fn init(name: &str) {
    let filter = EnvFilter::try_from_env("BUNBASE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let journal = stderr_is_journal().then(tracing_journald::layer).and_then(Result::ok);
    let set = match journal {
        Some(journal) => {
            let named = journal.with_syslog_identifier(name.to_owned()).with_field_prefix(None);
            registry.with(named).try_init()
        }
        None => registry.with(lines()).try_init(),
    };
    if set.is_err() {
        tracing::debug!("logging was set up before");
    }
}

fn lines<S>() -> impl tracing_subscriber::Layer<S>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .compact()
}

/// Whether standard error is the stream that systemd connected to the journal: `JOURNAL_STREAM` has its
/// device and inode, see systemd.exec(5).
fn stderr_is_journal() -> bool {
    let Ok(announced) = std::env::var("JOURNAL_STREAM") else { return false };
    let Ok(actual) = fstat(std::io::stderr()) else { return false };
    announced == format!("{}:{}", actual.st_dev, actual.st_ino)
}
