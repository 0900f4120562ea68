//! bridge: standard input and output are a connection to ipcd. What `--host` runs over ssh.

use std::fs::File;
use std::io::{self, stdin, stdout};
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use bunbase_client::Error as ClientError;

use crate::args::Globals;
use crate::exit::{Failed, Status};
use crate::socket::find;

/// Ends when either side does.
pub fn run(globals: &Globals) -> Result<(), Failed> {
    let socket = find(globals);
    let stream =
        UnixStream::connect(&socket).map_err(|cause| ClientError::Unreachable { socket, cause })?;
    copy(stream).map_err(|error| Failed::new(Status::Failed, format!("the bridge broke: {error}")))
}

fn copy(mut stream: UnixStream) -> io::Result<()> {
    // The descriptors themselves: what standard output keeps back until the end of a line is a frame.
    let mut input = File::from(stdin().as_fd().try_clone_to_owned()?);
    let mut output = File::from(stdout().as_fd().try_clone_to_owned()?);
    let mut requests = stream.try_clone()?;
    std::thread::spawn(move || {
        // Whichever way it ends, no request comes any more.
        let _ = io::copy(&mut input, &mut requests);
        let _ = requests.shutdown(Shutdown::Write);
    });
    io::copy(&mut stream, &mut output).map(|_| ())
}
