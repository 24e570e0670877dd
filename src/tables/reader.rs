//! One sheet: its rows are held until a header is found, then go into the tables below it as they come.
//!
//! What the whole sheet shows and single cells cannot (merged labels, the order of day and month) is known at
//! its end. Where it matters, [`SheetReader::learned`] says so and the file is read once more.

use std::collections::HashMap;
use std::sync::Arc;

use crate::cell::{Area, Cell, CellRef, NumberFormat, OwnedValue, Value};
use crate::measure::Amount;
use crate::problem::{Kind, Problem};
use crate::source::{Row, SheetHead, SheetTail, Sink, Visibility};

use super::habits::{Evidence, Habits};
use super::header::{self, Line};
use super::mapping::{HiddenPolicy, Mapping, Role};
use super::outline::Outline;
use super::row::{Cells, Fills, Label, RowReader, Scratch, Storage};
use super::surroundings::Surroundings;
use super::totals::{ColumnProof, Proof, Sums};
use super::{
    ColumnSummary, FileTables, Knowledge, SheetSummary, actuals, budget, deals, funnel, issues, monitoring, plan,
    profile, spend, targets, team,
};
use crate::metric::Scenario;

/// Rows of a sheet in which a header is searched, and bytes of their texts.
const HEADER_SEARCH_ROWS: usize = 30;
const HELD_BYTES: usize = 16 << 20;
/// Header-like texts that a message shows.
const NAMES_SHOWN: usize = 12;
/// Problems of one kind that a sheet keeps; further ones are counted.
const MOST_OF_A_KIND: usize = 100_000;
/// Texts of rows that were held for the title of a further table.
const MOST_TITLES: usize = 20;

/// A row before its header is known.
pub struct HeldRow {
    pub index: u32,
    pub is_hidden: bool,
    pub cells: Vec<HeldCell>,
}

pub struct HeldCell {
    pub column: u32,
    pub value: OwnedValue,
    pub format: NumberFormat,
}

/// What a first reading of a sheet found out about it.
#[derive(Clone, Debug, Default)]
pub struct Learned {
    pub merged: Vec<Area>,
    /// By header row and column.
    pub habits: HashMap<(u32, u32), Habits>,
    /// Rows that are the sums of the rows below them.
    pub sums_above: Vec<u32>,
}

/// A table that is being read.
struct Table {
    mapping: Mapping,
    summary: SheetSummary,
    sums: Sums,
    fills: Fills,
    scratch: Scratch,
    total_column: ColumnProof,
    outline: Outline,
    read: FileTables,
    /// The first cell of hidden rows, unread scenarios and the like, for one remark about all of them.
    first_hidden: Option<u32>,
    first_filtered: Option<u32>,
    first_note: Option<u32>,
    /// What the last line without figures called the rows below it: `Expenses:`. A total ends it.
    section: Option<String>,
    first_other_scenario: Option<u32>,
    /// The currency of the first row that says one, until a row has said another.
    currency: Option<String>,
    has_currency: bool,
    has_several_currencies: bool,
    /// Columns whose numbers have a sum.
    n_amounts: usize,
}

enum State {
    Searching(Vec<HeldRow>),
    Reading,
    /// No header was found; the rest is passed over.
    Skipping,
}

/// The name of a group of rows from the line that heads it; nothing where it is a sentence.
fn section(label: &str) -> Option<String> {
    let name = label.trim_end_matches([':', '：', ' ']);
    (!name.is_empty() && name.chars().count() <= LONGEST_SECTION).then(|| name.to_string())
}

/// Characters of a name for a group of rows.
const LONGEST_SECTION: usize = 40;

/// Reads one sheet.
pub struct SheetReader<'a> {
    knowledge: &'a Knowledge<'a>,
    file: Arc<str>,
    place: CellRef,
    storage: Storage,
    is_hidden: bool,
    hidden_columns: Vec<(u32, u32)>,
    state: State,
    tables: Vec<Table>,
    /// Tables further up on the sheet.
    done: Vec<Table>,
    given: Learned,
    /// What was learned, if the sheet has to be read again with it.
    learned: Option<Learned>,
    any_row: bool,
    last_row: u32,
    /// Texts since the last row of a table: perhaps the title of the next one.
    titles: Vec<String>,
    /// Filled cells that no table has, and the rectangle in which they are.
    n_unread: usize,
    unread: Option<Area>,
    problems: Vec<Problem>,
    n_problems: HashMap<&'static str, usize>,
    /// Header-like texts of a sheet that was not recognised, for the message.
    found: Vec<String>,
    /// Bytes of text that may still be held before the header is known.
    held_room: usize,
    tail: SheetTail,
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

