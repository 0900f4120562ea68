//! What is known of files, changed: by path, and through the bundle's descriptor.

use nix::libc;

use crate::Targets;
use crate::attempt::{Outcome, attempts};
use crate::call::done;
use crate::targets::text;

attempts! { "metadata":
    Other {
        chmod_own, chmod_secret, chown_own, touch_own, label_own, unlabel_own, chmod_bundle, chown_bundle, touch_bundle,
        label_bundle, chmod_without_following,
    }
}

/// The bundle is a file of who made it: it is read only, but it has an inode.
const BUNDLE: i32 = 3;
const NAME: *const std::ffi::c_char = c"user.canary".as_ptr();

fn chmod(path: &str, mode: u32) -> Outcome {
    let path = text(path)?;
    done(call!(SYS_fchmodat, libc::AT_FDCWD, path.as_ptr(), mode))
}

fn chmod_own(t: &Targets) -> Outcome {
    chmod(&t.own, 0o600)
}

/// To what it is, so that the attempt changes nothing.
fn chmod_secret(t: &Targets) -> Outcome {
    chmod(&t.secret, 0o600)
}

fn chmod_without_following(t: &Targets) -> Outcome {
    let path = text(&t.own)?;
    let number = 452; // fchmodat2
    done(crate::call::make(number, &[libc::AT_FDCWD as usize, path.as_ptr() as usize, 0o600, 0]))
}

fn chown_own(t: &Targets) -> Outcome {
    let path = text(&t.own)?;
    // -1 for the user and the group: neither is to change.
    done(call!(SYS_fchownat, libc::AT_FDCWD, path.as_ptr(), -1_i32, -1_i32, 0))
}

fn touch_own(t: &Targets) -> Outcome {
    let path = text(&t.own)?;
    done(call!(SYS_utimensat, libc::AT_FDCWD, path.as_ptr(), 0, 0))
}

fn label_own(t: &Targets) -> Outcome {
    let path = text(&t.own)?;
    done(call!(SYS_setxattr, path.as_ptr(), NAME, b"x".as_ptr(), 1, 0))
}

fn unlabel_own(t: &Targets) -> Outcome {
    let path = text(&t.own)?;
    // Whoever may not remove it is told so before it is looked for.
    let removed = call!(SYS_removexattr, path.as_ptr(), NAME);
    crate::call::passed(removed, &[libc::ENODATA])
}

fn chmod_bundle(_: &Targets) -> Outcome {
    done(call!(SYS_fchmod, BUNDLE, 0o777))
}

fn chown_bundle(_: &Targets) -> Outcome {
    done(call!(SYS_fchown, BUNDLE, 0, 0))
}

fn touch_bundle(_: &Targets) -> Outcome {
    done(call!(SYS_utimensat, BUNDLE, 0, 0, 0))
}

fn label_bundle(_: &Targets) -> Outcome {
    done(call!(SYS_fsetxattr, BUNDLE, NAME, b"x".as_ptr(), 1, 0))
}
