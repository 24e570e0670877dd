//! Pages as plain text with aligned columns: for terminals, and for tests that people read.

use crate::measure::Amount;
use crate::report::{Block, Figure, Item, LineRole, Look, Page};

use super::display_width;

/// A page as text.
pub fn render(page: &Page) -> String {
    let mut text = format!("{}\n", page.message);
    for title in &page.titles {
        text.push_str(&format!("{title}\n"));
    }
    for block in &page.blocks {
        text.push('\n');
        if !block.title.is_empty() {
            text.push_str(&format!("{}\n", block.title));
        }
        text.push_str(&table(block));
    }
    text
}

fn table(block: &Block) -> String {
    let mut rows: Vec<Vec<String>> = vec![block.columns.iter().map(|column| column.header.clone()).collect()];
    rows.extend(block.lines.iter().map(|line| line.items.iter().map(cell).collect()));
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|text| display_width(text)).max();
    let widths: Vec<usize> = (0..block.columns.len()).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        let role = index.checked_sub(1).and_then(|index| block.lines.get(index)).map(|line| line.role);
        text.push(match role {
            Some(LineRole::Total) => '=',
            Some(LineRole::Subtotal) => '+',
            _ => ' ',
        });
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let gap = widths.get(column).copied().unwrap_or(0).saturating_sub(display_width(cell));
            line.push_str(&format!(" {cell}{}", " ".repeat(gap)));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// One item as the workbook would show it.
fn cell(item: &Item) -> String {
    match item {
        Item::Blank => "–".to_string(),
        Item::Text(text) | Item::Sheet { text, .. } => text.clone(),
        Item::Source(at) => at.to_string(),
        Item::Status { status, word } => format!("{} {word}", status.symbol()),
        Item::Number(figure) => number(figure),
    }
}

fn number(figure: &Figure) -> String {
    let percent = figure.value * Amount::whole(100);
    let signed = |text: String| if figure.value.is_positive() { format!("+{text}") } else { text };
    let mut text = match figure.look {
        Look::Amount(decimals) => figure.value.grouped(decimals),
        Look::Delta(decimals) => signed(figure.value.grouped(decimals)),
        Look::Percent => format!("{}%", percent.grouped(1)),
        Look::DeltaPercent => signed(format!("{}%", percent.grouped(1))),
        Look::Points => signed(format!("{}pt", figure.value.grouped(1))),
    };
    if figure.n_unreadable > 0 {
        text.push_str(&format!(" *{}", figure.n_unreadable));
    }
    text
}
