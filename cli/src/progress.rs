//! Long work, as a line on a terminal that goes away when it is over. In a pipe there is none.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::args::Globals;

/// What is being done now.
#[derive(Debug)]
pub struct Progress(ProgressBar);

/// How often its clock ticks.
const TICK: Duration = Duration::from_millis(100);

impl Progress {
    /// Shows the first step.
    pub fn begin(globals: &Globals, step: &str) -> Self {
        let target = match globals.quiet || globals.verbose {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr(),
        };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("{spinner} {msg}  {elapsed}");
        bar.set_style(style.expect("a template in order"));
        bar.set_message(step.to_owned());
        if !bar.is_hidden() {
            bar.enable_steady_tick(TICK);
        }
        Self(bar)
    }

    /// Shows the next one.
    pub fn step(&self, step: &str) {
        self.0.set_message(step.to_owned());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