fn held(row: &Row<'_>, room: &mut usize) -> HeldRow {
    let cells = row.cells().map(|cell| {
        let value = match cell.value {
            Value::Text(text) => OwnedValue::Text(within(text, room).to_string()),
            value => value.owned(),
        };
        HeldCell { column: cell.column, value, format: cell.format }
    });
    HeldRow { index: row.index, is_hidden: row.is_hidden, cells: cells.collect() }
}

impl Sink for SheetReader<'_> {
    fn row(&mut self, row: &Row<'_>) {
        self.any_row = true;
        match &mut self.state {
            State::Searching(rows) => {
                rows.push(held(row, &mut self.held_room));
                if rows.len() >= HEADER_SEARCH_ROWS {
                    self.search();
                }
            }
            State::Reading => {
                if !self.is_new_header(row) {
                    self.read_row(Cells::Streamed(row), row.index, row.is_hidden);
                }
            }
            State::Skipping => {}
        }
    }

    fn end(&mut self, tail: SheetTail) {
        self.tail = tail;
        if matches!(self.state, State::Searching(_)) {
            self.search();
        }
        if !self.any_row {
            self.note(Problem::new(self.place.clone(), Kind::EmptySheet));
        }
        let mut tables = std::mem::take(&mut self.tables);
        self.done.append(&mut tables);
        self.learn();
        for position in 0..self.done.len() {
            self.close(position);
        }
        if let Some(area) = self.unread.filter(|_| !self.done.is_empty()) {
            let kind = Kind::UnreadCells { n_cells: self.n_unread, area: area.to_string() };
            self.note(Problem::new(self.place.at(area.first.0, area.first.1), kind));
        }
        let mut more: Vec<(&'static str, usize)> =
            self.n_problems.drain().filter(|(_, n)| *n > MOST_OF_A_KIND).collect();
        more.sort_unstable();
        for (code, n) in more {
            let kind = Kind::MoreOfAKind { code, n_more: n - MOST_OF_A_KIND };
            self.problems.push(Problem::new(self.place.clone(), kind));
        }
        for chunk in self.done.iter_mut().flat_map(|table| &mut table.read.actuals) {
            chunk.finish();
        }
    }
}

/// A sheet, read.
pub struct Sheet {
    /// What each of its tables holds, in the order of their headers; a sheet without any has one that is empty.
    pub tables: Vec<FileTables>,
    pub is_1904: bool,
    pub problems: Vec<Problem>,
    pub found: Vec<String>,
    /// What was learned, if the sheet has to be read again with it.
    pub learned: Option<Learned>,
    pub place: CellRef,
}

impl<'a> SheetReader<'a> {
    pub fn new(head: SheetHead, file: Arc<str>, is_text: bool, knowledge: &'a Knowledge<'a>, given: Learned) -> Self {
        SheetReader {
            knowledge,
            file,
            place: head.place,
            storage: Storage { is_text, is_1904: head.is_1904 },
            is_hidden: head.visibility != Visibility::Visible,
            hidden_columns: head.hidden_columns,
            state: State::Searching(Vec::new()),
            tables: Vec::new(),
            done: Vec::new(),
            given,
            learned: None,
            any_row: false,
            last_row: 0,
            titles: Vec::new(),
            n_unread: 0,
            unread: None,
            problems: Vec::new(),
            n_problems: HashMap::new(),
            found: Vec::new(),
            held_room: HELD_BYTES,
            tail: SheetTail::default(),
        }
    }

    /// The sheet's tables and problems; a sheet without a table has a summary, too.
    pub fn finish(self) -> Sheet {
        let mut tables: Vec<FileTables> = Vec::new();
        for mut table in self.done {
            table.read.sheets.push(table.summary);
            tables.push(table.read);
        }
        if tables.is_empty() {
            let sheets = vec![SheetSummary::unknown(self.place.clone(), self.is_hidden)];
            tables.push(FileTables { sheets, ..FileTables::default() });
        }
        if let Some(first) = tables.first_mut().and_then(|table| table.sheets.first_mut()) {
            first.n_unread = self.n_unread;
        }
        Sheet {
            tables,
            is_1904: self.storage.is_1904,
            problems: self.problems,
            found: self.found,
            learned: self.learned,
            place: self.place,
        }
    }

    fn note(&mut self, problem: Problem) {
        let n = self.n_problems.entry(problem.kind.code()).or_default();
        *n += 1;
        if *n <= MOST_OF_A_KIND {
            self.problems.push(problem);
        }
    }

    fn note_all(&mut self, problems: &mut Vec<Problem>) {
        for problem in problems.drain(..) {
            self.note(problem);
        }
    }

