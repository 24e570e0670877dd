//! One row, seen through a mapping: values by field, problems at their cells.

use std::hash::{Hash, Hasher};

use chrono::NaiveDate;
use rustc_hash::FxHasher;

use crate::cell::{Area, Cell, CellRef, FormatKind, NumberFormat, OwnedValue, Value};
use crate::measure::units;
use crate::measure::{Number, Reading};
use crate::metric::{Scenario, Unit};
use crate::period::parse::{Context, Written, read_period};
use crate::period::{Kind as PeriodKind, Period, Span};
use crate::problem::{Kind, Problem};
use crate::source::Row;

use super::grammar::{self, Said, Writing};
use super::habits::Evidence;
use super::mapping::{Mapping, Role, RowFilter};
use super::outline;
use super::vocabulary::Vocabulary;

/// The cells of a row: straight from the reader, or held since before the header was known.
#[derive(Clone, Copy)]
pub enum Cells<'a> {
    Streamed(&'a Row<'a>),
    Held(&'a [Cell<'a>]),
}

impl<'a> Cells<'a> {
    pub fn len(&self) -> usize {
        match self {
            Cells::Streamed(row) => row.len(),
            Cells::Held(cells) => cells.len(),
        }
    }

    #[inline]
    pub fn column(&self, position: usize) -> u32 {
        match self {
            Cells::Streamed(row) => row.column(position),
            Cells::Held(cells) => cells[position].column,
        }
    }

    #[inline]
    fn cell(&self, position: usize) -> Cell<'a> {
        match self {
            Cells::Streamed(row) => row.cell(position),
            Cells::Held(cells) => cells[position],
        }
    }

    /// The texts among the cells.
    pub fn texts(self) -> impl Iterator<Item = &'a str> {
        (0..self.len()).filter_map(move |position| match self.cell(position).value {
            Value::Text(text) => Some(text),
            _ => None,
        })
    }
}

/// What is kept from row to row for its room, and what was found out about shared strings.
#[derive(Default)]
pub struct Scratch {
    /// For each mapped column, the position of its cell in the row, or [`NO_CELL`].
    positions: Vec<usize>,
    pub problems: Vec<Problem>,
    /// What a shared string is as a label.
    labels: Vec<Known>,
    /// The figures of the row, by slot, once they are read.
    pub figures: Vec<Option<Number>>,
    /// What the texts of each mapped column showed so far.
    pub evidence: Vec<Evidence>,
}

/// Values that stand in one cell and hold for several rows: vertically merged labels, and fields that a profile
/// says are written once.
#[derive(Default)]
pub struct Fills(Vec<Fill>);

struct Fill {
    slot: usize,
    column: u32,
    is_figure: bool,
    /// First and last row of merged stretches of the column, ascending.
    merged: Vec<(u32, u32)>,
    /// Whether a value holds until the next one.
    is_until_next: bool,
    value: Option<OwnedValue>,
    last_row: u32,
}

impl Fills {
    /// What the merged ranges below the header, and the profile, make of a mapping's columns.
    pub fn new(mapping: &Mapping, merged: &[Area]) -> Self {
        let fill = |(slot, column): (usize, &super::mapping::MappedColumn)| {
            let of_column = merged.iter().filter(|area| {
                area.first.1 <= column.column && column.column <= area.last.1 && area.last.0 > area.first.0
            });
            let mut merged: Vec<(u32, u32)> = of_column
                .filter(|area| area.first.0 > mapping.header_row)
                .map(|area| (area.first.0, area.last.0))
                .collect();
            merged.sort_unstable();
            let is_until_next = matches!(&column.role, Role::Field(field) if mapping.fill_down.contains(field));
            (is_until_next || !merged.is_empty()).then(|| Fill {
                slot,
                column: column.column,
                is_figure: column.role.is_figure(),
                merged,
                is_until_next,
                value: None,
                last_row: 0,
            })
        };
        Fills(mapping.columns.iter().enumerate().filter_map(fill).collect())
    }

