//! What changes in a text, as a unified diff.

use similar::TextDiff;

use super::Plain;

/// The difference between two texts of one file, as `patch -p0` takes it.
pub fn unified(file: &str, before: &str, after: &str) -> String {
    let file = Plain(file).to_string();
    TextDiff::from_lines(before, after).unified_diff().header(&file, &file).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_are_part_of_it() {
        assert_eq!(
            unified("a\nb.yaml", "a\r\nb", "a\r\nc\r\nb"),
            "--- a\\nb.yaml\n+++ a\\nb.yaml\n@@ -1,2 +1,3 @@\n a\r\n+c\r\n b\n\\ No newline at end of file\n"
        );
        assert_eq!(unified("a", "b\n", "b\n"), "");
    }
}
