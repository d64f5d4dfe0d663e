//! Bytes of a message, laid out as in postcard (<https://postcard.jamesmunns.com/wire-format>): integers as varints, texts and
//! lists behind their length, variants behind their number. What a store keeps is laid out alike, in a format of its own.
//!
//! There is no recursion, and no length can exceed what is left of the input: so the check of a message's length bounds all
//! that reading it takes. What a version of the protocol does not have is neither written nor read in it, however deep it
//! lies: each enum says since when it has each of its variants, and a field that came later asks for the version.

use alloc::string::String;
use alloc::vec::Vec;
use core::marker::PhantomData;

/// What values are written for. Each format has versions of its own, and how a value lies in one says nothing of another.
pub trait Format {
    /// Entries of one list at most.
    const MOST: u64;
}

/// The messages between page and service. The version is the protocol's.
pub struct Messages;

impl Format for Messages {
    /// Those of a service are 64 KiB of sessions, none below ten bytes, or 256 KiB of changes, of which no more than 56 000 can be
    /// about different sessions: the shortest ids give out. Two bytes of an entry may be seventy in memory, so a longer list is
    /// not even read.
    const MOST: u64 = 65_536;
}

/// What is written in a format.
pub trait Wire<F = Messages>: Sized {
    /// Appends it.
    fn put(&self, to: &mut Writer<F>);

    /// Takes it from the front. `None` if it is not there, or not of this version.
    fn take(from: &mut Reader<'_, F>) -> Option<Self>;
}

/// Structs whose fields stand one after the other, in this order, in every version of the format.
macro_rules! fields {
    ($format:ty: $($name:ident { $($field:ident),* })*) => {$(
        impl Wire<$format> for $name {
            fn put(&self, to: &mut Writer<$format>) {
                $(self.$field.put(to);)*
            }

            fn take(from: &mut Reader<'_, $format>) -> Option<Self> {
                $(let $field = Wire::take(from)?;)*
                Some(Self { $($field),* })
            }
        }
    )*};
}
pub(crate) use fields;

/// Bytes to which one version of a format is written.
pub struct Writer<F = Messages> {
    bytes: Vec<u8>,
    version: u8,
    /// Something in it is not of this version, and nothing of it stands for that.
    lacks: bool,
    format: PhantomData<F>,
}

impl<F> Writer<F> {
    /// Nothing is written yet.
    pub fn new(version: u8) -> Self {
        Self { bytes: Vec::new(), version, lacks: false, format: PhantomData }
    }

    /// The version that is written.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// What was written; `None` if the version does not have all of it.
    pub fn finish(self) -> Option<Vec<u8>> {
        (!self.lacks).then_some(self.bytes)
    }

    /// One byte as it is.
    pub fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// A whole number: seven bits a byte, the lowest first.
    pub fn number(&mut self, mut number: u64) {
        while number > 0x7f {
            self.byte(number as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    /// The variant with this number, of an enum whose variants exist since these versions.
    pub fn variant(&mut self, number: u32, since: &[u8]) {
        self.lacks |= since.get(number as usize).is_none_or(|since| *since > self.version);
        self.number(number.into());
    }

    /// A text, behind its length in bytes.
    pub fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// A list, behind its length.
    pub fn list<T: Wire<F>>(&mut self, list: &[T]) {
        self.number(list.len() as u64);
        list.iter().for_each(|entry| entry.put(self));
    }
}

/// Bytes from which one version of a format is read.
pub struct Reader<'a, F = Messages> {
    rest: &'a [u8],
    version: u8,
    format: PhantomData<F>,
}

impl<'a, F> Reader<'a, F> {
    /// All is still to be read.
    pub fn new(version: u8, rest: &'a [u8]) -> Self {
        Self { rest, version, format: PhantomData }
    }

    /// The version that is read.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// Whether nothing is left.
    pub fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// A whole number up to `most`.
    fn number(&mut self, most: u64) -> Option<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            // Of the tenth byte one bit fits.
            if part.leading_zeros() < shift {
                return None;
            }
            number |= part << shift;
            if byte < 0x80 {
                return (number <= most).then_some(number);
            }
        }
        None
    }

    /// A list of up to `most` entries, each read by `entry`. Whether it is whole.
    fn list(&mut self, most: u64, entry: &mut dyn FnMut(&mut Self) -> bool) -> bool {
        self.number(most).is_some_and(|count| (0..count).all(|_| entry(self)))
    }

    /// The number of a variant, of an enum whose variants exist since these versions.
    pub fn variant(&mut self, since: &[u8]) -> Option<usize> {
        let number = self.number(u32::MAX.into())? as usize;
        (*since.get(number)? <= self.version).then_some(number)
    }
}

impl<F> Wire<F> for u64 {
    fn put(&self, to: &mut Writer<F>) {
        to.number(*self);
    }

