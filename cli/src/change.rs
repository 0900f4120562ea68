//! What has become of a change of variables or of secrets.

use bunbase_client::ChangeAnswer;

use crate::args::Globals;
use crate::exit::Failed;
use crate::output::{print, warn};

/// Says it. `nothing`: what is said where all was as it was to be.
pub fn report(answer: &ChangeAnswer, nothing: &str, globals: &Globals) -> Result<(), Failed> {
    if let Some(why) = &answer.unseen {
        warn(globals, &format!("{} was not seen to load with this: {why}", answer.function));
    }
    print(globals, answer, |answer| outcome(answer, nothing))
}

fn outcome(answer: &ChangeAnswer, nothing: &str) -> String {
    let ChangeAnswer { function, changed, in_service, .. } = answer;
    let names = changed.join(", ");
    match (changed.is_empty(), in_service) {
        (true, _) => format!("{function}: {nothing}\n"),
        (false, true) => format!("{function}: {names} changed, in force now\n"),
        (false, false) => format!("{function}: {names} changed, in force with its next deploy\n"),
    }
}
