//! Actuals (实际): one column per measure, kept as columns and not as rows.

use chrono::{Datelike, NaiveDate};
use rustc_hash::FxHashMap;

use crate::cell::CellRef;
use crate::measure::Number;
use crate::metric::{Metrics, Unit};
use crate::problem::Kind;

use super::header::{Mapping, Role};
use super::row::RowReader;
use super::{ColumnSpec, Holds, Knowledge, Open, TableSpec};

pub const SPEC: TableSpec = TableSpec {
    key: "actuals",
    columns: &[
        ColumnSpec { key: "date", holds: Holds::Date, required: true },
        ColumnSpec { key: "period", holds: Holds::Period, required: false },
        ColumnSpec { key: "year", holds: Holds::Number, required: false },
        ColumnSpec { key: "person_id", holds: Holds::Text, required: false },
        ColumnSpec { key: "person", holds: Holds::Text, required: false },
        ColumnSpec { key: "region", holds: Holds::Text, required: false },
        ColumnSpec { key: "product", holds: Holds::Text, required: false },
        ColumnSpec { key: "customer", holds: Holds::Text, required: false },
        ColumnSpec { key: "segment", holds: Holds::Text, required: false },
        ColumnSpec { key: "document", holds: Holds::Text, required: false },
        ColumnSpec { key: "share", holds: Holds::Percent, required: false },
    ],
    open: Open::Measures,
    is_used: true,
};

/// A column of readings as whole counts of `10^-scale`.
///
/// The scale grows with the decimals met, up to six; a value that does not fit
/// beside the others in 18 digits is refused, not rounded.
#[derive(Clone, Debug, Default)]
pub struct FixedColumn {
    scale: u8,
    units: Vec<i64>,
}

const BLANK: i64 = i64::MIN;
const UNREADABLE: i64 = i64::MIN + 1;

/// One reading of a fixed column: units at the column's scale.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FixedReading {
    Known(i64),
    Blank,
    Unreadable,
}

impl FixedColumn {
    pub fn scale(&self) -> u8 {
        self.scale
    }

    pub fn get(&self, row: usize) -> FixedReading {
        match self.units.get(row) {
            None | Some(&BLANK) => FixedReading::Blank,
            Some(&UNREADABLE) => FixedReading::Unreadable,
            Some(&units) => FixedReading::Known(units),
        }
    }

    /// Adds a number; `false` when it needs more digits than fit, and then it is unreadable.
    pub fn push(&mut self, number: Number) -> bool {
        let wanted = number.decimals();
        let fits = wanted <= self.scale || self.rescale(wanted);
        let units = number.at_scale(self.scale).filter(|units| fits && *units > UNREADABLE);
        self.units.push(units.unwrap_or(UNREADABLE));
        units.is_some()
    }

    pub fn push_blank(&mut self) {
        self.units.push(BLANK);
    }

    pub fn push_unreadable(&mut self) {
        self.units.push(UNREADABLE);
    }

    fn rescale(&mut self, scale: u8) -> bool {
        let factor = 10i64.pow(u32::from(scale - self.scale));
        let is_number = |units: &i64| *units > UNREADABLE;
        if self.units.iter().filter(|units| is_number(units)).any(|units| units.checked_mul(factor).is_none()) {
            return false;
        }
        for units in self.units.iter_mut().filter(|units| is_number(units)) {
            *units *= factor;
        }
        self.scale = scale;
        true
    }
}

/// Who sold, as a row names them: id and name.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct PersonName {
    pub id: Option<String>,
    pub name: Option<String>,
}

/// Distinct values and the index of each row's value.
#[derive(Clone, Debug, Default)]
pub struct Dictionary<T> {
    pub values: Vec<T>,
    pub indices: Vec<u32>,
    known: FxHashMap<T, u32>,
    /// Index of the value that a cell, or a pair of cells, with these shared strings has.
    by_strings: FxHashMap<(u32, u32), u32>,
}

/// Stands for a blank cell among shared strings.
const NO_STRING: u32 = u32::MAX;