    /// Takes note of a row's own values.
    pub fn update(&mut self, row: u32, cells: Cells<'_>) {
        for fill in &mut self.0 {
            let own = (0..cells.len()).find(|position| cells.column(*position) == fill.column);
            let own = own.map(|position| cells.cell(position).value.owned());
            let stretch = fill.merged.iter().find(|(first, last)| (*first..=*last).contains(&row));
            match (stretch, own) {
                (Some((first, last)), own) if *first == row => (fill.value, fill.last_row) = (own, *last),
                (_, Some(own)) if fill.is_until_next => (fill.value, fill.last_row) = (Some(own), u32::MAX),
                _ => {}
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn at(&self, slot: usize, row: u32) -> Option<&OwnedValue> {
        let fill = self.0.iter().find(|fill| fill.slot == slot && !fill.is_figure)?;
        fill.value.as_ref().filter(|_| row <= fill.last_row)
    }

    /// Whether a figure stands in a cell merged over several rows, and whether this row is the first of them.
    fn merged_figure(&self, slot: usize, row: u32) -> Option<bool> {
        let fill = self.0.iter().find(|fill| fill.slot == slot && fill.is_figure)?;
        let (first, _) = fill.merged.iter().find(|(first, last)| (*first..=*last).contains(&row))?;
        Some(*first == row)
    }
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Known {
    #[default]
    NotYet,
    Other,
    Total,
    All,
}

/// What a label says a row is.
pub enum Label {
    /// A total of others: where and how it is called.
    Total { column: u32, text: String },
    /// All units together: perhaps the sum of the others.
    All,
}

const NO_CELL: usize = usize::MAX;

/// How the cells of a sheet are stored.
#[derive(Clone, Copy, Debug, Default)]
pub struct Storage {
    /// Text files have no number cells: a plain number in text is nothing to remark on.
    pub is_text: bool,
    /// Bare numbers in columns of dates count from 1904.
    pub is_1904: bool,
}

pub struct RowReader<'a> {
    mapping: &'a Mapping,
    place: &'a CellRef,
    row: u32,
    cells: Cells<'a>,
    storage: Storage,
    fills: &'a Fills,
    scratch: &'a mut Scratch,
}

impl<'a> RowReader<'a> {
    pub fn new(
        mapping: &'a Mapping,
        place: &'a CellRef,
        row: u32,
        cells: Cells<'a>,
        storage: Storage,
        fills: &'a Fills,
        scratch: &'a mut Scratch,
    ) -> Self {
        // Both lists ascend by column: one walk pairs them.
        let mut position = 0;
        scratch.positions.clear();
        for mapped in &mapping.columns {
            while position < cells.len() && cells.column(position) < mapped.column {
                position += 1;
            }
            let is_there = position < cells.len() && cells.column(position) == mapped.column;
            scratch.positions.push(if is_there { position } else { NO_CELL });
        }
        scratch.figures.clear();
        scratch.figures.resize(mapping.columns.len(), None);
        if scratch.evidence.len() < mapping.columns.len() {
            scratch.evidence.resize(mapping.columns.len(), Evidence::default());
        }
        RowReader { mapping, place, row, cells, storage, fills, scratch }
    }

    fn cell(&self, slot: usize) -> Option<Cell<'a>> {
        let position = *self.scratch.positions.get(slot)?;
        if position == NO_CELL {
            // A label merged over several rows stands in the first of them.
            let value = self.fills.at(slot, self.row)?.borrowed();
            let column = self.mapping.columns[slot].column;
            return Some(Cell { column, value, format: NumberFormat::default() });
        }
        Some(self.cells.cell(position))
    }

    pub fn value(&self, slot: usize) -> Option<Value<'a>> {
        self.cell(slot).map(|cell| cell.value)
    }

    /// The shared string in a slot's cell: the same number is the same text in the whole workbook.
    pub fn string(&self, slot: usize) -> Option<u32> {
        match (self.cells, self.scratch.positions.get(slot)) {
            (Cells::Streamed(row), Some(position)) if *position != NO_CELL => row.string(*position),
            _ => None,
        }
    }

    /// One number for all cells of the row but those in `read` slots, mapped or not: rows that differ
    /// in any of them differ here.
    pub fn rest(&self, read: &[bool]) -> u32 {
        let mut hasher = FxHasher::default();
        let mut slot = 0;
        for position in 0..self.cells.len() {
            let column = self.cells.column(position);
            while self.mapping.columns.get(slot).is_some_and(|mapped| mapped.column < column) {
                slot += 1;
            }
            let is_read = self.mapping.columns.get(slot).is_some_and(|mapped| mapped.column == column)
                && read.get(slot).copied().unwrap_or(false);
            if is_read {
                continue;
            }
            column.hash(&mut hasher);
            match self.cells.cell(position).value {
                Value::Date(day) => day.hash(&mut hasher),
                Value::Number(number) => number.parts().hash(&mut hasher),
                Value::Text(text) | Value::Error(text) => text.hash(&mut hasher),
                Value::Truth(truth) => truth.hash(&mut hasher),
                Value::NotCalculated => 1u8.hash(&mut hasher),
                Value::NotFinite => 2u8.hash(&mut hasher),
            }
        }
        let hash = hasher.finish();
        // Both halves count: the low bits alone are the weakest.
        u32::try_from((hash ^ (hash >> 32)) & 0xffff_ffff).unwrap_or(0)
    }

    pub fn n_problems(&self) -> usize {
        self.scratch.problems.len()
    }

    pub fn row(&self) -> u32 {
        self.row
    }

    /// Whether no mapped column has anything in this row.
    pub fn is_empty(&self) -> bool {
        self.scratch.positions.iter().all(|position| *position == NO_CELL)
    }

    /// Whether any column that holds figures is filled.
    pub fn has_figures(&self) -> bool {
        let mut columns = self.mapping.columns.iter().zip(&self.scratch.positions);
        columns.any(|(column, position)| *position != NO_CELL && column.role.is_figure())
    }

    /// Whether no column that describes the row is filled.
    pub fn has_no_key(&self) -> bool {
        self.key_slots().next().is_none()
    }

    /// The filled columns that describe the row.
    fn key_slots(&self) -> impl Iterator<Item = usize> + '_ {
        let is_key = |role: &Role| matches!(role, Role::Field(_)) && !role.is_amount();
        let columns = self.mapping.columns.iter().enumerate();
        columns.filter(move |(slot, column)| is_key(&column.role) && self.is_filled(*slot)).map(|(slot, _)| slot)
    }

