//! Numbers as text.

use alloc::string::String;

/// The digits of a number. `format!` would do it too, with the whole machinery of `core::fmt`, which nothing else in the modules uses.
pub fn decimal(number: u64) -> String {
    let mut digits = String::new();
    let mut rest = number;
    loop {
        digits.insert(0, char::from(b'0' + (rest % 10) as u8));
        rest /= 10;
        if rest == 0 {
            return digits;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_written_in_full() {
        assert_eq!([0, 9, 10, u64::MAX].map(decimal), ["0", "9", "10", "18446744073709551615"]);
    }

    #[test]
    fn it_is_the_number_around_every_power_of_ten() {
        for power in (0..20).map(|digits| 10u64.pow(digits)) {
            for number in [power - 1, power, power + 1, power.wrapping_mul(7)] {
                assert_eq!(decimal(number), number.to_string());
            }
        }
    }
}
