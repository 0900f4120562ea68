//! A stream that arrives in pieces: the first two bytes of an input say how it is cut, the rest is the stream.

/// The stream of an input, and the same cut into pieces of two lengths in turn. `None` for inputs that are
/// too short to say how.
#[must_use]
pub fn cut(input: &[u8]) -> Option<(&[u8], impl Iterator<Item = &[u8]>)> {
    let (&[first, second], stream) = input.split_first_chunk()?;
    let mut lengths = [usize::from(first) + 1, usize::from(second) + 1].into_iter().cycle();
    let mut rest = stream;
    let pieces = std::iter::from_fn(move || {
        let length = lengths.next()?.min(rest.len());
        let (piece, behind) = rest.split_at(length);
        rest = behind;
        (!piece.is_empty()).then_some(piece)
    });
    Some((stream, pieces))
}
