//! The layers of the workers' cage, and what each means.

use bunbase_client::{LayerReport, LayerState};

/// What holds whatever the kernel has.
const GRANTS: &str = "\
permissions.net is all or nothing in this release: an empty network namespace, or, with any host listed, the network of the machine.
";

/// Two lines a layer.
pub fn describe(layers: &[LayerReport], bun_memory: &str) -> String {
    let memory = format!("\nmemory of Bun's workers is bounded {bun_memory}\n");
    layers.iter().map(row).chain([memory, GRANTS.to_owned()]).collect()
}

fn row(report: &LayerReport) -> String {
    let (layer, detail) = (report.layer.as_str(), report.detail.as_str());
    let state = match report.state {
        LayerState::InForce if detail.is_empty() => "in force".to_owned(),
        LayerState::InForce => format!("in force: {detail}"),
        LayerState::Accepted => format!("missing: {detail} (accepted)"),
        LayerState::Missing => format!("missing: {detail}"),
    };
    let (has, has_not) = meaning(layer);
    let meaning = if report.state == LayerState::InForce { has } else { has_not };
    format!("{layer:13} {state}\n{:13} {meaning}\n", "")
}

/// What a layer means to who runs functions: where it is, and where it is not.
fn meaning(layer: &str) -> (&'static str, &'static str) {
    match layer {
        "ids" => (
            "the kernel tells workers apart, from each other and from everybody else",
            "workers run as the user of schedulerd: what that user may, a broken-out function may try",
        ),
        "rlimits" => (
            "memory, open files and processes of a worker are bounded",
            "a broken-out function can take all memory, descriptors and processes that its user may",
        ),
        "namespaces" => (
            "a worker sees no network, no file, no process but itself",
            "a broken-out function sees the machine's network, files and processes; the other layers have to stop it",
        ),
        "capabilities" => (
            "a worker has no privilege",
            "a broken-out function keeps the privileges of schedulerd",
        ),
        "privileges" => (
            "nothing that a worker starts gains privileges, and nobody traces it",
            "programs with setuid would give a broken-out function privileges",
        ),
        "landlock" => (
            "a worker opens no file but those that were granted",
            "only namespaces and seccomp keep a broken-out function from files",
        ),
        "seccomp" => (
            "a worker makes few system calls, and dies at any other",
            "a broken-out function reaches the whole kernel with whatever bugs it has",
        ),
        "descriptors" => (
            "a worker holds its stream and its code, and nothing of ours",
            "a broken-out function holds whatever schedulerd had open",
        ),
        _ => ("", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(layer: &str, state: LayerState, detail: &str) -> LayerReport {
        LayerReport { layer: layer.into(), state, detail: detail.into() }
    }

    #[test]
    fn each_layer_has_a_line_that_says_whether_and_one_that_says_what_that_means() {
        let cage = [
            report("landlock", LayerState::Missing, "ENOSYS"),
            report("rlimits", LayerState::InForce, ""),
        ];
        let text = describe(&cage, "by its resident size");
        assert!(text.starts_with("landlock      missing: ENOSYS\n              only namespaces"));
        assert!(text.contains("\nrlimits       in force\n              memory, open files"));
    }
}
