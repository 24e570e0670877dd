//! Rows of cells → rows of tables: find the header, map the columns, read the values.
//!
//! The only layer that knows header names and mapping profiles. A file is read in one
//! pass: the first rows of a sheet are held until its header is found, then every row
//! goes straight into its table.

pub mod actuals;
pub mod budget;
pub mod funnel;
mod grammar;
mod header;
pub mod monitoring;
pub mod plan;
pub mod profile;
mod row;
pub mod targets;
pub mod team;

use std::sync::Arc;

use crate::cell::{Cell, CellRef, OwnedValue};
use crate::metric::Metrics;
use crate::problem::{Checked, Kind, Problem};
use crate::source::limits::Limits;
use crate::source::{self, Hints, InputFile, SheetHead, Sink};

pub use self::header::Vocabulary;
use self::header::{Mapping, Role};
use self::profile::Profile;
use self::row::RowReader;

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
pub const TABLES: &[&TableSpec] =
    &[&targets::SPEC, &team::SPEC, &actuals::SPEC, &funnel::SPEC, &budget::SPEC, &plan::SPEC, &monitoring::SPEC];

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
    pub funnel: Vec<funnel::FunnelRow>,
    pub sheets: Vec<SheetSummary>,
    pub targets: Vec<targets::TargetRow>,
    pub team: Vec<team::TeamRow>,
}

impl FileTables {
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
}

/// Rows of a sheet in which a header is searched.
const HEADER_SEARCH_ROWS: usize = 30;

/// Reads one loaded file.
///
/// # Errors
/// Why the file is rejected as a whole.
pub fn read(input: &InputFile, bytes: &[u8], knowledge: &Knowledge<'_>) -> Result<Checked<FileTables>, Kind> {
    let hints = knowledge.profile.map_or_else(Hints::default, |profile| profile.hints(&input.name));
    let is_text = input.name.to_lowercase().ends_with(".csv") || input.name.to_lowercase().ends_with(".tsv");
    let mut reader = TableReader {
        knowledge,
        file: input.name.clone(),
        is_text,
        read: FileTables::default(),
        problems: Vec::new(),
        sheet: None,
        found: Vec::new(),
    };
    source::read(input, bytes, &hints, knowledge.limits, &mut reader)?;
    // A sheet that was nearly recognised says more than "no table".
    let is_near = |problem: &Problem| matches!(problem.kind, Kind::MissingColumn { .. } | Kind::ProfileHeaders { .. });
    if !reader.read.has_table() && !reader.problems.iter().any(is_near) {
        let kind = Kind::NoTable { found: reader.found.join(", ") };
        return Err(kind);
    }
    Ok(Checked { value: reader.read, problems: reader.problems })
}

/// The rows of a sheet before its header is known.
type HeldRow = (u32, Vec<(u32, OwnedValue)>);

enum State {
    Searching(Vec<HeldRow>),
    Reading(Mapping),
    /// No header was found; the rest is passed over.
    Skipping,
}

struct OpenSheet {
    summary: SheetSummary,
    state: State,
    any_row: bool,
}

struct TableReader<'a> {
    knowledge: &'a Knowledge<'a>,
    file: Arc<str>,
    /// Text files have no number cells, so a plain number in text is nothing to remark on.
    is_text: bool,
    read: FileTables,
    problems: Vec<Problem>,
    sheet: Option<OpenSheet>,
    /// Header-like texts of sheets that were not recognised, for the message.
    found: Vec<String>,
}