    /// Finds the header among the held rows, then reads the rows below it.
    fn search(&mut self) {
        let State::Searching(rows) = std::mem::replace(&mut self.state, State::Skipping) else { return };
        let mut problems = Vec::new();
        let mappings = self.find(&rows, &Surroundings::default(), &mut problems);
        let is_nearly = problems.iter().any(|problem| problem.kind.says_why_no_table());
        self.note_all(&mut problems);
        if mappings.is_empty() {
            self.n_unread += rows.iter().map(|row| row.cells.len()).sum::<usize>();
            if let Some(row) = rows.iter().rev().max_by_key(|row| row.cells.len()) {
                let cells = row.cells.iter().take(NAMES_SHOWN);
                let texts: Vec<String> = cells.map(|cell| cell.value.borrowed().display()).collect();
                if !is_nearly {
                    let kind = Kind::SheetNotRecognised { found: texts.join(", ") };
                    self.note(Problem::new(self.place.at(row.index, 0), kind));
                }
                self.found = texts;
            }
            return;
        }
        self.begin(mappings);
        self.read_held(&rows);
    }

    fn find(&self, rows: &[HeldRow], above: &Surroundings, problems: &mut Vec<Problem>) -> Vec<Mapping> {
        let knowledge = self.knowledge;
        if let Some(profile) = knowledge.profile {
            let tables = profile.tables_for(&self.file, &self.place.sheet);
            if !tables.is_empty() {
                let find = profile::find::find(
                    rows,
                    &self.given.merged,
                    &self.place,
                    &self.file,
                    &tables,
                    profile,
                    knowledge,
                    problems,
                );
                // A table that is known by its headers need not be in every sheet.
                if !find.is_empty() || tables.iter().any(|table| table.is_named_by_file()) {
                    return find;
                }
            }
            if profile.only {
                let kind = Kind::LeftOutByProfile { profile: profile.name.clone() };
                problems.push(Problem::new(self.place.clone(), kind));
                return Vec::new();
            }
        }
        header::find(rows, &self.given.merged, &self.place, &self.file, above, knowledge, problems)
    }

    /// Opens the tables of a header.
    fn begin(&mut self, mappings: Vec<Mapping>) {
        for mut mapping in mappings {
            for column in &mut mapping.columns {
                if let Some(habits) = self.given.habits.get(&(mapping.first_header_row, column.column)) {
                    column.habits = *habits;
                }
            }
            if mapping.hidden == HiddenPolicy::Exclude {
                let hidden = self.hidden_columns.clone();
                let is_hidden = |column: u32| hidden.iter().any(|(first, last)| (*first..=*last).contains(&column));
                let (left_out, kept): (Vec<_>, Vec<_>) =
                    mapping.columns.into_iter().partition(|column| is_hidden(column.column));
                mapping.columns = kept;
                for column in left_out {
                    let at = self.place.at(mapping.header_row, column.column);
                    self.note(Problem::new(at, Kind::HiddenColumnLeftOut { field: column.header }));
                }
            }
            if !mapping.says_period() && self.knowledge.context.year.is_none() {
                let at = self.place.at(mapping.header_row, mapping.band.0);
                self.note(Problem::new(at, Kind::PeriodNotSaid));
            }
            let mut read = FileTables::default();
            if mapping.table.key == actuals::SPEC.key {
                read.actuals.push(actuals::Chunk::new(self.place.clone(), &mapping, self.knowledge.metrics));
            }
            self.tables.push(Table {
                summary: SheetSummary::begun(self.place.clone(), &mapping, self.is_hidden),
                sums: Sums::new(mapping.columns.len()),
                fills: Fills::new(&mapping, &self.given.merged),
                scratch: Scratch::default(),
                total_column: ColumnProof::default(),
                outline: Outline::default(),
                read,
                first_hidden: None,
                first_filtered: None,
                first_note: None,
                section: None,
                first_other_scenario: None,
                currency: None,
                has_currency: mapping.columns.iter().any(|column| column.role == Role::Currency),
                n_amounts: mapping.columns.iter().filter(|column| column.role.is_amount()).count(),
                has_several_currencies: false,
                mapping,
            });
            self.last_row = self.tables.last().map_or(0, |table| table.mapping.header_row);
        }
        self.state = State::Reading;
    }

