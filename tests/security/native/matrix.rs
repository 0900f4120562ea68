//! Each attempt against all layers, none, each layer alone, all but one.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use bunbase_attacker::{Class, attempts};
use bunbase_jail::can_be_given;

use super::canaries::Canaries;
use super::rounds::{matrix, with};
use super::table::{Row, Verdict, text};

/// Where the matrix goes, if not beside the build.
const PATH: &str = "BUNBASE_MATRIX";

const NOBODY: u32 = 65_534;

/// Attempts that can't succeed even without a layer on some machines, and why.
const IMPOSSIBLE: &[(&str, &str)] = &[
    ("environment", "it is empty before there is a layer"),
    ("command_line", "it has no secret to give away"),
    ("stack_of_starter", "a zygote has no secret"),
    ("memory_of_earlier_fork", "a zygote has no secret, and a fork none of another"),
    ("working_folder", "it is / before there is a layer"),
    ("file_mode_mask", "it is set before there is a layer"),
    ("process_group", "each fork makes its own before there is a layer"),
    ("open_own_terminal", "tests have none"),
    ("write_oom_score", "not every root has CAP_SYS_RESOURCE"),
    ("raise_open_files", "not every root has CAP_SYS_RESOURCE"),
    ("raise_processes", "not every root has CAP_SYS_RESOURCE"),
    ("raise_address_space", "not every root has CAP_SYS_RESOURCE"),
    ("move_own_break", "not every root has CAP_SYS_RESOURCE"),
    ("crypto_socket", "not every kernel has AF_ALG"),
    ("load_kernel", "not every kernel has kexec"),
    ("load_module", "not every kernel has modules"),
];

/// Prints the matrix, and keeps it where `make test` finds it.
fn show(who: &str, rows: &[Row]) {
    let table = text(who, rows);
    println!("{table}");
    let path = std::env::var_os(PATH).map_or_else(
        || bunbase_tests::binary("bunbase-attacker").with_file_name("../security-matrix.txt"),
        PathBuf::from,
    );
    std::fs::write(path, table).unwrap();
}

fn names<'a>(rows: impl Iterator<Item = &'a Row>) -> Vec<&'static str> {
    rows.map(|row| row.attempt.name).collect()
}

/// What would be as bad with one layer less.
fn is_grave(row: &&Row) -> bool {
    row.attempt.class != Class::Other
}

fn holds(rows: &[Row]) {
    let possible: Vec<&Row> = rows.iter().filter(|row| row.bare.escaped()).collect();
    assert!(rows.len() >= 120, "{} attempts", rows.len());
    assert_eq!(names(rows.iter().filter(|row| row.all.escaped())), [""; 0], "in the whole cage");
    let with_one_off = |row: &&Row| row.without.iter().any(Verdict::escaped);
    let grave = names(rows.iter().filter(is_grave).filter(with_one_off));
    assert_eq!(grave, [""; 0], "with one layer off");
    let by_two = possible.iter().filter(|row| row.stopped_by() >= 2).count();
    // An ordinary user has no other users, and no capability to be taken away; and kernels before 6.3 let memory become code.
    let least = if can_be_given() { 90 } else { 85 };
    assert!(by_two * 100 >= possible.len() * least, "{by_two} of {} by two layers", possible.len());
}

#[test]
fn no_attempt_succeeds_and_hardly_any_is_left_to_one_layer() {
    let rows = matrix();
    let who = if can_be_given() { "as root" } else { "as an ordinary user" };
    show(who, &rows);
    holds(&rows);
}

/// What can't succeed proves nothing. Root can do it all; an ordinary user can't be asked that.
#[test]
fn every_attempt_can_succeed() {
    if !can_be_given() {
        return;
    }
    let bare = with(&[], &Canaries::make());
    let attempts = attempts();
    let excused = |name: &str| IMPOSSIBLE.iter().any(|(impossible, _)| *impossible == name);
    let failing = attempts.iter().zip(&bare).filter(|(_, verdict)| !verdict.escaped());
    let failing: Vec<_> = failing.filter(|(attempt, _)| !excused(attempt.name)).collect();
    assert!(failing.is_empty(), "{failing:?}");
    assert!(IMPOSSIBLE.len() * 10 <= attempts.len(), "{} are excused", IMPOSSIBLE.len());
}

/// The same once more, as an ordinary user: this very program is run by one, from where he may read it.
#[test]
fn the_same_holds_for_an_ordinary_user() {
    if !can_be_given() {
        return;
    }
    let home = tempfile::Builder::new().prefix("bb").tempdir().unwrap();
    let test = std::env::current_exe().unwrap();
    let (deps, matrix) = (home.path().join("release/deps"), home.path().join("matrix.txt"));
    std::fs::create_dir_all(&deps).unwrap();
    std::fs::copy(&test, deps.join("security")).unwrap();
    let attacker = bunbase_tests::binary("bunbase-attacker");
    std::fs::copy(attacker, deps.with_file_name("bunbase-attacker")).unwrap();
    std::os::unix::fs::chown(home.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    let name = "native::matrix::no_attempt_succeeds_and_hardly_any_is_left_to_one_layer";
    let mut command = Command::new(deps.join("security"));
    command.args(["--exact", name, "--nocapture"]).env(PATH, matrix).uid(NOBODY).gid(NOBODY);
    let output = command.current_dir("/").output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    println!("{said}");
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
