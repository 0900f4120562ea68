//! What functions wrote, and what became of their invocations.

use bunbase_wire::ipc::{FrameError, Kind, LogLine, LogsRequest, MetricsAnswer, MetricsRequest};

use crate::stream::Answering;
use crate::{Client, Error};

/// Lines as they come. Dropped before their end, they cancel the request.
#[derive(Debug)]
pub struct Lines<'a> {
    answering: Answering<'a>,
    /// What has come and was not taken yet.
    rest: Vec<u8>,
    /// So much of it has been taken.
    taken: usize,
}

impl Client {
    /// Lines that functions wrote, the oldest first. With `follow` they go on until they are dropped, or ipcd stops.
    ///
    /// # Errors
    /// When it can't be asked for. A refusal comes with the first line.
    pub fn logs(&mut self, request: &LogsRequest) -> Result<Lines<'_>, Error> {
        let answering = self.ask(Kind::GetLogs, request)?;
        Ok(Lines { answering, rest: Vec::new(), taken: 0 })
    }

    /// What became of the invocations of a function, with its series, or of all functions, without.
    ///
    /// # Errors
    /// When there is no function of this name.
    pub fn metrics(&mut self, request: &MetricsRequest) -> Result<MetricsAnswer, Error> {
        self.command(Kind::GetMetrics, request, &[])
    }
}

impl Lines<'_> {
    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// When the rest does not come.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<LogLine>, Error> {
        loop {
            let rest = &self.rest[self.taken..];
            if let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let line = serde_json::from_slice(&rest[..end]).map_err(FrameError::Payload)?;
                self.taken += end + 1;
                return Ok(Some(line));
            }
            self.rest.drain(..self.taken);
            self.taken = 0;
            match self.answering.next()? {
                Some(part) => self.rest.extend_from_slice(&part),
                None => return Ok(None),
            }
        }
    }

    /// Whether the next line is here already: it can be taken without waiting.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.rest[self.taken..].contains(&b'\n')
    }
}
