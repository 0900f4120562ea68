//! `bunbase completion`: what a real shell offers.

use std::process::Command;

use bunbase_tests::{Suite, binary};

/// What bash offers at the end of this line.
fn offered(suite: &Suite, line: &[&str]) -> Vec<String> {
    let folder = binary("bunbase").parent().unwrap().to_owned();
    let words = line.join(" ");
    let script = format!(
        "source <(bunbase completion bash)
         COMP_WORDS=({words}); [ '{last}' ] || COMP_WORDS+=('')
         COMP_CWORD={index} COMP_LINE='{words}' COMP_POINT={point} COMP_TYPE=9
         complete -p bunbase >/dev/null || exit 1
         _clap_complete_bunbase bunbase '{last}' ''
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        last = line[line.len() - 1],
        index = line.len() - 1,
        point = words.len(),
    );
    let path = format!("{}:/usr/bin:/bin", folder.display());
    let mut bash = Command::new("/bin/bash");
    bash.args(["--norc", "-c", &script]).env("PATH", path).env("BUNBASE_SOCKET", suite.socket());
    let output = bash.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    said.lines().map(|word| word.trim_end().to_owned()).collect()
}

#[test]
fn bash_completes_verbs_options_and_names_of_functions() {
    let suite = Suite::start();
    for name in ["hello", "help-desk", "thumbs"] {
        suite.deploy_handler(name, "", "return new Response('hi')");
    }
    assert_eq!(offered(&suite, &["bunbase", "dep"]), ["deploy"]);
    assert!(offered(&suite, &["bunbase", "deploy", "--d"]).contains(&"--dry-run".to_owned()));
    assert_eq!(offered(&suite, &["bunbase", "show", "hel"]), ["hello", "help-desk"]);
    assert_eq!(offered(&suite, &["bunbase", "invoke", "th"]), ["thumbs"]);
    assert_eq!(offered(&suite, &["bunbase", "env", "set", "thu"]), ["thumbs"]);
    let elsewhere = ["bunbase", "-H", "there", "show", "hel"];
    assert_eq!(offered(&suite, &elsewhere), [""], "those of this machine are not those of there");
    assert!(!offered(&suite, &["bunbase", ""]).contains(&"bridge".to_owned()));
}

#[test]
fn where_no_daemon_answers_there_are_no_names_and_no_noise() {
    let mut suite = Suite::start();
    suite.stop();
    assert_eq!(offered(&suite, &["bunbase", "show", "hel"]), [""]);
}

#[test]
fn each_shell_has_its_script() {
    for (shell, mark) in
        [("bash", "complete -o"), ("zsh", "#compdef bunbase"), ("fish", "complete ")]
    {
        let output = Command::new(binary("bunbase")).args(["completion", shell]).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && script.contains(mark), "{script}");
    }
}
