//! Secrets: set and removed, and never read back.

use bunbase_manifest::{Name, Secret};
use bunbase_wire::ipc::{
    ChangeAnswer, Kind, NameRequest, SecretListAnswer, SecretRemoveRequest, SecretSetRequest,
};

use crate::{Client, Error};

impl Client {
    /// A function's secrets by name: when each was set, and whether it is required.
    ///
    /// # Errors
    /// When there is neither a version of a function of this name nor a secret set for one.
    pub fn secrets(&mut self, function: Name) -> Result<SecretListAnswer, Error> {
        self.command(Kind::SecretList, &NameRequest { function }, &[])
    }

    /// Sets a secret; others stay.
    ///
    /// # Errors
    /// When it can't be, or the function does not load with it; nothing has changed then.
    pub fn set_secret(
        &mut self,
        function: Name,
        name: String,
        value: &Secret,
    ) -> Result<ChangeAnswer, Error> {
        let request = SecretSetRequest { function, name };
        self.command(Kind::SecretSet, &request, value.reveal().as_bytes())
    }

    /// Takes secrets away.
    ///
    /// # Errors
    /// When the function requires one, or does not load without them; nothing has changed then.
    pub fn remove_secrets(
        &mut self,
        function: Name,
        names: Vec<String>,
    ) -> Result<ChangeAnswer, Error> {
        self.command(Kind::SecretRemove, &SecretRemoveRequest { function, names }, &[])
    }
}
