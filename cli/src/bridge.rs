//! bridge: standard input and output are a connection to ipcd. What `--host` runs over ssh.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write, stdin, stdout};
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use bunbase_client::Error as ClientError;

use crate::args::Globals;
use crate::exit::{Failed, Status};
use crate::socket::find;

/// Bytes that are passed on at a time.
const PIECE: usize = 64 << 10;

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
        let _ = pass_on(&mut input, &mut requests);
        let _ = requests.shutdown(Shutdown::Write);
    });
    pass_on(&mut stream, &mut output)
}

/// Not `io::copy`: between a socket and a pipe that is splice(2), which holds the pipe while it waits for the socket, and sshd, which
/// reads from that pipe, with it.
fn pass_on(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => to.write_all(&piece[..length])?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
