//! The kernel itself: what extends it, observes it, sets it. Arguments are such that nothing happens.

use nix::libc;

use crate::Targets;
use crate::attempt::{Outcome, attempts, nothing};
use crate::call::{done, number, passed};
use crate::targets::{secret, text};

attempts! { "kernel":
    Secret { open_by_ring, watch_file_system }
    Process { observe_process, observe_processor }
    Other {
        bpf_map, bpf_program, make_ring, catch_page_faults, catch_own_page_faults, reboot, load_kernel, load_module, set_console_level,
        set_clock, adjust_clock, set_host_name, set_domain_name, own_segment, loosen_time_slack,
    }
}

fn bpf(command: usize, attributes: &[u32; 32]) -> std::io::Result<usize> {
    call!(SYS_bpf, command, attributes.as_ptr(), 128)
}

fn bpf_map(_: &Targets) -> Outcome {
    let mut attributes = [0; 32];
    attributes[..4].copy_from_slice(&[2, 4, 4, 1]); // an array of one
    done(bpf(0, &attributes))
}

/// `r0 = 0; exit`, as a socket filter.
fn bpf_program(_: &Targets) -> Outcome {
    let (code, license, mut attributes) = ([0xb7_u64, 0x95], c"GPL", [0; 32]);
    attributes[..2].copy_from_slice(&[1, 2]);
    let pointers = [code.as_ptr() as usize, license.as_ptr() as usize];
    for (at, pointer) in [2, 4].into_iter().zip(pointers) {
        let bytes = pointer.to_ne_bytes();
        attributes[at] = u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        attributes[at + 1] = u32::from_ne_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
    }
    done(bpf(5, &attributes))
}

/// A ring and its parameters.
fn ring() -> std::io::Result<(i32, [u32; 30])> {
    let mut parameters = [0_u32; 30];
    let fd = number(call!(SYS_io_uring_setup, 1, parameters.as_mut_ptr())?);
    Ok((fd, parameters))
}

fn make_ring(_: &Targets) -> Outcome {
    ring().map(|(fd, _)| format!("a ring, {fd}"))
}

/// Calls that no filter sees: `openat` and then a read, both by the kernel on the ring's behalf.
fn open_by_ring(t: &Targets) -> Outcome {
    let ((fd, parameters), path) = (ring()?, text(&t.secret)?);
    let map = |offset: usize| {
        call!(SYS_mmap, 0, 4096, libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED, fd, offset)
    };
    let (submissions, completions, entries) = (map(0)?, map(0x800_0000)?, map(0x1000_0000)?);
    let mut entry = [0_u32; 16];
    entry[0] = 18; // IORING_OP_OPENAT
    entry[1] = libc::AT_FDCWD.cast_unsigned();
    let at = (path.as_ptr() as usize).to_ne_bytes();
    entry[4] = u32::from_ne_bytes([at[0], at[1], at[2], at[3]]);
    entry[5] = u32::from_ne_bytes([at[4], at[5], at[6], at[7]]);
    let [tail, array, results] =
        [parameters[11], parameters[16], parameters[25]].map(|n| n as usize);
    // SAFETY: the kernel has mapped the three parts here, and said where what is in them; a ring of one entry is within a page.
    let opened = unsafe {
        std::ptr::copy_nonoverlapping(entry.as_ptr(), entries as *mut u32, entry.len());
        std::ptr::write_volatile((submissions + array) as *mut u32, 0);
        std::ptr::write_volatile((submissions + tail) as *mut u32, 1);
        call!(SYS_io_uring_enter, fd, 1, 1, 1, 0, 0)?;
        std::ptr::read_volatile((completions + results + 8) as *const i32)
    };
    if opened < 0 {
        return Err(std::io::Error::from_raw_os_error(-opened));
    }
    secret(&crate::call::read(opened)?)
}

fn watch_file_system(t: &Targets) -> Outcome {
    let (content, path) = (4, text(&t.folder)?);
    let fd = call!(SYS_fanotify_init, content, 0)?;
    let (add_mount, opened) = (0x11, 0x20);
    done(call!(SYS_fanotify_mark, fd, add_mount, opened, libc::AT_FDCWD, path.as_ptr()))
}

