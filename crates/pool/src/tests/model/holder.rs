//! A lease holder with one slot a worker. It believes every answer on a stream that it holds, so that what keeps
//! answers apart is the pool alone.

use bunbase_wire::lease::{KillReason, LeaseId, Ticket, WorkerId};

use super::scenario::Scenario;
use super::state::{Held, Packet, Request, Said, State, Wrong, in_service};
use crate::target::Target;

impl State {
    /// A request comes in.
    pub fn sends(&mut self, scenario: &Scenario, request: usize) {
        let asks = scenario.requests[request];
        self.requests[request] = Request::Waits;
        self.serve(scenario, asks.holder, asks.function);
    }

    /// Its client goes before it has begun.
    pub fn gives_up(&mut self, scenario: &Scenario, request: usize) {
        let asks = scenario.requests[request];
        self.requests[request] = Request::GaveUp;
        self.withdraw_if_nobody_waits(scenario, asks.holder, asks.function);
    }

    /// Reads the next packet.
    pub fn hears(&mut self, scenario: &Scenario, holder: usize) {
        match self.holders[holder].inbox.pop_front() {
            Some(Packet::Granted { ticket, lease, worker, most_uses }) => {
                self.granted(scenario, holder, ticket, (lease, worker, most_uses));
            }
            Some(Packet::Refused { ticket, is_final }) => {
                self.refused(scenario, holder, ticket, is_final);
            }
            Some(Packet::Revoke(lease)) => self.revoked(holder, lease),
            Some(Packet::Queued(_)) | None => {}
        }
    }

    /// Asks for one more worker.
    pub fn wish(&mut self, at: usize, function: usize, target: Target) {
        let holder = &mut self.holders[at];
        holder.last_ticket += 1;
        let ticket = holder.last_ticket;
        match target.is_candidate() {
            true => holder.probe = Some((ticket, function)),
            false => holder.wishes.push((ticket, function)),
        }
        let link = holder.link;
        self.send(link, Said::Acquire(ticket, target));
    }

    fn granted(
        &mut self,
        scenario: &Scenario,
        at: usize,
        ticket: Ticket,
        (lease, worker, most_uses): (LeaseId, WorkerId, u64),
    ) {
        let holder = &mut self.holders[at];
        let probe = holder.probe.take_if(|(of, _)| *of == ticket);
        let wish = holder.wishes.iter().find(|(of, _)| *of == ticket).copied();
        let Some((_, function)) = probe.or(wish) else {
            let link = holder.link;
            return self.send(link, Said::Release { lease, served: 0 });
        };
        holder.wishes.retain(|(of, _)| *of != ticket);
        let held = Held {
            function,
            worker,
            runs: None,
            revoked: false,
            stale: false,
            probes: probe.is_some(),
            uses: 0,
            most_uses,
            worn: false,
        };
        holder.leases.insert(lease, held);
        if probe.is_none() {
            self.serve(scenario, at, function);
        }
    }

    /// Those who wait are told, unless other workers will come to them.
    fn refused(&mut self, scenario: &Scenario, at: usize, ticket: Ticket, is_final: bool) {
        let holder = &mut self.holders[at];
        if holder.probe.take_if(|(of, _)| *of == ticket).is_some() {
            self.registry.staged = None;
            return;
        }
        let wish = holder.wishes.iter().find(|(of, _)| *of == ticket).copied();
        let Some((_, function)) = wish else { return };
        holder.wishes.retain(|(of, _)| *of != ticket);
        let leases = holder.leases.values().any(|held| held.function == function && !held.probes);
        let others = leases || holder.wishes.iter().any(|(_, of)| *of == function);
        if others && !is_final {
            return;
        }
        while let Some(request) = self.first_in_line(scenario, at, function) {
            self.requests[request] = Request::Failed;
        }
    }

    fn revoked(&mut self, at: usize, lease: LeaseId) {
        let holder = &mut self.holders[at];
        let link = holder.link;
        if let Some(held) = holder.leases.get_mut(&lease).filter(|held| !held.stale) {
            held.revoked = true;
            self.send(link, Said::Revoking(lease));
        }
    }

    /// Gives free workers to those who wait, and wishes for as many as are missing.
    fn serve(&mut self, scenario: &Scenario, at: usize, function: usize) {
        while let Some(request) = self.first_in_line(scenario, at, function) {
            let free = |held: &Held| {
                let usable = !held.revoked && !held.stale && !held.probes;
                held.function == function && usable && held.runs.is_none()
            };
            let free = self.holders[at].leases.iter().find(|(_, held)| free(held));
            let Some(lease) = free.map(|(lease, _)| *lease) else { break };
            self.begins(at, lease, request);
        }
        self.wish_for_more(scenario, at, function);
        self.withdraw_if_nobody_waits(scenario, at, function);
    }

