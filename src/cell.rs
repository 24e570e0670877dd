//! Where a value stands and what it is, whatever the file format.

mod format;

use std::fmt;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};

use crate::measure::Number;

pub use self::format::{FormatKind, NumberFormat};

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
    /// How a number is shown; only some file formats say it.
    pub format: NumberFormat,
}

/// A rectangle of cells, zero-based rows and columns, both ends included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Area {
    pub first: (u32, u32),
    pub last: (u32, u32),
}

impl Area {
    /// Reads `A1:D20`, or `A1` for a single cell.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (first, last) = match text.iter().position(|byte| *byte == b':') {
            Some(colon) => (&text[..colon], &text[colon + 1..]),
            None => (text, text),
        };
        let (first, last) = (parse_address(first)?, parse_address(last)?);
        let is_ordered = first.0 <= last.0 && first.1 <= last.1;
        is_ordered.then_some(Area { first, last })
    }

    pub fn contains(&self, other: &Area) -> bool {
        self.first.0 <= other.first.0
            && self.first.1 <= other.first.1
            && self.last.0 >= other.last.0
            && self.last.1 >= other.last.1
    }

    pub fn n_cells(&self) -> u64 {
        u64::from(self.last.0 - self.first.0 + 1) * u64::from(self.last.1 - self.first.1 + 1)
    }
}

impl fmt::Display for Area {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let corner = |(row, column): (u32, u32)| format!("{}{}", column_letters(column), u64::from(row) + 1);
        write!(formatter, "{}:{}", corner(self.first), corner(self.last))
    }
}

/// Row and column of an address such as `D17` or `$D$17`, zero-based; nothing beyond XFD1048576.
pub fn parse_address(text: &[u8]) -> Option<(u32, u32)> {
    let text = text.strip_prefix(b"$").unwrap_or(text);
    let n_letters = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (letters, digits) = text.split_at(n_letters);
    let digits = digits.strip_prefix(b"$").unwrap_or(digits);
    if !(1..=3).contains(&letters.len())
        || !(1..=7).contains(&digits.len())
        || digits[0] == b'0'
        || !digits.iter().all(u8::is_ascii_digit)
    {
        return None;
    }
    let column =
        letters.iter().fold(0, |column, letter| column * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1);
    let row: u32 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    ((1..=1_048_576).contains(&row) && column <= 16_384).then(|| (row - 1, column - 1))
}

/// A place people can open: `targets.xlsx!FY26!D17`, or a sheet, or a file.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
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

/// Days between the beginnings of the two systems in which spreadsheets count.
pub const DAYS_TO_1904: i64 = 1462;

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
    fn addresses_are_on_the_sheet_or_refused() {
        for (text, expected) in [
            ("A1", Some((0, 0))),
            ("$D$17", Some((16, 3))),
            ("XFD1048576", Some((1_048_575, 16_383))),
            ("XFE1", None),
            ("A1048577", None),
            ("A0", None),
            ("A01", None),
            ("ZZZZZZ99999999999", None),
            ("1A", None),
            ("A+1", None),
            ("A", None),
            ("", None),
        ] {
            assert_eq!(parse_address(text.as_bytes()), expected, "{text}");
        }
        let area = Area::parse(b"B2:D20").unwrap();
        assert_eq!((area.first, area.last, area.n_cells()), ((1, 1), (19, 3), 57));
        assert_eq!(area.to_string(), "B2:D20");
        assert_eq!(Area::parse(b"D20:B2"), None);
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
