//! A test a directory: what fails there is what is known to fail there.

use crate::expected::Expected;
use crate::found::Found;
use crate::ratchet;
use crate::tree::Tree;

const HINT: &str = "If that is as it should be: UPDATE_EXPECTED=1 with the same command writes down what is so now.";

macro_rules! directories {
    ($($test:ident: $directory:literal,)*) => {
        /// The directories that count.
        pub const DIRECTORIES: &[&str] = &[$($directory),*];

        $(
            #[test]
            fn $test() {
                holds($directory);
            }
        )*
    };
}

directories! {
    console_behaves_as_expected: "console",
    dom_abort_behaves_as_expected: "dom/abort",
    dom_events_behaves_as_expected: "dom/events",
    encoding_behaves_as_expected: "encoding",
    file_api_behaves_as_expected: "FileAPI",
    hr_time_behaves_as_expected: "hr-time",
    atob_behaves_as_expected: "html/webappapis/atob",
    microtask_queuing_behaves_as_expected: "html/webappapis/microtask-queuing",
    structured_clone_behaves_as_expected: "html/webappapis/structured-clone",
    timers_behaves_as_expected: "html/webappapis/timers",
    streams_behaves_as_expected: "streams",
    url_behaves_as_expected: "url",
    dom_exception_behaves_as_expected: "webidl/ecmascript-binding/es-exceptions",
    web_crypto_behaves_as_expected: "WebCryptoAPI",
}

/// Runs a directory and compares with what is known of it, or writes that down anew.
fn holds(directory: &str) {
    let Some(tree) = Tree::find() else { return eprintln!("skipped: no Web Platform Tests here") };
    let found = Found::all(&tree, directory);
    let known = Expected::load(directory);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        return known.updated(&found).save(directory);
    }
    let differences = ratchet::differences(&known, &found);
    assert!(differences.is_empty(), "{directory}:\n{}\n{HINT}", differences.join("\n"));
}
