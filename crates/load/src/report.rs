//! Results as Markdown.

use std::fmt::Write as _;

/// A Markdown document that grows.
#[derive(Debug, Default)]
pub(crate) struct Report {
    text: String,
}

impl Report {
    /// Adds a paragraph.
    pub(crate) fn paragraph(&mut self, text: &str) {
        let _ = writeln!(self.text, "{text}\n");
    }

    /// Adds a table; every row has as many cells as the head.
    pub(crate) fn table<const COLUMNS: usize>(&mut self, head: [&str; COLUMNS], rows: &[[String; COLUMNS]]) {
        self.line(&head.map(str::to_owned));
        self.line(&[const { "---" }; COLUMNS].map(str::to_owned));
        rows.iter().for_each(|row| self.line(row));
        self.text.push('\n');
    }

    /// The whole document.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    fn line(&mut self, cells: &[String]) {
        let _ = writeln!(self.text, "| {} |", cells.join(" | "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_head_and_a_line_for_each_row() {
        let mut report = Report::default();
        report.paragraph("Words.");
        report.table(["a", "b"], &[["1".to_owned(), "2".to_owned()]]);
        assert_eq!(report.finish(), "Words.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n");
    }
}
