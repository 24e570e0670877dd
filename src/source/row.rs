//! A row as readers hand it over: small fixed cells, texts beside them, values made when asked for.

use chrono::{Datelike, NaiveDate};

use crate::cell::{Cell, DAYS_TO_1904, FormatKind, NumberFormat, Value, date_from_serial};
use crate::measure::Number;

use super::xlsx::formats::Styles;
use super::xlsx::strings::Strings;

/// What all sheets of a workbook share.
#[derive(Debug, Default)]
pub struct Book {
    pub strings: Strings,
    pub styles: Styles,
    /// Days count from 1904 and not from 1900.
    pub is_1904: bool,
}

/// A filled cell as a reader stores it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct RawCell {
    column: u32,
    style: u32,
    /// Digits, a day, a string's index, or the place of a text in the row's own text.
    payload: i64,
    exponent: i16,
    kind: RawKind,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum RawKind {
    Date,
    Error,
    NotCalculated,
    NotFinite,
    Number,
    OwnText,
    SharedText,
    Truth,
}

/// Where a row is put together. Kept from row to row for its room.
#[derive(Debug, Default)]
pub struct RowBuffer {
    cells: Vec<RawCell>,
    text: String,
    is_unordered: bool,
}

impl RowBuffer {
    pub fn clear(&mut self) {
        self.cells.clear();
        self.text.clear();
        self.is_unordered = false;
    }

    pub fn len(&self) -> usize {
        self.cells.len()
    }

    #[inline]
    fn push(&mut self, cell: RawCell) {
        self.is_unordered |= self.cells.last().is_some_and(|last| last.column >= cell.column);
        self.cells.push(cell);
    }

    #[inline]
    pub fn push_number(&mut self, column: u32, style: u32, number: Number) {
        let (payload, exponent) = number.parts();
        self.push(RawCell { column, style, payload, exponent, kind: RawKind::Number });
    }

    #[inline]
    pub fn push_shared(&mut self, column: u32, style: u32, index: u32) {
        self.push(RawCell { column, style, payload: i64::from(index), exponent: 0, kind: RawKind::SharedText });
    }

    pub fn push_truth(&mut self, column: u32, truth: bool) {
        self.push(RawCell { column, style: 0, payload: i64::from(truth), exponent: 0, kind: RawKind::Truth });
    }

    pub fn push_date(&mut self, column: u32, day: NaiveDate) {
        let payload = i64::from(day.num_days_from_ce());
        self.push(RawCell { column, style: 0, payload, exponent: 0, kind: RawKind::Date });
    }

    pub fn push_not_calculated(&mut self, column: u32) {
        self.push(RawCell { column, style: 0, payload: 0, exponent: 0, kind: RawKind::NotCalculated });
    }

    pub fn push_not_finite(&mut self, column: u32) {
        self.push(RawCell { column, style: 0, payload: 0, exponent: 0, kind: RawKind::NotFinite });
    }

    pub fn push_text(&mut self, column: u32, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        self.close_text(column, 0, RawKind::OwnText, start);
    }

    pub fn push_error(&mut self, column: u32, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        self.close_text(column, 0, RawKind::Error, start);
    }

    /// The texts of the row's own cells, one behind the other: readers write the next at its end.
    pub fn own_text(&mut self) -> &mut String {
        &mut self.text
    }

    /// Makes a cell of the own text written since `start`; blanks make none.
    pub fn push_written(&mut self, column: u32, style: u32, start: usize) {
        if self.text[start..].trim().is_empty() {
            self.text.truncate(start);
        } else {
            self.close_text(column, style, RawKind::OwnText, start);
        }
    }

    fn close_text(&mut self, column: u32, style: u32, kind: RawKind, start: usize) {
        self.push(RawCell { column, style, payload: place_of(start, self.text.len()), exponent: 0, kind });
    }

    /// Brings the cells into order. A cell that is there twice stays once; where its values differ it
    /// becomes an error cell, for nobody can say which of them counts.
    pub fn settle(&mut self, book: &Book, mut twice: impl FnMut(u32, bool)) {
        if !self.is_unordered {
            return;
        }
        self.cells.sort_by_key(|cell| cell.column);
        let mut kept: Vec<RawCell> = Vec::with_capacity(self.cells.len());
        // However often a cell is there, it is remarked on once, and once for a second value.
        let (mut same, mut differing) = (None, None);
        for cell in std::mem::take(&mut self.cells) {
            let Some(last) = kept.last_mut().filter(|last| last.column == cell.column) else {
                kept.push(cell);
                continue;
            };
            if differing == Some(cell.column) {
                continue;
            }
            let (one, other) = (value(last, &self.text, book), value(&cell, &self.text, book));
            let differs = one != other;
            if differs || same != Some(cell.column) {
                twice(cell.column, differs);
            }
            same = Some(cell.column);
            if differs {
                differing = same;
                let both = format!("{} | {}", one.display(), other.display());
                let start = self.text.len();
                self.text.push_str(&both);
                *last = RawCell { payload: place_of(start, self.text.len()), kind: RawKind::Error, ..*last };
            }
        }
        self.cells = kept;
        self.is_unordered = false;
    }

