//! How a list of system calls is written.

use std::collections::{BTreeMap, BTreeSet};

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

/// A line of a list.
pub(super) const fn call(
    name: &'static str,
    number: libc::c_long,
    arguments: &'static [Argument],
    reason: &'static str,
) -> Call {
    Call { name, number, arguments, reason }
}

/// A system call that is refused by an error instead of the worker's end: who makes it goes on without it. Where the
/// list of allowed calls has it too, with arguments, that is the answer to all others.
#[derive(Debug, Clone, Copy)]
pub struct Answered {
    /// As the manual has it.
    pub name: &'static str,
    /// As the kernel has it.
    pub number: libc::c_long,
    /// What it returns.
    pub errno: i32,
    /// Who makes it, and what comes of the refusal.
    pub reason: &'static str,
}

/// What must hold of an argument. Only its lower half is looked at where not said otherwise: the kernel takes these for
/// 32-bit numbers.
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
    /// Argument n, all of it, is a pointer to nothing.
    Null(u8),
    /// Argument n, all of it, is the number that is drawn for this process and that it is never told.
    Ticket(u8),
}

/// What one process may call, and what comes of other calls.
#[derive(Debug)]
pub(super) struct List<'a> {
    pub(super) calls: Vec<&'a Call>,
    pub(super) answered: Vec<&'a Answered>,
    /// What [`Argument::Ticket`] stands for.
    pub(super) ticket: u64,
    /// What a call that is on neither list comes to.
    pub(super) end: SeccompAction,
}

impl List<'_> {
    /// The filters that are this list together: of what each says of a call, the kernel takes the sternest. The last one
    /// lets no more be installed.
    pub(super) fn compile(&self) -> Vec<BpfProgram> {
        let errnos: BTreeSet<i32> = self.answered.iter().map(|call| call.errno).collect();
        let answering = errnos.into_iter().map(|errno| self.answering(errno));
        answering.chain([self.ending()]).collect()
    }

    fn ending(&self) -> BpfProgram {
        let mut rules = self.rules(|number| self.errno_of(number).is_none());
        rules.extend(self.answered.iter().map(|call| (call.number, Vec::new())));
        filter(rules, self.end.clone())
    }

    fn answering(&self, errno: i32) -> BpfProgram {
        let mut rules = self.rules(|number| self.errno_of(number) == Some(errno));
        let others = self.answered.iter().filter(|call| call.errno != errno);
        rules.extend(others.map(|call| (call.number, Vec::new())));
        // For those that are installed after this one.
        rules.insert(libc::SYS_seccomp, Vec::new());
        filter(rules, SeccompAction::Errno(errno.unsigned_abs()))
    }

    fn errno_of(&self, number: libc::c_long) -> Option<i32> {
        self.answered.iter().find(|call| call.number == number).map(|call| call.errno)
    }

    /// The allowed calls; the arguments are looked at where they are this filter's to judge.
    fn rules(
        &self,
        is_judged: impl Fn(libc::c_long) -> bool,
    ) -> BTreeMap<libc::c_long, Vec<SeccompRule>> {
        let mut rules: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for call in &self.calls {
            let arguments = if is_judged(call.number) { call.arguments } else { &[] };
            rules.entry(call.number).or_default().extend(self.rule(arguments));
        }
        rules
    }

    /// A call without a rule may be made with any arguments.
    fn rule(&self, arguments: &[Argument]) -> Option<SeccompRule> {
        if arguments.is_empty() {
            return None;
        }
        let conditions = arguments.iter().map(|argument| argument.condition(self.ticket)).collect();
        Some(SeccompRule::new(conditions).expect("a rule has conditions"))
    }
}

fn filter(rules: BTreeMap<libc::c_long, Vec<SeccompRule>>, otherwise: SeccompAction) -> BpfProgram {
    let filter = SeccompFilter::new(rules, otherwise, SeccompAction::Allow, ARCH);
    let program = filter.and_then(BpfProgram::try_from);
    program.expect("the list is a constant, and a test compiles it")
}

#[cfg(target_arch = "x86_64")]
const ARCH: TargetArch = TargetArch::x86_64;
#[cfg(target_arch = "aarch64")]
const ARCH: TargetArch = TargetArch::aarch64;

impl Argument {
    fn condition(&self, ticket: u64) -> SeccompCondition {
        let (half, whole) = (SeccompCmpArgLen::Dword, SeccompCmpArgLen::Qword);
        let (index, length, operator, value) = match *self {
            Self::Is(index, value) => (index, half, SeccompCmpOp::Eq, value.into()),
            Self::Below(index, bound) => (index, half, SeccompCmpOp::Lt, bound.into()),
            Self::Bits { index, of, set } => {
                (index, half, SeccompCmpOp::MaskedEq(of.into()), set.into())
            }
            Self::Null(index) => (index, whole, SeccompCmpOp::Eq, 0),
            Self::Ticket(index) => (index, whole, SeccompCmpOp::Eq, ticket),
        };
        SeccompCondition::new(index, length, operator, value).expect("a call has six arguments")
    }
}
