//! Rows of cells → rows of tables: find the header, map the columns, read the values.
//!
//! The only layer that knows header names and mapping profiles. A file is read in one
//! pass: the first rows of a sheet are held until its header is found, then every row
//! goes straight into its table.

pub mod actuals;
mod bind;
pub mod budget;
pub mod deals;
pub mod funnel;
mod grammar;
pub mod habits;
mod header;
pub mod issues;
pub mod mapping;
pub mod monitoring;
mod outline;
pub mod peek;
pub mod plan;
pub mod profile;
mod reader;
pub mod register;
mod row;
pub mod spend;
mod surroundings;
pub mod targets;
pub mod team;
mod totals;
mod vocabulary;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::cell::CellRef;
use crate::measure::Amount;
use crate::metric::Metrics;
use crate::period::parse::Context;
use crate::problem::{Checked, Kind, Problem};
use crate::source::content::Content;
use crate::source::limits::Limits;
use crate::source::{self, Hints, InputFile, Means, SheetHead};

use self::habits::Habits;
use self::mapping::{Mapping, Role};
use self::profile::Profile;
pub use self::reader::main_sum;
use self::reader::{HeldRow, Learned, Sheet, SheetReader};
pub use self::vocabulary::Vocabulary;

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
    /// One column per stage with the day on which it was entered.
    StageDates,
}

/// One kind of table: what it is called and which columns it has.
#[derive(Debug)]
pub struct TableSpec {
    /// Key of the table's name (`table.…`), and its name on the command line.
    pub key: &'static str,
    pub columns: &'static [ColumnSpec],
    pub open: Open,
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
    &issues::SPEC,
];

/// The table with a key.
pub fn table(key: &str) -> Option<&'static TableSpec> {
    TABLES.iter().copied().find(|table| table.key == key)
}

/// What was seen of one table: for the manifest, for `attain inspect`, and for control totals.
#[derive(Clone, Debug)]
pub struct SheetSummary {
    pub place: CellRef,
    /// Key of the table it was recognised as; nothing for a sheet without one.
    pub table: Option<&'static str>,
    /// Zero-based first and last row of the header.
    pub first_header_row: Option<u32>,
    pub header_row: Option<u32>,
    pub columns: Vec<ColumnSummary>,
    /// Columns with a header: how many of them have a role says how sure the table is.
    pub n_headers: usize,
    /// Year and month that titles and names say.
    pub context: Context,
    /// Power of ten of the unit that a title says.
    pub money_power: i16,
    /// The profile that said how it is read.
    pub profile: Option<String>,
    /// Rows below the header with anything in them.
    pub n_rows: usize,
    /// Rows that went into the table.
    pub n_used: usize,
    /// Rows left out as totals.
    pub n_totals: usize,
    /// Rows left out because they hold no figure: notes below the table.
    pub n_notes: usize,
    /// Rows that a profile's filters leave out.
    pub n_filtered: usize,
    /// Rows of forecasts and other scenarios that nothing uses.
    pub n_other_scenarios: usize,
    /// Rows that repeat the header.
    pub n_repeated_headers: usize,
    /// Hidden rows.
    pub n_hidden: usize,
    /// Filled cells of the sheet that no table has.
    pub n_unread: usize,
    /// Whether the sheet is hidden.
    pub hidden: bool,
}

impl SheetSummary {
    /// A sheet without a table.
    fn unknown(place: CellRef, hidden: bool) -> Self {
        SheetSummary {
            place,
            table: None,
            first_header_row: None,
            header_row: None,
            columns: Vec::new(),
            n_headers: 0,
            context: Context::default(),
            money_power: 0,
            profile: None,
            n_rows: 0,
            n_used: 0,
            n_totals: 0,
            n_notes: 0,
            n_filtered: 0,
            n_other_scenarios: 0,
            n_repeated_headers: 0,
            n_hidden: 0,
            n_unread: 0,
            hidden,
        }
    }

    /// A table whose header was found.
    fn begun(place: CellRef, mapping: &Mapping, hidden: bool) -> Self {
        SheetSummary {
            table: Some(mapping.table.key),
            first_header_row: Some(mapping.first_header_row),
            header_row: Some(mapping.header_row),
            n_headers: mapping.n_headers,
            context: mapping.context,
            money_power: mapping.money_power,
            profile: mapping.profile.clone(),
            ..SheetSummary::unknown(place, hidden)
        }
    }
}

/// What was seen of one column of a table.
#[derive(Clone, Debug)]
pub struct ColumnSummary {
    /// Zero-based.
    pub column: u32,
    pub header: String,
    pub role: Role,
    /// Power of ten of the unit in the header.
    pub power: Option<i16>,
    pub habits: Habits,
    /// The sum of the rows used, of columns with figures.
    pub sum: Option<Amount>,
}