    /// Reads rows that were held, those below the header.
    fn read_held(&mut self, rows: &[HeldRow]) {
        let Some(header_row) = self.tables.first().map(|table| table.mapping.header_row) else { return };
        let mut position = 0;
        while let Some(row) = rows.get(position) {
            position += 1;
            if row.index <= header_row {
                continue;
            }
            let cells = row.cells.iter();
            let cells: Vec<Cell<'_>> = cells
                .map(|cell| Cell { column: cell.column, value: cell.value.borrowed(), format: cell.format })
                .collect();
            if self.may_be_new_header(row.index, &cells) {
                let rest = &rows[position - 1..];
                if self.begin_again(rest) {
                    return self.read_held(rest);
                }
            }
            self.read_row(Cells::Held(&cells), row.index, row.is_hidden);
        }
    }

    /// Whether a streamed row is the header of a further table; if so, that table is begun.
    fn is_new_header(&mut self, row: &Row<'_>) -> bool {
        // Nearly every row follows the one above it and holds a number: the common case asks no more.
        let is_adjacent = row.index == self.last_row + 1;
        if is_adjacent && row.len() > 1 && !matches!(row.cell(0).value, Value::Text(_)) {
            return false;
        }
        if is_adjacent
            && (0..row.len()).any(|position| matches!(row.cell(position).value, Value::Number(_) | Value::Date(_)))
        {
            return false;
        }
        let cells: Vec<Cell<'_>> = row.cells().collect();
        if !self.may_be_new_header(row.index, &cells) {
            return false;
        }
        let row = held(row, &mut self.held_room);
        self.begin_again(&[row])
    }

