//! Rows of cells → rows of tables: find the header, map the columns, read the values.
//!
//! The only layer that knows header names and mapping profiles. A file is read in one
//! pass: the first rows of a sheet are held until its header is found, then every row
//! goes straight into its table.

pub mod actuals;
pub mod budget;
pub mod deals;
pub mod funnel;
mod grammar;
mod header;
pub mod monitoring;
pub mod plan;
pub mod profile;
mod row;
pub mod spend;
pub mod targets;
pub mod team;

use std::path::Path;
use std::sync::Arc;

use crate::cell::{Cell, CellRef, NumberFormat, OwnedValue, Value};
use crate::metric::Metrics;
use crate::problem::{Checked, Kind, Problem};
use crate::source::content::Content;
use crate::source::limits::Limits;
use crate::source::{self, Hints, InputFile, Means, Row, SheetHead, SheetTail, Sink, Visibility};

use self::header::Mapping;
pub use self::header::Vocabulary;
use self::profile::Profile;
use self::row::{Cells, RowReader, Scratch};

/// One column that a table may have.
#[derive(Debug)]
pub struct ColumnSpec {
    /// Key of the column's names (`column.…`).
    pub key: &'static str,
    /// What its cells hold: decides the template's format and validation.
    pub holds: Holds,
    pub required: bool,
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Holds {
    Date,
    Number,
    Percent,
    Period,
    Text,
}

/// Which other columns a table has, besides those it names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Open {
    Nothing,
    /// One column per measure.
    Measures,
    /// One column per metric, or per period.
    MetricsOrPeriods,
    /// One column per period, in place of one amount.
    Periods,
    /// One column per stage.
    Stages,
}

/// One kind of table: what it is called and which columns it has.
#[derive(Debug)]
pub struct TableSpec {
    /// Key of the table's name (`table.…`), and its name on the command line.
    pub key: &'static str,
    pub columns: &'static [ColumnSpec],
    pub open: Open,
    /// Whether some report uses the table; if not, its rows are counted and said to be unused.
    pub is_used: bool,
}

/// Every table there is: read by recognition, templates, `attain list` and tests.
pub const TABLES: &[&TableSpec] = &[
    &targets::SPEC,
    &team::SPEC,
    &actuals::SPEC,
    &deals::SPEC,
    &funnel::SPEC,
    &budget::SPEC,
    &spend::SPEC,
    &plan::SPEC,
    &monitoring::SPEC,
];

/// The table with a key.
pub fn table(key: &str) -> Option<&'static TableSpec> {
    TABLES.iter().copied().find(|table| table.key == key)
}

/// What was seen of one sheet: for the manifest and for control totals.
#[derive(Clone, Debug)]
pub struct SheetSummary {
    pub place: CellRef,
    /// Key of the table it was recognised as.
    pub table: Option<&'static str>,
    /// Zero-based row of the header.
    pub header_row: Option<u32>,
    /// Rows below the header with anything in them.
    pub n_rows: usize,
    /// Rows that went into the table.
    pub n_used: usize,
    /// Rows left out as totals.
    pub n_totals: usize,
    /// Rows left out because they hold no figure: notes below the table.
    pub n_notes: usize,
    pub hidden: bool,
}

/// Everything read from one file.
#[derive(Debug, Default)]
pub struct FileTables {
    pub actuals: Vec<actuals::Chunk>,
    pub budget: Vec<budget::BudgetRow>,
    pub deals: Vec<deals::DealRow>,
    pub funnel: Vec<funnel::FunnelRow>,
    pub sheets: Vec<SheetSummary>,
    pub spend: Vec<spend::SpendRow>,
    pub targets: Vec<targets::TargetRow>,
    pub team: Vec<team::TeamRow>,
}

impl FileTables {
    fn append(&mut self, mut other: FileTables) {
        self.actuals.append(&mut other.actuals);
        self.budget.append(&mut other.budget);
        self.deals.append(&mut other.deals);
        self.funnel.append(&mut other.funnel);
        self.sheets.append(&mut other.sheets);
        self.spend.append(&mut other.spend);
        self.targets.append(&mut other.targets);
        self.team.append(&mut other.team);
    }

    /// Whether there is any row to make a figure from.
    pub fn has_rows(&self) -> bool {
        !self.targets.is_empty()
            || !self.funnel.is_empty()
            || !self.deals.is_empty()
            || !self.budget.is_empty()
            || !self.spend.is_empty()
            || self.actuals.iter().any(|chunk| chunk.n_rows() > 0)
    }

    /// Whether any sheet was recognised: a file without a table is rejected.
    pub fn has_table(&self) -> bool {
        self.sheets.iter().any(|sheet| sheet.table.is_some())
    }
}

