//! How a list of system calls is written.

use std::collections::BTreeMap;

use nix::libc;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

/// A system call that is allowed.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// As the manual has it.
    pub name: &'static str,
    /// As the kernel has it.
    pub number: libc::c_long,
    /// What must hold of its arguments, all of it.
    pub arguments: &'static [Argument],
    /// Who makes it, and when.
    pub reason: &'static str,
}

/// What must hold of an argument. Only its lower half is looked at: the kernel takes these for 32-bit numbers.
#[derive(Debug, Clone, Copy)]
pub enum Argument {
    /// Argument n is this.
    Is(u8, u32),
    /// Argument n is less than this.
    Below(u8, u32),
    /// Of these bits of argument n, exactly those are set.
    Bits {
        /// Which argument, from 0.
        index: u8,
        /// The bits that matter.
        of: u32,
        /// Those of them that are set.
        set: u32,
    },
}

/// What makes other calls is told by a signal, which ends it.
pub(super) fn compile(calls: &[Call]) -> BpfProgram {
    let mut rules: BTreeMap<libc::c_long, Vec<SeccompRule>> = BTreeMap::new();
    for call in calls {
        rules.entry(call.number).or_default().extend(rule(call.arguments));
    }
    let filter = SeccompFilter::new(rules, SeccompAction::Trap, SeccompAction::Allow, ARCH);
    let program = filter.and_then(BpfProgram::try_from);
    program.expect("the list is a constant, and a test compiles it")
}

#[cfg(target_arch = "x86_64")]
const ARCH: TargetArch = TargetArch::x86_64;
#[cfg(target_arch = "aarch64")]
const ARCH: TargetArch = TargetArch::aarch64;

/// A call without a rule may be made with any arguments.
fn rule(arguments: &[Argument]) -> Option<SeccompRule> {
    if arguments.is_empty() {
        return None;
    }
    let conditions = arguments.iter().map(|argument| argument.condition()).collect();
    Some(SeccompRule::new(conditions).expect("a rule has conditions"))
}

impl Argument {
    fn condition(&self) -> SeccompCondition {
        let (index, operator, value) = match *self {
            Self::Is(index, value) => (index, SeccompCmpOp::Eq, value),
            Self::Below(index, bound) => (index, SeccompCmpOp::Lt, bound),
            Self::Bits { index, of, set } => (index, SeccompCmpOp::MaskedEq(of.into()), set),
        };
        SeccompCondition::new(index, SeccompCmpArgLen::Dword, operator, value.into())
            .expect("a call has six arguments")
    }
}