    /// Whether a row below a header could be another one: texts that are no values of the table.
    fn may_be_new_header(&self, row: u32, cells: &[Cell<'_>]) -> bool {
        if cells.len() < 2 {
            return false;
        }
        let is_text = |cell: &Cell<'_>| match cell.value {
            Value::Text(text) => {
                !self.storage.is_text || !text.starts_with(|first: char| first.is_ascii_digit() || first == '-')
            }
            _ => false,
        };
        let n_texts = cells.iter().filter(|cell| is_text(cell)).count();
        let is_after_gap = row > self.last_row + 1;
        // A header follows a gap, or stands where the table's figures would be.
        let is_figure = |cell: &&Cell<'_>| {
            let mut columns = self.tables.iter().flat_map(|table| &table.mapping.columns);
            columns.any(|column| column.column == cell.column && column.role.is_figure())
        };
        let has_text_figure = cells.iter().filter(is_figure).any(is_text);
        if n_texts * 2 <= cells.len() || !(is_after_gap || has_text_figure) {
            return false;
        }
        let vocabulary = self.knowledge.vocabulary;
        let is_known = |cell: &&Cell<'_>| matches!(cell.value, Value::Text(text) if vocabulary.knows(text));
        let is_own = |cell: &&Cell<'_>| {
            let columns = self.tables.first().map(|table| table.mapping.columns.as_slice()).unwrap_or_default();
            let own = columns.iter().find(|column| column.column == cell.column);
            matches!((own, cell.value), (Some(own), Value::Text(text)) if own.header.ends_with(text.trim()))
        };
        cells.iter().filter(is_known).count() >= 2 || cells.iter().filter(is_own).count() >= 2
    }

    /// Begins further tables if the first of these rows heads some. The same header again is passed over.
    fn begin_again(&mut self, rows: &[HeldRow]) -> bool {
        let Some(row) = rows.first() else { return false };
        let above = Surroundings::of(self.titles.iter().map(String::as_str), self.knowledge.vocabulary);
        // Under a title of its own it is a table of its own, whatever its header.
        if self.is_repeated_header(row) && !above.says_anything() {
            for table in &mut self.tables {
                table.summary.n_repeated_headers += 1;
                // The rows below it are the same table's.
                table.mapping.header_row = row.index;
            }
            self.last_row = row.index;
            return true;
        }
        let knowledge = self.knowledge;
        if self.tables.iter().any(|table| table.mapping.profile.is_some()) {
            return false;
        }
        let lines: Vec<Line> = header::lines(&rows[..1], 0, &self.given.merged, knowledge);
        let sheet_name = Surroundings::of([&*self.place.sheet].into_iter(), knowledge.vocabulary);
        let around = above.or(&sheet_name);
        let is_header = lines.iter().any(|line| {
            let (tables, _) = super::bind::tables(&line.guesses, &around, (&[], &around), &rows[1..], knowledge);
            super::bind::score(&tables) * 2 > line.guesses.len()
                && tables.iter().any(|table| {
                    table.roles.iter().any(|(_, role)| role.is_figure()) || table.table.key == team::SPEC.key
                })
        });
        if !is_header {
            return false;
        }
        let mut problems = Vec::new();
        let mappings =
            header::find(&rows[..1], &self.given.merged, &self.place, &self.file, &above, knowledge, &mut problems);
        if mappings.is_empty() {
            return false;
        }
        self.note_all(&mut problems);
        let mut finished = std::mem::take(&mut self.tables);
        self.done.append(&mut finished);
        self.titles.clear();
        self.begin(mappings);
        true
    }

    /// Whether a row says again what the header, or one of its rows, said.
    fn is_repeated_header(&self, row: &HeldRow) -> bool {
        let says_again = |cell: &HeldCell| {
            let Some(text) = header::header_text(&cell.value) else { return false };
            let mut columns = self.tables.iter().flat_map(|table| &table.mapping.columns);
            columns.any(|column| column.column == cell.column && column.header.split('/').any(|part| part == text))
        };
        let mapped = |cell: &&HeldCell| {
            let mut columns = self.tables.iter().flat_map(|table| &table.mapping.columns);
            columns.any(|column| column.column == cell.column)
        };
        let n_mapped = row.cells.iter().filter(mapped).count();
        n_mapped >= 2 && row.cells.iter().filter(mapped).all(says_again)
    }

    /// Reads one row below the header into its tables.
    fn read_row(&mut self, cells: Cells<'_>, row: u32, is_hidden: bool) {
        let knowledge = self.knowledge;
        let mut scenarios: Vec<Scenario> = self.tables.iter().filter_map(|table| table.mapping.scenario).collect();
        if self.tables.iter().any(|table| table.mapping.table.key == targets::SPEC.key) {
            scenarios.push(Scenario::Budget);
        }
        let mut is_claimed = false;
        let mut is_note = false;
        for table in &mut self.tables {
            let Table { mapping, summary, sums, fills, scratch, read, .. } = table;
            if !fills.is_empty() {
                fills.update(row, cells);
            }
            let mut reader = RowReader::new(mapping, &self.place, row, cells, self.storage, fills, scratch);
            if reader.is_empty() {
                // Cells beside the table: they belong to no column that was mapped.
                continue;
            }
            is_claimed = true;
            summary.n_rows += 1;
            if !mapping.filters.is_empty() && reader.is_filtered_out(&mapping.filters) {
                summary.n_filtered += 1;
                table.first_filtered.get_or_insert(row);
                continue;
            }
            // Targets take the rows of budgets, too, and keep them apart.
            let takes_budget = mapping.table.key == targets::SPEC.key
                && reader.is_of_scenario(Scenario::Budget, knowledge.vocabulary).is_ok();
            if let Some(wanted) = mapping.scenario.filter(|_| !takes_budget)
                && let Err(other) = reader.is_of_scenario(wanted, knowledge.vocabulary)
            {
                // The table of the other scenario takes it; one that nobody takes is said, once.
                if other.is_some_and(|other| scenarios.contains(&other)) {
                    summary.n_rows -= 1;
                } else {
                    summary.n_other_scenarios += 1;
                    table.first_other_scenario.get_or_insert(row);
                }
                continue;
            }
            // A budget takes the rows of all scenarios, and keeps them apart.
            if mapping.table.key == budget::SPEC.key
                && mapping.slot("scenario").is_some_and(|slot| reader.is_filled(slot))
                && reader.is_of_scenario(Scenario::Budget, knowledge.vocabulary) == Err(None)
            {
                summary.n_other_scenarios += 1;
                table.first_other_scenario.get_or_insert(row);
                continue;
            }
            if self.given.sums_above.binary_search(&row).is_ok() {
                summary.n_totals += 1;
                let label = reader.first_label().unwrap_or_default();
                table.section = section(&label);
                let at = self.place.at(row, reader.first_column().unwrap_or(mapping.band.0));
                scratch.problems.push(Problem::new(at, Kind::TotalRow { label }));
                continue;
            }
            if let Some(problem) = total(&mut reader, mapping, table.n_amounts, sums, knowledge, &self.place, row) {
                summary.n_totals += 1;
                table.section = None;
                scratch.problems.push(problem);
                continue;
            }
            if mapping.has_figures && !reader.has_figures() {
                summary.n_notes += 1;
                table.first_note.get_or_insert(row);
                table.section = reader.first_label().and_then(|label| section(&label));
                is_note = true;
                continue;
            }
            if is_hidden {
                summary.n_hidden += 1;
                table.first_hidden.get_or_insert(row);
                if mapping.hidden == HiddenPolicy::Exclude {
                    reader.read_figures();
                    sums.add_hidden(&scratch.figures);
                    continue;
                }
            }
            summary.n_used += 1;
            if table.has_currency
                && !table.has_several_currencies
                && let Some(currency) = reader.currency()
            {
                let first = table.currency.get_or_insert_with(|| currency.clone());
                if *first != currency {
                    table.has_several_currencies = true;
                    let kind = Kind::SeveralCurrencies { first: first.clone(), other: currency };
                    reader.note_currency(kind);
                }
            }
            match mapping.table.key {
                "targets" => targets::read(&mut reader, mapping, knowledge, &mut read.targets),
                "team" => team::read(&mut reader, &mut read.team),
                "actuals" => {
                    if let Some(chunk) = read.actuals.last_mut() {
                        actuals::read(&mut reader, mapping, knowledge, chunk);
                    }
                }
                "deals" => deals::read(&mut reader, mapping, knowledge, &mut read.deals),
                "budget" => {
                    budget::read(&mut reader, mapping, table.section.as_deref(), knowledge, &mut read.budget);
                }
                "funnel" => funnel::read(&mut reader, mapping, knowledge, &mut read.funnel),
                "issues" => issues::read(&mut reader, knowledge, &mut read.issues),
                "monitoring" => monitoring::read(&mut reader, knowledge, &mut read.monitoring),
                "plan" => plan::read(&mut reader, mapping, knowledge, &mut read.plan),
                "spend" => spend::read(&mut reader, knowledge, &mut read.spend),
                _ => {}
            }
            if table.n_amounts > 0 {
                let stated = reader.stated_total();
                let indent = reader.indent();
                sums.add(&scratch.figures, is_hidden);
                table.outline.add(row, indent, &scratch.figures);
                if let Some(stated) = stated {
                    let figures = mapping.columns.iter().zip(&scratch.figures);
                    let across = figures.filter_map(|(column, figure)| match column.role {
                        Role::Figure { period: Some(_), .. } => *figure,
                        _ => None,
                    });
                    table.total_column.compare(row, stated, across);
                }
            }
        }
        let mut problems: Vec<Problem> = Vec::new();
        for table in self.tables.iter_mut().filter(|table| !table.scratch.problems.is_empty()) {
            // What two tables of one header both stumble over is said once.
            let n_before = problems.len();
            for problem in table.scratch.problems.drain(..) {
                if !problems[..n_before].contains(&problem) {
                    problems.push(problem);
                }
            }
        }
        self.note_all(&mut problems);
        self.count_unread(cells, row, is_claimed);
        if is_claimed && !is_note {
            self.last_row = row;
            self.titles.clear();
        } else if self.titles.len() < MOST_TITLES {
            self.titles.extend(cells.texts().take(4).map(str::to_string));
        }
    }

    /// Counts the cells of a row that lie in no table's columns.
    fn count_unread(&mut self, cells: Cells<'_>, row: u32, is_claimed: bool) {
        let n = cells.len();
        if n == 0 {
            return;
        }
        if is_claimed && self.tables.len() == 1 {
            // The common case: all of the row lies below the header.
            let band = self.tables[0].mapping.band;
            if band.0 <= cells.column(0) && cells.column(n - 1) <= band.1 {
                return;
            }
        }
        for position in 0..n {
            let column = cells.column(position);
            let is_below_header =
                self.tables.iter().any(|table| (table.mapping.band.0..=table.mapping.band.1).contains(&column));
            // A note below a table is no part of it, wherever it stands.
            if is_below_header && is_claimed {
                continue;
            }
            self.n_unread += 1;
            let cell = Area { first: (row, column), last: (row, column) };
            self.unread = Some(self.unread.map_or(cell, |area| Area {
                first: (area.first.0.min(row), area.first.1.min(column)),
                last: (area.last.0.max(row), area.last.1.max(column)),
            }));
        }
    }

    /// Compares what the whole sheet showed with what it was read by.
    fn learn(&mut self) {
        let mut learned = Learned { merged: self.given.merged.clone(), ..Learned::default() };
        let mut matters = false;
        if self.given.merged.is_empty() {
            let is_relevant = |area: &Area| {
                let is_tall = area.last.0 > area.first.0;
                self.done.is_empty() && area.first.0 < 60
                    || self.done.iter().any(|table| {
                        let mapping = &table.mapping;
                        let is_beside = area.last.1 < mapping.band.0 || mapping.band.1 < area.first.1;
                        let is_title = area.last.0 + 1 < mapping.first_header_row
                            || (area.first.1 <= mapping.band.0 && mapping.band.1 <= area.last.1);
                        let is_of_header = area.first.0 <= mapping.header_row
                            && area.last.0 + 2 >= mapping.first_header_row
                            && !is_title;
                        let is_label = is_tall
                            && area.first.0 > mapping.header_row
                            && mapping
                                .columns
                                .iter()
                                .any(|column| area.first.1 <= column.column && column.column <= area.last.1);
                        !is_beside && (is_of_header || is_label)
                    })
            };
            if self.tail.merged.iter().any(is_relevant) {
                learned.merged = self.tail.merged.clone();
                matters = true;
            }
        }
        // Two tables may read one column: what both saw decides.
        let mut seen: HashMap<(u32, u32), Evidence> = HashMap::new();
        for table in &self.done {
            for (column, evidence) in table.mapping.columns.iter().zip(&table.scratch.evidence) {
                seen.entry((table.mapping.first_header_row, column.column)).or_default().add(evidence);
            }
        }
        for table in &self.done {
            for column in &table.mapping.columns {
                let Some(evidence) = seen.get(&(table.mapping.first_header_row, column.column)) else { continue };
                let decided = evidence.decide(column.habits);
                // A profile's word stands.
                let is_set = table.mapping.profile.is_some() && column.habits != Habits::default();
                if decided != column.habits && !is_set {
                    matters = true;
                    learned.habits.insert((table.mapping.first_header_row, column.column), decided);
                } else if column.habits != Habits::default() {
                    learned.habits.insert((table.mapping.first_header_row, column.column), column.habits);
                }
            }
        }
        learned.sums_above = self.done.iter_mut().flat_map(|table| table.outline.finish()).collect();
        learned.sums_above.sort_unstable();
        matters |= !learned.sums_above.is_empty();
        let is_first = self.given.merged.is_empty() && self.given.habits.is_empty() && self.given.sums_above.is_empty();
        self.learned = (matters && is_first).then_some(learned);
    }

    /// Says what is known of a table once it is read.
    fn close(&mut self, position: usize) {
        let table = &self.done[position];
        let mapping = &table.mapping;
        let header_row = table.summary.header_row.unwrap_or(0);
        let figure = mapping.columns.iter().position(|column| column.role.is_amount());
        let mut problems = Vec::new();
        let sum = |slot: Option<usize>| slot.and_then(|slot| table.sums.sum(slot)).filter(|sum| !sum.is_zero());
        if table.summary.hidden && table.summary.n_used > 0 {
            let is_left_out = mapping.hidden == HiddenPolicy::Exclude;
            let n_rows = table.summary.n_used;
            let kind = if is_left_out { Kind::HiddenRowsLeftOut { n_rows } } else { Kind::HiddenSheet };
            problems.push(Problem::new(self.place.clone(), kind).worth(sum(figure)));
        }
        let mut has_hidden_column = false;
        for (slot, column) in mapping.columns.iter().enumerate() {
            let is_hidden = |(first, last): &(u32, u32)| (*first..=*last).contains(&column.column);
            if self.hidden_columns.iter().any(is_hidden) {
                has_hidden_column = true;
                let amount = sum(column.role.is_amount().then_some(slot));
                let at = self.place.at(header_row, column.column);
                problems.push(Problem::new(at, Kind::HiddenColumn { field: column.header.clone() }).worth(amount));
            }
        }
        if let Some(row) = table.first_hidden {
            let amount = figure.and_then(|slot| table.sums.hidden(slot)).filter(|sum| !sum.is_zero());
            let n_rows = table.summary.n_hidden;
            let kind = match mapping.hidden {
                HiddenPolicy::Exclude => Kind::HiddenRowsLeftOut { n_rows },
                HiddenPolicy::Include => Kind::HiddenRows { n_rows },
                HiddenPolicy::Fail => Kind::HiddenRowsRefused { n_rows },
            };
            problems.push(Problem::new(self.place.at(row, mapping.band.0), kind).worth(amount));
        }
        if mapping.hidden == HiddenPolicy::Fail && (self.is_hidden || has_hidden_column) && table.first_hidden.is_none()
        {
            let kind = Kind::HiddenRowsRefused { n_rows: table.summary.n_used };
            problems.push(Problem::new(self.place.clone(), kind).worth(sum(figure)));
        }
        if let Some(row) = table.first_filtered {
            let n_rows = table.summary.n_filtered;
            problems.push(Problem::new(self.place.at(row, mapping.band.0), Kind::RowsFiltered { n_rows }));
        }
        if let Some(row) = table.first_note {
            let kind = Kind::NoteRows { n_rows: table.summary.n_notes };
            problems.push(Problem::new(self.place.at(row, mapping.band.0), kind));
        }
        if let Some(row) = table.first_other_scenario {
            let column = mapping.slot("scenario").map_or(mapping.band.0, |slot| mapping.columns[slot].column);
            let n_rows = table.summary.n_other_scenarios;
            // Both actuals and targets of the header pass over them: said once.
            if [actuals::SPEC.key, budget::SPEC.key].contains(&mapping.table.key) {
                problems.push(Problem::new(self.place.at(row, column), Kind::OtherScenario { n_rows }));
            }
        }
        if table.summary.n_repeated_headers > 0 {
            let kind = Kind::RepeatedHeader { n_rows: table.summary.n_repeated_headers };
            problems.push(Problem::new(self.place.at(header_row, mapping.band.0), kind));
        }
        if let Some(column) = mapping.columns.iter().find(|column| column.role == Role::Total) {
            let at = self.place.at(header_row, column.column);
            let proof = &table.total_column;
            match proof.first {
                Some((row, stated, sum)) => {
                    let kind = Kind::TotalColumnDiffers {
                        label: column.header.clone(),
                        n_rows: proof.n_different,
                        stated: shown(stated),
                        sum: shown(sum),
                    };
                    let at = self.place.at(row, column.column);
                    problems.push(Problem::new(at, kind).worth(Some(proof.gap())));
                }
                None => problems.push(Problem::new(at, Kind::TotalRow { label: column.header.clone() })),
            }
        }
        let columns: Vec<ColumnSummary> = mapping
            .columns
            .iter()
            .enumerate()
            .map(|(slot, column)| ColumnSummary {
                column: column.column,
                header: column.header.clone(),
                role: column.role.clone(),
                power: column.power,
                habits: column.habits,
                sum: if column.role.is_amount() { table.sums.sum(slot) } else { None },
            })
            .collect();
        let has_hidden = self.is_hidden || table.first_hidden.is_some() || has_hidden_column;
        let is_refused = match mapping.hidden {
            HiddenPolicy::Fail => has_hidden,
            HiddenPolicy::Exclude => self.is_hidden,
            HiddenPolicy::Include => false,
        };
        let done = &mut self.done[position];
        done.summary.columns = columns;
        if is_refused {
            done.summary.n_used = 0;
            done.read = FileTables::default();
        }
        self.note_all(&mut problems);
    }
}

