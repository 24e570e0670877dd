//! Actuals (实际): one column per measure, kept as columns and not as rows.

use chrono::{Datelike, NaiveDate};
use rustc_hash::FxHashMap;

use crate::cell::CellRef;
use crate::measure::Number;
use crate::metric::{Metrics, Unit};
use crate::period::parse::{Context, Written};
use crate::problem::Kind;

use super::mapping::{Mapping, Role};
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
        ColumnSpec { key: "team", holds: Holds::Text, required: false },
        ColumnSpec { key: "region", holds: Holds::Text, required: false },
        ColumnSpec { key: "product", holds: Holds::Text, required: false },
        ColumnSpec { key: "customer", holds: Holds::Text, required: false },
        ColumnSpec { key: "segment", holds: Holds::Text, required: false },
        ColumnSpec { key: "document", holds: Holds::Text, required: false },
        ColumnSpec { key: "share", holds: Holds::Percent, required: false },
        ColumnSpec { key: "metric", holds: Holds::Text, required: false },
        ColumnSpec { key: "scenario", holds: Holds::Text, required: false },
    ],
    open: Open::Measures,
};

/// A column of readings as whole counts of `10^-scale`.
///
/// The scale grows with the decimals met, up to six; a value that does not fit
/// beside the others in 18 digits is refused, not rounded.
#[derive(Clone, Debug, Default, PartialEq)]
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

    /// Adds the last row's value once more.
    fn repeat_last(&mut self) {
        self.indices.extend(self.indices.last().copied());
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
    /// What each row says of itself, where the table has such a column.
    pub teams: Option<Dictionary<Option<String>>>,
    pub regions: Option<Dictionary<Option<String>>>,
    pub products: Option<Dictionary<Option<String>>>,
    pub segments: Option<Dictionary<Option<String>>>,
    pub customers: Option<Dictionary<Option<String>>>,
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
    /// With periods across: which of them each row is for.
    across: Vec<u16>,
    /// The source column of each measure under each period across.
    columns_across: Vec<Vec<Option<u32>>>,
    slots: Slots,
}

/// A period across, or none for the row's own, and for each measure its slot and unit.
type PeriodFigures = (Option<Written>, Vec<Option<(usize, Unit)>>);

/// Where the table's fields are among the mapped columns.
#[derive(Clone, Debug, Default)]
struct Slots {
    person_id: Option<usize>,
    person: Option<usize>,
    /// As [`DIMENSIONS`].
    dimensions: [Option<usize>; 6],
    has_share: bool,
    metric: Option<usize>,
    /// The figures of one ledger row: for each measure its slot and unit. A table with periods across has one
    /// such list for each period; `None` is the row's own period.
    figures: Vec<PeriodFigures>,
    /// Whether a slot's cells are kept in a column of their own.
    is_kept: Vec<bool>,
}

/// Fields of which a chunk keeps the values of each row, in the order of [`Slots::dimensions`].
const DIMENSIONS: [&str; 6] = ["team", "region", "product", "segment", "customer", "document"];

impl Chunk {
    pub fn new(place: CellRef, mapping: &Mapping, metrics: &Metrics) -> Self {
        let column_of = |fields: &[&str]| {
            let is_one = |role: &Role| matches!(role, Role::Field(key) if fields.contains(key));
            mapping.columns.iter().find(|column| is_one(&column.role)).map(|column| column.column)
        };
        let default = mapping.metric.clone().unwrap_or_else(|| "sales_amount".to_string());
        // A metric in each row: then every one that is summed may come.
        let metric = mapping.slot("metric");
        let mut keys: Vec<String> = Vec::new();
        let mut figures: Vec<PeriodFigures> = Vec::new();
        let mut columns: Vec<u32> = Vec::new();
        for (slot, column) in mapping.columns.iter().enumerate() {
            let Role::Figure { metric: named, period } = &column.role else { continue };
            let of_row = metrics.iter().filter(|metric| !metric.formula.is_rate()).map(|metric| metric.key.clone());
            let wanted: Vec<String> = match (named, metric) {
                (Some(named), _) => vec![named.clone()],
                (None, Some(_)) => of_row.collect(),
                (None, None) => vec![default.clone()],
            };
            for key in wanted {
                let measure = keys.iter().position(|known| *known == key).unwrap_or_else(|| {
                    keys.push(key.clone());
                    columns.push(column.column);
                    keys.len() - 1
                });
                let position = figures.iter().position(|(known, _)| known == period).unwrap_or_else(|| {
                    figures.push((*period, Vec::new()));
                    figures.len() - 1
                });
                let of_period = &mut figures[position].1;
                of_period.resize(of_period.len().max(measure + 1), None);
                let unit = metrics.get(&key).map_or(Unit::Money, |metric| metric.unit);
                of_period[measure].get_or_insert((slot, unit));
            }
        }
        figures.iter_mut().for_each(|(_, measures)| measures.resize(keys.len(), None));
        let column_of_slot = |(slot, _): (usize, Unit)| mapping.columns[slot].column;
        let columns_across =
            figures.iter().map(|(_, measures)| measures.iter().map(|figure| figure.map(column_of_slot)).collect());
        let columns_across = columns_across.collect();
        let measures = keys.into_iter().zip(columns);
        let has = |field: &str| mapping.slot(field).is_some() || mapping.constant(field).is_some();
        let dictionary = |field: &str| has(field).then(Dictionary::default);
        Chunk {
            place,
            source_rows: Vec::new(),
            first_day: Vec::new(),
            last_day: Vec::new(),
            people: Dictionary::default(),
            teams: dictionary("team"),
            regions: dictionary("region"),
            products: dictionary("product"),
            segments: dictionary("segment"),
            customers: dictionary("customer"),
            documents: dictionary("document"),
            share: column_of(&["share"]).map(|_| FixedColumn::default()),
            measures: measures.map(|(key, column)| (key, column, FixedColumn::default())).collect(),
            name_column: column_of(&["person"]),
            id_column: column_of(&["person_id"]),
            region_column: column_of(&["region"]),
            rest: Vec::new(),
            across: Vec::new(),
            columns_across,
            slots: Slots {
                person_id: mapping.slot("person_id"),
                person: mapping.slot("person"),
                dimensions: DIMENSIONS.map(|field| mapping.slot(field)),
                has_share: mapping.slot("share").is_some(),
                is_kept: mapping.columns.iter().map(|column| is_kept(&column.role)).collect(),
                metric,
                figures,
            },
        }
    }

