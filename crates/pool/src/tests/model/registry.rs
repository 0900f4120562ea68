//! The registry: it answers in order, sometimes that it can't, and things change in it.

use super::scenario::{Scenario, name, number};
use super::state::{News, Registry, State};
use crate::event::Event;
use crate::target::Target;

impl Registry {
    /// Answers the next question.
    pub fn answers(&mut self) {
        let Some(target) = self.questions.pop_front() else { return };
        let deployed = self.deployed[number(&target.function)];
        let staged = self.staged.map(|(_, revision)| revision);
        let revision = match target.revision {
            None => deployed,
            wanted => wanted.filter(|_| wanted == deployed || wanted == staged),
        };
        self.news.push_back(match revision {
            Some(revision) => News::Resolved(target, revision),
            None => News::Unknown(target),
        });
    }

    /// Can't answer it.
    pub fn fails(&mut self) {
        let failed = self.questions.pop_front().map(News::Failed);
        self.news.extend(failed);
    }

    /// Another version takes the function's place.
    pub fn deploys(&mut self, function: usize) {
        self.last_revision += 1;
        self.deployed[function] = Some(self.last_revision);
        self.announce(function);
    }

    pub fn removes(&mut self, function: usize) {
        self.deployed[function] = None;
        self.announce(function);
    }

    /// What was probed comes into service.
    pub fn promotes(&mut self) {
        self.loads = false;
        if let Some((function, revision)) = self.staged.take() {
            self.deployed[function] = Some(revision);
            self.announce(function);
        }
    }
}

impl State {
    /// The connection between registry and schedulerd breaks and is made anew: what was said on it is lost, and
    /// changes that were not in force are no longer waited for.
    pub fn registry_breaks(&mut self, scenario: &Scenario) {
        let mut asked: Vec<Target> = self.registry.questions.drain(..).collect();
        asked.extend(self.registry.news.drain(..).filter_map(|news| match news {
            News::Resolved(target, _) | News::Unknown(target) | News::Failed(target) => {
                Some(target)
            }
            News::Changed(..) => None,
        }));
        for target in asked {
            self.tell(scenario, Event::ResolveFailed { target });
        }
        self.registry.changes.clear();
        self.tell(scenario, Event::Reconnected);
        if scenario.min > 0 {
            (0..scenario.functions).for_each(|function| self.registry.announce(function));
        }
    }

    /// A version is stored, and its holder wants to see whether it loads.
    pub fn probes(&mut self, function: usize, holder: usize) {
        self.registry.last_revision += 1;
        let revision = self.registry.last_revision;
        self.registry.staged = Some((function, revision));
        self.wish(holder, function, Target::candidate(name(function), revision));
    }
}
