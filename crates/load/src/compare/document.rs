//! The page of the documentation, of which a part is what was measured.

use std::path::Path;

use anyhow::{Context as _, ensure};

/// The page, and the folder of its charts beside it.
const PAGE: &str = "topologies.md";
const CHARTS: &str = "topologies";
/// What was measured stands between these.
const BEGIN: &str = "<!-- measured -->\n";
const END: &str = "<!-- end of what was measured -->\n";

/// Writes tables and charts into this folder.
///
/// # Errors
/// If there is no such page in it, or one that has no place for what was measured.
pub(super) fn write(folder: &Path, tables: &str, charts: &[(&str, String)]) -> anyhow::Result<()> {
    let page = folder.join(PAGE);
    let text = std::fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
    let text =
        with_tables(&text, tables).with_context(|| format!("{} has no place for tables", page.display()))?;
    let folder = folder.join(CHARTS);
    std::fs::create_dir_all(&folder)?;
    for (file, svg) in charts {
        std::fs::write(folder.join(file), svg)?;
    }
    Ok(std::fs::write(page, text)?)
}

fn with_tables(page: &str, tables: &str) -> anyhow::Result<String> {
    let (before, rest) = page.split_once(BEGIN).context("no beginning")?;
    let (_, after) = rest.split_once(END).context("no end")?;
    ensure!(!after.contains(BEGIN), "two beginnings");
    Ok(format!("{before}{BEGIN}\n{}\n\n{END}{after}", tables.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_measured_takes_the_place_of_what_was_before_and_nothing_else_changes() {
        let page = format!("# Title\n{BEGIN}\nold\n\n{END}## More\n");
        let new = format!("# Title\n{BEGIN}\nnew\n\n{END}## More\n");
        assert_eq!(with_tables(&page, "new\n\n").unwrap(), new);
        assert_eq!(with_tables(&new, "new").unwrap(), new);
        for broken in ["# Title\n", &format!("{BEGIN}old"), &format!("{END}{BEGIN}")] {
            assert!(with_tables(broken, "new").is_err(), "{broken}");
        }
    }

    #[test]
    fn charts_are_written_beside_the_page() {
        let folder = tempfile::tempdir().unwrap();
        assert!(write(folder.path(), "new", &[]).is_err());
        std::fs::write(folder.path().join(PAGE), format!("{BEGIN}{END}")).unwrap();
        write(folder.path(), "new", &[("a.svg", "<svg/>".to_owned())]).unwrap();
        let read = |file: &str| std::fs::read_to_string(folder.path().join(file)).unwrap();
        assert_eq!(read("topologies/a.svg"), "<svg/>");
        assert_eq!(read(PAGE), format!("{BEGIN}\nnew\n\n{END}"));
    }
}
