//! How a downloaded file tells its name.

/// The value of `Content-Disposition` for a file to keep. `filename*` is for clients that read only that (RFC 6266, 4.3).
///
/// The names we give are plain ASCII; what else came here would become `_`, and cannot end the quotes.
#[must_use]
pub fn disposition(file_name: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let name: String = file_name.chars().map(|letter| if is_plain(letter) { letter } else { '_' }).collect();
    format!("attachment; filename=\"{name}\"; filename*=UTF-8''{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        let name = "sellers_20261120.csv";
        assert_eq!(disposition(name), format!("attachment; filename=\"{name}\"; filename*=UTF-8''{name}"));
        assert_eq!(disposition("a\"; x=\r\nü"), "attachment; filename=\"a___x____\"; filename*=UTF-8''a___x____");
    }
}