    /// The first text that describes the row: what a total without a word for it is called by.
    pub fn first_label(&self) -> Option<String> {
        self.key_slots().find_map(|slot| match self.value(slot) {
            Some(Value::Text(text)) => Some(grammar::name(text)),
            _ => None,
        })
    }

    /// Blanks before the first text that describes the row.
    pub fn indent(&self) -> usize {
        let mut texts = self.key_slots().filter_map(|slot| match self.value(slot) {
            Some(Value::Text(text)) => Some(outline::indent(text)),
            _ => None,
        });
        texts.next().unwrap_or(0)
    }

    /// The first filled column of the table.
    pub fn first_column(&self) -> Option<u32> {
        let mut columns = self.mapping.columns.iter().zip(&self.scratch.positions);
        columns.find(|(_, position)| **position != NO_CELL).map(|(column, _)| column.column)
    }

    /// Whether a profile's filters leave the row out.
    pub fn is_filtered_out(&self, filters: &[RowFilter]) -> bool {
        filters.iter().any(|filter| {
            let slot = self.mapping.columns.iter().position(|column| column.column == filter.column);
            let text = slot.and_then(|slot| self.plain_text(slot)).unwrap_or_default();
            let is_kept = filter.keep.is_empty() || filter.keep.contains(&text);
            !is_kept || filter.drop.contains(&text)
        })
    }

    /// A cell's text, translated and without any remark.
    fn plain_text(&self, slot: usize) -> Option<String> {
        let text = match self.value(slot)? {
            Value::Text(text) => grammar::clean(text),
            value => value.display(),
        };
        let column = &self.mapping.columns[slot];
        let translated = column.lookup.as_ref().and_then(|(_, values)| values.get(&text));
        let translated = translated.or_else(|| column.values.as_ref().and_then(|values| values.get(&text)));
        Some(translated.cloned().unwrap_or(text))
    }

    fn currency_slot(&self) -> Option<usize> {
        self.mapping.columns.iter().position(|column| column.role == Role::Currency)
    }

    /// The currency of the row's money, where a column says it.
    pub fn currency(&self) -> Option<String> {
        self.plain_text(self.currency_slot()?)
    }

    /// Remarks on the cell of the currency.
    pub fn note_currency(&mut self, kind: Kind) {
        if let Some(slot) = self.currency_slot() {
            self.note_at(slot, kind);
        }
    }

    /// The scenario of a row whose table has a column for it: `Ok` when the row is for this table.
    ///
    /// # Errors
    /// The scenario that it is for, or nothing where the cell names none that is known.
    pub fn is_of_scenario(&self, wanted: Scenario, vocabulary: &Vocabulary) -> Result<(), Option<Scenario>> {
        let text = self.slot("scenario").and_then(|slot| self.plain_text(slot)).unwrap_or_default();
        match vocabulary.scenario(&text) {
            Some(scenario) if scenario == wanted => Ok(()),
            other => Err(other),
        }
    }

    /// The total of the row as the sheet states it.
    pub fn stated_total(&self) -> Option<Number> {
        let slot = self.mapping.columns.iter().position(|column| column.role == Role::Total)?;
        match self.value(slot)? {
            Value::Number(number) if number.is_below_ten_to(15) => {
                Some(number.times_ten_to(self.mapping.columns[slot].power.unwrap_or(self.mapping.money_power)))
            }
            _ => None,
        }
    }

    /// The figures of the row by slot, read without any remark: to see whether it is a row of the table at all.
    pub fn figures_only(&mut self) -> Vec<Option<Number>> {
        self.read_figures();
        let n_slots = self.mapping.columns.len();
        std::mem::replace(&mut self.scratch.figures, vec![None; n_slots])
    }

    /// Reads the figures of a row that is no row of the table, without any remark.
    pub fn read_figures(&mut self) {
        let n_problems = self.scratch.problems.len();
        let evidence = self.scratch.evidence.clone();
        for slot in 0..self.mapping.columns.len() {
            if self.mapping.columns[slot].role.is_amount() {
                let _ = self.number(slot, Some(Unit::Money));
            }
        }
        self.scratch.problems.truncate(n_problems);
        self.scratch.evidence = evidence;
    }

