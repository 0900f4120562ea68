//! Numbers in the middle of something: without the allocator, which may have been interrupted.

/// Writes a number at the right of the room, and cuts it at the left.
pub fn decimal(mut number: u64, room: &mut [u8]) {
    for (n, place) in room.iter_mut().rev().enumerate() {
        let digit = (number % 10).to_le_bytes()[0];
        *place = if number == 0 && n > 0 { b' ' } else { b'0' + digit };
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn a_number_is_written_at_the_right_and_cut_at_the_left() {
        let mut room = *b"......";
        for (number, written) in [(435, b"   435"), (0, b"     0"), (0x4000_0001, b"741825")] {
            decimal(number, &mut room);
            assert_eq!(&room, written);
        }
    }
}
