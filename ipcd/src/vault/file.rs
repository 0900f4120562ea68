//! Keys in files: systemd's credential, or a file of the state directory that is made at first need.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use super::KeyError;
use super::key::{KEY_BYTES, Key};

/// The file in the state directory.
pub const KEY_FILE: &str = "secrets.key";

/// All that its permissions may be.
const MODE: u32 = 0o600;

/// A credential: who may read it is systemd's matter.
pub fn read_credential(path: &Path) -> Result<Key, KeyError> {
    let unreadable = |cause| KeyError::Unreadable { path: path.to_owned(), cause };
    key_in(&File::open(path).map_err(unreadable)?, path)
}

/// A file of ours, if it is there.
pub fn read(path: &Path) -> Result<Option<Key>, KeyError> {
    let unreadable = |cause| KeyError::Unreadable { path: path.to_owned(), cause };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o7777;
    if mode & !MODE != 0 {
        return Err(KeyError::Open { path: path.to_owned(), mode });
    }
    key_in(&file, path).map(Some)
}

/// A file of ours; made, if it is not there.
pub fn read_or_make(path: &Path) -> Result<Key, KeyError> {
    if let Some(key) = read(path)? {
        return Ok(key);
    }
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    getrandom::fill(&mut *bytes)?;
    write(path, &*bytes).map_err(|cause| KeyError::NotMade { path: path.to_owned(), cause })?;
    Ok(Key::new(&bytes))
}

fn key_in(file: &File, path: &Path) -> Result<Key, KeyError> {
    let unreadable = |cause| KeyError::Unreadable { path: path.to_owned(), cause };
    let mut bytes = Zeroizing::new(Vec::with_capacity(KEY_BYTES + 1));
    file.take(KEY_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    match bytes[..].try_into() {
        Ok(bytes) => Ok(Key::new(bytes)),
        Err(_) => {
            let bytes = file.metadata().map_err(unreadable)?.len();
            Err(KeyError::Length { path: path.to_owned(), bytes })
        }
    }
}

/// It appears whole or not at all, and stays: a key that is lost takes with it what it has sealed.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("key.tmp");
    match fs::remove_file(&temporary) {
        // Left by a write that was interrupted: nothing is sealed with it.
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::super::Vault;
    use super::*;

    #[test]
    fn a_key_is_made_at_first_need_for_its_owner_alone_and_then_stays() {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join(KEY_FILE);
        let mut vault = Vault::open(state.path(), None).unwrap();
        assert!(vault.key().is_none() && !path.exists());
        let id = vault.key_or_new().unwrap().id().to_owned();
        let there = fs::metadata(&path).unwrap();
        assert_eq!((there.permissions().mode() & 0o7777, there.len()), (0o600, 32));
        assert_eq!(fs::read_dir(state.path()).unwrap().count(), 1);
        let mut again = Vault::open(state.path(), None).unwrap();
        assert_eq!(again.key().unwrap().id(), id);
        assert_eq!(again.key_or_new().unwrap().id(), id);
    }

    #[test]
    fn what_an_interrupted_write_left_is_in_nobodys_way() {
        let state = tempfile::tempdir().unwrap();
        fs::write(state.path().join("secrets.key.tmp"), "half").unwrap();
        Vault::open(state.path(), None).unwrap().key_or_new().unwrap();
        assert!(read(&state.path().join(KEY_FILE)).unwrap().is_some());
    }

    #[test]
    fn a_key_that_others_may_read_and_one_of_another_length_are_refused_and_left_as_they_are() {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join(KEY_FILE);
        write(&path, &[1; 31]).unwrap();
        let said = Vault::open(state.path(), None).unwrap_err().to_string();
        assert!(said.contains("has 31 bytes, and a key of secrets has 32"), "{said}");
        fs::write(&path, [1; 33]).unwrap();
        let said = Vault::open(state.path(), None).unwrap_err().to_string();
        assert!(said.contains("has 33 bytes"), "{said}");
        fs::write(&path, [1; 32]).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let said = Vault::open(state.path(), None).unwrap_err().to_string();
        assert!(said.contains("mode 0640") && said.contains("chmod 600 /"), "{said}");
        assert_eq!(fs::read(&path).unwrap(), [1; 32]);
    }

    #[test]
    fn a_credential_goes_before_the_file_and_its_permissions_are_not_ours() {
        let state = tempfile::tempdir().unwrap();
        let credential = state.path().join("secrets-key");
        let of_file =
            Vault::open(state.path(), None).unwrap().key_or_new().unwrap().id().to_owned();
        let named = Some(&*credential);
        assert_eq!(Vault::open(state.path(), named).unwrap().key().unwrap().id(), of_file);
        fs::write(&credential, [1; 32]).unwrap();
        fs::set_permissions(&credential, fs::Permissions::from_mode(0o444)).unwrap();
        let vault = Vault::open(state.path(), named).unwrap();
        assert_eq!(vault.key().unwrap().id(), Key::new(&[1; 32]).id());
        assert!(vault.expect(&of_file).unwrap_err().to_string().contains("give ipcd the first"));
    }
}