    /// What the row's labels say it is, if it is not one of the table's own: each shared string is asked once.
    pub fn label(&mut self, vocabulary: &Vocabulary) -> Option<Label> {
        let mut is_of_all = false;
        for (slot, column) in self.mapping.columns.iter().enumerate() {
            // A budget's basis may well say "total".
            if !matches!(column.role, Role::Field(field) if field != "basis") {
                continue;
            }
            let string = self.string(slot).map(|string| string as usize);
            let mut known = string.and_then(|string| self.scratch.labels.get(string).copied()).unwrap_or_default();
            if known == Known::Other {
                continue;
            }
            let Some(Value::Text(text)) = self.value(slot) else { continue };
            if known == Known::NotYet {
                known = match text {
                    text if vocabulary.is_total(text) => Known::Total,
                    text if vocabulary.says_all(text) => Known::All,
                    _ => Known::Other,
                };
                if let Some(string) = string {
                    if self.scratch.labels.len() <= string {
                        self.scratch.labels.resize(string + 1, Known::NotYet);
                    }
                    self.scratch.labels[string] = known;
                }
            }
            match known {
                Known::Total => return Some(Label::Total { column: column.column, text: grammar::clean(text) }),
                Known::All => is_of_all = true,
                _ => {}
            }
        }
        is_of_all.then_some(Label::All)
    }

    fn slot(&self, field: &str) -> Option<usize> {
        self.mapping.columns.iter().position(|column| matches!(&column.role, Role::Field(key) if *key == field))
    }

    fn filled_slot(&self, fields: &[&str]) -> Option<usize> {
        fields.iter().filter_map(|field| self.slot(field)).find(|slot| self.is_filled(*slot))
    }

    /// Whether the table has a column for a field, or the profile says what it is in every row.
    pub fn has_column(&self, field: &str) -> bool {
        self.slot(field).is_some() || self.mapping.constant(field).is_some()
    }

    pub fn is_filled(&self, slot: usize) -> bool {
        self.scratch.positions.get(slot).is_some_and(|position| *position != NO_CELL)
            || self.fills.at(slot, self.row).is_some()
    }

    pub fn header(&self, slot: usize) -> &str {
        &self.mapping.columns[slot].header
    }

    /// The header of a field's column; empty where the table has none.
    pub fn header_of(&self, field: &str) -> String {
        self.slot(field).map_or_else(String::new, |slot| self.header(slot).to_string())
    }

    /// Whether the calendar has a period: not every year has a week 53.
    pub fn exists(&self, period: Period) -> bool {
        self.mapping.calendar.exists(period)
    }

    /// The place of a slot's cell in this row.
    pub fn place_of(&self, slot: usize) -> CellRef {
        self.place.at(self.row, self.mapping.columns[slot].column)
    }

    /// The place of the first of these fields that is filled, or that the table has.
    pub fn place(&self, fields: &[&str]) -> CellRef {
        let slot = self.filled_slot(fields).or_else(|| fields.iter().find_map(|field| self.slot(field)));
        slot.map_or_else(|| self.place.at(self.row, 0), |slot| self.place_of(slot))
    }

    pub fn note_at(&mut self, slot: usize, kind: Kind) {
        self.scratch.problems.push(Problem::new(self.place_of(slot), kind));
    }

    pub fn note(&mut self, fields: &[&str], kind: Kind) {
        self.scratch.problems.push(Problem::new(self.place(fields), kind));
    }

    /// Notes that none of these fields, one of which is needed, is filled.
    pub fn blank_key(&mut self, fields: &[&str]) {
        let slot = fields.iter().find_map(|field| self.slot(field));
        let field = slot.map_or_else(String::new, |slot| self.header(slot).to_string());
        self.note(fields, Kind::BlankKey { field });
    }

    fn writing(&self, slot: usize) -> Writing {
        let column = &self.mapping.columns[slot];
        Writing {
            field: column.header.clone(),
            power: column.power.unwrap_or(0),
            is_fraction: false,
            is_percent: false,
            habits: column.habits,
            blanks: self.mapping.blanks.clone(),
            is_text: self.storage.is_text,
            is_1904: self.storage.is_1904,
            year: self.mapping.context.year,
        }
    }

    /// The value a slot's cell says; remarks and refusals are noted at the cell. `Err` is refused.
    fn take<T>(&mut self, slot: usize, said: Said<T>) -> Option<Result<T, ()>> {
        match said {
            Said::Value(value) => Some(Ok(value)),
            Said::Remarked(value, kind) => {
                self.note_at(slot, kind);
                Some(Ok(value))
            }
            Said::Nothing => None,
            Said::Refused(kind) => {
                self.note_at(slot, kind);
                Some(Err(()))
            }
        }
    }