    fn begins(&mut self, at: usize, lease: LeaseId, request: usize) {
        self.requests[request] = Request::Runs(lease);
        let link = self.holders[at].link;
        let Some(held) = self.holders[at].leases.get_mut(&lease) else { return };
        held.runs = Some(request);
        held.uses += 1;
        let is_worn = held.uses >= held.most_uses && !std::mem::replace(&mut held.worn, true);
        let (worker, function) = (held.worker, held.function);
        if is_worn {
            self.send(link, Said::Worn(lease));
        }
        let Some(process) = self.processes.get_mut(&worker) else { return };
        let is_old = process.revision < self.in_force[function];
        if process.is_up() {
            let alone = process.works_at.replace(request).is_none();
            self.claim(alone, Wrong::Shared);
        }
        self.claim(!is_old, Wrong::BegunOnOld);
    }

    fn wish_for_more(&mut self, scenario: &Scenario, at: usize, function: usize) {
        let waiting = self.line(scenario, at, function).count();
        while self.holders[at].wishes.iter().filter(|(_, of)| *of == function).count() < waiting {
            self.wish(at, function, in_service(function));
        }
    }

    fn withdraw_if_nobody_waits(&mut self, scenario: &Scenario, at: usize, function: usize) {
        if self.first_in_line(scenario, at, function).is_some() {
            return;
        }
        let holder = &mut self.holders[at];
        let link = holder.link;
        let withdrawn: Vec<(Ticket, usize)> =
            holder.wishes.extract_if(.., |(_, of)| *of == function).collect();
        withdrawn.into_iter().for_each(|(ticket, _)| self.send(link, Said::Cancel(ticket)));
    }

    /// Reads an answer from a lease's stream, and takes it for that of whose it is.
    pub fn reads_answer(&mut self, scenario: &Scenario, at: usize, lease: LeaseId) {
        let Some(held) = self.holders[at].leases.get_mut(&lease) else { return };
        let function = held.function;
        let running = held.runs.take();
        let said = self.processes.get_mut(&held.worker).and_then(|process| process.said.take());
        self.claim(said.is_some() && said == running, Wrong::ForeignAnswer);
        if let Some(request) = said {
            self.requests[request] = Request::Answered;
        }
        if self.holders[at].leases[&lease].stale {
            self.leaves(scenario, at, lease);
        }
        self.serve(scenario, at, function);
    }

    /// Ends a lease whose worker can't be used any more.
    pub fn kills(&mut self, scenario: &Scenario, at: usize, lease: LeaseId, reason: KillReason) {
        let Some(held) = self.holders[at].leases.get(&lease) else { return };
        let (runs, stale, link) = (held.runs, held.stale, self.holders[at].link);
        if let Some(request) = runs {
            self.requests[request] = Request::Failed;
        }
        if !stale {
            self.send(link, Said::Kill(lease, reason));
        }
        self.leaves(scenario, at, lease);
    }

    /// Gives a lease back, with nothing in flight.
    pub fn releases(&mut self, scenario: &Scenario, at: usize, lease: LeaseId) {
        let holder = &self.holders[at];
        let (held, link) = (&holder.leases[&lease], holder.link);
        let served = held.uses;
        if !held.stale {
            self.send(link, Said::Release { lease, served });
        }
        self.leaves(scenario, at, lease);
    }

    /// The connection breaks: leases are finished, wishes made anew.
    pub fn breaks(&mut self, scenario: &Scenario, at: usize) {
        let links = scenario.holders as u64;
        let holder = &mut self.holders[at];
        let old = holder.link;
        holder.link += links;
        holder.wishes.clear();
        holder.inbox.clear();
        holder.leases.values_mut().for_each(|held| (held.revoked, held.stale) = (true, true));
        self.send(old, Said::Gone);
        for function in 0..scenario.functions {
            self.wish_for_more(scenario, at, function);
        }
    }

    fn leaves(&mut self, scenario: &Scenario, at: usize, lease: LeaseId) {
        let Some(held) = self.holders[at].leases.remove(&lease) else { return };
        let process = self.processes.get(&held.worker);
        if process.is_some_and(|process| process.life == super::state::Life::Reaped) {
            self.processes.remove(&held.worker);
        }
        self.wish_for_more(scenario, at, held.function);
    }

    /// Requests of a function that wait at a holder, in their order.
    fn line(&self, scenario: &Scenario, at: usize, function: usize) -> impl Iterator<Item = usize> {
        let asks = scenario.requests.iter().zip(&self.requests).enumerate();
        let waits =
            move |(number, (asks, request)): (usize, (&super::scenario::Asks, &Request))| {
                let here = asks.holder == at && asks.function == function;
                (here && *request == Request::Waits).then_some(number)
            };
        asks.filter_map(waits)
    }

    fn first_in_line(&self, scenario: &Scenario, at: usize, function: usize) -> Option<usize> {
        self.line(scenario, at, function).next()
    }
}