/// Whether a row is a total of others, or follows from totals: then it is left out, with what is to say about it.
fn total(
    reader: &mut RowReader<'_>,
    mapping: &Mapping,
    n_amounts: usize,
    sums: &mut Sums,
    knowledge: &Knowledge<'_>,
    place: &CellRef,
    row: u32,
) -> Option<Problem> {
    let vocabulary = knowledge.vocabulary;
    let label = |reader: &RowReader<'_>| reader.first_label().unwrap_or_default();
    let own_place = |reader: &RowReader<'_>| place.at(row, reader.first_column().unwrap_or(mapping.band.0));
    let said = reader.label(vocabulary);
    if let Some(Label::Total { column, text: label }) = said {
        let figures = reader.figures_only();
        let proof =
            if vocabulary.is_doubtful_total(&label) { sums.is_silent_total(&figures)? } else { sums.total(&figures) };
        return Some(match proof {
            Proof::Differs { slot, stated, sum } => {
                let gap = stated - sum;
                let kind = Kind::TotalDiffers { label, stated: shown(stated), sum: shown(sum), gap: shown(gap) };
                Problem::new(place.at(row, mapping.columns[slot].column), kind).worth(Some(gap))
            }
            _ => Problem::new(place.at(row, column), Kind::TotalRow { label }),
        });
    }
    if n_amounts == 0 {
        return None;
    }
    if matches!(said, Some(Label::All)) || reader.has_no_key() {
        let figures = reader.figures_only();
        return sums
            .is_silent_total(&figures)
            .map(|_| Problem::new(own_place(reader), Kind::TotalRow { label: label(reader) }));
    }
    let may_follow = mapping.table.key == budget::SPEC.key && sums.has_totals();
    let may_be_certain = n_amounts > 1 && sums.may_be_certain();
    if !may_follow && !may_be_certain {
        return None;
    }
    let figures = reader.figures_only();
    let kind = if may_follow && sums.follows(&figures) {
        Kind::TotalRow { label: label(reader) }
    } else if may_be_certain && sums.is_certain_total(&figures) {
        Kind::ProvedTotal { label: label(reader) }
    } else {
        return None;
    };
    Some(Problem::new(own_place(reader), kind))
}

/// An amount in a message: whole, or with two decimals.
fn shown(amount: Amount) -> String {
    amount.grouped(if amount.rounded(0) == amount { 0 } else { 2 })
}

/// The sum of a table's first column of figures, for messages about all of it.
pub fn main_sum(summary: &SheetSummary) -> Option<Amount> {
    summary.columns.iter().find_map(|column| column.sum).filter(|sum| !sum.is_zero())
}