/// `perf_event_attr`: the processor's time, by software; the kernel's share too.
fn perf(process: i32, processor: i32) -> Outcome {
    let mut attributes = [0_u32; 32];
    attributes[..2].copy_from_slice(&[1, 128]);
    done(call!(SYS_perf_event_open, attributes.as_ptr(), process, processor, -1_i32, 0))
}

fn observe_process(t: &Targets) -> Outcome {
    perf(t.process, -1)
}

fn observe_processor(_: &Targets) -> Outcome {
    perf(-1, 0)
}

fn catch_page_faults(_: &Targets) -> Outcome {
    done(call!(SYS_userfaultfd, libc::O_CLOEXEC))
}

fn catch_own_page_faults(_: &Targets) -> Outcome {
    let user_only = 1;
    done(call!(SYS_userfaultfd, libc::O_CLOEXEC | user_only))
}

/// With a number that is not the one which makes it happen.
fn reboot(_: &Targets) -> Outcome {
    passed(call!(SYS_reboot, 1, 1, 0, 0), &[libc::EINVAL])
}

fn load_kernel(_: &Targets) -> Outcome {
    passed(call!(SYS_kexec_load, 0, 0, 0, u32::MAX), &[libc::EINVAL])
}

fn load_module(_: &Targets) -> Outcome {
    let image = [0_u8; 64];
    passed(call!(SYS_init_module, image.as_ptr(), 64, c"".as_ptr()), &[libc::ENOEXEC])
}

/// To a level that there is not.
fn set_console_level(_: &Targets) -> Outcome {
    passed(call!(SYS_syslog, 8, 0, 0), &[libc::EINVAL])
}

/// To the time that it shows, as exactly as nobody notices.
fn set_clock(_: &Targets) -> Outcome {
    let mut now = [0_i64; 2];
    call!(SYS_clock_gettime, libc::CLOCK_REALTIME, now.as_mut_ptr())?;
    done(call!(SYS_clock_settime, libc::CLOCK_REALTIME, now.as_ptr()))
}

/// To the frequency that it has.
fn adjust_clock(_: &Targets) -> Outcome {
    let mut state = [0_i64; 26];
    call!(SYS_adjtimex, state.as_mut_ptr())?;
    state[0] = 2; // ADJ_FREQUENCY
    done(call!(SYS_adjtimex, state.as_mut_ptr()))
}

/// This machine's names.
fn names() -> std::io::Result<Vec<u8>> {
    let mut room = vec![0_u8; 6 * 65];
    call!(SYS_uname, room.as_mut_ptr())?;
    Ok(room)
}

/// To the name that it has.
fn set_host_name(_: &Targets) -> Outcome {
    let names = names()?;
    let name = names[65..].split(|byte| *byte == 0).next().unwrap_or_default();
    done(call!(SYS_sethostname, name.as_ptr(), name.len()))
}

fn set_domain_name(_: &Targets) -> Outcome {
    let names = names()?;
    let name = names[5 * 65..].split(|byte| *byte == 0).next().unwrap_or_default();
    done(call!(SYS_setdomainname, name.as_ptr(), name.len()))
}

/// A segment of 16-bit code: what 64-bit systems have only for old programs.
#[cfg(target_arch = "x86_64")]
fn own_segment(_: &Targets) -> Outcome {
    let (write, entry) = (0x11, [0_u32, 0, 0xf_ffff, 0b101_0001]);
    done(call!(SYS_modify_ldt, write, entry.as_ptr(), 16))
}

#[cfg(not(target_arch = "x86_64"))]
fn own_segment(_: &Targets) -> Outcome {
    nothing("no segments")
}

fn loosen_time_slack(t: &Targets) -> Outcome {
    let path = format!("/proc/{}/timerslack_ns", t.process);
    let fd = crate::call::open_at(libc::AT_FDCWD, &path, libc::O_WRONLY)?;
    if fd < 0 { nothing("not open") } else { Ok("another's timers".to_owned()) }
}
