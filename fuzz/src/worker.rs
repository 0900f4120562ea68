//! The property of both directions of the worker protocol.

use std::fmt::Debug;

use bunbase_wire::worker::{Decoder, Limits, Message, encode};

use crate::pieces;

/// Small enough that inputs reach them.
const LIMITS: Limits = Limits { line: 1024, raw: 1024 };

/// However a stream is cut, the same messages and the same error come out of it; and a message that has been
/// decoded is still the same after it has been encoded and decoded again.
pub fn check<M: Message + Debug + PartialEq>(input: &[u8]) {
    let Some((stream, pieces)) = pieces::cut(input) else { return };
    let whole = decoded::<M>([stream], LIMITS);
    assert_eq!(decoded::<M>(pieces, LIMITS), whole, "in pieces and at once");
    for message in whole.0 {
        for raw in [true, false] {
            let mut bytes = Vec::new();
            encode(&message, raw, &mut bytes);
            let (again, error) = decoded::<M>([&bytes[..]], Limits::default());
            assert_eq!(error, None);
            assert_eq!(again.iter().collect::<Vec<_>>(), [&message], "encoded with raw = {raw}");
        }
    }
}

/// All messages up to the end of the pieces or the first error, and that error.
fn decoded<'a, M: Message>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    limits: Limits,
) -> (Vec<M>, Option<String>) {
    let mut decoder = Decoder::new(limits);
    let mut messages = Vec::new();
    for piece in pieces {
        decoder.buffer().extend_from_slice(piece);
        loop {
            match decoder.next_message() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Some(error.to_string())),
            }
        }
    }
    (messages, None)
}