impl Sink for TableReader<'_> {
    fn begin_sheet(&mut self, head: SheetHead) {
        let summary = SheetSummary {
            place: head.place,
            table: None,
            header_row: None,
            n_rows: 0,
            n_used: 0,
            n_totals: 0,
            n_notes: 0,
            hidden: head.hidden,
        };
        self.sheet = Some(OpenSheet { summary, state: State::Searching(Vec::new()), any_row: false });
    }

    fn row(&mut self, row: u32, cells: &[Cell<'_>]) {
        let Some(mut sheet) = self.sheet.take() else { return };
        sheet.any_row = true;
        match &mut sheet.state {
            State::Searching(held) => {
                held.push((row, cells.iter().map(|cell| (cell.column, cell.value.owned())).collect()));
                if held.len() >= HEADER_SEARCH_ROWS {
                    self.search(&mut sheet);
                }
            }
            State::Reading(mapping) => {
                self.problems.extend(read_row(
                    &mut self.read,
                    &mut sheet.summary,
                    mapping,
                    self.knowledge,
                    self.is_text,
                    row,
                    cells,
                ));
            }
            State::Skipping => {}
        }
        self.sheet = Some(sheet);
    }

    fn end_sheet(&mut self) {
        let Some(mut sheet) = self.sheet.take() else { return };
        if matches!(sheet.state, State::Searching(_)) {
            self.search(&mut sheet);
        }
        let place = sheet.summary.place.clone();
        if !sheet.any_row {
            self.problems.push(Problem::new(place.clone(), Kind::EmptySheet));
        }
        if let Some(key) = sheet.summary.table {
            if sheet.summary.hidden {
                self.problems.push(Problem::new(place.clone(), Kind::HiddenSheet));
            }
            if table(key).is_some_and(|table| !table.is_used) {
                let kind = Kind::TableNotUsedYet { table: key, n_rows: sheet.summary.n_rows };
                self.problems.push(Problem::new(place, kind));
            }
        }
        if let Some(chunk) = self.read.actuals.last_mut() {
            chunk.finish();
        }
        self.read.sheets.push(sheet.summary);
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}

impl TableReader<'_> {
    /// Finds the header among the held rows, then reads the rows below it.
    fn search(&mut self, sheet: &mut OpenSheet) {
        let State::Searching(held) = std::mem::replace(&mut sheet.state, State::Skipping) else { return };
        let place = &sheet.summary.place;
        let found = header::find(&held, place, &self.file, self.knowledge, &mut self.problems);
        let Some(mapping) = found else {
            if let Some((row, cells)) = held.iter().rev().max_by_key(|(_, cells)| cells.len()) {
                let texts: Vec<String> = cells.iter().take(12).map(|(_, value)| value.borrowed().display()).collect();
                let near = self.problems.iter().any(|problem| {
                    problem.at.sheet == place.sheet && matches!(problem.kind, Kind::MissingColumn { .. })
                });
                if !near {
                    let kind = Kind::SheetNotRecognised { found: texts.join(", ") };
                    self.problems.push(Problem::new(place.at(*row, 0), kind));
                }
                self.found.extend(texts);
                self.found.truncate(12);
            }
            return;
        };
        sheet.summary.table = Some(mapping.table.key);
        sheet.summary.header_row = Some(mapping.header_row);
        if mapping.table.key == actuals::SPEC.key {
            self.read.actuals.push(actuals::Chunk::new(place.clone(), &mapping));
        }
        for (row, cells) in held.iter().filter(|(row, _)| *row > mapping.header_row) {
            let cells: Vec<Cell<'_>> =
                cells.iter().map(|(column, value)| Cell { column: *column, value: value.borrowed() }).collect();
            self.problems.extend(read_row(
                &mut self.read,
                &mut sheet.summary,
                &mapping,
                self.knowledge,
                self.is_text,
                *row,
                &cells,
            ));
        }
        sheet.state = State::Reading(mapping);
    }
}

/// Reads one row below a header into its table. Returns the row's problems, cell by cell.
fn read_row(
    read: &mut FileTables,
    summary: &mut SheetSummary,
    mapping: &Mapping,
    knowledge: &Knowledge<'_>,
    is_text: bool,
    row: u32,
    cells: &[Cell<'_>],
) -> Vec<Problem> {
    let mut reader = RowReader::new(mapping, &summary.place, row, cells, is_text);
    if reader.is_empty() {
        // Cells beside the table: they belong to no column that was mapped.
        return Vec::new();
    }
    summary.n_rows += 1;
    if let Some((column, label)) = reader.total_label(knowledge.vocabulary) {
        summary.n_totals += 1;
        return vec![Problem::new(summary.place.at(row, column), Kind::TotalRow { label })];
    }
    if mapping.columns.iter().any(|column| !matches!(column.role, Role::Field(_))) && !reader.has_figures() {
        summary.n_notes += 1;
        return Vec::new();
    }
    summary.n_used += 1;
    match mapping.table.key {
        "targets" => targets::read(&mut reader, mapping, knowledge, &mut read.targets),
        "team" => team::read(&mut reader, &mut read.team),
        "actuals" => {
            if let Some(chunk) = read.actuals.last_mut() {
                actuals::read(&mut reader, knowledge, chunk);
            }
        }
        "funnel" => funnel::read(&mut reader, mapping, knowledge, &mut read.funnel),
        _ => {}
    }
    reader.into_problems()
}
