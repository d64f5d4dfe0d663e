//! Changes a few bytes, in the ways that break decoders.

/// Numbers that follow from a seed (splitmix64).
pub struct Draws(pub u64);

impl Draws {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut drawn = self.0;
        drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        drawn ^ (drawn >> 31)
    }

    /// Below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// Pieces that are worth a try anywhere: ends of ranges, lengths that are far too long, text that ends in the middle.
const PIECES: [&[u8]; 24] = [
    &[0],
    &[1],
    &[0x7f],
    &[0x80],
    &[0xff],
    &[0x80, 0x80, 0x04],
    &[0xff, 0xff, 0xff, 0xff, 0x0f],
    &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
    &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10],
    &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    &[0xff; 11],
    &[0x80, 0x80, 0x80, 0x80, 0x00],
    &[0xed, 0xa0, 0x80],
    &[0xc0, 0x80],
    &[0xf0, 0x9f, 0x98, 0x80],
    b"\"",
    b"\\u0000",
    b"\\ud800",
    b"{\"a\":",
    b"[[[[",
    b"}",
    b",\"a\":1",
    b"null",
    b"__proto__",
];

/// One input made of those kept.
pub fn made(kept: &[Vec<u8>], draws: &mut Draws) -> Vec<u8> {
    if draws.below(32) == 0 {
        let length = draws.below(64);
        return (0..length).map(|_| draws.next() as u8).collect();
    }
    let mut bytes = kept[draws.below(kept.len())].clone();
    for _ in 0..=draws.below(4) {
        change(&mut bytes, kept, draws);
    }
    bytes
}

fn change(bytes: &mut Vec<u8>, kept: &[Vec<u8>], draws: &mut Draws) {
    let at = draws.below(bytes.len() + 1);
    let rest = bytes.len() - at;
    match draws.below(9) {
        0 if rest > 0 => bytes[at] ^= 1 << draws.below(8),
        1 if rest > 0 => bytes[at] = draws.next() as u8,
        2 => drop(bytes.splice(at..at, PIECES[draws.below(PIECES.len())].iter().copied())),
        3 => {
            let piece = PIECES[draws.below(PIECES.len())];
            bytes.splice(at..at + piece.len().min(rest), piece.iter().copied());
        }
        4 => bytes.truncate(at),
        5 => drop(bytes.drain(at..at + draws.below(rest.min(16) + 1))),
        6 if bytes.len() < 4_096 => {
            let part: Vec<u8> = bytes[at..at + draws.below(rest + 1)].to_vec();
            bytes.splice(at..at, part);
        }
        7 => {
            let other = &kept[draws.below(kept.len())];
            let resume = draws.below(other.len() + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(&other[resume..]);
        }
        // Another message, or another version of the protocol.
        _ if rest > 0 => {
            let front = draws.below(3).min(bytes.len() - 1);
            bytes[front] = draws.below(16) as u8;
        }
        _ => {}
    }
}
