//! A page cut to the rows that a sheet has, which says what is left out.

use std::borrow::Cow;

use crate::report::{Block, Item, Line, LineRole, Page};
use crate::text::Lang;

/// Rows that a sheet of Excel has.
pub const MOST_ROWS: u32 = 1_048_576;
/// Rows of air and of headings between tables.
const AIR: u32 = 4;

/// The page, or, where it has more lines than there are rows, its first lines and one that counts the others.
pub fn fitting(page: &Page, most_rows: u32, lang: Lang) -> Cow<'_, Page> {
    let too_long = page.blocks_at().find(|(_, first, block)| block.next_row(*first) + AIR > most_rows);
    let Some((index, first, block)) = too_long else { return Cow::Borrowed(page) };
    // Below the header, and above the line that counts.
    let room = most_rows.saturating_sub(block.header_row(first) + 2) as usize;
    let n_lines: usize = page.blocks[index..].iter().map(|block| block.lines.len()).sum();
    if n_lines <= room + 1 && index + 1 == page.blocks.len() {
        return Cow::Borrowed(page);
    }
    let shown = &block.lines[..block.lines.len().min(room)];
    let said = lang.say("legend.rows_left_out", &[("count", &(n_lines - shown.len()).to_string())]);
    let count = Line { role: LineRole::Group, depth: 0, items: vec![Item::Text(said)] };
    let mut blocks = page.blocks[..index].to_vec();
    blocks.push(Block {
        title: block.title.clone(),
        columns: block.columns.clone(),
        lines: shown.iter().cloned().chain([count]).collect(),
        chart: block.chart.clone(),
        subjects: block.subjects.iter().filter(|(line, _)| *line < shown.len()).cloned().collect(),
        panels: block.panels.clone(),
        series: block.series.clone(),
    });
    Cow::Owned(Page { message: page.message.clone(), titles: page.titles.clone(), blocks, ..*page })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Column;
    use crate::report::subject::FIRST_ROW;

    /// A page of tables with so many lines.
    fn page(sizes: &[usize]) -> Page {
        let line = || Line { role: LineRole::Detail, depth: 0, items: vec![Item::Text("x".into())] };
        let block =
            |n_lines: &usize| Block::new("", vec![Column::new("head")], (0..*n_lines).map(|_| line()).collect());
        Page {
            key: "problems",
            number: 14,
            message: String::new(),
            titles: Vec::new(),
            blocks: sizes.iter().map(block).collect(),
            worst: None,
            frozen_columns: 0,
        }
    }

    /// Lines of each table of a sheet with 30 rows, and how many are said to be left out.
    fn fitted(sizes: &[usize]) -> (Vec<usize>, String) {
        let page = page(sizes);
        let page = fitting(&page, 30, Lang::En);
        let last = page.blocks.last().and_then(|block| block.lines.last());
        let said = match last.map(|line| (line.role, &line.items[..])) {
            Some((LineRole::Group, [Item::Text(said)])) => said.split(' ').next().unwrap().to_string(),
            _ => String::new(),
        };
        (page.blocks.iter().map(|block| block.lines.len()).collect(), said)
    }

    #[test]
    fn lines_beyond_the_last_row_are_counted() {
        // The header stands in row 7: 23 rows are below it.
        assert_eq!(FIRST_ROW, 6);
        assert_eq!(fitted(&[23]), (vec![23], String::new()));
        assert_eq!(fitted(&[24]), (vec![23], "2".into()));
        assert_eq!(fitted(&[100]), (vec![23], "78".into()));
        // The second table begins in row 7 + 5 + 3 = 15, and has 15 rows below its header.
        assert_eq!(fitted(&[5, 15]), (vec![5, 15], String::new()));
        assert_eq!(fitted(&[5, 16]), (vec![5, 15], "2".into()));
        assert_eq!(fitted(&[5, 14, 3]), (vec![5, 15], "3".into()));
        // A table that would begin in the last rows is left out with its lines.
        for first in 15..24 {
            let (sizes, said) = fitted(&[first, 2]);
            let n_shown: usize = sizes.iter().sum::<usize>() - usize::from(!said.is_empty());
            assert_eq!(n_shown + said.parse::<usize>().unwrap_or(0), first + 2, "{first}: {sizes:?}");
        }
    }
}
