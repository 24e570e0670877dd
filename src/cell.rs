//! Where a value stands and what it is, whatever the file format.

use std::fmt;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};

use crate::measure::Number;

/// A cell's value as the file holds it, borrowed from the reader's buffers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// A date or a moment; the time of day is dropped, a day is all sales need.
    Date(NaiveDate),
    /// `#N/A`, `#DIV/0!` and their kin.
    Error(&'a str),
    /// A formula whose result was never stored.
    NotCalculated,
    Number(Number),
    /// A number too large or not finite, as the file writes it.
    NotFinite,
    Text(&'a str),
    Truth(bool),
}

/// A value that outlives the reader's buffers: header rows and messages.
#[derive(Clone, Debug, PartialEq)]
pub enum OwnedValue {
    Date(NaiveDate),
    Error(String),
    NotCalculated,
    Number(Number),
    NotFinite,
    Text(String),
    Truth(bool),
}

impl Value<'_> {
    pub fn owned(&self) -> OwnedValue {
        match *self {
            Value::Date(date) => OwnedValue::Date(date),
            Value::Error(text) => OwnedValue::Error(text.to_string()),
            Value::NotCalculated => OwnedValue::NotCalculated,
            Value::Number(number) => OwnedValue::Number(number),
            Value::NotFinite => OwnedValue::NotFinite,
            Value::Text(text) => OwnedValue::Text(text.to_string()),
            Value::Truth(truth) => OwnedValue::Truth(truth),
        }
    }

    /// As people would read it in the cell, for messages.
    pub fn display(&self) -> String {
        match self {
            Value::Date(date) => date.format("%Y-%m-%d").to_string(),
            Value::Error(text) | Value::Text(text) => (*text).to_string(),
            Value::NotCalculated => "=…".to_string(),
            Value::Number(number) => number.text(),
            Value::NotFinite => "NaN".to_string(),
            Value::Truth(truth) => if *truth { "TRUE" } else { "FALSE" }.to_string(),
        }
    }
}

impl OwnedValue {
    pub fn borrowed(&self) -> Value<'_> {
        match self {
            OwnedValue::Date(date) => Value::Date(*date),
            OwnedValue::Error(text) => Value::Error(text),
            OwnedValue::NotCalculated => Value::NotCalculated,
            OwnedValue::Number(number) => Value::Number(*number),
            OwnedValue::NotFinite => Value::NotFinite,
            OwnedValue::Text(text) => Value::Text(text),
            OwnedValue::Truth(truth) => Value::Truth(*truth),
        }
    }
}

/// One filled cell of a row; rows are handed out with columns ascending.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell<'a> {
    /// Zero-based column.
    pub column: u32,
    pub value: Value<'a>,
}

/// A place people can open: `targets.xlsx!FY26!D17`, or a sheet, or a file.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CellRef {
    /// The file as the user named it, relative to the input folder.
    pub file: Arc<str>,
    /// Empty for formats without sheets.
    pub sheet: Arc<str>,
    /// Zero-based row and column.
    pub cell: Option<(u32, u32)>,
}

impl CellRef {
    pub fn file(file: &Arc<str>) -> Self {
        CellRef { file: file.clone(), sheet: "".into(), cell: None }
    }

    pub fn sheet(file: &Arc<str>, sheet: &Arc<str>) -> Self {
        CellRef { file: file.clone(), sheet: sheet.clone(), cell: None }
    }

    pub fn at(&self, row: u32, column: u32) -> Self {
        CellRef { file: self.file.clone(), sheet: self.sheet.clone(), cell: Some((row, column)) }
    }

    /// `D17`, or nothing for a whole sheet or file.
    pub fn address(&self) -> String {
        self.cell.map_or_else(String::new, |(row, column)| format!("{}{}", column_letters(column), u64::from(row) + 1))
    }
}

impl fmt::Display for CellRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.file)?;
        if !self.sheet.is_empty() {
            write!(formatter, "!{}", self.sheet)?;
        }
        if self.cell.is_some() {
            write!(formatter, "!{}", self.address())?;
        }
        Ok(())
    }
}

/// `0` → `A`, `26` → `AA`.
pub fn column_letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = u64::from(column) + 1;
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or(0);
        letters.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// A spreadsheet's serial day number as a date (1900 system, with Excel's
/// phantom 29 February 1900 at 60). `None` outside 1900–9999.
pub fn date_from_serial(serial: i64) -> Option<NaiveDate> {
    if !(1..=2_958_465).contains(&serial) || serial == 60 {
        return None;
    }
    let offset = if serial < 60 { serial } else { serial - 1 };
    NaiveDate::from_num_days_from_ce_opt(
        NaiveDate::from_ymd_opt(1899, 12, 31)?.num_days_from_ce() + i32::try_from(offset).ok()?,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_addresses() {
        for (column, letters) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")] {
            assert_eq!(column_letters(column), letters);
        }
        let sheet = CellRef::sheet(&"targets.xlsx".into(), &"FY26".into());
        assert_eq!(sheet.at(16, 3).to_string(), "targets.xlsx!FY26!D17");
        assert_eq!(CellRef::file(&"a.csv".into()).at(1, 0).to_string(), "a.csv!A2");
    }

    #[test]
    fn serials_follow_excel() {
        // Excel: 1 = 1900-01-01, 59 = 1900-02-28, 61 = 1900-03-01, 45292 = 2024-01-01.
        for (serial, date) in [(1, "1900-01-01"), (59, "1900-02-28"), (61, "1900-03-01"), (45_292, "2024-01-01")] {
            assert_eq!(date_from_serial(serial).unwrap().to_string(), date);
        }
        assert_eq!(date_from_serial(60), None);
        assert_eq!(date_from_serial(0), None);
    }
}