/// What reading needs to know, decided before the first file is opened.
pub struct Knowledge<'a> {
    pub metrics: &'a Metrics,
    pub vocabulary: &'a Vocabulary,
    pub profile: Option<&'a Profile>,
    pub lookups: &'a profile::Lookups,
    /// The year of periods that are written without one, if the run names it.
    pub year: Option<i32>,
    pub limits: &'a Limits,
    /// This program, for what it reads through a child process.
    pub program: &'a Path,
}

/// Rows of a sheet in which a header is searched, and bytes of their texts.
const HEADER_SEARCH_ROWS: usize = 30;
const HELD_BYTES: usize = 16 << 20;

/// Reads one loaded file.
///
/// # Errors
/// Why the file is rejected as a whole.
pub fn read(input: &InputFile, content: &Content, knowledge: &Knowledge<'_>) -> Result<Checked<FileTables>, Kind> {
    let hints = knowledge.profile.map_or_else(Hints::default, |profile| profile.hints(&input.name));
    let means = Means { limits: knowledge.limits, program: knowledge.program, hints };
    let name = input.name.to_lowercase();
    let is_text = name.ends_with(".csv") || name.ends_with(".tsv");
    let begin = |head| TableReader::new(head, input.name.clone(), is_text, knowledge);
    let sheets = source::read(input, content, &means, &begin)?;
    let (mut read, mut problems, mut found) = (FileTables::default(), sheets.problems, Vec::new());
    for sheet in sheets.value {
        problems.extend(sheet.problems);
        found.extend(sheet.found);
        read.append(sheet.read);
        read.sheets.push(sheet.summary);
    }
    // A sheet that was nearly recognised, or is damaged, says more than "no table".
    let says_why = |problem: &Problem| {
        matches!(problem.kind, Kind::MissingColumn { .. } | Kind::ProfileHeaders { .. }) || problem.kind.rejects_sheet()
    };
    if !read.has_table() && !problems.iter().any(says_why) {
        found.truncate(NAMES_SHOWN);
        return Err(Kind::NoTable { found: found.join(", ") });
    }
    Ok(Checked { value: read, problems })
}

/// Header-like texts that a message shows.
const NAMES_SHOWN: usize = 12;

/// A row before the header is known.
pub struct HeldRow {
    index: u32,
    is_hidden: bool,
    cells: Vec<HeldCell>,
}

pub struct HeldCell {
    column: u32,
    value: OwnedValue,
    format: NumberFormat,
}

enum State {
    Searching(Vec<HeldRow>),
    Reading(Mapping),
    /// No header was found; the rest is passed over.
    Skipping,
}

/// Reads one sheet.
struct TableReader<'a> {
    knowledge: &'a Knowledge<'a>,
    file: Arc<str>,
    /// Text files have no number cells, so a plain number in text is nothing to remark on.
    is_text: bool,
    /// Bare numbers in columns of dates count from 1904.
    is_1904: bool,
    state: State,
    summary: SheetSummary,
    any_row: bool,
    hidden_columns: Vec<(u32, u32)>,
    n_hidden_rows: usize,
    read: FileTables,
    problems: Vec<Problem>,
    /// Header-like texts of a sheet that was not recognised, for the message.
    found: Vec<String>,
    scratch: Scratch,
    /// Bytes of text that may still be held before the header is known.
    held_room: usize,
}

/// A text, or its beginning where there is no more room for such texts.
fn within<'a>(text: &'a str, room: &mut usize) -> &'a str {
    if text.len() <= *room {
        *room -= text.len();
        return text;
    }
    let end = (0..=64.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

impl Sink for TableReader<'_> {
    fn row(&mut self, row: &Row<'_>) {
        self.any_row = true;
        match &mut self.state {
            State::Searching(held) => {
                let room = &mut self.held_room;
                let cells = row.cells().map(|cell| {
                    let value = match cell.value {
                        Value::Text(text) => OwnedValue::Text(within(text, room).to_string()),
                        value => value.owned(),
                    };
                    HeldCell { column: cell.column, value, format: cell.format }
                });
                held.push(HeldRow { index: row.index, is_hidden: row.is_hidden, cells: cells.collect() });
                if held.len() >= HEADER_SEARCH_ROWS {
                    self.search();
                }
            }
            State::Reading(_) => self.read_row(Cells::Streamed(row), row.index, row.is_hidden),
            State::Skipping => {}
        }
    }

    fn end(&mut self, _: SheetTail) {
        if matches!(self.state, State::Searching(_)) {
            self.search();
        }
        let place = self.summary.place.clone();
        if !self.any_row {
            self.problems.push(Problem::new(place.clone(), Kind::EmptySheet));
        }
        if let Some(key) = self.summary.table {
            if self.summary.hidden {
                self.problems.push(Problem::new(place.clone(), Kind::HiddenSheet));
            }
            if self.n_hidden_rows > 0 {
                let kind = Kind::HiddenRows { n_rows: self.n_hidden_rows };
                self.problems.push(Problem::new(place.clone(), kind));
            }
            if table(key).is_some_and(|table| !table.is_used) {
                let kind = Kind::TableNotUsedYet { table: key, n_rows: self.summary.n_rows };
                self.problems.push(Problem::new(place, kind));
            }
        }
        for chunk in &mut self.read.actuals {
            chunk.finish();
        }
        self.scratch = Scratch::default();
    }
}

