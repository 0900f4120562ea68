//! Workers by exec: of a program that has threads from its start and so can't be forked, Bun.
//!
//! Two forks lie between whoever starts a worker and the worker. The first makes the namespaces and has a sibling made in them,
//! as a process namespace holds only who is born in it; it says the sibling's number, and ends. The sibling puts on the
//! cage and executes the program inside of it.
//!
//! # The one exec
//! The filter is there before the exec and must let it happen. It does so only for a number drawn at random for this process, which goes with the
//! exec as an argument that the kernel does not look at. The exec takes all memory away that has held it, and who tries another is
//! dead. Besides there is nothing to be executed: the root has no program in it but the loader.
//!
//! # Dumpable
//! The kernel sets it anew at an exec: to 0 if the worker's user may execute the program but not read it (mode 0711, owned by
//! another), otherwise to 1. In that case what keeps others from tracing the worker is that it has a user and process namespaces
//! of its own and nobody who sees it has its user; started by an ordinary user, that user may trace it, as all that is theirs.
//!
//! # Layout
//! - [`program`]: what is executed, and the first fork; [`sibling`]: the second one

mod program;
mod sibling;

pub use program::Program;
