//! One row, seen through a mapping: values by field, problems at their cells.

use std::hash::{Hash, Hasher};

use chrono::NaiveDate;
use rustc_hash::FxHasher;

use crate::cell::{Cell, CellRef, FormatKind, Value};
use crate::measure::units;
use crate::measure::{Number, Reading};
use crate::metric::Unit;
use crate::period::parse::{Written, read_period};
use crate::period::{Kind as PeriodKind, Period, Span};
use crate::problem::{Kind, Problem};
use crate::source::Row;

use super::grammar::{self, Said, Writing};
use super::header::{Mapping, Role, Vocabulary};

/// The cells of a row: straight from the reader, or held since before the header was known.
#[derive(Clone, Copy)]
pub enum Cells<'a> {
    Streamed(&'a Row<'a>),
    Held(&'a [Cell<'a>]),
}

impl<'a> Cells<'a> {
    fn len(&self) -> usize {
        match self {
            Cells::Streamed(row) => row.len(),
            Cells::Held(cells) => cells.len(),
        }
    }

    #[inline]
    fn column(&self, position: usize) -> u32 {
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
}

/// What is kept from row to row for its room, and what was found out about shared strings.
#[derive(Default)]
pub struct Scratch {
    /// For each mapped column, the position of its cell in the row, or [`NO_CELL`].
    positions: Vec<usize>,
    pub problems: Vec<Problem>,
    /// Whether a shared string labels a total.
    totals: Vec<Known>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Known {
    #[default]
    NotYet,
    No,
    Yes,
}

const NO_CELL: usize = usize::MAX;

pub struct RowReader<'a> {
    mapping: &'a Mapping,
    place: &'a CellRef,
    row: u32,
    cells: Cells<'a>,
    is_text: bool,
    is_1904: bool,
    scratch: &'a mut Scratch,
}

impl<'a> RowReader<'a> {
    pub fn new(
        mapping: &'a Mapping,
        place: &'a CellRef,
        row: u32,
        cells: Cells<'a>,
        (is_text, is_1904): (bool, bool),
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
        RowReader { mapping, place, row, cells, is_text, is_1904, scratch }
    }

    fn cell(&self, slot: usize) -> Option<Cell<'a>> {
        let position = *self.scratch.positions.get(slot)?;
        (position != NO_CELL).then(|| self.cells.cell(position))
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
        let is_figure = |role: &Role| !matches!(role, Role::Field(field) if *field != "value");
        let columns = self.mapping.columns.iter().zip(&self.scratch.positions);
        columns.into_iter().any(|(column, position)| *position != NO_CELL && is_figure(&column.role))
    }

    /// The column and text that make this row a total of others, if it is one.
    pub fn total_label(&mut self, vocabulary: &Vocabulary) -> Option<(u32, String)> {
        for (slot, column) in self.mapping.columns.iter().enumerate() {
            if !matches!(column.role, Role::Field(_)) {
                continue;
            }
            let string = self.string(slot).map(|string| string as usize);
            let known = string.and_then(|string| self.scratch.totals.get(string).copied()).unwrap_or_default();
            if known == Known::No {
                continue;
            }
            let Some(Value::Text(text)) = self.value(slot) else { continue };
            let is_total = vocabulary.is_total(text);
            if let Some(string) = string {
                if self.scratch.totals.len() <= string {
                    self.scratch.totals.resize(string + 1, Known::NotYet);
                }
                self.scratch.totals[string] = if is_total { Known::Yes } else { Known::No };
            }
            if is_total {
                return Some((column.column, grammar::clean(text)));
            }
        }
        None
    }

    fn slot(&self, field: &str) -> Option<usize> {
        self.mapping.columns.iter().position(|column| matches!(&column.role, Role::Field(key) if *key == field))
    }

    fn filled_slot(&self, fields: &[&str]) -> Option<usize> {
        fields.iter().filter_map(|field| self.slot(field)).find(|slot| self.is_filled(*slot))
    }

    pub fn has_column(&self, field: &str) -> bool {
        self.slot(field).is_some()
    }

    pub fn is_filled(&self, slot: usize) -> bool {
        self.scratch.positions.get(slot).is_some_and(|position| *position != NO_CELL)
    }