    /// A name or an id, cleaned and translated.
    pub fn text(&mut self, field: &str) -> Option<String> {
        match self.slot(field) {
            Some(slot) => self.text_at(slot),
            None => self.mapping.constant(field).map(str::to_string),
        }
    }

    /// The same of a slot.
    pub fn text_at(&mut self, slot: usize) -> Option<String> {
        let value = self.value(slot)?;
        let mut text = match value {
            Value::Error(_) => {
                let kind = Kind::ErrorCell { field: self.header(slot).to_string(), raw: value.display() };
                self.note_at(slot, kind);
                return None;
            }
            Value::NotCalculated => {
                self.note_at(slot, Kind::NotCalculated { field: self.header(slot).to_string() });
                return None;
            }
            Value::Text(text) => {
                let cleaned = grammar::name(text);
                if grammar::has_invisible(text) {
                    let (field, used) = (self.header(slot).to_string(), cleaned.clone());
                    self.note_at(slot, Kind::CleanedText { field, raw: text.escape_debug().to_string(), used });
                } else if cleaned.len() > 1 && cleaned.starts_with(['=', '+', '@']) {
                    let (field, raw) = (self.header(slot).to_string(), cleaned.clone());
                    self.note_at(slot, Kind::FormulaText { field, raw });
                }
                cleaned
            }
            _ => value.display(),
        };
        if text.is_empty() || self.mapping.blanks.contains(&text.to_lowercase()) {
            return None;
        }
        let column = &self.mapping.columns[slot];
        let Role::Field(key) = column.role else { return Some(text) };
        if matches!(key, "person_id" | "other_id" | "document" | "deal_id")
            && let Value::Number(number) = value
        {
            // A spreadsheet keeps fifteen digits: the last of a longer id are not what was typed.
            if !number.is_below_ten_to(15) {
                let field = column.header.clone();
                self.note_at(slot, Kind::IdTooLong { field, raw: text });
                return None;
            }
            if let Some(width) = column.width
                && text.len() < width
            {
                let padded = format!("{text:0>width$}");
                let kind = Kind::IdPadded { field: column.header.clone(), raw: text, used: padded.clone() };
                self.note_at(slot, kind);
                text = padded;
            }
        }
        let column = &self.mapping.columns[slot];
        if let Some(translated) = column.values.as_ref().and_then(|values| values.get(&text)) {
            text.clone_from(translated);
        }
        if matches!(key, "person" | "team" | "region" | "unit" | "manager" | "product" | "segment" | "customer")
            && let Some(name) = self.mapping.aliases.get(&text)
        {
            text.clone_from(name);
        }
        let Some((lookup, values)) = &column.lookup else { return Some(text) };
        if let Some(translated) = values.get(&grammar::clean(&text)) {
            return Some(translated.clone());
        }
        let kind = Kind::MissingLookup { field: column.header.clone(), raw: text.clone(), lookup: lookup.clone() };
        self.note_at(slot, kind);
        Some(text)
    }

    /// What a profile's lookup says of a cell; nothing at all for a column without a lookup. A lookup whose file was
    /// not among the inputs says nothing of any cell.
    pub fn looked_up(&mut self, field: &str) -> Option<Option<String>> {
        let slot = self.slot(field)?;
        let (_, values) = self.mapping.columns[slot].lookup.as_ref()?;
        if values.is_empty() {
            return Some(None);
        }
        let n_problems = self.n_problems();
        let text = self.text_at(slot);
        Some(text.filter(|_| self.n_problems() == n_problems))
    }

    /// Takes note of what the order of a text date may be.
    fn note_date(&mut self, slot: usize, value: Value<'_>) {
        if let Value::Text(text) = value
            && let Some(fits) = grammar::orders_that_fit(text)
        {
            self.scratch.evidence[slot].note_date(fits);
        }
    }

    pub fn date(&mut self, field: &str) -> Option<NaiveDate> {
        self.date_or_refused(field)?.ok()
    }

    /// The same, where it matters whether a date is missing or could not be read. `Err` is refused.
    pub fn date_or_refused(&mut self, field: &str) -> Option<Result<NaiveDate, ()>> {
        let slot = self.slot(field)?;
        self.date_at(slot)
    }

    /// The same of the column with this position.
    pub fn date_at(&mut self, slot: usize) -> Option<Result<NaiveDate, ()>> {
        let value = self.value(slot)?;
        // Exports write a space, or a word that the profile names, for nothing.
        if let Value::Text(text) = value
            && self.mapping.blanks.contains(&grammar::clean(text).to_lowercase())
        {
            return None;
        }
        self.note_date(slot, value);
        let said = grammar::date(value, &self.writing(slot));
        self.take(slot, said)
    }

    /// A day, or (`Err`) the text of a cell that is plainly none; nothing when it is blank or refused.
    pub fn day_or_text(&mut self, field: &str) -> Option<Result<NaiveDate, String>> {
        let text = self.text(field)?;
        let slot = self.slot(field)?;
        let value = self.value(slot)?;
        self.note_date(slot, value);
        match grammar::date(value, &self.writing(slot)) {
            Said::Refused(Kind::NotADate { .. }) | Said::Nothing => Some(Err(text)),
            said => self.take(slot, said)?.ok().map(Ok),
        }
    }

