//! What a function may try in good faith, and what it may not, is an exception to it and not its end.

use std::collections::BTreeMap;

use crate::who::Who;
use crate::worker::{Setup, Worker};

const TRIES: &str = include_str!("good_faith.js");

#[test]
fn what_is_not_granted_is_an_exception() {
    for who in Who::all() {
        let mut worker = Worker::start(&Setup::of(who), TRIES);
        let results: BTreeMap<String, String> =
            serde_json::from_str(&worker.text("/")).expect("JSON");
        assert!(results.len() > 40, "{}", results.len());
        let done: Vec<_> = results.iter().filter(|(_, how)| !how.starts_with("refused:")).collect();
        assert!(done.is_empty(), "{who:?}: {done:?}");
        // It still answers.
        worker.text("/");
    }
}

#[test]
fn questions_about_the_machine_have_no_answer() {
    let bundle = "import os from 'node:os';
        export default () => Response.json([os.hostname(), os.release(), os.totalmem(), process.pid, process.getuid(), process.env.HOME ?? 'none'])";
    for who in Who::all() {
        let mut worker = Worker::start(&Setup::of(who), bundle);
        assert_eq!(worker.text("/"), r#"["unknown","",0,1,4294967295,"none"]"#, "{who:?}");
    }
}