impl<T: Clone + Eq + std::hash::Hash> Dictionary<T> {
    /// Adds a row's value. Shared strings that were met before say what it is without reading them again.
    fn push(
        &mut self,
        strings: Option<(u32, u32)>,
        row: &mut RowReader<'_>,
        read: impl FnOnce(&mut RowReader<'_>) -> T,
    ) {
        if let Some(index) = strings.and_then(|strings| self.by_strings.get(&strings)) {
            self.indices.push(*index);
            return;
        }
        let n_problems = row.n_problems();
        let value = read(row);
        let next = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        let index = *self.known.entry(value).or_insert_with_key(|value| {
            self.values.push(value.clone());
            next
        });
        self.indices.push(index);
        // What has to be remarked on is remarked on in every row.
        if let Some(strings) = strings.filter(|_| row.n_problems() == n_problems) {
            self.by_strings.insert(strings, index);
        }
    }

    fn finish(&mut self) {
        self.known = FxHashMap::default();
        self.by_strings = FxHashMap::default();
        self.indices.shrink_to_fit();
    }
}

/// The shared strings of one or two cells, where all that is filled is shared.
fn strings(row: &RowReader<'_>, slots: [Option<usize>; 2]) -> Option<(u32, u32)> {
    let string = |slot: Option<usize>| match slot.filter(|slot| row.is_filled(*slot)) {
        Some(slot) => row.string(slot),
        None => Some(NO_STRING),
    };
    Some((string(slots[0])?, string(slots[1])?))
}

/// The first day of a row whose date could not be read.
pub const UNDATED: i32 = i32::MIN;

/// The actuals of one sheet, column by column. Row `i` of every column is the same source row.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// The sheet.
    pub place: CellRef,
    /// Zero-based source row, to find a figure again.
    pub source_rows: Vec<u32>,
    /// First and last day of each row's span, as days from the common era; a dated row has one day.
    pub first_day: Vec<i32>,
    pub last_day: Vec<i32>,
    pub people: Dictionary<PersonName>,
    /// The row's own region, where the table has such a column.
    pub regions: Option<Dictionary<Option<String>>>,
    pub documents: Option<Dictionary<Option<String>>>,
    /// Share of the row's amounts that the person is credited with, where the table has such a column.
    pub share: Option<FixedColumn>,
    /// Metric key, source column, and the readings.
    pub measures: Vec<(String, u32, FixedColumn)>,
    /// Columns of the person's name and id, and of the region, for problems about them.
    pub name_column: Option<u32>,
    pub id_column: Option<u32>,
    pub region_column: Option<u32>,
    /// One number for all that a row says besides, so that a row that stands twice can be told from
    /// another that only sells the same: of all rows where documents have numbers, else of the first ones.
    pub rest: Vec<u32>,
    slots: Slots,
}

/// Where the table's fields are among the mapped columns.
#[derive(Clone, Debug)]
struct Slots {
    person_id: Option<usize>,
    person: Option<usize>,
    region: Option<usize>,
    document: Option<usize>,
    has_share: bool,
    /// Whether a slot's cells are kept in a column of their own.
    is_kept: Vec<bool>,
    /// Slot and unit of each measure.
    measures: Vec<(usize, Unit)>,
}

impl Chunk {
    pub fn new(place: CellRef, mapping: &Mapping, metrics: &Metrics) -> Self {
        let column_of = |fields: &[&str]| {
            let is_one = |role: &Role| matches!(role, Role::Field(key) if fields.contains(key));
            mapping.columns.iter().find(|column| is_one(&column.role)).map(|column| column.column)
        };
        let measures = mapping.columns.iter().filter_map(|column| match &column.role {
            Role::Measure(key) => Some((key.clone(), column.column, FixedColumn::default())),
            _ => None,
        });
        let measured = mapping.columns.iter().enumerate().filter_map(|(slot, column)| match &column.role {
            Role::Measure(key) => Some((slot, metrics.get(key).map_or(Unit::Money, |metric| metric.unit))),
            _ => None,
        });
        let slots = Slots {
            person_id: mapping.slot("person_id"),
            person: mapping.slot("person"),
            region: mapping.slot("region"),
            document: mapping.slot("document"),
            has_share: mapping.slot("share").is_some(),
            is_kept: mapping.columns.iter().map(|column| is_kept(&column.role)).collect(),
            measures: measured.collect(),
        };
        Chunk {
            place,
            source_rows: Vec::new(),
            first_day: Vec::new(),
            last_day: Vec::new(),
            people: Dictionary::default(),
            regions: column_of(&["region"]).map(|_| Dictionary::default()),
            documents: column_of(&["document"]).map(|_| Dictionary::default()),
            share: column_of(&["share"]).map(|_| FixedColumn::default()),
            measures: measures.collect(),
            name_column: column_of(&["person"]),
            id_column: column_of(&["person_id"]),
            region_column: column_of(&["region"]),
            rest: Vec::new(),
            slots,
        }
    }

    pub fn n_rows(&self) -> usize {
        self.source_rows.len()
    }