    /// A fraction such as a share: 0.5, 50 %, or 50 under a header with %. `None` is blank, `Err` is refused.
    pub fn fraction_or_refused(&mut self, field: &str) -> Option<Result<Number, ()>> {
        let slot = self.slot(field)?;
        self.number(slot, Some(Unit::Percent))
    }

    /// A number; `None` is blank, `Err` is refused. Money takes the unit of header or title.
    pub fn number(&mut self, slot: usize, unit: Option<Unit>) -> Option<Result<Number, ()>> {
        self.number_in(slot, unit, None)
    }

    fn number_in(&mut self, slot: usize, unit: Option<Unit>, row_power: Option<i16>) -> Option<Result<Number, ()>> {
        let read = if self.mapping.columns[slot].factors.is_empty() {
            self.cell_number(slot, unit, row_power)
        } else {
            self.product(slot)
        };
        if let Some(Ok(number)) = read {
            self.scratch.figures[slot] = Some(number);
        }
        read
    }

    /// A figure that a profile calculates: the product of other columns. One of them blank leaves it blank.
    fn product(&mut self, slot: usize) -> Option<Result<Number, ()>> {
        let mapping = self.mapping;
        let mut product = crate::measure::Amount::ONE;
        for factor in &mapping.columns[slot].factors {
            let operand =
                mapping.columns.iter().position(|column| column.column == factor.column && column.factors.is_empty());
            // Left out with the hidden columns: without it there is no product.
            let Some(operand) = operand else { return Some(Err(())) };
            let unit = if factor.is_complement { Unit::Percent } else { Unit::Count };
            let number = match self.cell_number(operand, Some(unit), None)? {
                Ok(number) => number,
                Err(()) => return Some(Err(())),
            };
            let Some(amount) = number.amount() else { return Some(Err(())) };
            let factor = if factor.is_complement { crate::measure::Amount::ONE - amount } else { amount };
            product = match product.times(factor) {
                Some(product) => product,
                None => return Some(Err(())),
            };
        }
        let number = Number::from_plain(&product.rounded(crate::measure::LEDGER_DECIMALS).plain());
        Some(number.ok_or(()))
    }

    fn cell_number(&mut self, slot: usize, unit: Option<Unit>, row_power: Option<i16>) -> Option<Result<Number, ()>> {
        if !self.fills.0.is_empty()
            && let Some(is_first) = self.fills.merged_figure(slot, self.row)
        {
            // Which of the rows it belongs to, nobody can say.
            if is_first && self.is_filled(slot) {
                let (field, raw) = (self.header(slot).to_string(), self.value(slot)?.display());
                self.note_at(slot, Kind::MergedFigure { field, raw });
            }
            return Some(Err(()));
        }
        let Cell { value, format, .. } = self.cell(slot)?;
        let is_percent = format.kind == FormatKind::Percent;
        // The common case first, without building what only messages need.
        let column = &self.mapping.columns[slot];
        let title_power = if unit == Some(Unit::Money) { self.mapping.money_power } else { 0 };
        // A column of targets holds many metrics: its 万元 is for the money among them.
        let is_shared = matches!(column.role, Role::Field("value") | Role::Figure { metric: None, .. });
        let column_power = column.power.filter(|power| !is_shared || *power <= 0 || unit == Some(Unit::Money));
        // What the cell itself shows beside the number is nearest.
        let power = format.unit_power.or(row_power).or(column_power).unwrap_or(title_power);
        if let Value::Number(number) = value
            && power == 0
            && unit != Some(Unit::Percent)
            && !is_percent
            && format.kind != FormatKind::Duration
            && number.is_below_ten_to(12)
        {
            return Some(Ok(number));
        }
        let is_fraction = unit == Some(Unit::Percent);
        match value {
            Value::Text(text) => self.scratch.evidence[slot].note_number(text),
            Value::Number(number) if is_fraction && !is_percent => {
                let is_small = number.is_below_ten_to(0) || number.amount().is_some_and(grammar::is_small_rate);
                if !number.amount().is_some_and(|amount| amount.is_zero()) {
                    self.scratch.evidence[slot].note_rate(is_small);
                }
            }
            // 36:00 hours are no amount.
            Value::Number(number) if format.kind == FormatKind::Duration => {
                let (field, raw) = (self.header(slot).to_string(), number.text());
                self.note_at(slot, Kind::WrongType { field, raw });
                return Some(Err(()));
            }
            _ => {}
        }
        let writing = Writing { power, is_fraction, is_percent, ..self.writing(slot) };
        let said = grammar::number(value, &writing);
        self.take(slot, said)
    }