    fn take(from: &mut Reader<'_, F>) -> Option<Self> {
        from.number(Self::MAX)
    }
}

impl<F> Wire<F> for u32 {
    fn put(&self, to: &mut Writer<F>) {
        to.number((*self).into());
    }

    fn take(from: &mut Reader<'_, F>) -> Option<Self> {
        Some(from.number(Self::MAX.into())? as Self)
    }
}

impl<F> Wire<F> for bool {
    fn put(&self, to: &mut Writer<F>) {
        to.byte((*self).into());
    }

    fn take(from: &mut Reader<'_, F>) -> Option<Self> {
        Some(from.number(1)? == 1)
    }
}

impl<F> Wire<F> for String {
    fn put(&self, to: &mut Writer<F>) {
        to.text(self);
    }

    fn take(from: &mut Reader<'_, F>) -> Option<Self> {
        let length = usize::try_from(u64::take(from)?).ok()?;
        let (text, rest) = from.rest.split_at_checked(length)?;
        from.rest = rest;
        core::str::from_utf8(text).ok().map(Self::from)
    }
}

impl<F, T: Wire<F>> Wire<F> for Option<T> {
    fn put(&self, to: &mut Writer<F>) {
        self.is_some().put(to);
        if let Some(value) = self {
            value.put(to);
        }
    }

    fn take(from: &mut Reader<'_, F>) -> Option<Self> {
        Some(if bool::take(from)? { Some(T::take(from)?) } else { None })
    }
}

impl<F: Format, T: Wire<F>> Wire<F> for Vec<T> {
    fn put(&self, to: &mut Writer<F>) {
        to.list(self);
    }

    fn take(from: &mut Reader<'_, F>) -> Option<Self> {
        // No room is made beforehand: the number says more than there is.
        let mut list = Self::new();
        let whole = from.list(F::MOST, &mut |from| T::take(from).map(|entry| list.push(entry)).is_some());
        whole.then_some(list)
    }
}

impl<F, A: Wire<F>, B: Wire<F>> Wire<F> for (A, B) {
    fn put(&self, to: &mut Writer<F>) {
        self.0.put(to);
        self.1.put(to);
    }

    fn take(from: &mut Reader<'_, F>) -> Option<Self> {
        Some((A::take(from)?, B::take(from)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written<T: Wire>(value: &T) -> Vec<u8> {
        let mut to = Writer::new(1);
        value.put(&mut to);
        to.finish().unwrap()
    }

    fn read<T: Wire>(bytes: &[u8]) -> Option<T> {
        let mut from = Reader::new(1, bytes);
        T::take(&mut from).filter(|_| from.is_done())
    }

    #[test]
    fn numbers_are_as_postcard_has_them() {
        for shift in 0..64 {
            for number in [1_u64 << shift, (1 << shift) - 1, u64::MAX >> shift] {
                assert_eq!(written(&number), postcard::to_allocvec(&number).unwrap());
                assert_eq!(read(&written(&number)), Some(number));
                let small = u32::try_from(number).ok();
                assert_eq!(read::<u32>(&written(&number)), small, "{number}");
            }
        }
        assert_eq!(read::<u64>(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]), None);
        assert_eq!(read::<u64>(&[0x80; 11]), None);
        assert_eq!(read::<bool>(&[2]), None);
        assert_eq!(read::<Option<bool>>(&[2, 1]), None);
    }

    #[test]
    fn hostile_22_a_length_beyond_the_end_is_no_text_and_no_list() {
        assert_eq!(read::<String>(&[3, b'a', b'b']), None);
        assert_eq!(read::<String>(&[2, 0xc3, 0x28]), None);
        assert_eq!(read::<String>(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]), None);
        assert_eq!(read::<Vec<u64>>(&[3, 1, 2]), None);
        assert_eq!(
            read::<Vec<bool>>(&written(&alloc::vec![true; Messages::MOST as usize])).map(|list| list.len()),
            Some(Messages::MOST as usize)
        );
        assert_eq!(read::<Vec<bool>>(&written(&alloc::vec![true; Messages::MOST as usize + 1])), None);
    }

    #[test]
    fn a_variant_that_a_version_lacks_is_neither_written_nor_read() {
        let since = [1, 2];
        for (version, number, there) in [(1, 0, true), (1, 1, false), (2, 1, true), (2, 2, false)] {
            let mut to = Writer::<Messages>::new(version);
            to.variant(number, &since);
            assert_eq!(to.finish().is_some(), there, "{version} {number}");
            let read = Reader::<Messages>::new(version, &[number as u8]).variant(&since);
            assert_eq!(read, there.then_some(number as usize), "{version} {number}");
        }
    }
}
