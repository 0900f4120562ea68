//! Variables that are set on the server.

use bunbase_manifest::{Name, Variables};
use bunbase_wire::ipc::{
    ChangeAnswer, EnvListAnswer, EnvRemoveRequest, EnvSetRequest, Kind, NameRequest,
};

use crate::{Client, Error};

impl Client {
    /// A function's variables, from the server and from `function.toml`.
    ///
    /// # Errors
    /// When there is neither a function of this name nor a variable set for one.
    pub fn env(&mut self, function: Name) -> Result<EnvListAnswer, Error> {
        self.command(Kind::EnvList, &NameRequest { function }, &[])
    }

    /// Sets variables; others stay.
    ///
    /// # Errors
    /// When one can't be, or the function does not load with them; nothing has changed then.
    pub fn set_env(&mut self, function: Name, variables: Variables) -> Result<ChangeAnswer, Error> {
        self.command(Kind::EnvSet, &EnvSetRequest { function, variables }, &[])
    }

    /// Takes variables away that were set.
    ///
    /// # Errors
    /// When the function does not load without them; nothing has changed then.
    pub fn remove_env(
        &mut self,
        function: Name,
        names: Vec<String>,
    ) -> Result<ChangeAnswer, Error> {
        self.command(Kind::EnvRemove, &EnvRemoveRequest { function, names }, &[])
    }
}