    /// The unit that a cell names: 万元 → 4. `None` is blank, `Err` is refused.
    pub fn unit_power(&mut self, field: &str) -> Option<Result<i16, ()>> {
        let raw = self.text(field)?;
        let power = units::unit_power(&raw);
        if power.is_none() {
            let field_name = self.slot(field).map_or_else(String::new, |slot| self.header(slot).to_string());
            self.note(&[field], Kind::UnitNotKnown { field: field_name, raw });
        }
        Some(power.ok_or(()))
    }

    /// The unit in brackets at the end of a cell: 销售额(万元) → 4.
    pub fn unit_in_brackets(&self, field: &str) -> Option<i16> {
        let Value::Text(text) = self.value(self.slot(field)?)? else { return None };
        let text = grammar::clean(text);
        units::unit_power(text.strip_suffix(')')?.rsplit_once('(')?.1)
    }

    /// A count, blank or unreadable.
    pub fn reading(&mut self, slot: usize) -> Reading {
        self.reading_in(slot, Some(Unit::Count), None)
    }

    /// A reading of a field, blank where the table has no such column.
    pub fn reading_of(&mut self, field: &str, unit: Unit) -> Reading {
        self.slot(field).map_or(Reading::Blank, |slot| self.reading_in(slot, Some(unit), None))
    }

    /// A reading in a unit that the row names, if it names one.
    pub fn reading_in(&mut self, slot: usize, unit: Option<Unit>, row_power: Option<i16>) -> Reading {
        match self.number_in(slot, unit, row_power) {
            None => Reading::Blank,
            Some(Err(())) => Reading::Unreadable,
            Some(Ok(number)) => match number.amount() {
                Some(amount) => Reading::Known(amount),
                None => {
                    let kind = Kind::TooManyDigits { field: self.header(slot).to_string(), raw: number.text() };
                    self.note_at(slot, kind);
                    Reading::Unreadable
                }
            },
        }
    }

    /// A year in a column of its own.
    pub fn year(&mut self, field: &str) -> Option<i32> {
        let slot = self.slot(field)?;
        let text = self.value(slot)?.display();
        match read_period(&text) {
            Some(Written::Whole(Period { kind: PeriodKind::Year, year, .. })) => Some(year),
            _ => {
                let field = self.header(slot).to_string();
                self.note_at(slot, Kind::NotAPeriod { field, raw: text });
                None
            }
        }
    }

    /// Year and month of whatever the row does not say: from its own columns, the table, the run.
    pub fn context(&mut self, run: Context) -> Context {
        let year = if self.slot("year").is_some() { self.year("year") } else { None };
        Context::from(year).or(self.mapping.context).or(run)
    }

    /// The period that the row names in one of these fields, or its year when it has no such field.
    pub fn period(&mut self, fields: &[&str], context: Context) -> Option<Period> {
        let Some(slot) = self.filled_slot(fields) else {
            let has_field = fields.iter().any(|field| self.slot(field).is_some());
            if has_field {
                self.blank_key(fields);
                return None;
            }
            let of_row = context.year.filter(|_| self.slot("year").is_some()).map(Period::year);
            return self.mapping.period.or(of_row).or(self.mapping.profile.as_ref().and(context.period()));
        };
        match self.written(slot)? {
            Ok(written) => self.resolved(slot, written, context),
            Err(day) => {
                // A target for a month is often dated on its first day, or its last.
                let bound = self.mapping.calendar.month_bounded_by(day);
                self.scratch.evidence[slot].note_day(bound.is_some());
                let are_days = self.mapping.columns[slot].habits.dates_are_days;
                Some(bound.filter(|_| !are_days).unwrap_or(Period::day(day)))
            }
        }
    }

    /// The days that the row names in the first of these fields that is filled: a day, or a whole period.
    pub fn span(&mut self, fields: &[&str], run: Context) -> Option<Span> {
        let context = self.context(run);
        let Some(slot) = self.filled_slot(fields) else {
            let has_field = fields.iter().any(|field| self.slot(field).is_some());
            if let Some(period) = self.mapping.period.filter(|_| !has_field) {
                return Some(self.mapping.calendar.span(period));
            }
            self.blank_key(fields);
            return None;
        };
        match self.written(slot)? {
            // A day under `Week` or `Week starting` stands for its week.
            Err(day) if self.says_week(slot) => {
                let calendar = &self.mapping.calendar;
                Some(calendar.span(calendar.containing(PeriodKind::Week, day)))
            }
            Err(day) => Some(Span::day(day)),
            Ok(written) => {
                let period = self.resolved(slot, written, context)?;
                self.fine_enough(slot, period)
            }
        }
    }

    fn says_week(&self, slot: usize) -> bool {
        let header = self.header(slot).to_lowercase();
        let is_of_days = ["weekday", "day of week", "周几", "周末"].iter().any(|word| header.contains(word));
        !is_of_days && (header.contains("week") || header.contains('周'))
    }

