//! The connection to schedulerd. It is made when there is something to say, and made anew when it breaks:
//! the listening socket is the service manager's and stays, so connecting works while schedulerd restarts.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use bunbase_packet::Error;
use bunbase_wire::lease::{FromScheduler, Granted};
use tokio::sync::{Notify, mpsc};

use crate::books::Books;
use crate::stream::Stream;
use crate::transport::{Packets, Transport};

/// Between two attempts to connect.
const RETRY: Duration = Duration::from_millis(50);

/// What the link works on.
pub(crate) struct Link<T> {
    pub scheduler: T,
    pub quiet: Duration,
    pub books: Rc<RefCell<Books>>,
    /// Rung when the books have messages.
    pub news: Rc<Notify>,
}

impl<T: Transport> Link<T> {
    /// Runs as long as the holder does.
    pub(crate) async fn run(self) {
        loop {
            self.news.notified().await;
            while self.books.borrow().has_messages() {
                match self.scheduler.connect().await {
                    Ok(connection) => self.session(connection).await,
                    Err(error) => self.unreachable(&error).await,
                }
                self.books.borrow_mut().disconnected();
            }
        }
    }

    async fn unreachable(&self, error: &std::io::Error) {
        tracing::warn!(%error, "cannot reach schedulerd at {}; trying again", self.scheduler);
        tokio::time::sleep(RETRY).await;
    }

    /// One connection, until it breaks.
    async fn session(&self, connection: T::Packets) {
        // What there is to say is said first: it is bounded by what happens here.
        let broken = tokio::select! {
            biased;
            broken = self.speak(&connection) => broken,
            broken = self.listen(&connection) => broken,
        };
        match broken {
            Ok(()) => tracing::warn!("schedulerd has closed the connection"),
            Err(error) => tracing::warn!(%error, "the connection to schedulerd has broken"),
        }
    }

    async fn speak(&self, connection: &T::Packets) -> Result<(), Error> {
        loop {
            let messages = self.books.borrow_mut().messages();
            for message in messages {
                connection.send(&message).await?;
            }
            if !self.books.borrow().has_messages() {
                self.news.notified().await;
            }
        }
    }

    async fn listen(&self, connection: &T::Packets) -> Result<(), Error> {
        while let Some((message, stream)) = connection.recv().await? {
            match message {
                FromScheduler::Granted(granted) => self.granted(&granted, stream)?,
                FromScheduler::Queued { .. } | FromScheduler::Cage { .. } => {}
                FromScheduler::Refused { ticket, reason } => {
                    self.books.borrow_mut().refused(ticket, &reason);
                }
                FromScheduler::Revoke { lease } => self.books.borrow_mut().revoke(lease),
            }
            self.news.notify_one();
        }
        Ok(())
    }

    fn granted(
        &self,
        granted: &Granted,
        stream: Option<<T::Packets as Packets>::Pipe>,
    ) -> Result<(), Error> {
        let missing = || std::io::Error::other("granted without a stream");
        let socket = stream.ok_or_else(missing)?;
        let (orders, receiver) = mpsc::unbounded_channel();
        let entered = self.books.borrow_mut().granted(granted, orders);
        if let Some(entered) = entered {
            let stream = Stream::new(entered, granted.readiness, self.quiet, socket, receiver);
            let run = stream.run(Rc::clone(&self.books), Rc::clone(&self.news));
            tokio::task::spawn_local(run);
        }
        Ok(())
    }
}
