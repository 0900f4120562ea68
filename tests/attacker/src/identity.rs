//! Another user, more rights.

use nix::libc;

use crate::Targets;
use crate::arm::{Header, sets};
use crate::attempt::{Outcome, attempts, nothing};
use crate::call::done;

attempts! { "users and capabilities":
    Other {
        set_user, set_real_and_effective_user, set_all_users, set_file_user, set_group, set_real_and_effective_group, set_all_groups,
        set_file_group, set_further_groups, inherit_capabilities, raise_ambient_capability, drop_bounding_capability, lock_secure_bits,
        hold_capabilities, move_own_break,
    }
}

/// A user whom a worker's namespace does not know.
const SOMEBODY: usize = 3_000_000;

fn set_user(_: &Targets) -> Outcome {
    done(call!(SYS_setuid, SOMEBODY))
}

fn set_real_and_effective_user(_: &Targets) -> Outcome {
    done(call!(SYS_setreuid, SOMEBODY, SOMEBODY))
}

fn set_all_users(_: &Targets) -> Outcome {
    done(call!(SYS_setresuid, SOMEBODY, SOMEBODY, SOMEBODY))
}

/// It returns who it was before, whether it worked or not.
fn set_file_user(_: &Targets) -> Outcome {
    call!(SYS_setfsuid, SOMEBODY)?;
    let now = call!(SYS_setfsuid, -1_i32)?;
    if now == SOMEBODY { Ok("another user for files".to_owned()) } else { nothing("the same user") }
}

fn set_group(_: &Targets) -> Outcome {
    done(call!(SYS_setgid, SOMEBODY))
}

fn set_real_and_effective_group(_: &Targets) -> Outcome {
    done(call!(SYS_setregid, SOMEBODY, SOMEBODY))
}

fn set_all_groups(_: &Targets) -> Outcome {
    done(call!(SYS_setresgid, SOMEBODY, SOMEBODY, SOMEBODY))
}

fn set_file_group(_: &Targets) -> Outcome {
    call!(SYS_setfsgid, SOMEBODY)?;
    let now = call!(SYS_setfsgid, -1_i32)?;
    if now == SOMEBODY {
        Ok("another group for files".to_owned())
    } else {
        nothing("the same group")
    }
}

fn set_further_groups(_: &Targets) -> Outcome {
    let groups = [3_000_000_u32];
    done(call!(SYS_setgroups, 1, groups.as_ptr()))
}

/// What an executed program would get.
fn inherit_capabilities(_: &Targets) -> Outcome {
    let mut sets = sets()?;
    sets[0].inheritable = 1 << 21; // CAP_SYS_ADMIN
    let header = Header::own();
    done(call!(SYS_capset, &raw const header, sets.as_ptr()))
}

fn raise_ambient_capability(t: &Targets) -> Outcome {
    inherit_capabilities(t)?;
    done(call!(SYS_prctl, libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_RAISE, 21, 0, 0))
}

fn drop_bounding_capability(_: &Targets) -> Outcome {
    done(call!(SYS_prctl, libc::PR_CAPBSET_DROP, 30, 0, 0, 0))
}

fn lock_secure_bits(_: &Targets) -> Outcome {
    done(call!(SYS_prctl, libc::PR_SET_SECUREBITS, 1, 0, 0, 0))
}

fn hold_capabilities(_: &Targets) -> Outcome {
    let held = sets()?[0].effective;
    if held == 0 { nothing("none is held") } else { Ok(format!("{held:#x} in force")) }
}

/// What others see of its memory would be a lie; needs CAP_SYS_RESOURCE on the machine.
fn move_own_break(_: &Targets) -> Outcome {
    let (end_of_code, size) = (2, call!(SYS_brk, 0)?);
    // The address is none of a mapping: whoever may not is told so first.
    let moved = call!(SYS_prctl, libc::PR_SET_MM, end_of_code, size & !0xfff, 0, 0);
    crate::call::passed(moved, &[libc::EINVAL])
}
