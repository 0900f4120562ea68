//! Memory beside the engine's: Rust's own, which bodies, compression and keys take. It is counted, and has a ceiling.
//!
//! The engine refuses what is beyond the function's limit, and code can go on; Rust can't. So a process whose native memory and
//! engine together pass the limit by more than its buffers need says so and ends.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use bunbase_jail::{EXHAUSTED, buffers};
use nix::libc;

use crate::last_words;

static TAKEN: AtomicUsize = AtomicUsize::new(0);
static ENGINE: AtomicUsize = AtomicUsize::new(0);
static CEILING: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Both together may pass the limit, in bytes, by no more than buffers from now on.
pub fn limit(bytes: u64) {
    let room = bytes.saturating_add(buffers(bytes));
    let room = usize::try_from(room).unwrap_or(usize::MAX);
    CEILING.store(TAKEN.load(Relaxed).saturating_add(room), Relaxed);
}

/// Blocks up to this many bytes come from the heap, and so do the pages of the next body: as mappings of their own each would be made, zeroed
/// and taken apart for each request, which costs more than all else that is done with a body of 64 KiB.
const LARGE: libc::c_int = 1 << 20;

/// So much of the heap's end is kept for what comes next. The rest goes back to the kernel.
const KEPT: libc::c_int = 1 << 20;

/// Has malloc keep what the next request will want again.
#[allow(unsafe_code)]
pub fn keep_pages() {
    for (setting, value) in [(libc::M_MMAP_THRESHOLD, LARGE), (libc::M_TRIM_THRESHOLD, KEPT)] {
        // SAFETY: it sets a number. Where it is refused, malloc is slower and otherwise the same.
        unsafe { libc::mallopt(setting, value) };
    }
}

/// The engine has so many bytes.
pub fn engine_has(bytes: usize) {
    ENGINE.store(bytes, Relaxed);
}

/// Rust's allocator. The process has one thread: no two count at once.
pub struct Counted;

impl Counted {
    fn taken(pointer: *mut u8, size: usize) -> *mut u8 {
        let taken = TAKEN.load(Relaxed).saturating_add(size);
        TAKEN.store(taken, Relaxed);
        let ceiling = CEILING.load(Relaxed);
        let is_exhausted =
            pointer.is_null() || taken.saturating_add(ENGINE.load(Relaxed)) > ceiling;
        if is_exhausted && ceiling != usize::MAX {
            end();
        }
        pointer
    }

    fn given_back(size: usize) {
        TAKEN.store(TAKEN.load(Relaxed).saturating_sub(size), Relaxed);
    }
}

#[allow(unsafe_code)]
fn end() -> ! {
    // Speaking takes no memory.
    last_words::passed("out_of_memory");
    // SAFETY: it does not return.
    unsafe { libc::_exit(EXHAUSTED) }
}

// SAFETY: all blocks are the system's; counting them changes nothing.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller's.
        Self::taken(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller's.
        Self::taken(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        Self::given_back(layout.size());
        // SAFETY: as the caller's.
        unsafe { System.dealloc(pointer, layout) };
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        Self::given_back(layout.size());
        // SAFETY: as the caller's.
        Self::taken(unsafe { System.realloc(pointer, layout, size) }, size)
    }
}
