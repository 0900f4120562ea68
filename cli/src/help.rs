//! Help that a newcomer can learn from: verbs by what they are for, and examples of each.

use std::fmt::Write as _;

use anstyle::Style;
use clap::Command;

/// Verbs by what they are for, in the order in which people come to need them.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Write and try a function", &["new", "dev", "check", "deploy", "invoke"]),
    ("See what is there", &["ls", "show", "versions", "logs", "stats"]),
    ("Change what is there", &["rollback", "rm", "env", "secret"]),
    ("Run the suite", &["up", "status", "doctor", "backup", "restore", "completion"]),
];

/// What has no group.
const OTHER: &str = "And";

/// Examples by verb. Each is a command that can be typed.
const EXAMPLES: [(&str, &str); 20] = [
    ("new", "bunbase new greet\nbunbase new shop --template api"),
    ("dev", "bunbase dev\nbunbase dev greet"),
    ("check", "bunbase check greet"),
    (
        "deploy",
        "bunbase deploy greet\nbunbase deploy greet -m 'greets by name'\nbunbase deploy --dry-run",
    ),
    (
        "invoke",
        "bunbase invoke greet\nbunbase invoke 'greet/some/path?name=Ada'\n\
         bunbase invoke greet -X PUT -H 'content-type: text/plain' -d @letter.txt\n\
         bunbase invoke greet -d - < letter.txt",
    ),
    ("ls", "bunbase ls\nbunbase ls --json | jq -r '.result.functions[].name'"),
    ("show", "bunbase show greet"),
    ("versions", "bunbase versions greet"),
    ("logs", "bunbase logs greet\nbunbase logs greet -f"),
    ("stats", "bunbase stats\nbunbase stats greet"),
    (
        "rollback",
        "bunbase rollback greet\nbunbase rollback greet 3f9a1c20 -m 'the new one was slow'",
    ),
    ("rm", "bunbase rm greet\nbunbase rm -y greet"),
    (
        "env",
        "bunbase env set greet LOG_LEVEL=debug GREETING='Good day'\nbunbase env ls greet\n\
         bunbase env rm greet LOG_LEVEL",
    ),
    ("secret", "bunbase secret set greet API_TOKEN < token.txt\nbunbase secret ls greet"),
    ("up", "bunbase up\nbunbase up --state /tmp/try --http 127.0.0.1:9000"),
    ("status", "bunbase status\nbunbase -H you@server status"),
    ("doctor", "bunbase doctor\nbunbase doctor --json"),
    ("backup", "bunbase backup functions.bunbase"),
    ("restore", "bunbase restore functions.bunbase"),
    (
        "completion",
        "bunbase completion bash > ~/.local/share/bash-completion/completions/bunbase\n\
         bunbase completion zsh > ~/.zfunc/_bunbase\n\
         bunbase completion fish > ~/.config/fish/completions/bunbase.fish",
    ),
];

const HEADING: Style = Style::new().bold().underline();
const VERB: Style = Style::new().bold();

/// The command with its groups and examples.
pub fn with_help(command: Command) -> Command {
    let template = template(&command);
    let there = |verb: &str| command.find_subcommand(verb).is_some();
    let examples: Vec<_> = EXAMPLES.into_iter().filter(|(verb, _)| there(verb)).collect();
    let with = |all: Command, (verb, text): (&'static str, &str)| {
        let text = example(text);
        all.mut_subcommand(verb, |verb| verb.after_help(text))
    };
    examples.into_iter().fold(command, with).help_template(template)
}

fn example(text: &str) -> String {
    let lines: String = text.lines().fold(String::new(), |all, line| format!("{all}\n  {line}"));
    format!("{HEADING}Examples:{HEADING:#}{lines}")
}

fn template(command: &Command) -> String {
    let mut text = "{about-with-newline}\n{usage-heading} {usage}\n".to_owned();
    for (title, verbs) in groups(command) {
        // Writing to a string does not fail.
        let _ = write!(text, "\n{HEADING}{title}:{HEADING:#}\n");
        verbs.iter().for_each(|verb| text.push_str(&row(verb)));
    }
    text + &format!("\n{HEADING}Options:{HEADING:#}\n{{options}}{{after-help}}")
}

/// The groups that have a verb. What is in none comes last.
fn groups(command: &Command) -> Vec<(&'static str, Vec<&Command>)> {
    let of =
        |verbs: &[&str]| verbs.iter().filter_map(|verb| command.find_subcommand(verb)).collect();
    let known = |verb: &&Command| GROUPS.iter().any(|(_, all)| all.contains(&verb.get_name()));
    let shown = command.get_subcommands().filter(|verb| !verb.is_hide_set());
    let other = (OTHER, shown.filter(|verb| !known(verb)).collect());
    let groups = GROUPS.iter().map(|(title, verbs)| (*title, of(verbs))).chain([other]);
    groups.filter(|(_, verbs): &(_, Vec<&Command>)| !verbs.is_empty()).collect()
}

fn row(verb: &Command) -> String {
    let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
    let aliases: Vec<&str> = verb.get_visible_aliases().collect();
    let aliases =
        if aliases.is_empty() { String::new() } else { format!(" [{}]", aliases.join(", ")) };
    format!("  {VERB}{:11}{VERB:#} {about}{aliases}\n", verb.get_name())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::args::Args;

    fn shown(command: &Command) -> impl Iterator<Item = &Command> {
        command.get_subcommands().filter(|verb| !verb.is_hide_set())
    }

    #[test]
    fn every_verb_is_in_a_group_and_has_an_example() {
        let command = with_help(Args::command());
        assert!(
            groups(&command).iter().all(|(title, _)| *title != OTHER),
            "{}",
            template(&command)
        );
        for verb in shown(&command) {
            assert!(verb.get_after_help().is_some(), "{} has no example", verb.get_name());
        }
    }

    #[test]
    fn every_example_can_be_typed() {
        let command = with_help(Args::command());
        let there = |verb: &&str| command.find_subcommand(verb).is_some();
        for (_, text) in EXAMPLES.iter().filter(|(verb, _)| there(verb)) {
            for line in text.lines() {
                let typed = line.split([' ']).take_while(|word| !["<", ">", "|"].contains(word));
                let typed = words(&typed.collect::<Vec<_>>().join(" "));
                let read = command.clone().try_get_matches_from(typed);
                assert!(read.is_ok(), "{line}: {}", read.unwrap_err());
            }
        }
    }

    /// As a shell does it, as far as the examples need.
    fn words(line: &str) -> Vec<String> {
        let quoted = line.split('\'').enumerate();
        let masked = quoted
            .map(|(n, part)| if n % 2 == 1 { part.replace(' ', "\0") } else { part.to_owned() });
        let masked: String = masked.collect();
        masked.split(' ').map(|word| word.replace('\0', " ")).collect()
    }
}
