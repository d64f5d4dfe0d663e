//! Texts in two parts. `str::split_once` and `str::rsplit_once` do the same at any letter, and are ten times as much to download.

/// What stands before the first `mark`, an ASCII letter, and what behind it; `None` without one.
pub fn split_first(text: &str, mark: u8) -> Option<(&str, &str)> {
    split_at(text, text.bytes().position(|byte| byte == mark)?)
}

/// The same of the last one.
pub fn split_last(text: &str, mark: u8) -> Option<(&str, &str)> {
    split_at(text, text.bytes().rposition(|byte| byte == mark)?)
}

fn split_at(text: &str, at: usize) -> Option<(&str, &str)> {
    Some((text.get(..at)?, text.get(at.checked_add(1)?..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_as_the_standard_library_does() {
        for text in ["", "/", "a/b", "/a/", "é/😀/ü", "a//b", "none"] {
            assert_eq!(split_first(text, b'/'), text.split_once('/'), "{text}");
            assert_eq!(split_last(text, b'/'), text.rsplit_once('/'), "{text}");
        }
    }
}
