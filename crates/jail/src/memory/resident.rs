//! What a process holds in memory that is its own.

use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::FileExt;

use nix::unistd::{Pid, SysconfVar, sysconf};

/// A process's size, to be read again and again. It stays this process's: when that has ended, there is nothing to be read.
///
/// It is what is resident less what is backed by files: the pages of Bun's own program are the machine's and the same for all
/// workers, and a worker can make none of that kind that is not, as it can neither share memory nor make files in it. smaps_rollup would be more exact by
/// what forks share, which here is nothing, and walks all pages at each reading; this is a sum that the kernel keeps.
#[derive(Debug)]
pub(super) struct Resident {
    statm: File,
    page: u64,
}

impl Resident {
    pub(super) fn of(pid: Pid) -> Result<Self> {
        let page = sysconf(SysconfVar::PAGE_SIZE)?.and_then(|bytes| u64::try_from(bytes).ok());
        Ok(Self { statm: File::open(format!("/proc/{pid}/statm"))?, page: page.unwrap_or(4096) })
    }

    /// In bytes.
    pub(super) fn read(&self) -> Result<u64> {
        let mut text = [0; 128];
        let length = self.statm.read_at(&mut text, 0)?;
        let pages = own_pages(std::str::from_utf8(&text[..length]).unwrap_or_default());
        Ok(pages.ok_or_else(|| Error::from(ErrorKind::InvalidData))? * self.page)
    }
}

/// `size resident shared …`, in pages; see proc(5).
fn own_pages(statm: &str) -> Option<u64> {
    let mut fields = statm.split(' ').skip(1).map(|field| field.parse::<u64>().ok());
    let (resident, shared) = (fields.next()??, fields.next()??);
    Some(resident.saturating_sub(shared))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_files_does_not_count() {
        assert_eq!(own_pages("1639258 9161 8010 19978 0 1579604 0\n"), Some(1151));
        assert_eq!(own_pages("0 0 0 0 0 0 0\n"), Some(0));
        assert_eq!(own_pages(""), None);
    }

    #[test]
    fn memory_that_is_written_is_seen() {
        let own = Resident::of(Pid::this()).unwrap();
        let before = own.read().unwrap();
        let block = std::hint::black_box(vec![1_u8; 64 << 20]);
        let grown = own.read().unwrap() - before;
        assert!((60 << 20..68 << 20).contains(&grown), "{grown}");
        drop(block);
    }
}
