//! How wide columns and how high rows have to be for what they hold.

use rayon::prelude::*;

use crate::measure::Amount;
use crate::render::display_width;
use crate::report::{Block, Column, Figure, Item, LineRole, Look, Page};

pub(super) const NARROWEST: usize = 6;
const WIDEST: usize = 44;
const WRAPPED_WIDTH: usize = 40;
/// Characters that a line in a cell takes.
const SPARKLINE_WIDTH: usize = 16;

/// Column widths by what the columns hold, over all tables of a page.
pub(super) fn column_widths(page: &Page) -> Vec<usize> {
    let n_columns = page.blocks.iter().map(|block| block.columns.len()).max().unwrap_or(0);
    let width = |index: usize| {
        let of_blocks =
            page.blocks.iter().filter_map(|block| Some(column_width(block.columns.get(index)?, block, index)));
        of_blocks.max().unwrap_or(NARROWEST)
    };
    (0..n_columns).into_par_iter().map(width).collect()
}

/// Width that a column needs: its cells' texts, and its header on two lines at most.
pub(super) fn column_width(column: &Column, block: &Block, index: usize) -> usize {
    let cells = block.lines.iter().filter(|line| line.role != LineRole::Group).filter_map(|line| line.items.get(index));
    let widest = widest(cells);
    // Headers break between words, and between any two Chinese characters.
    let longest_word = column.header.split_whitespace().map(breakable_width).max().unwrap_or(0);
    let header = longest_word.max(display_width(&column.header).div_ceil(2));
    // The button of the filter takes room beside the header.
    let choices = column.input.iter().flatten().map(|choice| display_width(choice) + 3).max().unwrap_or(0);
    // Room to write.
    // Notes need room; a day or a name less.
    let room = match &column.input {
        Some(choices) if choices.is_empty() => {
            if column.wraps {
                24
            } else {
                11
            }
        }
        _ => choices,
    };
    let width = widest.max(header + 3).max(room);
    width.clamp(NARROWEST, if column.wraps { WRAPPED_WIDTH } else { WIDEST })
}

/// The part of a word that cannot be broken: all of it in Latin script, half in Chinese.
fn breakable_width(word: &str) -> usize {
    let width = display_width(word);
    if word.is_ascii() || width < 8 { width } else { width.div_ceil(2) + 1 }
}

/// What of a column's width a wrapped text fills: words do not break just at the border.
pub(super) fn usable(width: usize) -> usize {
    if width < WRAPPED_WIDTH { width } else { width - 3 }
}

/// Lines that a text takes in a column, when it may wrap.
pub(super) fn lines_of(text: &str, width: usize) -> usize {
    let of_paragraph = |paragraph: &str| display_width(paragraph).div_ceil(width.max(1)).max(1);
    text.lines().map(of_paragraph).sum::<usize>().max(1)
}

/// Width of the widest of a column's cells. Of numbers that look alike the largest is the widest: their digits are
/// counted once.
fn widest<'a>(cells: impl Iterator<Item = &'a Item>) -> usize {
    let mut largest: Vec<&Figure> = Vec::new();
    let mut widest = 0;
    for item in cells {
        let Item::Number(figure) = item else {
            widest = widest.max(item_width(item));
            continue;
        };
        let alike = |other: &&mut &Figure| {
            other.look == figure.look
                && other.value.is_negative() == figure.value.is_negative()
                && (other.n_unreadable > 0) == (figure.n_unreadable > 0)
        };
        match largest.iter_mut().find(alike) {
            Some(known) if known.value.abs() < figure.value.abs() => *known = figure,
            Some(_) => {}
            None => largest.push(figure),
        }
    }
    largest.into_iter().map(figure_width).max().unwrap_or(0).max(widest)
}

fn figure_width(figure: &Figure) -> usize {
    let digits = match figure.look {
        Look::Amount(decimals) | Look::Delta(decimals) | Look::Money(decimals) | Look::MoneyDelta(decimals) => {
            figure.value.grouped_width(decimals) + 1
        }
        Look::Percent | Look::DeltaPercent => (figure.value * Amount::whole(100)).grouped_width(1) + 2,
        Look::Points => figure.value.grouped_width(1) + 3,
    };
    digits + if figure.n_unreadable > 0 { 4 } else { 0 }
}

fn item_width(item: &Item) -> usize {
    match item {
        Item::Blank => 0,
        Item::Sparkline(_) => SPARKLINE_WIDTH,
        Item::Text(text) | Item::Link { text, .. } => display_width(text) + 1,
        Item::Source(at) => display_width(&at.to_string()),
        Item::Day(_) => "2026-12-31".len(),
        Item::Status { word, .. } => display_width(word) + 3,
        Item::Number(figure) => figure_width(figure),
    }
}