    /// The days of a period, if actuals of it can be placed in months.
    fn fine_enough(&mut self, slot: usize, period: Period) -> Option<Span> {
        let is_coarse = matches!(period.kind, PeriodKind::Year | PeriodKind::Quarter);
        if matches!(self.mapping.table.key, "actuals" | "spend") && is_coarse {
            self.note_at(slot, Kind::PeriodTooCoarse { raw: period.to_string() });
            return None;
        }
        Some(self.mapping.calendar.span(period))
    }

    /// The period of a column with periods across: its header's, with the year and month of the row.
    pub fn period_across(&mut self, slot: usize, written: Written, context: Context) -> Option<Period> {
        let period = written.resolve(context);
        if let Some(none) = period.filter(|period| !self.exists(*period)) {
            let field = self.header(slot).to_string();
            if self.is_filled(slot) {
                self.note_at(slot, Kind::NotAPeriod { raw: none.to_string(), field });
            }
            return None;
        }
        // Where no row could have a year, the header has the problem, once. A 31st of June is a blank column.
        let may_say = self.slot("year").is_some() || self.slot("period").is_some();
        let is_lacking = context.year.is_none() || written.kind() != PeriodKind::Day || context.month.is_none();
        if period.is_none() && self.is_filled(slot) && (may_say || !is_lacking) {
            let field = self.header(slot).to_string();
            let kind = if is_lacking {
                Kind::PeriodNeedsYear { raw: field.clone(), field }
            } else {
                Kind::NotAPeriod { raw: field.clone(), field }
            };
            self.note_at(slot, kind);
        }
        period
    }

    /// The days of such a column. Those of a quarter are divided over its months, as the header's remark says.
    pub fn span_across(&mut self, slot: usize, written: Written, context: Context) -> Option<Span> {
        let period = self.period_across(slot, written, context)?;
        Some(self.mapping.calendar.span(period))
    }

    fn resolved(&mut self, slot: usize, written: Written, context: Context) -> Option<Period> {
        let raw = self.value(slot).map(|value| value.display()).unwrap_or_default();
        let field = self.header(slot).to_string();
        match written.resolve(context) {
            Some(period) if self.mapping.calendar.exists(period) => Some(period),
            Some(_) => {
                self.note_at(slot, Kind::NotAPeriod { field, raw });
                None
            }
            None => {
                self.note_at(slot, Kind::PeriodNeedsYear { field, raw });
                None
            }
        }
    }

    /// A period as written (`Ok`) or a day (`Err`); nothing when refused, with the problem noted.
    fn written(&mut self, slot: usize) -> Option<Result<Written, NaiveDate>> {
        let value = self.value(slot)?;
        if let Value::Date(day) = value
            && grammar::is_plausible(day)
        {
            return Some(Err(day));
        }
        self.note_date(slot, value);
        let text = value.display();
        if let Value::Number(number) = value
            && let Some(index) = number.whole().and_then(|whole| u32::try_from(whole).ok())
            && (1..=53).contains(&index)
        {
            // A bare number is what its header says: month 3, quarter 3, week 3.
            let header = self.header(slot).to_lowercase();
            let kind = [("月", PeriodKind::Month), ("month", PeriodKind::Month), ("季", PeriodKind::Quarter)]
                .into_iter()
                .chain([("quarter", PeriodKind::Quarter), ("周", PeriodKind::Week), ("week", PeriodKind::Week)])
                .find(|(word, _)| header.contains(word));
            if let Some((_, kind)) = kind {
                return Some(Ok(Written::NeedsYear { kind, index }));
            }
        }
        let writing = self.writing(slot);
        // Most rows are dated: a text that is plainly a date needs no search for periods.
        if matches!(value, Value::Text(_))
            && text.len() >= 8
            && text.starts_with(|first: char| first.is_ascii_digit())
            && let Said::Value(day) = grammar::date(value, &writing)
        {
            return Some(Err(day));
        }
        // 2026.1 may be what a spreadsheet made of 2026.10: only whole numbers name periods.
        let may_be_period = match value {
            Value::Text(_) => true,
            Value::Number(number) => number.whole().is_some(),
            _ => false,
        };
        if may_be_period && let Some(written) = read_period(&text) {
            return Some(Ok(written));
        }
        match grammar::date(value, &writing) {
            Said::Value(day) => Some(Err(day)),
            Said::Remarked(day, kind) => {
                self.note_at(slot, kind);
                Some(Err(day))
            }
            Said::Nothing => {
                self.note_at(slot, Kind::BlankKey { field: self.header(slot).to_string() });
                None
            }
            Said::Refused(kind) => {
                let kind = match kind {
                    Kind::NotADate { field, raw } if self.slot("date") != Some(slot) => Kind::NotAPeriod { field, raw },
                    kind => kind,
                };
                self.note_at(slot, kind);
                None
            }
        }
    }
}
