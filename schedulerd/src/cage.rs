//! Which layers of the cage this machine has, found out once at the start.

use bunbase_jail::memory::{INTERVAL, delegated};
use bunbase_jail::{Layer, Probe};
use bunbase_wire::cage::{LayerReport, LayerState};
use bunbase_wire::lease::FromScheduler;

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// Every layer, for who asks.
    pub layers: Vec<LayerReport>,
    /// Left out of every cage: the kernel has none, and the operator accepts that.
    pub without: Vec<Layer>,
    /// How the memory of Bun's workers is bounded.
    bun_memory: String,
}

impl Found {
    /// Weighs what the kernel has against what the operator does without, and says so in the log.
    pub fn of(probes: Vec<Probe>, accepted: &[Layer]) -> Self {
        let mut found = Self { layers: Vec::new(), without: Vec::new(), bun_memory: bun_memory() };
        for Probe { layer, outcome } in probes {
            let (state, detail) = match outcome {
                Ok(extent) => (LayerState::InForce, extent),
                Err(why) if accepted.contains(&layer) => (LayerState::Accepted, why.to_string()),
                Err(why) => (LayerState::Missing, why.to_string()),
            };
            tell(layer, state, &detail);
            if state == LayerState::Accepted {
                found.without.push(layer);
            }
            found.layers.push(LayerReport { layer: layer.to_string(), state, detail });
        }
        found
    }

    /// The same in words.
    pub fn report(&self) -> FromScheduler {
        let (layers, bun_memory) = (self.layers.clone(), self.bun_memory.clone());
        FromScheduler::Cage { layers, bun_memory }
    }

    /// The first layer without which no worker may start.
    pub fn missing(&self) -> Option<&LayerReport> {
        self.layers.iter().find(|report| report.state == LayerState::Missing)
    }
}

/// A cgroup of its own is what a worker would have where one is delegated; the worker's resident size is looked at in any case.
fn bun_memory() -> String {
    let watched = format!("by its resident size, every {} ms", INTERVAL.as_millis());
    match delegated() {
        Ok(cgroup) => format!("{watched}; {} is delegated and not used yet", cgroup.display()),
        Err(why) => format!("{watched}; not by a cgroup: {why}"),
    }
}

fn tell(layer: Layer, state: LayerState, detail: &str) {
    match state {
        LayerState::InForce => {
            tracing::info!(event = "cage", %layer, detail, "the layer {layer} is in force");
        }
        LayerState::Accepted => tracing::warn!(
            event = "cage", %layer, detail,
            "the layer {layer} is missing, which is accepted: workers go without"
        ),
        LayerState::Missing => tracing::error!(
            event = "cage", %layer, detail,
            "the layer {layer} is missing: no worker starts; accept_missing in schedulerd.toml would accept that"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Error;

    fn probe(layer: Layer, outcome: Result<&str, i32>) -> Probe {
        let outcome = outcome.map(str::to_owned).map_err(Error::from_raw_os_error);
        Probe { layer, outcome }
    }

    fn found(accepted: &[Layer]) -> Found {
        let probes = vec![probe(Layer::Ids, Ok("all of them")), probe(Layer::Landlock, Err(38))];
        Found::of(probes, accepted)
    }

    #[test]
    fn a_missing_layer_is_left_out_only_if_that_is_accepted() {
        let strict = found(&[]);
        assert_eq!(strict.missing().unwrap().layer, "landlock");
        assert!(strict.without.is_empty());
        let lax = found(&[Layer::Landlock]);
        assert!(lax.missing().is_none());
        assert_eq!(lax.without, [Layer::Landlock]);
        assert_eq!(lax.layers[1].state, LayerState::Accepted);
    }

    #[test]
    fn a_layer_that_is_there_stays_whatever_is_accepted() {
        let found = found(&[Layer::Ids, Layer::Landlock]);
        assert_eq!(found.without, [Layer::Landlock]);
        assert_eq!(found.layers[0].state, LayerState::InForce);
    }
}
