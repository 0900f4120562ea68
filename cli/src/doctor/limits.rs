//! Limits of the machine and of ipcd that a busy suite would meet.

use std::fs::read_to_string;

use bunbase_client::IpcdReport;

use crate::doctor::check::Check;

const AREA: &str = "limits";

/// Each connection is a file, and each worker some.
const FEW_FILES: u64 = 8192;
const TOO_FEW_FILES: u64 = 512;
/// Each worker is a process, and schedulerd's default is 512 of them.
const FEW_PROCESSES: u64 = 2048;
/// vm.overcommit_memory: never more than there is.
const NEVER: u64 = 2;

/// What the kernel says.
#[derive(Debug, Clone, Copy)]
pub struct Machine {
    pid_max: Option<u64>,
    overcommit: Option<u64>,
}

pub fn look() -> Machine {
    let number = |path| read_to_string(path).ok()?.trim().parse().ok();
    Machine {
        pid_max: number("/proc/sys/kernel/pid_max"),
        overcommit: number("/proc/sys/vm/overcommit_memory"),
    }
}

pub fn check(machine: Machine, ipcd: Option<&IpcdReport>) -> Vec<Check> {
    let files = ipcd.and_then(|ipcd| ipcd.open_files).and_then(files);
    let own = ipcd.and_then(|ipcd| ipcd.processes);
    let processes = [own, machine.pid_max].into_iter().flatten().min().and_then(processes);
    let overcommit = machine.overcommit.filter(|mode| *mode == NEVER).map(|_| {
        Check::warning(
            AREA,
            "vm.overcommit_memory is 2: workers that reserve memory which they never use may not start",
            "sysctl vm.overcommit_memory=0, and a line in /etc/sysctl.d to keep it",
        )
    });
    let found: Vec<Check> = [files, processes, overcommit].into_iter().flatten().collect();
    match found.is_empty() {
        true => vec![Check::ok(AREA, "files, processes and memory suffice")],
        false => found,
    }
}

fn files(limit: u64) -> Option<Check> {
    let detail = format!("a daemon may have {limit} files open, and each connection is one");
    let remedy = "\"ulimit -n 65536\" before \"bunbase up\"; LimitNOFILE=65536 in the units";
    match limit {
        FEW_FILES.. => None,
        TOO_FEW_FILES.. => Some(Check::warning(AREA, detail, remedy)),
        _ => Some(Check::problem(AREA, detail, remedy)),
    }
}

fn processes(limit: u64) -> Option<Check> {
    let detail = format!("there can be {limit} processes, and each worker is one");
    let remedy = "\"ulimit -u\" and the sysctl kernel.pid_max say how many; or lower max_workers in schedulerd.toml";
    (limit < FEW_PROCESSES).then(|| Check::warning(AREA, detail, remedy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::check::{Verdict, verdicts};

    fn verdict(open_files: u64, processes: Option<u64>, overcommit: u64) -> Vec<Verdict> {
        let machine = Machine { pid_max: Some(32_768), overcommit: Some(overcommit) };
        let (version, unix_time) = (String::new(), 0);
        let open_files = Some(open_files);
        let ipcd = IpcdReport { version, unix_time, open_files, processes, state: None };
        verdicts(&check(machine, Some(&ipcd)))
    }

    #[test]
    fn each_limit_that_is_low_is_named() {
        assert_eq!(verdict(65_536, None, 0), [Verdict::Ok]);
        assert_eq!(verdict(1024, None, 0), [Verdict::Warning]);
        assert_eq!(verdict(256, None, 0), [Verdict::Problem]);
        assert_eq!(verdict(65_536, Some(100), 1), [Verdict::Warning]);
        assert_eq!(verdict(1024, Some(100), 2), [Verdict::Warning; 3]);
    }

    #[test]
    fn what_is_not_known_is_not_complained_of() {
        let machine = Machine { pid_max: None, overcommit: None };
        assert_eq!(verdicts(&check(machine, None)), [Verdict::Ok]);
    }
}