    /// Whether another chunk holds the same rows.
    pub fn repeats(&self, other: &Chunk) -> bool {
        fn same<T: PartialEq>(a: &Option<Dictionary<T>>, b: &Option<Dictionary<T>>) -> bool {
            match (a, b) {
                (Some(a), Some(b)) => a.values == b.values && a.indices == b.indices,
                (None, None) => true,
                _ => false,
            }
        }
        let of_measures = |chunk: &Chunk| chunk.measures.iter().map(|(key, ..)| key.clone()).collect::<Vec<_>>();
        self.first_day == other.first_day
            && self.last_day == other.last_day
            && self.people.indices == other.people.indices
            && self.people.values == other.people.values
            && of_measures(self) == of_measures(other)
            && self.measures.iter().zip(&other.measures).all(|((.., a), (.., b))| a == b)
            && self.share == other.share
            && same(&self.teams, &other.teams)
            && same(&self.regions, &other.regions)
            && same(&self.products, &other.products)
            && same(&self.segments, &other.segments)
            && same(&self.customers, &other.customers)
            && same(&self.documents, &other.documents)
            && self.rest == other.rest
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

    /// The cell that holds a row's reading of a measure.
    pub fn value_cell(&self, row: usize, measure: usize) -> CellRef {
        let across = self.across.get(row).map_or(0, |position| usize::from(*position));
        let column = self.columns_across.get(across).and_then(|measures| *measures.get(measure)?);
        self.place.at(self.source_rows[row], column.unwrap_or(self.measures[measure].1))
    }

    /// The values of each row, in the order of [`DIMENSIONS`].
    fn dimensions_mut(&mut self) -> [Option<&mut Dictionary<Option<String>>>; 6] {
        let items = [&mut self.products, &mut self.segments, &mut self.customers, &mut self.documents];
        let [products, segments, customers, documents] = items;
        [&mut self.teams, &mut self.regions, products, segments, customers, documents].map(Option::as_mut)
    }

    /// Adds a row that says of itself what the last one says.
    fn repeat_dimensions(&mut self) {
        self.people.repeat_last();
        self.dimensions_mut().into_iter().flatten().for_each(Dictionary::repeat_last);
    }

    /// Frees what only filling needed.
    pub fn finish(&mut self) {
        self.people.finish();
        for dictionary in self.dimensions_mut().into_iter().flatten() {
            dictionary.finish();
        }
        for (_, _, readings) in &mut self.measures {
            readings.units.shrink_to_fit();
        }
        self.rest.shrink_to_fit();
        self.source_rows.shrink_to_fit();
        self.across.shrink_to_fit();
        self.first_day.shrink_to_fit();
        self.last_day.shrink_to_fit();
    }
}

/// Rows without document numbers of which it is kept what they say besides: enough to tell two sheets apart.
const SAMPLE: usize = 100;

/// Whether a column's cells are kept one by one, and need no part in what stands for the rest.
fn is_kept(role: &Role) -> bool {
    const KEPT: [&str; 7] = ["date", "period", "person_id", "person", "region", "document", "share"];
    matches!(role, Role::Figure { .. }) || matches!(role, Role::Field(key) if KEPT.contains(key))
}

/// Days from the common era, as the ledger keeps dates.
pub fn day_number(day: NaiveDate) -> i32 {
    day.num_days_from_ce()
}

/// Reads a row: into one row of the chunk, or one for each period across.
pub fn read(row: &mut RowReader<'_>, mapping: &Mapping, knowledge: &Knowledge<'_>, chunk: &mut Chunk) {
    let slots = std::mem::take(&mut chunk.slots);
    let mut context = knowledge.context;
    if slots.figures.iter().any(|(period, _)| period.is_some()) {
        context = row.context(context);
        // Days across: the month stands in the row.
        if row.has_column("period")
            && let Some(period) = row.period(&["period"], context)
        {
            context = Context::of(period).or(context);
        }
    }
    let metric = slots.metric.map(|_| row_metric(row, knowledge, chunk));
    let mut is_first = true;
    for (position, (period, figures)) in slots.figures.iter().enumerate() {
        let is_blank = |figure: &Option<(usize, Unit)>| figure.is_none_or(|(slot, _)| !row.is_filled(slot));
        let span = match period {
            None => row.span(&["date", "period"], context),
            // A blank under one of many periods says nothing.
            Some(_) if figures.iter().all(is_blank) => continue,
            Some(written) => {
                let slot = figures.iter().flatten().map(|(slot, _)| *slot).find(|slot| row.is_filled(*slot));
                slot.and_then(|slot| row.span_across(slot, *written, context))
            }
        };
        chunk.source_rows.push(row.row());
        if slots.figures.len() > 1 {
            chunk.across.push(u16::try_from(position).unwrap_or(u16::MAX));
        }
        chunk.first_day.push(span.map_or(UNDATED, |span| day_number(span.first)));
        chunk.last_day.push(span.map_or(UNDATED, |span| day_number(span.last)));
        if is_first {
            read_dimensions(row, mapping, &slots, chunk);
        } else {
            chunk.repeat_dimensions();
        }
        is_first = false;
        if chunk.documents.is_some() || chunk.rest.len() < SAMPLE {
            chunk.rest.push(row.rest(&slots.is_kept));
        }
        if let Some(shares) = chunk.share.as_mut().filter(|_| slots.has_share) {
            match row.fraction_or_refused("share") {
                Some(Ok(share)) => drop(shares.push(share)),
                // Nobody knows how much of the sale it is: none of it is credited, and the cell is named.
                Some(Err(())) => shares.push_unreadable(),
                None => shares.push_blank(),
            }
        }
        for (measure, ((_, _, readings), figure)) in chunk.measures.iter_mut().zip(figures).enumerate() {
            let is_other = metric.is_some_and(|metric| metric != Some(measure));
            let Some((slot, unit)) = figure.filter(|_| !is_other) else {
                readings.push_blank();
                continue;
            };
            match row.number(slot, Some(unit)) {
                Some(Ok(number)) => {
                    if !readings.push(number) {
                        let kind = Kind::TooManyDigits { field: row.header(slot).to_string(), raw: number.text() };
                        row.note_at(slot, kind);
                    }
                }
                Some(Err(())) => readings.push_unreadable(),
                None => readings.push_blank(),
            }
        }
    }
    chunk.slots = slots;
}

/// The measure that a row with a column of metrics is about.
fn row_metric(row: &mut RowReader<'_>, knowledge: &Knowledge<'_>, chunk: &Chunk) -> Option<usize> {
    let Some(raw) = row.text("metric") else {
        row.blank_key(&["metric"]);
        return None;
    };
    let named = knowledge.vocabulary.metric(&raw);
    let measure = named.and_then(|named| chunk.measures.iter().position(|(key, ..)| *key == named));
    if measure.is_none() {
        let suggestion = knowledge.vocabulary.nearest_metric(&raw);
        row.note(&["metric"], Kind::UnknownMetric { raw, suggestion });
    }
    measure
}

/// Who sold, and what else the row says of itself.
fn read_dimensions(row: &mut RowReader<'_>, mapping: &Mapping, slots: &Slots, chunk: &mut Chunk) {
    let has_person_column = slots.person_id.is_some() || slots.person.is_some();
    chunk.people.push(strings(row, [slots.person_id, slots.person]), row, |row| {
        let person = PersonName { id: row.text("person_id"), name: row.text("person") };
        if has_person_column && person == PersonName::default() {
            row.blank_key(&["person", "person_id"]);
        }
        person
    });
    for ((dictionary, slot), field) in chunk.dimensions_mut().into_iter().zip(slots.dimensions).zip(DIMENSIONS) {
        let Some(dictionary) = dictionary else { continue };
        match slot {
            Some(slot) => dictionary.push(strings(row, [Some(slot), None]), row, |row| row.text_at(slot)),
            None => dictionary.push(Some((NO_STRING, NO_STRING)), row, |_| mapping.constant(field).map(str::to_string)),
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
