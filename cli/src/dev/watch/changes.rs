//! What has changed and was not yet looked at.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RemoveKind};
use notify::{Event, EventKind};

/// Paths that are kept; of more than these it is only known that there were some.
const MOST: usize = 1024;

/// Who has written nothing for so long is at rest.
const REST: Duration = Duration::from_millis(30);

/// So long it is waited for that at most.
const PATIENCE: Duration = Duration::from_millis(150);

#[derive(Debug)]
struct Noted {
    paths: BTreeSet<PathBuf>,
    /// Something has changed, and nobody knows what.
    lost: bool,
    /// Folders have come or gone.
    folders: bool,
}

/// What the kernel has told of, until it is looked at.
#[derive(Debug)]
pub struct Changes {
    noted: Mutex<Noted>,
    news: Condvar,
}

impl Default for Changes {
    /// No folder is known yet.
    fn default() -> Self {
        let noted = Noted { paths: BTreeSet::new(), lost: false, folders: true };
        Self { noted: Mutex::new(noted), news: Condvar::new() }
    }
}

impl Changes {
    /// Notes what the kernel tells.
    pub fn note(&self, event: notify::Result<Event>) {
        let mut noted = self.locked();
        match event {
            Ok(event) if event.need_rescan() => (noted.lost, noted.folders) = (true, true),
            Ok(event) if is_read(event.kind) => return,
            Ok(event) => {
                noted.folders |= may_be_of_a_folder(event.kind);
                event.paths.into_iter().for_each(|path| noted.add(path));
            }
            Err(_) => noted.lost = true,
        }
        drop(noted);
        self.news.notify_all();
    }

    /// Waits for news, and says whether it is about something that matters. All of it is taken for known then.
    pub fn wait(&self, matters: impl Fn(&Path) -> bool) -> bool {
        let noted = self.locked();
        let noted = self.news.wait_while(noted, |noted| noted.is_empty());
        let mut noted = noted.unwrap_or_else(PoisonError::into_inner);
        let (paths, lost) = noted.take();
        lost || paths.iter().any(|path| matters(path))
    }

    /// Waits until nothing has come for a while.
    pub fn rest(&self) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let waited =
                self.news.wait_timeout_while(self.locked(), REST, |noted| noted.is_empty());
            let (mut noted, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            if timeout.timed_out() {
                return;
            }
            noted.take();
        }
    }

    /// Whether folders have come or gone since this was asked last.
    pub fn folders_have_changed(&self) -> bool {
        std::mem::take(&mut self.locked().folders)
    }

    /// A panic while it was held leaves it whole.
    fn locked(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Noted {
    fn add(&mut self, path: PathBuf) {
        if self.paths.len() < MOST {
            self.paths.insert(path);
        } else {
            self.lost = true;
        }
    }

    fn is_empty(&self) -> bool {
        self.paths.is_empty() && !self.lost
    }

    fn take(&mut self) -> (BTreeSet<PathBuf>, bool) {
        (std::mem::take(&mut self.paths), std::mem::take(&mut self.lost))
    }
}

/// Reading changes nothing, and bundling reads.
fn is_read(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
        EventKind::Access(_) => true,
        EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Other => false,
    }
}

fn may_be_of_a_folder(kind: EventKind) -> bool {
    let is_file =
        matches!(kind, EventKind::Create(CreateKind::File) | EventKind::Remove(RemoveKind::File));
    let moves = matches!(kind, EventKind::Modify(ModifyKind::Name(_)));
    let comes_or_goes = matches!(kind, EventKind::Create(_) | EventKind::Remove(_));
    !is_file && (moves || comes_or_goes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: EventKind, path: &str) -> notify::Result<Event> {
        Ok(Event::new(kind).add_path(path.into()))
    }

    #[test]
    fn what_is_written_is_news_and_what_is_read_is_not() {
        let changes = Changes::default();
        changes.note(event(EventKind::Access(AccessKind::Open(AccessMode::Any)), "/a"));
        assert!(changes.locked().is_empty());
        changes.note(event(EventKind::Access(AccessKind::Close(AccessMode::Write)), "/a"));
        assert!(changes.wait(|path| path == Path::new("/a")));
        assert!(changes.locked().is_empty());
    }

    #[test]
    fn of_too_many_changes_it_is_known_that_there_were_some() {
        let changes = Changes::default();
        for n in 0..2 * MOST {
            changes.note(event(EventKind::Any, &format!("/{n}")));
        }
        assert_eq!(changes.locked().paths.len(), MOST);
        assert!(changes.wait(|_| false), "it may have been one that matters");
    }

    #[test]
    fn folders_are_looked_for_once_at_first_and_when_one_has_come() {
        let changes = Changes::default();
        assert_eq!((changes.folders_have_changed(), changes.folders_have_changed()), (true, false));
        changes.note(event(EventKind::Create(CreateKind::File), "/a"));
        assert!(!changes.folders_have_changed());
        changes.note(event(EventKind::Create(CreateKind::Folder), "/b"));
        assert!(changes.folders_have_changed());
    }
}
