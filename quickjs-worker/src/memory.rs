//! The function's memory: counted, bounded, and with a memory of having been refused.
//!
//! The engine has a limit of its own, but tells nobody when it is reached: it throws `null` when there
//! is no room even for an error, and so may a function.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr::null_mut;
use std::rc::Rc;

use nix::libc;
use rquickjs::allocator::Allocator;

use crate::native;
use crate::shared::Shared;

/// What the engine has taken, and what it may take.
#[derive(Debug)]
pub struct Memory {
    limit: Cell<usize>,
    used: Cell<usize>,
    collected: Cell<usize>,
    peak: Cell<usize>,
    refused: Cell<bool>,
}

impl Default for Memory {
    /// Nothing taken, no limit.
    fn default() -> Self {
        let limit = Cell::new(usize::MAX);
        let (used, collected, peak) = (Cell::default(), Cell::default(), Cell::default());
        Self { limit, used, collected, peak, refused: Cell::default() }
    }
}

impl Memory {
    /// Sets the limit, in bytes.
    pub fn limit(&self, bytes: usize) {
        self.limit.set(bytes);
    }

    /// Bytes that the engine has taken.
    pub fn used(&self) -> usize {
        self.used.get()
    }

    /// The most bytes that the engine had taken since [`Self::forget_peak`].
    pub fn peak(&self) -> usize {
        self.peak.get()
    }

    /// The peak is measured from now on.
    pub fn forget_peak(&self) {
        self.peak.set(self.used.get());
    }

    /// The limit, in words.
    pub fn describe_limit(&self) -> String {
        format!("out of memory: the limit is {} bytes", self.limit.get())
    }

    /// Whether memory has been refused since it was last said that this is forgiven.
    pub fn was_refused(&self) -> bool {
        self.refused.get()
    }

    /// Forgets that memory has been refused.
    pub fn forgive(&self) {
        self.refused.set(false);
    }

    /// Whether cycles should be collected now: the engine waits until the heap has grown by half,
    /// which close to the limit never comes. Asked again, it says so only once more has been taken.
    pub fn is_tight(&self) -> bool {
        let used = self.used.get();
        used > self.limit.get() / 4 * 3 && used > self.collected.get() + self.limit.get() / 32
    }

    /// Notes that cycles have been collected.
    pub fn collected(&self) {
        self.collected.set(self.used.get());
    }

    fn admits(&self, more: usize) -> bool {
        let fits = self.used.get().checked_add(more).is_some_and(|sum| sum <= self.limit.get());
        if !fits {
            self.refused.set(true);
        }
        fits
    }

    fn add(&self, bytes: usize) {
        let used = self.used.get().saturating_add(bytes);
        self.used.set(used);
        self.peak.set(self.peak.get().max(used));
        native::engine_has(used);
    }

    fn subtract(&self, bytes: usize) {
        let used = self.used.get().saturating_sub(bytes);
        self.used.set(used);
        native::engine_has(used);
    }
}

/// Where the engine gets its memory from: malloc, within the limit.
pub struct Bounded(pub Rc<Shared>);

impl Bounded {
    fn taken(&self, pointer: *mut c_void) -> *mut u8 {
        self.0.memory.add(size_of_block(pointer));
        pointer.cast()
    }
}

#[allow(unsafe_code)]
fn size_of_block(pointer: *mut c_void) -> usize {
    // SAFETY: malloc, calloc or realloc returned the pointer, or it is null, which has size 0.
    unsafe { libc::malloc_usable_size(pointer) }
}

// SAFETY: all blocks are malloc's, which aligns them and makes them as large as asked; a refusal is null;
// `usable_size` is malloc's own answer.
#[allow(unsafe_code)]
unsafe impl Allocator for Bounded {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        if !self.0.memory.admits(size) {
            return null_mut();
        }
        // SAFETY: any size will do.
        self.taken(unsafe { libc::malloc(size) })
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        if !self.0.memory.admits(count.saturating_mul(size)) {
            return null_mut();
        }
        // SAFETY: any sizes will do; their product doesn't overflow, or it would have been refused.
        self.taken(unsafe { libc::calloc(count, size) })
    }

    unsafe fn dealloc(&mut self, ptr: *mut u8) {
        self.0.memory.subtract(size_of_block(ptr.cast()));
        // SAFETY: the caller says that the block is ours, so it is malloc's.
        unsafe { libc::free(ptr.cast()) };
    }

    unsafe fn realloc(&mut self, ptr: *mut u8, new_size: usize) -> *mut u8 {
        let old = size_of_block(ptr.cast());
        if !self.0.memory.admits(new_size.saturating_sub(old)) {
            return null_mut();
        }
        // SAFETY: the caller says that the block is ours, so it is malloc's.
        let moved = unsafe { libc::realloc(ptr.cast(), new_size) };
        if !moved.is_null() {
            self.0.memory.subtract(old);
        }
        self.taken(moved)
    }

    unsafe fn usable_size(ptr: *mut u8) -> usize {
        size_of_block(ptr.cast())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_and_remembered() {
        let memory = Memory::default();
        memory.limit(100);
        memory.add(60);
        assert!(memory.admits(40) && !memory.was_refused());
        assert!(!memory.admits(41) && memory.was_refused());
        memory.subtract(1);
        memory.forgive();
        assert!(memory.admits(41) && !memory.was_refused());
    }

    #[test]
    fn memory_is_tight_close_to_the_limit_and_not_again_at_once() {
        let memory = Memory::default();
        memory.limit(1000);
        memory.add(700);
        assert!(!memory.is_tight());
        memory.add(100);
        assert!(memory.is_tight());
        memory.collected();
        assert!(!memory.is_tight());
    }
}
