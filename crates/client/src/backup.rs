//! Everything that is stored, in one file, and back.

use std::io::Write;

use bunbase_wire::ipc::{BackupAnswer, Kind, RestoreAnswer, RestoreRequest};

use crate::{Client, Error, Source};

impl Client {
    /// Writes a backup as it comes. It is whole only if this succeeds.
    ///
    /// # Errors
    /// When ipcd can't make one, or it can't be written.
    pub fn backup(&mut self, file: &mut dyn Write) -> Result<BackupAnswer, Error> {
        let mut answer = self.stream(Kind::Backup, &(), &[], None)?;
        loop {
            let frame = answer.frame()?;
            if frame.kind == Kind::Ok {
                return Ok(frame.payload()?);
            }
            file.write_all(&frame.raw).map_err(Error::File)?;
        }
    }

    /// Restores a backup. The functions in it answer when this returns.
    ///
    /// # Errors
    /// When it is none, or something is there already that is not to be replaced; nothing has changed then.
    pub fn restore(
        &mut self,
        request: RestoreRequest,
        file: Source,
    ) -> Result<RestoreAnswer, Error> {
        Ok(self.stream(Kind::Restore, &request, &[], Some(file))?.frame()?.payload()?)
    }
}