    /// The cell in a source row that names this person.
    pub fn person_cell(&self, row: u32, person: &PersonName) -> CellRef {
        let by_name = self.name_column.filter(|_| person.name.is_some());
        let column = self.id_column.filter(|_| person.id.is_some()).or(by_name);
        self.place.at(row, column.or(self.name_column).or(self.id_column).unwrap_or(0))
    }

    /// Frees what only filling needed.
    pub fn finish(&mut self) {
        self.people.finish();
        for dictionary in [&mut self.regions, &mut self.documents].into_iter().flatten() {
            dictionary.finish();
        }
        for (_, _, readings) in &mut self.measures {
            readings.units.shrink_to_fit();
        }
        self.rest.shrink_to_fit();
        self.source_rows.shrink_to_fit();
        self.first_day.shrink_to_fit();
        self.last_day.shrink_to_fit();
    }
}

/// Rows without document numbers of which it is kept what they say besides: enough to tell two sheets apart.
const SAMPLE: usize = 100;

/// Whether a column's cells are kept one by one, and need no part in what stands for the rest.
fn is_kept(role: &Role) -> bool {
    const KEPT: [&str; 7] = ["date", "period", "person_id", "person", "region", "document", "share"];
    matches!(role, Role::Measure(_)) || matches!(role, Role::Field(key) if KEPT.contains(key))
}

/// Days from the common era, as the ledger keeps dates.
pub fn day_number(day: NaiveDate) -> i32 {
    day.num_days_from_ce()
}

pub fn read(row: &mut RowReader<'_>, knowledge: &Knowledge<'_>, chunk: &mut Chunk) {
    let span = row.span(&["date", "period"], knowledge.year);
    chunk.source_rows.push(row.row());
    chunk.first_day.push(span.map_or(UNDATED, |span| day_number(span.first)));
    chunk.last_day.push(span.map_or(UNDATED, |span| day_number(span.last)));
    if chunk.documents.is_some() || chunk.rest.len() < SAMPLE {
        chunk.rest.push(row.rest(&chunk.slots.is_kept));
    }
    let slots = &chunk.slots;
    let has_person_column = slots.person_id.is_some() || slots.person.is_some();
    chunk.people.push(strings(row, [slots.person_id, slots.person]), row, |row| {
        let text = |row: &mut RowReader<'_>, slot: Option<usize>| slot.and_then(|slot| row.text_at(slot));
        let person = PersonName { id: text(row, slots.person_id), name: text(row, slots.person) };
        if has_person_column && person == PersonName::default() {
            row.blank_key(&["person", "person_id"]);
        }
        person
    });
    for (dictionary, slot) in [(&mut chunk.regions, slots.region), (&mut chunk.documents, slots.document)] {
        if let (Some(dictionary), Some(slot)) = (dictionary, slot) {
            dictionary.push(strings(row, [Some(slot), None]), row, |row| row.text_at(slot));
        }
    }
    if let Some(shares) = chunk.share.as_mut().filter(|_| slots.has_share) {
        match row.fraction_or_refused("share") {
            Some(Ok(share)) => drop(shares.push(share)),
            // Nobody knows how much of the sale it is: none of it is credited, and the cell is named.
            Some(Err(())) => shares.push_unreadable(),
            None => shares.push_blank(),
        }
    }
    for ((_, _, readings), (slot, unit)) in chunk.measures.iter_mut().zip(&slots.measures) {
        match row.number(*slot, Some(*unit)) {
            Some(Ok(number)) => {
                if !readings.push(number) {
                    let kind = Kind::TooManyDigits { field: row.header(*slot).to_string(), raw: number.text() };
                    row.note_at(*slot, kind);
                }
            }
            Some(Err(())) => readings.push_unreadable(),
            None => readings.push_blank(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::from_plain(text).unwrap()
    }

    #[test]
    fn the_scale_grows_with_the_decimals() {
        let mut column = FixedColumn::default();
        assert!(column.push(number("100")));
        column.push_blank();
        assert!(column.push(number("0.25")));
        column.push_unreadable();
        assert_eq!(column.scale(), 2);
        assert_eq!(
            (0..4).map(|row| column.get(row)).collect::<Vec<_>>(),
            [FixedReading::Known(10_000), FixedReading::Blank, FixedReading::Known(25), FixedReading::Unreadable]
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut column = FixedColumn::default();
        assert!(column.push(number("9000000000000000")));
        assert!(!column.push(number("0.000001")));
        assert_eq!(column.get(1), FixedReading::Unreadable);
        assert_eq!(column.get(0), FixedReading::Known(9_000_000_000_000_000));
    }
}
