//! What is attacked.

use std::fs::{self, File, Permissions};
use std::io::Read;
use std::net::{TcpListener, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use bunbase_attacker::call::make;
use bunbase_attacker::{SECRET, Targets};
use bunbase_jail::can_be_given;
use bunbase_tests::daemon::packet_listener;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use tempfile::TempDir;

use super::kernel;
use super::nest::UIDS;

/// Numbers that nothing else has.
const LEAKED: RawFd = 200;

/// All of them; gone when dropped.
pub struct Canaries {
    targets: Targets,
    folder: TempDir,
    sleeper: Child,
    _writable: Box<[u8; 16]>,
    _open: Vec<OwnedFd>,
    terminal: (File, File),
}

impl Canaries {
    pub fn make() -> Self {
        let folder = tempfile::Builder::new().prefix("bb").tempdir().unwrap();
        let mut sleeper = Command::new("sleep");
        sleeper.arg("1000").env("CANARY", SECRET).process_group(0);
        let sleeper = sleeper.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let (mut open, writable) = (Vec::new(), Box::new([0; 16]));
        let mut targets = files(folder.path());
        targets.process = sleeper.id().cast_signed();
        targets.tester = std::process::id().cast_signed();
        targets.address = SECRET.as_ptr() as usize;
        targets.writable = writable.as_ptr() as usize;
        listen(folder.path(), &mut targets, &mut open);
        leak(&mut targets, &mut open);
        targets.name = folder.path().file_name().unwrap().to_str().unwrap().to_owned();
        targets.segment = kernel::segment();
        targets.semaphore = kernel::semaphore();
        targets.queue = kernel::queue();
        targets.key = kernel::key(&targets.name);
        kernel::posix_queue(&targets.name);
        targets.terminal = 4;
        let terminal = kernel::terminal();
        let canaries =
            Self { targets, folder, sleeper, _writable: writable, _open: open, terminal };
        canaries.restore();
        canaries
    }

    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    /// A bundle, on the file system of the secret, opened as the suite opens it.
    pub fn bundle(&self) -> File {
        let path = self.folder.path().join("bundle");
        fs::write(&path, "a bundle").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        File::open(path).unwrap()
    }

    /// The end of a terminal that programs have.
    pub fn terminal(&self) -> &File {
        &self.terminal.1
    }

    /// What an attempt may have spoilt is made anew.
    pub fn restore(&self) {
        fs::write(&self.targets.victim, "a victim").unwrap();
        fs::set_permissions(&self.targets.victim, Permissions::from_mode(0o666)).unwrap();
    }
}

impl Drop for Canaries {
    fn drop(&mut self) {
        let Targets { segment, semaphore, queue, name, .. } = &self.targets;
        kernel::remove(*segment, *semaphore, *queue, name);
        // It sleeps unless an attempt has killed it; then waiting is all that is left.
        let _ = self.sleeper.kill();
        let _ = self.sleeper.wait();
    }
}

fn files(folder: &Path) -> Targets {
    let path = |name: &str| folder.join(name).into_os_string().into_string().unwrap();
    let mode = |path: &str, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    let (room, secret, own) = (path("room"), path("secret"), path("own"));
    let (program, setuid_program) = (path("program"), path("setuid-program"));
    fs::create_dir(&room).unwrap();
    fs::write(&secret, format!("{SECRET} of a file")).unwrap();
    fs::write(&own, "own").unwrap();
    if can_be_given() {
        std::os::unix::fs::chown(&own, Some(UIDS.first + 1), Some(UIDS.first + 1)).unwrap();
    }
    for copy in [&program, &setuid_program] {
        fs::copy("/bin/echo", copy).unwrap();
    }
    mode(folder.to_str().unwrap(), 0o755);
    for (path, bits) in [
        (&room, 0o777),
        (&secret, 0o600),
        (&own, 0o600),
        (&program, 0o755),
        (&setuid_program, 0o4755),
    ] {
        mode(path, bits);
    }
    let (handle, handle_kind) = handle(&secret);
    let (folder, victim) = (folder.to_str().unwrap().to_owned(), format!("{room}/victim"));
    Targets {
        folder,
        room,
        secret,
        own,
        victim,
        program,
        setuid_program,
        handle,
        handle_kind,
        ..Targets::default()
    }
}

/// By which the kernel opens a file without a path; empty where the file system has none.
fn handle(path: &str) -> (Vec<u8>, i32) {
    let path = std::ffi::CString::new(path).unwrap();
    let (mut room, mut mount) = ([128_u32; 34], 0_i32);
    let place = [libc::AT_FDCWD as usize, path.as_ptr() as usize];
    let result = [room.as_mut_ptr() as usize, &raw mut mount as usize];
    match make(libc::SYS_name_to_handle_at, &[place[0], place[1], result[0], result[1], 0]) {
        Ok(_) => {
            let bytes: Vec<u8> = room[2..].iter().flat_map(|word| word.to_ne_bytes()).collect();
            (bytes[..room[0] as usize].to_vec(), room[1].cast_signed())
        }
        Err(_) => (Vec::new(), 0),
    }
}

fn listen(folder: &Path, targets: &mut Targets, open: &mut Vec<OwnedFd>) {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    targets.tcp = tcp.local_addr().unwrap().port();
    std::thread::spawn(move || tcp.incoming().for_each(drop));
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    targets.udp = udp.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut room = [0; 16];
        while let Ok((count, from)) = udp.recv_from(&mut room) {
            // Who does not wait for an echo needs none.
            let _ = udp.send_to(&room[..count], from);
        }
    });
    let at = |name: &str| -> PathBuf { folder.join(name) };
    open.push(UnixListener::bind(at("ipc.sock")).unwrap().into());
    open.push(packet_listener(&at("lease.sock")));
    open.push(packet_listener(&at("registry.sock")));
    open.push(packet_listener(&at("telemetry.sock")));
    for name in ["ipc.sock", "lease.sock", "registry.sock", "telemetry.sock"] {
        fs::set_permissions(at(name), Permissions::from_mode(0o666)).unwrap();
    }
    let text = |name: &str| at(name).into_os_string().into_string().unwrap();
    targets.ipc_socket = text("ipc.sock");
    targets.lease_socket = text("lease.sock");
    targets.registry_socket = text("registry.sock");
    targets.telemetry_socket = text("telemetry.sock");
    let address = |name: &str| SocketAddr::from_abstract_name(name).unwrap();
    targets.abstract_socket = format!("bunbase{}", text("stream"));
    open.push(UnixListener::bind_addr(&address(&targets.abstract_socket)).unwrap().into());
    targets.abstract_datagrams = format!("bunbase{}", text("datagrams"));
    open.push(UnixDatagram::bind_addr(&address(&targets.abstract_datagrams)).unwrap().into());
}

/// Descriptors that whatever is executed inherits.
fn leak(targets: &mut Targets, open: &mut Vec<OwnedFd>) {
    let leaked = |fd: &OwnedFd| fcntl(fd, FcntlArg::F_DUPFD(LEAKED)).unwrap();
    let (file, folder) = (File::open(&targets.secret), File::open(&targets.folder));
    let (mut file, folder): (File, OwnedFd) = (file.unwrap(), folder.unwrap().into());
    targets.its_descriptor = file.as_raw_fd();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert!(text.starts_with(SECRET));
    let (file, (one, other)) = (OwnedFd::from(file), UnixStream::pair().unwrap());
    let process = make(libc::SYS_pidfd_open, &[usize::try_from(targets.process).unwrap(), 0]);
    targets.leaked_file = leaked(&file);
    targets.leaked_folder = leaked(&folder);
    targets.leaked_socket = leaked(&one.into());
    let process = i32::try_from(process.unwrap()).unwrap();
    // SAFETY: the kernel has just made it for this call.
    let process = unsafe { <OwnedFd as std::os::fd::FromRawFd>::from_raw_fd(process) };
    targets.leaked_process = leaked(&process);
    open.extend([file, other.into()]);
}
