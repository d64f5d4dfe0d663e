//! All ways that a run can go: each is run from the beginning, and asks which way to take wherever there are several.

/// The ways taken in one run.
#[derive(Debug, Default)]
pub struct Choices {
    /// Which way of how many, at each place so far.
    taken: Vec<(usize, usize)>,
    at: usize,
}

impl Choices {
    /// One of so many ways.
    pub fn among(&mut self, ways: usize) -> usize {
        assert!(ways > 0, "there is a way");
        if self.at == self.taken.len() {
            self.taken.push((0, ways));
        }
        let (way, known) = self.taken[self.at];
        assert_eq!(known, ways, "a run that took the same ways came to another place");
        self.at += 1;
        way
    }

    pub fn yes(&mut self) -> bool {
        self.among(2) == 1
    }

    /// Goes on to the next run; false if there is none.
    fn advance(&mut self) -> bool {
        self.at = 0;
        while let Some((way, ways)) = self.taken.pop() {
            if way + 1 < ways {
                self.taken.push((way + 1, ways));
                return true;
            }
        }
        false
    }
}

/// Runs all ways, and tells how many there are.
pub fn all(mut run: impl FnMut(&mut Choices)) -> u64 {
    let (mut choices, mut count) = (Choices::default(), 0);
    loop {
        run(&mut choices);
        count += 1;
        if !choices.advance() {
            return count;
        }
    }
}

#[test]
fn all_ways_are_taken_once() {
    let mut seen = Vec::new();
    let count = all(|choices| {
        let first = choices.among(3);
        seen.push((first, if first == 1 { choices.among(2) } else { 9 }));
    });
    assert_eq!((count, seen), (4, vec![(0, 9), (1, 0), (1, 1), (2, 9)]));
}
