//! The first rows of a file's sheets, before anything is decided: what a person needs to map them.

use std::sync::Arc;

use crate::cell::{CellRef, OwnedValue};
use crate::problem::Kind;
use crate::source::content::Content;
use crate::source::{self, Hints, InputFile, Means, Row, SheetHead, SheetTail, Sink};

use super::Knowledge;
use super::header;
use super::profile::stage_date_key;
use super::reader::{HeldCell, HeldRow};

/// Rows that are looked at.
const ROWS: usize = 30;
/// Sample values of a column.
const SAMPLES: usize = 3;

/// A sheet's most likely header.
#[derive(Clone, Debug)]
pub struct Peek {
    pub place: CellRef,
    /// Zero-based last row of the header.
    pub header_row: u32,
    pub columns: Vec<PeekColumn>,
}

/// A column below such a header.
#[derive(Clone, Debug)]
pub struct PeekColumn {
    /// Zero-based.
    pub column: u32,
    pub header: String,
    /// Values below it, as people see them.
    pub samples: Vec<String>,
    /// Keys of columns and metrics that the header may be, the likeliest first.
    pub suggestions: Vec<String>,
    /// Whether the header names a period.
    pub is_period: bool,
}

/// Holds the first rows of a sheet.
struct Holder {
    place: CellRef,
    rows: Vec<HeldRow>,
}

impl Sink for Holder {
    fn row(&mut self, row: &Row<'_>) {
        if self.rows.len() < ROWS {
            let cells = row.cells().map(|cell| HeldCell {
                column: cell.column,
                value: cell.value.owned(),
                format: cell.format,
            });
            self.rows.push(HeldRow { index: row.index, is_hidden: row.is_hidden, cells: cells.collect() });
        }
    }

    fn end(&mut self, _: SheetTail) {}
}

/// Looks at a file's sheets. `header_row` is the zero-based row of the header, if somebody knows it.
///
/// # Errors
/// Why the file cannot be read.
pub fn peek(
    input: &InputFile,
    content: &Content,
    knowledge: &Knowledge<'_>,
    header_row: Option<u32>,
) -> Result<Vec<Peek>, Kind> {
    let means = Means { limits: knowledge.limits, program: knowledge.program, hints: Hints::default() };
    let begin = |head: SheetHead| Holder { place: head.place, rows: Vec::new() };
    let sheets = source::read(input, content, &means, &begin)?;
    Ok(sheets.value.into_iter().filter_map(|sheet| of_sheet(&sheet, knowledge, header_row)).collect())
}

fn of_sheet(sheet: &Holder, knowledge: &Knowledge<'_>, header_row: Option<u32>) -> Option<Peek> {
    let rows = &sheet.rows;
    let lines = (0..rows.len()).flat_map(|last| match header_row {
        Some(wanted) if rows[last].index != wanted => Vec::new(),
        Some(_) => header::lines_of_any_row(rows, last, &[], knowledge),
        None => header::lines(rows, last, &[], knowledge),
    });
    let is_known = |guess: &header::Guess| !guess.fields.is_empty() || guess.dimensions.is_some();
    let score = |line: &header::Line| {
        let known = line.guesses.iter().filter(|guess| is_known(guess)).count();
        // Of alike ones the shortest and uppermost: what is below may be the first row of texts.
        (known, line.guesses.len(), std::cmp::Reverse(line.last - line.first), std::cmp::Reverse(line.last))
    };
    let line = lines.max_by_key(score)?;
    let columns = line.guesses.iter().map(|guess| {
        let below = rows[line.last + 1..].iter().flat_map(|row| &row.cells);
        let samples = below.filter(|cell| cell.column == guess.column).map(|cell| shown(&cell.value));
        let mut suggestions: Vec<String> = guess.fields.iter().map(|field| (*field).to_string()).collect();
        let dimensions = guess.dimensions.as_ref();
        suggestions.extend(dimensions.and_then(|found| found.metric.clone()));
        suggestions.extend(guess.stage.clone());
        suggestions.extend(guess.stage_date.as_deref().map(stage_date_key));
        if suggestions.is_empty() {
            suggestions.extend(
                knowledge
                    .vocabulary
                    .nearest_metric(&guess.name.text)
                    .and_then(|near| knowledge.vocabulary.metric(&near)),
            );
        }
        PeekColumn {
            column: guess.column,
            header: guess.shown.clone(),
            samples: samples.take(SAMPLES).collect(),
            suggestions,
            is_period: dimensions.is_some_and(|found| found.period.is_some()),
        }
    });
    Some(Peek { place: sheet.place.clone(), header_row: rows[line.last].index, columns: columns.collect() })
}

fn shown(value: &OwnedValue) -> String {
    let text = value.borrowed().display();
    if text.chars().count() > 24 { text.chars().take(23).chain(['…']).collect() } else { text }
}

/// The name of the place of a sheet, for people.
pub fn sheet_name(place: &CellRef) -> Arc<str> {
    if place.sheet.is_empty() { place.file.clone() } else { place.sheet.clone() }
}
