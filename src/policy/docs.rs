//! A policy's documentation, taken apart into the sections that pages, examples and answers are made of.

/// The documentation of a policy. Sections stand in this order in its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Docs<'a> {
    /// What it checks, in one sentence.
    pub summary: &'a str,
    /// The rest of the first section: what exactly counts.
    pub details: String,
    /// `## Why`: what it costs when nobody checks.
    pub why: String,
    /// `## Fix`: what to do; its first line is what a denial shows.
    pub fix: String,
    /// `## Exceptions`: when it is right to make one.
    pub exceptions: String,
    /// The YAML blocks of `## Denied`.
    pub denied: Vec<String>,
    /// The YAML blocks of `## Allowed`.
    pub allowed: Vec<String>,
    /// Headings that are none of the above.
    pub unknown_sections: Vec<&'a str>,
}

impl<'a> Docs<'a> {
    /// Takes the text apart; rustdoc leaves one space before each line.
    pub(super) fn parse(text: &'a str) -> Self {
        let mut docs = Self::default();
        let mut heading = "";
        let mut body = String::new();
        for line in text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)) {
            if let Some(next) = line.strip_prefix("## ") {
                docs.section(heading, &body);
                heading = next;
                body.clear();
            } else if docs.summary.is_empty() && heading.is_empty() {
                docs.summary = line;
            } else {
                body.push_str(line);
                body.push('\n');
            }
        }
        docs.section(heading, &body);
        docs
    }

    /// The first paragraph of the reason: one line for a report.
    pub fn why_line(&self) -> &str {
        self.why.lines().next().unwrap_or_default()
    }

    /// The first paragraph of the fix: one line for an answer.
    pub fn fix_line(&self) -> &str {
        self.fix.lines().next().unwrap_or_default()
    }

    fn section(&mut self, heading: &'a str, body: &str) {
        let text = body.trim();
        match heading {
            "" => text.clone_into(&mut self.details),
            "Why" => self.why = unwrapped(text),
            "Fix" => self.fix = unwrapped(text),
            "Exceptions" => self.exceptions = unwrapped(text),
            "Denied" => self.denied = yaml_blocks(text),
            "Allowed" => self.allowed = yaml_blocks(text),
            other => self.unknown_sections.push(other),
        }
    }
}

/// The first paragraph of `## Fix`, found at compile time because every refusal shows it. Its lines are as rustdoc
/// has them.
pub const fn first_paragraph_of_fix(text: &'static str) -> &'static str {
    const HEADING: &str = "## Fix\n";
    let start = find(text, HEADING, 0);
    if start == text.len() {
        return "";
    }
    let (head, _) = text.split_at(find(text, "\n\n", start));
    head.split_at(start + HEADING.len()).1
}

/// Where `pattern` stands in `text` from `start` on; the end of `text` if it does not.
const fn find(text: &str, pattern: &str, start: usize) -> usize {
    let (text, pattern) = (text.as_bytes(), pattern.as_bytes());
    let mut at = start;
    while at + pattern.len() <= text.len() {
        let mut matched = 0;
        while matched < pattern.len() && text[at + matched] == pattern[matched] {
            matched += 1;
        }
        if matched == pattern.len() {
            return at;
        }
        at += 1;
    }
    text.len()
}

/// Joins the lines of each paragraph, so that the reader's terminal decides where they break.
fn unwrapped(text: &str) -> String {
    let paragraphs =
        text.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

fn yaml_blocks(text: &str) -> Vec<String> {
    let blocks = text.split("```yaml\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap_or_default().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_sections_apart() {
        let docs = Docs::parse(
            " A summary.\n\n More of\n it.\n\n ## Why\n It\n hurts.\n\n Twice.\n\n ## Denied\n ```yaml\n a: 1\n ```\n ```yaml\n b:\n   c: 2\n ```\n\n ## Wy\n x\n",
        );
        assert_eq!(docs.summary, "A summary.");
        assert_eq!(docs.details, "More of\nit.");
        assert_eq!(docs.why, "It hurts.\n\nTwice.");
        assert_eq!(docs.denied, ["a: 1\n", "b:\n  c: 2\n"]);
        assert_eq!(docs.unknown_sections, ["Wy"]);
    }

    #[test]
    fn the_short_way_to_the_fix_says_the_same() {
        for entry in crate::catalogue::all() {
            assert_eq!(entry.meta.fix_line(), entry.meta.docs().fix_line(), "{}", entry.meta.code);
        }
    }
}