impl<'a> TableReader<'a> {
    fn new(head: SheetHead, file: Arc<str>, is_text: bool, knowledge: &'a Knowledge<'a>) -> Self {
        let summary = SheetSummary {
            place: head.place,
            table: None,
            header_row: None,
            n_rows: 0,
            n_used: 0,
            n_totals: 0,
            n_notes: 0,
            hidden: head.visibility != Visibility::Visible,
        };
        TableReader {
            knowledge,
            file,
            is_text,
            is_1904: head.is_1904,
            state: State::Searching(Vec::new()),
            summary,
            any_row: false,
            hidden_columns: head.hidden_columns,
            n_hidden_rows: 0,
            read: FileTables::default(),
            problems: Vec::new(),
            found: Vec::new(),
            scratch: Scratch::default(),
            held_room: HELD_BYTES,
        }
    }

    /// Finds the header among the held rows, then reads the rows below it.
    fn search(&mut self) {
        let State::Searching(held) = std::mem::replace(&mut self.state, State::Skipping) else { return };
        let place = self.summary.place.clone();
        let found = header::find(&held, &place, &self.file, self.knowledge, &mut self.problems);
        let Some(mapping) = found else {
            if let Some(row) = held.iter().rev().max_by_key(|row| row.cells.len()) {
                let cells = row.cells.iter().take(NAMES_SHOWN);
                let texts: Vec<String> = cells.map(|cell| cell.value.borrowed().display()).collect();
                if !self.problems.iter().any(|problem| matches!(problem.kind, Kind::MissingColumn { .. })) {
                    let kind = Kind::SheetNotRecognised { found: texts.join(", ") };
                    self.problems.push(Problem::new(place.at(row.index, 0), kind));
                }
                self.found = texts;
            }
            return;
        };
        for column in &mapping.columns {
            if self.hidden_columns.iter().any(|(first, last)| (*first..=*last).contains(&column.column)) {
                let at = place.at(mapping.header_row, column.column);
                self.problems.push(Problem::new(at, Kind::HiddenColumn { field: column.header.clone() }));
            }
        }
        let header_row = mapping.header_row;
        self.summary.table = Some(mapping.table.key);
        self.summary.header_row = Some(header_row);
        if mapping.table.key == actuals::SPEC.key {
            self.read.actuals.push(actuals::Chunk::new(place, &mapping, self.knowledge.metrics));
        }
        self.state = State::Reading(mapping);
        for row in held.iter().filter(|row| row.index > header_row) {
            let cells = row.cells.iter();
            let cells: Vec<Cell<'_>> = cells
                .map(|cell| Cell { column: cell.column, value: cell.value.borrowed(), format: cell.format })
                .collect();
            self.read_row(Cells::Held(&cells), row.index, row.is_hidden);
        }
    }

    /// Reads one row below the header into its table.
    fn read_row(&mut self, cells: Cells<'_>, row: u32, is_hidden: bool) {
        let State::Reading(mapping) = &self.state else { return };
        let (read, summary) = (&mut self.read, &mut self.summary);
        let knowledge = self.knowledge;
        let mut reader =
            RowReader::new(mapping, &summary.place, row, cells, (self.is_text, self.is_1904), &mut self.scratch);
        if reader.is_empty() {
            // Cells beside the table: they belong to no column that was mapped.
            return;
        }
        summary.n_rows += 1;
        if let Some((column, label)) = reader.total_label(knowledge.vocabulary) {
            summary.n_totals += 1;
            self.problems.push(Problem::new(summary.place.at(row, column), Kind::TotalRow { label }));
            return;
        }
        if mapping.has_figures && !reader.has_figures() {
            summary.n_notes += 1;
            return;
        }
        summary.n_used += 1;
        self.n_hidden_rows += usize::from(is_hidden);
        match mapping.table.key {
            "targets" => targets::read(&mut reader, mapping, knowledge, &mut read.targets),
            "team" => team::read(&mut reader, &mut read.team),
            "actuals" => {
                if let Some(chunk) = read.actuals.last_mut() {
                    actuals::read(&mut reader, knowledge, chunk);
                }
            }
            "budget" => budget::read(&mut reader, mapping, knowledge, &mut read.budget),
            "deals" => deals::read(&mut reader, knowledge, &mut read.deals),
            "funnel" => funnel::read(&mut reader, mapping, knowledge, &mut read.funnel),
            "spend" => spend::read(&mut reader, knowledge, &mut read.spend),
            _ => {}
        }
        self.problems.append(&mut self.scratch.problems);
    }
}