/// Everything read from one file.
#[derive(Debug, Default)]
pub struct FileTables {
    pub actuals: Vec<actuals::Chunk>,
    pub budget: Vec<budget::BudgetRow>,
    pub deals: Vec<deals::DealRow>,
    pub funnel: Vec<funnel::FunnelRow>,
    pub issues: Vec<issues::IssueRow>,
    pub monitoring: Vec<monitoring::MonitoringRow>,
    pub plan: Vec<plan::PlanRow>,
    pub sheets: Vec<SheetSummary>,
    pub spend: Vec<spend::SpendRow>,
    pub targets: Vec<targets::TargetRow>,
    pub team: Vec<team::TeamRow>,
    /// Whether its days count from 1904.
    pub is_1904: bool,
}

impl FileTables {
    fn append(&mut self, mut other: FileTables) {
        self.actuals.append(&mut other.actuals);
        self.budget.append(&mut other.budget);
        self.deals.append(&mut other.deals);
        self.funnel.append(&mut other.funnel);
        self.issues.append(&mut other.issues);
        self.monitoring.append(&mut other.monitoring);
        self.plan.append(&mut other.plan);
        self.sheets.append(&mut other.sheets);
        self.spend.append(&mut other.spend);
        self.targets.append(&mut other.targets);
        self.team.append(&mut other.team);
        self.is_1904 |= other.is_1904;
    }

    /// Whether there is any row to make a figure from.
    pub fn has_rows(&self) -> bool {
        !self.targets.is_empty()
            || !self.funnel.is_empty()
            || !self.deals.is_empty()
            || !self.budget.is_empty()
            || !self.spend.is_empty()
            || !self.issues.is_empty()
            || !self.plan.is_empty()
            || !self.monitoring.is_empty()
            || self.actuals.iter().any(|chunk| chunk.n_rows() > 0)
    }

    /// Whether any sheet was recognised: a file without a table is rejected.
    pub fn has_table(&self) -> bool {
        self.sheets.iter().any(|sheet| sheet.table.is_some())
    }

    /// Whether two tables say the same, row by row, wherever they stand.
    fn repeats(&self, other: &FileTables) -> bool {
        let n_rows = |tables: &FileTables| tables.sheets.iter().map(|sheet| sheet.n_used).sum::<usize>();
        let is_alike = self.sheets.first().map(|sheet| sheet.table) == other.sheets.first().map(|sheet| sheet.table);
        let is_same = |(a, b): (&actuals::Chunk, &actuals::Chunk)| a.repeats(b);
        // One row may be the same by chance.
        is_alike
            && n_rows(self) == n_rows(other)
            && n_rows(self) >= LEAST_REPEATED_ROWS
            && self.actuals.len() == other.actuals.len()
            && self.actuals.iter().zip(&other.actuals).all(is_same)
            && targets::repeat(&self.targets, &other.targets)
            && team::repeat(&self.team, &other.team)
            && funnel::repeat(&self.funnel, &other.funnel)
            && deals::repeat(&self.deals, &other.deals)
            && budget::repeat(&self.budget, &other.budget)
            && spend::repeat(&self.spend, &other.spend)
            && issues::repeat(&self.issues, &other.issues)
            && plan::repeat(&self.plan, &other.plan)
            && monitoring::repeat(&self.monitoring, &other.monitoring)
            && !self.holds_nothing()
    }

    /// Tables whose rows were all passed over have nothing that could be compared.
    fn holds_nothing(&self) -> bool {
        self.actuals.is_empty()
            && self.targets.is_empty()
            && self.team.is_empty()
            && self.funnel.is_empty()
            && self.deals.is_empty()
            && self.budget.is_empty()
            && self.spend.is_empty()
            && self.issues.is_empty()
            && self.plan.is_empty()
            && self.monitoring.is_empty()
    }

    /// Keeps the summary alone.
    fn leave_out(&mut self) {
        let mut sheets = std::mem::take(&mut self.sheets);
        sheets.iter_mut().for_each(|sheet| sheet.n_used = 0);
        *self = FileTables { sheets, ..FileTables::default() };
    }
}

/// Rows of a table that another one may repeat.
const LEAST_REPEATED_ROWS: usize = 2;

/// What reading needs to know, decided before the first file is opened.
pub struct Knowledge<'a> {
    pub metrics: &'a Metrics,
    pub vocabulary: &'a Vocabulary,
    pub profile: Option<&'a Profile>,
    pub lookups: &'a profile::Lookups,
    /// The year and month of periods that are written without, if the run names them.
    pub context: Context,
    /// Other names of people and units.
    pub aliases: Arc<HashMap<String, String>>,
    pub limits: &'a Limits,
    /// This program, for what it reads through a child process.
    pub program: &'a Path,
}

/// Header-like texts that a message shows.
const NAMES_SHOWN: usize = 12;

