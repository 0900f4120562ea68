//! What is known of a function, and who waits for it.

use std::collections::VecDeque;

use crate::event::{Deployed, Wish};
use crate::policy::Policy;

/// What the registry said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Knowledge {
    /// It was asked and has not answered. Nothing is granted until it has.
    #[default]
    Asked,
    /// This is deployed.
    Known(Deployed),
}

/// A wish in line.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Whose.
    pub wish: Wish,
    /// The holder was told that it stands in line.
    pub told: bool,
}

/// A function that somebody wants or that has workers.
#[derive(Debug, Clone, Default)]
pub struct Function {
    /// What is deployed.
    pub knowledge: Knowledge,
    /// Who waits, first come first served.
    pub waiting: VecDeque<Waiting>,
}

impl Function {
    /// What is deployed, if that is known.
    pub fn deployed(&self) -> Option<&Deployed> {
        match &self.knowledge {
            Knowledge::Asked => None,
            Knowledge::Known(deployed) => Some(deployed),
        }
    }

    /// Its numbers, if they are known.
    pub fn policy(&self) -> Option<&Policy> {
        self.deployed().map(|deployed| &deployed.policy)
    }

    /// Puts a wish at the end of the line.
    pub fn wait(&mut self, wish: Wish) {
        self.waiting.push_back(Waiting { wish, told: false });
    }
}