    pub fn row<'a>(&'a self, index: u32, is_hidden: bool, book: &'a Book) -> Row<'a> {
        Row { index, is_hidden, cells: &self.cells, text: &self.text, book }
    }
}

/// One row with at least one filled cell, columns ascending, borrowed from the reader.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// Zero-based.
    pub index: u32,
    /// Hidden by hand or by a filter.
    pub is_hidden: bool,
    cells: &'a [RawCell],
    text: &'a str,
    book: &'a Book,
}

impl<'a> Row<'a> {
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Zero-based column of the cell at a position.
    #[inline]
    pub fn column(&self, position: usize) -> u32 {
        self.cells[position].column
    }

    /// The shared string of the cell at a position, if it is one: within a workbook, the same number is the
    /// same text.
    #[inline]
    pub fn string(&self, position: usize) -> Option<u32> {
        let cell = &self.cells[position];
        if cell.kind == RawKind::SharedText { u32::try_from(cell.payload).ok() } else { None }
    }

    /// The cell at a position.
    #[inline]
    pub fn cell(&self, position: usize) -> Cell<'a> {
        let raw = &self.cells[position];
        let format =
            if raw.kind == RawKind::Number { self.book.styles.format(raw.style) } else { NumberFormat::default() };
        Cell { column: raw.column, value: value(raw, self.text, self.book), format }
    }

    pub fn cells(&self) -> impl Iterator<Item = Cell<'a>> + '_ {
        (0..self.cells.len()).map(|position| self.cell(position))
    }
}

#[inline]
fn value<'a>(raw: &RawCell, text: &'a str, book: &'a Book) -> Value<'a> {
    match raw.kind {
        RawKind::Number => {
            let number = Number::from_parts(raw.payload, raw.exponent);
            match book.styles.format(raw.style).kind {
                FormatKind::Date | FormatKind::Time => {
                    day(number, book.is_1904).map_or(Value::Number(number), Value::Date)
                }
                _ => Value::Number(number),
            }
        }
        RawKind::SharedText => {
            Value::Text(usize::try_from(raw.payload).ok().and_then(|index| book.strings.get(index)).unwrap_or(""))
        }
        RawKind::OwnText => Value::Text(own(raw, text)),
        RawKind::Error => Value::Error(own(raw, text)),
        RawKind::Date => {
            let day = i32::try_from(raw.payload).ok().and_then(NaiveDate::from_num_days_from_ce_opt);
            day.map_or(Value::NotFinite, Value::Date)
        }
        RawKind::Truth => Value::Truth(raw.payload != 0),
        RawKind::NotCalculated => Value::NotCalculated,
        RawKind::NotFinite => Value::NotFinite,
    }
}

/// Where an own text begins and ends, in one number: a row's text is far below 4 GiB, for its bytes have a limit.
fn place_of(start: usize, end: usize) -> i64 {
    (start as i64) << 32 | end as i64
}

/// The text at [`place_of`].
fn own<'a>(raw: &RawCell, text: &'a str) -> &'a str {
    let (start, end) = (raw.payload >> 32, raw.payload & 0xffff_ffff);
    let range = usize::try_from(start).unwrap_or(0)..usize::try_from(end).unwrap_or(0);
    text.get(range).unwrap_or("")
}

/// The day of a serial number. Durations and bare times of day are numbers to us.
fn day(number: Number, is_1904: bool) -> Option<NaiveDate> {
    let serial = match number.whole() {
        Some(whole) => whole,
        None if number.is_below_ten_to(0) => return None,
        // Half a millisecond before midnight is midnight: times are not kept more exactly.
        None => number.at_scale(9)?.checked_add(6)?.div_euclid(1_000_000_000),
    };
    let serial = if is_1904 && serial >= 0 { serial.checked_add(DAYS_TO_1904)? } else { serial };
    date_from_serial(serial)
}