    pub fn header(&self, slot: usize) -> &str {
        &self.mapping.columns[slot].header
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
            decimal_comma: self.mapping.decimal_comma,
            date_order: self.mapping.date_order,
            blanks: self.mapping.blanks.clone(),
            is_text: self.is_text,
            is_1904: self.is_1904,
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

    /// A name or an id, cleaned and translated by the column's lookup.
    pub fn text(&mut self, field: &str) -> Option<String> {
        self.text_at(self.slot(field)?)
    }

    /// The same of a slot.
    pub fn text_at(&mut self, slot: usize) -> Option<String> {
        let value = self.value(slot)?;
        let text = match value {
            Value::Error(_) => {
                let kind = Kind::ErrorCell { field: self.header(slot).to_string(), raw: value.display() };
                self.note_at(slot, kind);
                return None;
            }
            Value::NotCalculated => {
                self.note_at(slot, Kind::NotCalculated { field: self.header(slot).to_string() });
                return None;
            }
            Value::Text(text) => grammar::clean(text),
            _ => value.display(),
        };
        if text.is_empty() || self.mapping.blanks.contains(&text.to_lowercase()) {
            return None;
        }
        let column = &self.mapping.columns[slot];
        let Some((lookup, values)) = &column.lookup else { return Some(text) };
        if let Some(translated) = values.get(&text) {
            return Some(translated.clone());
        }
        let kind = Kind::MissingLookup { field: column.header.clone(), raw: text.clone(), lookup: lookup.clone() };
        self.note_at(slot, kind);
        Some(text)
    }

    pub fn date(&mut self, field: &str) -> Option<NaiveDate> {
        let slot = self.slot(field)?;
        let value = self.value(slot)?;
        let said = grammar::date(value, &self.writing(slot));
        self.take(slot, said)?.ok()
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
        let Cell { value, format, .. } = self.cell(slot)?;
        let is_percent = format.kind == FormatKind::Percent;
        // The common case first, without building what only messages need.
        let column = &self.mapping.columns[slot];
        let title_power = if unit == Some(Unit::Money) { self.mapping.money_power } else { 0 };
        // A column of targets holds many metrics: its 万元 is for the money among them.
        let is_shared = matches!(column.role, Role::Field("value") | Role::PeriodAcross(_));
        let column_power = column.power.filter(|power| !is_shared || *power <= 0 || unit == Some(Unit::Money));
        // What the cell itself shows beside the number is nearest.
        let power = format.unit_power.or(row_power).or(column_power).unwrap_or(title_power);
        if let Value::Number(number) = value
            && power == 0
            && unit != Some(Unit::Percent)
            && !is_percent
            && number.is_below_ten_to(12)
        {
            return Some(Ok(number));
        }
        let writing = Writing { power, is_fraction: unit == Some(Unit::Percent), is_percent, ..self.writing(slot) };
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

    /// The period that the row names in one of these fields, or its year when it has no such field.
    pub fn period(&mut self, fields: &[&str], year: Option<i32>, row_has_year: bool) -> Option<Period> {
        let Some(slot) = self.filled_slot(fields) else {
            let has_field = fields.iter().any(|field| self.has_column(field));
            if has_field {
                self.blank_key(fields);
                return None;
            }
            return year.filter(|_| row_has_year).map(Period::year);
        };
        match self.written(slot)? {
            Ok(written) => self.resolved(slot, written, year),
            Err(day) => {
                // A target for a month is often dated on its first day.
                let month = self.mapping.calendar.containing(PeriodKind::Month, day);
                let span = self.mapping.calendar.span(month);
                if day == span.first || day == span.last {
                    return Some(month);
                }
                let field = self.header(slot).to_string();
                self.note_at(slot, Kind::NotAPeriod { field, raw: day.to_string() });
                None
            }
        }
    }

    /// The days that the row names in the first of these fields that is filled: a day, or a whole period.
    pub fn span(&mut self, fields: &[&str], year: Option<i32>) -> Option<Span> {
        let row_year = if self.has_column("year") { self.year("year") } else { None };
        let year = row_year.or(self.mapping.year).or(year);
        let Some(slot) = self.filled_slot(fields) else {
            self.blank_key(fields);
            return None;
        };
        match self.written(slot)? {
            Err(day) => Some(Span::day(day)),
            Ok(written) => {
                let period = self.resolved(slot, written, year)?;
                if self.mapping.table.key == "actuals" && matches!(period.kind, PeriodKind::Year | PeriodKind::Quarter)
                {
                    self.note_at(slot, Kind::PeriodTooCoarse { raw: period.to_string() });
                    return None;
                }
                Some(self.mapping.calendar.span(period))
            }
        }
    }

    fn resolved(&mut self, slot: usize, written: Written, year: Option<i32>) -> Option<Period> {
        let raw = self.value(slot).map(|value| value.display()).unwrap_or_default();
        let field = self.header(slot).to_string();
        match written.resolve(year) {
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