/// Reads one loaded file.
///
/// # Errors
/// Why the file is rejected as a whole.
pub fn read(input: &InputFile, content: &Content, knowledge: &Knowledge<'_>) -> Result<Checked<FileTables>, Kind> {
    let mut sheets = read_sheets(input, content, knowledge, &HashMap::new())?;
    // What only the whole sheet shows is learned by reading it: then it is read again.
    let learned: HashMap<CellRef, Learned> =
        sheets.value.iter_mut().filter_map(|sheet| Some((sheet.place.clone(), sheet.learned.take()?))).collect();
    if !learned.is_empty() {
        sheets = read_sheets(input, content, knowledge, &learned)?;
    }
    let mut problems = sheets.problems;
    let mut found = Vec::new();
    let mut tables: Vec<FileTables> = Vec::new();
    for sheet in sheets.value {
        problems.extend(sheet.problems);
        found.extend(sheet.found);
        let is_1904 = sheet.is_1904;
        tables.extend(sheet.tables.into_iter().map(|table| FileTables { is_1904, ..table }));
    }
    leave_out_repeats(&mut tables, knowledge.vocabulary, &mut problems);
    let mut read = FileTables::default();
    tables.into_iter().for_each(|table| read.append(table));
    // A sheet that was nearly recognised, or is damaged, says more than "no table".
    let says_why = |problem: &Problem| problem.kind.says_why_no_table() || problem.kind.rejects_sheet();
    if !read.has_table() && !problems.iter().any(says_why) {
        found.truncate(NAMES_SHOWN);
        return Err(Kind::NoTable { found: found.join(", ") });
    }
    Ok(Checked { value: read, problems })
}

fn read_sheets(
    input: &InputFile,
    content: &Content,
    knowledge: &Knowledge<'_>,
    learned: &HashMap<CellRef, Learned>,
) -> Result<Checked<Vec<Sheet>>, Kind> {
    let hints = knowledge.profile.map_or_else(Hints::default, |profile| profile.hints(&input.name));
    let means = Means { limits: knowledge.limits, program: knowledge.program, hints };
    let name = input.name.to_lowercase();
    let is_text = name.ends_with(".csv") || name.ends_with(".tsv");
    let begin = |head: SheetHead| {
        let given = learned.get(&head.place).cloned().unwrap_or_default();
        SheetReader::new(head, input.name.clone(), is_text, knowledge, given)
    };
    let sheets = source::read(input, content, &means, &begin)?;
    Ok(Checked { value: sheets.value.into_iter().map(SheetReader::finish).collect(), problems: sheets.problems })
}

/// A table that says again what another one of the workbook says would count everything twice. One that calls
/// itself a copy of another with the same columns, and differs, cannot both be right.
fn leave_out_repeats(tables: &mut [FileTables], vocabulary: &Vocabulary, problems: &mut Vec<Problem>) {
    let headers = |table: &FileTables| -> Vec<(String, Role)> {
        let columns = table.sheets.iter().flat_map(|sheet| &sheet.columns);
        columns.map(|column| (column.header.clone(), column.role.clone())).collect()
    };
    let says_copy = |table: &FileTables| {
        let sheet = table.sheets.first();
        sheet.is_some_and(|sheet| sheet.hidden || vocabulary.says_copy(&sheet.place.sheet))
    };
    // The one that people see, and that does not call itself a copy, is the first to be kept.
    let mut order: Vec<usize> = (0..tables.len()).collect();
    order.sort_by_key(|position| (says_copy(&tables[*position]), *position));
    let mut kept: Vec<usize> = Vec::new();
    for position in order {
        let table = &tables[position];
        let Some(sheet) = table.sheets.first().filter(|sheet| sheet.table.is_some() && sheet.n_used > 0) else {
            continue;
        };
        let place = sheet.place.clone();
        let at = place.at(sheet.header_row.unwrap_or(0), sheet.columns.first().map_or(0, |column| column.column));
        let amount = main_sum(sheet);
        let same = kept.iter().find(|other| tables[**other].repeats(table));
        let is_named_copy = vocabulary.says_copy(&place.sheet);
        let original = kept.iter().find(|other| {
            let other_place = tables[**other].sheets.first().map(|sheet| &sheet.place);
            // `Team (2)` is a copy of `Team`, and not of any other sheet.
            let is_of = |other: &CellRef| {
                vocabulary::numbered_copy_of(&place.sheet).is_none_or(|original| *original == *other.sheet)
            };
            is_named_copy
                && other_place.is_some_and(|other| *other != place && is_of(other))
                && headers(&tables[**other]) == headers(table)
        });
        let kind = match (same, original) {
            (Some(other), _) => Kind::SheetRepeats { other: place_of(&tables[*other]) },
            (None, Some(other)) => Kind::SheetCopied { other: place_of(&tables[*other]) },
            (None, None) => {
                kept.push(position);
                continue;
            }
        };
        problems.push(Problem::new(at, kind).worth(amount));
        tables[position].leave_out();
    }
}

/// A table's sheet and header, for messages about it.
fn place_of(table: &FileTables) -> String {
    table.sheets.first().map_or_else(String::new, |sheet| match sheet.header_row {
        Some(row) => sheet.place.at(row, sheet.columns.first().map_or(0, |column| column.column)).to_string(),
        None => sheet.place.to_string(),
    })
}
