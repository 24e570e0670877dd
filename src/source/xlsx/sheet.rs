//! One sheet's XML → rows, in one pass over windows that may end anywhere.
//!
//! Rows are read whole or not at all: a window that ends inside a row leaves it for the next one. A cell is
//! first tried as the common producers write it, attribute by attribute; whatever is not of that form goes
//! through [`super::markup`] and ends in the same place, so both give the same cells.

use memchr::memchr;

use crate::cell::{Area, CellRef};
use crate::measure::{Number, Stored};
use crate::problem::{Kind, Problem};
use crate::source::limits::Limits;
use crate::source::row::{Book, Row, RowBuffer};

use super::markup::{self, Attributes, Stop, Token};
use super::strings::rich_text;

/// Rows and columns that a sheet has.
pub const MAX_ROWS: u32 = 1_048_576;
pub const MAX_COLUMNS: u32 = 16_384;

/// Where in the sheet the scanner is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    Head,
    Rows,
    Tail,
    Done,
}

/// What a sheet says about itself beside its cells.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// The range that the sheet claims to use.
    pub declared: Option<Area>,
    /// First and last column of each hidden stretch.
    pub hidden_columns: Vec<(u32, u32)>,
    pub merged: Vec<Area>,
    pub filter: Option<Area>,
    /// The range in which cells are filled.
    pub used: Option<Area>,
}

/// Receives rows, and remarks about cells.
pub trait RowSink {
    fn row(&mut self, row: &Row<'_>);
    fn problem(&mut self, problem: Problem);
}

/// Reads one sheet, window after window.
pub struct SheetScanner<'a> {
    book: &'a Book,
    place: &'a CellRef,
    limits: &'a Limits,
    pub phase: Phase,
    pub outline: Outline,
    buffer: RowBuffer,
    /// The row being read: its index, and its number as its cells' addresses end.
    row: u32,
    number: RowNumber,
    is_hidden: bool,
    /// The first row that may still come.
    next_row: u32,
    /// The column that a cell without address has.
    next_column: u32,
    n_cells: u64,
    /// How the cells of the row above were opened, by their position in the row.
    openings: Vec<Opening>,
    /// What followed the number of the row above in its tag.
    row_tail: Vec<u8>,
}

/// A row's number as digits and closing quote, to compare an address with in one step.
#[derive(Clone, Copy, Default)]
struct RowNumber {
    word: u64,
    mask: u64,
    length: usize,
}

impl RowNumber {
    fn new(row: u32) -> Self {
        // From the quote backwards, each digit before the last.
        let (mut word, mut length, mut rest) = (u64::from(b'"'), 1, row + 1);
        while rest > 0 && length < 8 {
            word = (word << 8) | (u64::from(b'0') + u64::from(rest % 10));
            rest /= 10;
            length += 1;
        }
        let mask = if length == 8 { u64::MAX } else { (1 << (8 * length)) - 1 };
        RowNumber { word, mask, length }
    }
}

/// How a cell stores its value (`t`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Storage {
    Error,
    FormulaText,
    Inline,
    IsoDate,
    Number,
    Shared,
    Truth,
}

impl Storage {
    fn parse(text: &[u8]) -> Option<Self> {
        Some(match text {
            b"n" => Storage::Number,
            b"s" => Storage::Shared,
            b"b" => Storage::Truth,
            b"e" => Storage::Error,
            b"d" => Storage::IsoDate,
            b"str" => Storage::FormulaText,
            b"inlineStr" => Storage::Inline,
            _ => return None,
        })
    }
}

/// What stands between a cell's address and its value: ` s="3"><v>`. Kept from row to row, for most cells are
/// written like the one above them.
#[derive(Clone, Copy, Debug)]
struct Opening {
    text: u128,
    mask: u128,
    length: usize,
    style: u32,
    storage: Storage,
}

impl Default for Opening {
    fn default() -> Self {
        // Nothing is like it: what is masked away cannot be one.
        Opening { text: 1, mask: 0, length: 0, style: 0, storage: Storage::Number }
    }
}

impl Opening {
    fn new(text: &[u8], style: u32, storage: Storage) -> Self {
        let mut bytes = [0; 16];
        let length = text.len().min(16);
        bytes[..length].copy_from_slice(&text[..length]);
        let mask = if length == 16 { u128::MAX } else { (1 << (8 * length)) - 1 };
        Opening { text: u128::from_le_bytes(bytes), mask, length: text.len(), style, storage }
    }

    /// Whether all of it is compared.
    fn is_short(&self) -> bool {
        self.length <= 16
    }

    #[inline]
    fn is_at(&self, window: &[u8], at: usize) -> bool {
        let bytes = window.get(at..).and_then(|rest| rest.first_chunk::<16>());
        bytes.is_some_and(|bytes| u128::from_le_bytes(*bytes) & self.mask == self.text)
    }
}

/// What a cell's tag led to.
enum Opened {
    Value(Opening),
    /// The cell is read, up to this place.
    Finished(usize),
}

/// Why a window's scan cannot go on.
enum Halt {
    /// The rest of the window is the beginning of something.
    More,
    Refused(Kind),
}

impl From<Kind> for Halt {
    fn from(kind: Kind) -> Halt {
        Halt::Refused(kind)
    }
}

/// Eight bytes from a place on; zeros beyond the end.
#[inline(always)]
fn word(data: &[u8], at: usize) -> u64 {
    match data.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => last_word(data, at),
    }
}

#[cold]
fn last_word(data: &[u8], at: usize) -> u64 {
    let mut bytes = [0; 8];
    let rest = data.get(at..).unwrap_or(&[]);
    bytes[..rest.len()].copy_from_slice(rest);
    u64::from_le_bytes(bytes)
}

/// A text as the word that [`word`] gives for it, and the mask of its length.
const fn pattern(text: &[u8]) -> (u64, u64) {
    let (mut value, mut mask, mut index) = (0u64, 0u64, 0);
    while index < text.len() {
        value |= (text[index] as u64) << (8 * index);
        mask |= 0xff << (8 * index);
        index += 1;
    }
    (value, mask)
}

#[inline(always)]
fn is(found: u64, wanted: (u64, u64)) -> bool {
    found & wanted.1 == wanted.0
}

const CELL_R: (u64, u64) = pattern(b"<c r=\"");
const CELL: (u64, u64) = pattern(b"<c");
const ATTRIBUTE_S: (u64, u64) = pattern(b" s=\"");
const ATTRIBUTE_T: (u64, u64) = pattern(b" t=\"");
const VALUE: (u64, u64) = pattern(b"<v>");
const FORMULA: (u64, u64) = pattern(b"<f");
const INLINE: (u64, u64) = pattern(b"<is><t");
const CLOSE_BOTH: (u64, u64) = pattern(b"</v></c>");
const CLOSE_VALUE: (u64, u64) = pattern(b"</v>");
const CLOSE_CELL: (u64, u64) = pattern(b"</c>");
const CLOSE_ROW: (u64, u64) = pattern(b"</row>");
const ROW_R: (u64, u64) = pattern(b"<row r=\"");

/// The decimal digits at the beginning of a word: their value, and how many of up to eight.
#[inline(always)]
fn digits(word: u64) -> (u64, usize) {
    let nibbles = word ^ 0x3030_3030_3030_3030;
    // A byte above nine, or with its high bit set, ends the digits.
    let ends = (nibbles.wrapping_add(0x7676_7676_7676_7676) | nibbles) & 0x8080_8080_8080_8080;
    let count = (ends.trailing_zeros() / 8) as usize;
    if count == 0 {
        return (0, 0);
    }
    // Pairs, then fours, then all eight; missing digits stand in front as zeros.
    let aligned = nibbles << (64 - 8 * count);
    let pairs = aligned.wrapping_mul(10).wrapping_add(aligned >> 8);
    let low = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let high = ((pairs >> 16) & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    (low.wrapping_add(high) >> 32, count)
}

const POWERS: [i64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// A plain number of at most fifteen digits up to the next `<`, and where that stands.
#[inline]
fn plain_number(data: &[u8], at: usize) -> Option<(Number, usize)> {
    let is_negative = data.get(at) == Some(&b'-');
    let mut at = at + usize::from(is_negative);
    let (mut value, mut n_digits) = digits(word(data, at));
    if n_digits == 0 {
        return None;
    }
    at += n_digits;
    if n_digits == 8 {
        let (more, count) = digits(word(data, at));
        if count > 7 {
            return None;
        }
        value = value * POWERS[count].unsigned_abs() + more;
        n_digits += count;
        at += count;
    }
    let mut n_decimals = 0;
    if data.get(at) == Some(&b'.') {
        at += 1;
        let (fraction, count) = digits(word(data, at));
        if count == 0 || n_digits + count > 15 {
            return None;
        }
        value = value * POWERS[count].unsigned_abs() + fraction;
        n_decimals = count;
        at += count;
        if count == 8 {
            let (more, count) = digits(word(data, at));
            if n_digits + n_decimals + count > 15 {
                return None;
            }
            value = value * POWERS[count].unsigned_abs() + more;
            n_decimals += count;
            at += count;
        }
    }
    if data.get(at) != Some(&b'<') {
        return None;
    }
    let value = i64::try_from(value).ok()?;
    Some((Number::new(if is_negative { -value } else { value }, -i16::try_from(n_decimals).ok()?), at))
}

impl<'a> SheetScanner<'a> {
    pub fn new(book: &'a Book, place: &'a CellRef, limits: &'a Limits) -> Self {
        SheetScanner {
            book,
            place,
            limits,
            phase: Phase::Head,
            outline: Outline::default(),
            buffer: RowBuffer::default(),
            row: 0,
            number: RowNumber::default(),
            is_hidden: false,
            next_row: 0,
            next_column: 0,
            n_cells: 0,
            openings: Vec::new(),
            row_tail: Vec::new(),
        }
    }

    pub fn is_1904(&self) -> bool {
        self.book.is_1904
    }

    /// The number of the row that comes next.
    pub fn next_row(&self) -> u64 {
        u64::from(self.next_row) + 1
    }

    /// Reads what precedes the rows; returns how many bytes were used.
    ///
    /// # Errors
    /// Why the sheet cannot be read.
    pub fn head(&mut self, window: &[u8]) -> Result<usize, Kind> {
        let mut at = 0;
        while self.phase == Phase::Head {
            let (token, next) = match markup::token(window, at) {
                Ok(found) => found,
                Err(stop) => return self.stopped(stop).map(|()| at),
            };
            at = next;
            match token {
                Token::Open { name: b"dimension", attributes, .. } => {
                    self.outline.declared = attributes.get(b"ref").and_then(Area::parse);
                }
                Token::Open { name: b"col", attributes, .. } if attributes.is_set(b"hidden") => {
                    let bound = |name: &[u8]| attributes.get(name).and_then(number_of).filter(|n| *n > 0);
                    if let (Some(first), Some(last)) = (bound(b"min"), bound(b"max")) {
                        self.outline.hidden_columns.push((first - 1, last.min(MAX_COLUMNS) - 1));
                    }
                    let n_stretches = self.outline.hidden_columns.len() as u64;
                    self.limits.check("merged_ranges", n_stretches, self.limits.merged_ranges)?;
                }
                Token::Open { name: b"sheetData", is_empty, .. } => {
                    self.phase = if is_empty { Phase::Tail } else { Phase::Rows };
                }
                Token::Close { name: b"worksheet" } => self.phase = Phase::Done,
                _ => {}
            }
        }
        Ok(at)
    }

    /// Reads the complete rows of a window, and what follows the last; returns how many bytes were used.
    ///
    /// # Errors
    /// Why the sheet cannot be read.
    pub fn scan(&mut self, window: &[u8], sink: &mut dyn RowSink) -> Result<usize, Kind> {
        let mut at = 0;
        while self.phase == Phase::Rows {
            match self.piece(window, at, sink) {
                Ok(next) => at = next,
                Err(Halt::More) => return Ok(at),
                Err(Halt::Refused(kind)) => return Err(kind),
            }
        }
        while self.phase == Phase::Tail {
            let (token, next) = match markup::token(window, at) {
                Ok(found) => found,
                Err(stop) => return self.stopped(stop).map(|()| at),
            };
            at = next;
            match token {
                Token::Open { name: b"mergeCell", attributes, .. } => {
                    self.outline.merged.extend(attributes.get(b"ref").and_then(Area::parse));
                    let n_merged = self.outline.merged.len() as u64;
                    self.limits.check("merged_ranges", n_merged, self.limits.merged_ranges)?;
                }
                Token::Open { name: b"autoFilter", attributes, .. } if self.outline.filter.is_none() => {
                    self.outline.filter = attributes.get(b"ref").and_then(Area::parse);
                }
                Token::Close { name: b"worksheet" } => self.phase = Phase::Done,
                _ => {}
            }
        }
        // Nothing that matters follows the closing tag.
        Ok(if self.phase == Phase::Done { window.len() } else { at })
    }

    /// [`Stop::More`] is no error here.
    fn stopped(&self, stop: Stop) -> Result<(), Kind> {
        match stop {
            Stop::More => Ok(()),
            Stop::Damaged(detail) => Err(self.damaged(detail)),
            Stop::DocumentType => Err(Kind::DocumentType),
        }
    }

    fn damaged(&self, detail: &str) -> Kind {
        Kind::DamagedSheet { detail: detail.to_string(), row: u64::from(self.next_row) + 1 }
    }

    fn halted(&self, stop: Stop) -> Halt {
        match self.stopped(stop) {
            Ok(()) => Halt::More,
            Err(kind) => Halt::Refused(kind),
        }
    }

    /// One row, or whatever else stands between rows.
    fn piece(&mut self, window: &[u8], at: usize, sink: &mut dyn RowSink) -> Result<usize, Halt> {
        let (is_empty, at) = match self.plain_row(window, at) {
            Some(found) => found,
            None => {
                let (token, next) = markup::token(window, at).map_err(|stop| self.halted(stop))?;
                match token {
                    Token::Open { name: b"row", attributes, is_empty } => {
                        self.begin_row(&attributes)?;
                        (is_empty, next)
                    }
                    Token::Close { name: b"sheetData" } => {
                        self.phase = Phase::Tail;
                        return Ok(next);
                    }
                    Token::Open { name: b"c", .. } => return Err(self.damaged("a cell outside rows").into()),
                    Token::Close { name: b"worksheet" } => return Err(self.damaged("rows without end").into()),
                    _ => return Ok(next),
                }
            }
        };
        if self.row < self.next_row || self.row >= MAX_ROWS {
            let number = u64::from(self.row) + 1;
            return Err(if self.row >= MAX_ROWS {
                Kind::ImpossibleAddress { address: number.to_string() }.into()
            } else {
                self.damaged(&format!("row {number} comes after row {}", self.next_row)).into()
            });
        }
        self.buffer.clear();
        self.next_column = 0;
        let start = at;
        let at = if is_empty { at } else { self.cells(window, at)? };
        self.limits.check_row((at - start) as u64)?;
        self.next_row = self.row + 1;
        self.hand_over(sink)?;
        Ok(at)
    }

    /// `<row r="12" spans="1:9">`, as most producers write it.
    #[inline]
    fn plain_row(&mut self, window: &[u8], at: usize) -> Option<(bool, usize)> {
        if !is(word(window, at), ROW_R) {
            return None;
        }
        let (number, length) = digits(word(window, at + 8));
        let rest = window.get(at + 8 + length..)?;
        if length == 0 || length > 7 || number == 0 || rest.first() != Some(&b'"') {
            return None;
        }
        let is_alike = !self.row_tail.is_empty() && rest.starts_with(&self.row_tail);
        let end = if is_alike { self.row_tail.len() } else { self.row_tail(rest)? };
        let is_empty = rest[end - 2] == b'/';
        self.row = u32::try_from(number - 1).ok()?;
        self.is_hidden = false;
        self.number = RowNumber::new(self.row);
        Some((is_empty, at + 8 + length + end))
    }

    /// Bytes from behind a row's number to the end of its tag: `" spans="1:9">`. Most rows have the same.
    #[inline(never)]
    fn row_tail(&mut self, rest: &[u8]) -> Option<usize> {
        let mut is_quoted = false;
        let mut end = 1;
        loop {
            match rest.get(end)? {
                b'>' if !is_quoted => break,
                b'"' => is_quoted = !is_quoted,
                // `hidden` has an h, and so have heights; both are rare enough.
                b'h' | b'\'' | b'<' => return None,
                _ => {}
            }
            end += 1;
        }
        let attributes = &rest[1..end];
        if !Attributes::of(attributes.strip_suffix(b"/").unwrap_or(attributes)).are_well_formed() {
            return None;
        }
        self.row_tail.clear();
        self.row_tail.extend_from_slice(&rest[..=end]);
        Some(end + 1)
    }

    fn begin_row(&mut self, attributes: &Attributes<'_>) -> Result<(), Kind> {
        if !attributes.are_well_formed() {
            return Err(self.damaged("attributes of a row"));
        }
        self.row = match attributes.get(b"r") {
            Some(text) => {
                let number = number_of(text).filter(|number| (1..=MAX_ROWS).contains(number));
                let impossible =
                    || Kind::ImpossibleAddress { address: String::from_utf8_lossy(text).chars().take(40).collect() };
                number.ok_or_else(impossible)? - 1
            }
            None => self.next_row,
        };
        self.is_hidden = attributes.is_set(b"hidden");
        self.number = RowNumber::new(self.row);
        Ok(())
    }

    /// The cells of a row up to its closing tag.
    fn cells(&mut self, window: &[u8], start: usize) -> Result<usize, Halt> {
        let mut at = start;
        let mut nth = 0;
        loop {
            let next = word(window, at);
            if is(next, CELL) {
                at = match self.plain_cell(window, at, nth) {
                    Some(next) => next,
                    None => self.any_cell(window, at)?,
                };
                nth += 1;
                continue;
            }
            if is(next, CLOSE_ROW) {
                return Ok(at + 6);
            }
            let (token, after) = markup::token(window, at).map_err(|stop| self.halted(stop))?;
            match token {
                Token::Open { name: b"c", .. } => at = self.any_cell(window, at)?,
                Token::Close { name: b"row" } => return Ok(after),
                Token::Close { name: b"sheetData" } | Token::Open { name: b"row", .. } => {
                    return Err(self.damaged("a row without end").into());
                }
                _ => at = after,
            }
        }
    }

    fn hand_over(&mut self, sink: &mut dyn RowSink) -> Result<(), Kind> {
        let (row, place) = (self.row, self.place);
        self.n_cells += self.buffer.len() as u64;
        self.limits.check("cells_per_sheet", self.n_cells, self.limits.cells_per_sheet)?;
        let mut twice = Vec::new();
        self.buffer.settle(self.book, |column, differs| twice.push((column, differs)));
        for (column, differs) in twice {
            let kind = if differs { Kind::ConflictingCell } else { Kind::DuplicateCell };
            sink.problem(Problem::new(place.at(row, column), kind));
        }
        let n_cells = self.buffer.len();
        if n_cells == 0 {
            return Ok(());
        }
        let found = self.buffer.row(row, self.is_hidden, self.book);
        let (first, last) = (found.column(0), found.column(n_cells - 1));
        let used = self.outline.used.get_or_insert(Area { first: (row, first), last: (row, last) });
        used.last.0 = row;
        used.first.1 = used.first.1.min(first);
        used.last.1 = used.last.1.max(last);
        sink.row(&found);
        Ok(())
    }

    /// A cell as the common producers write it; nothing is changed when it is not of that form.
    #[inline(always)]
    fn plain_cell(&mut self, window: &[u8], start: usize, nth: usize) -> Option<usize> {
        let (column, tail) = if is(word(window, start), CELL_R) {
            self.address(window, start + 6)?
        } else {
            (self.next_column, start + 2)
        };
        if column >= MAX_COLUMNS {
            return None;
        }
        let (length, style, storage) = match self.openings.get(nth) {
            Some(opening) if opening.is_at(window, tail) => (opening.length, opening.style, opening.storage),
            _ => match self.opening(window, tail, column, nth)? {
                Opened::Value(opening) => (opening.length, opening.style, opening.storage),
                Opened::Finished(next) => {
                    self.next_column = column + 1;
                    return Some(next);
                }
            },
        };
        let at = tail + length;
        let next = match storage {
            Storage::Number => {
                let (number, end) = plain_number(window, at)?;
                let next = close_cell(window, end)?;
                self.buffer.push_number(column, style, number);
                next
            }
            Storage::Shared => {
                let (index, length) = digits(word(window, at));
                if length == 0 || length == 8 || index >= self.book.strings.len() as u64 {
                    return None;
                }
                let next = close_cell(window, at + length)?;
                if !self.book.strings.is_blank(index as usize) {
                    self.buffer.push_shared(column, style, index as u32);
                }
                next
            }
            _ => return None,
        };
        self.next_column = column + 1;
        Some(next)
    }

    /// Reads a cell's tag from behind its address on, up to its value. The cell below will be written alike.
    #[inline(never)]
    fn opening(&mut self, window: &[u8], tail: usize, column: u32, nth: usize) -> Option<Opened> {
        let mut at = tail;
        let (mut style, mut storage) = (0, Storage::Number);
        // An attribute that stands twice is left to the general way.
        let (mut has_style, mut has_storage) = (false, false);
        loop {
            let next = word(window, at);
            match next as u8 {
                b'>' => break at += 1,
                b' ' if is(next, ATTRIBUTE_S) && !has_style => {
                    has_style = true;
                    let (number, length) = digits(word(window, at + 4));
                    if length == 0 || length > 6 || window.get(at + 4 + length) != Some(&b'"') {
                        return None;
                    }
                    style = number as u32;
                    at += 5 + length;
                }
                b' ' if is(next, ATTRIBUTE_T) && !has_storage => {
                    has_storage = true;
                    let length = memchr(b'"', window.get(at + 4..)?.get(..10)?)?;
                    storage = Storage::parse(&window[at + 4..at + 4 + length])?;
                    at += 5 + length;
                }
                b'/' if window.get(at + 1) == Some(&b'>') => return Some(Opened::Finished(at + 2)),
                _ => return None,
            }
        }
        let mut has_formula = false;
        let mut next = word(window, at);
        while !is(next, VALUE) {
            if next as u8 != b'<' {
                // Indented.
                let skipped = spaces(window, at);
                if skipped == 0 {
                    return None;
                }
                at += skipped;
            } else if is(next, FORMULA) && !has_formula {
                has_formula = true;
                at = formula_end(window, at)?;
            } else if is(next, INLINE) && storage == Storage::Inline {
                return self.plain_inline(window, at, column, style).map(Opened::Finished);
            } else {
                return None;
            }
            next = word(window, at);
        }
        at += 3;
        let opening = Opening::new(&window[tail..at], style, storage);
        if opening.is_short() && !has_formula {
            if nth >= self.openings.len() && nth < MAX_COLUMNS as usize {
                self.openings.resize(nth + 1, Opening::default());
            }
            if let Some(known) = self.openings.get_mut(nth) {
                *known = opening;
            }
        }
        Some(Opened::Value(opening))
    }

    /// `<is><t>text</t></is></c>`
    fn plain_inline(&mut self, window: &[u8], at: usize, column: u32, style: u32) -> Option<usize> {
        let rest = window.get(at + 6..)?;
        let (keep_space, rest, begin) = if rest.first() == Some(&b'>') {
            (false, &rest[1..], at + 7)
        } else {
            let rest = rest.strip_prefix(b" xml:space=\"preserve\">")?;
            (true, rest, at + 6 + 22)
        };
        let end = memchr(b'<', rest)?;
        let after = rest[end..].strip_prefix(b"</t></is></c>").map(|_| begin + end + 13)?;
        let start = self.buffer.own_text().len();
        self.write_text(&rest[..end], keep_space, start).ok()?;
        self.buffer.push_written(column, style, start);
        self.next_column = column + 1;
        Some(after)
    }

    /// Adds text to the row's own, checked and decoded.
    fn write_text(&mut self, raw: &[u8], keep_space: bool, start: usize) -> Result<(), Kind> {
        let text = self.buffer.own_text();
        if markup::push_text(raw, keep_space, text).is_err() {
            text.truncate(start);
            return Err(self.damaged("text is not UTF-8, or has an unknown reference"));
        }
        self.finish_text(start)
    }

    fn finish_text(&mut self, start: usize) -> Result<(), Kind> {
        let text = self.buffer.own_text();
        markup::decode_escapes(text, start);
        self.limits.check_text(&text[start..])
    }

    /// A column's letters and this row's number, from behind the quote; where the next attribute may begin.
    #[inline(always)]
    fn address(&self, window: &[u8], at: usize) -> Option<(u32, usize)> {
        let letters = word(window, at);
        // One letter and a number that fits beside it: all in one word.
        let letter = (letters as u8).wrapping_sub(b'A');
        if letter < 26 && self.number.length < 8 && (letters >> 8 ^ self.number.word) & self.number.mask == 0 {
            return Some((u32::from(letter), at + 1 + self.number.length));
        }
        self.long_address(window, at)
    }

    #[inline(never)]
    fn long_address(&self, window: &[u8], at: usize) -> Option<(u32, usize)> {
        let mut letters = word(window, at);
        let mut column = 0;
        let mut length = 0;
        loop {
            let letter = (letters as u8).wrapping_sub(b'A');
            if letter >= 26 {
                break;
            }
            column = column * 26 + u32::from(letter) + 1;
            letters >>= 8;
            length += 1;
            if length > 3 {
                return None;
            }
        }
        let at = at + length;
        let is_this_row = (word(window, at) ^ self.number.word) & self.number.mask == 0;
        if length > 0 && is_this_row { Some((column - 1, at + self.number.length)) } else { None }
    }

    /// Any cell that is well-formed.
    fn any_cell(&mut self, window: &[u8], start: usize) -> Result<usize, Halt> {
        let (token, mut at) = markup::token(window, start).map_err(|stop| self.halted(stop))?;
        let Token::Open { name, attributes, is_empty } = token else { return Err(self.damaged("no cell").into()) };
        if name != b"c" {
            return Ok(at);
        }
        if !attributes.are_well_formed() {
            return Err(self.damaged("attributes of a cell").into());
        }
        let column = match attributes.get(b"r") {
            Some(text) => self.own_column(text)?,
            None => self.next_column,
        };
        if column >= MAX_COLUMNS {
            let address = format!("{}{}", crate::cell::column_letters(column), u64::from(self.row) + 1);
            return Err(Kind::ImpossibleAddress { address }.into());
        }
        let style = attributes.get(b"s").and_then(number_of).unwrap_or(0);
        let storage = match attributes.get(b"t") {
            Some(text) => Storage::parse(text).ok_or_else(|| self.damaged("a cell of unknown type"))?,
            None => Storage::Number,
        };
        self.next_column = column + 1;
        if is_empty {
            return Ok(at);
        }
        let mut has_formula = false;
        let mut value: Option<String> = None;
        let mut inline: Option<String> = None;
        loop {
            let (token, next) = markup::token(window, at).map_err(|stop| self.halted(stop))?;
            at = next;
            match token {
                Token::Open { name: b"f", is_empty, .. } => {
                    has_formula = true;
                    if !is_empty {
                        at = behind(window, at, b"f").map_err(|stop| self.halted(stop))?;
                    }
                }
                Token::Open { name: b"v", is_empty, .. } => {
                    let text = value.get_or_insert_default();
                    if !is_empty {
                        at = text_until(window, at, b"v", text).map_err(|stop| self.halted(stop))?;
                    }
                }
                Token::Open { name: b"is", is_empty: false, .. } => {
                    let text = inline.get_or_insert_default();
                    at = rich_text(window, at, b"is", text).map_err(|stop| self.halted(stop))?;
                }
                Token::Close { name: b"c" } => break,
                Token::Close { name: b"row" | b"sheetData" } | Token::Open { name: b"c" | b"row", .. } => {
                    return Err(self.damaged("a cell without end").into());
                }
                _ => {}
            }
        }
        // Some producers call a cell inline and write its text as a value.
        let value = if storage == Storage::Inline { inline.or(value) } else { value.or(inline) };
        self.store(column, style, storage, value, has_formula)?;
        Ok(at)
    }

    /// The column of an address, which must be in this row.
    fn own_column(&self, text: &[u8]) -> Result<u32, Kind> {
        let address = || String::from_utf8_lossy(text).chars().take(40).collect::<String>();
        let (row, column) =
            crate::cell::parse_address(text).ok_or_else(|| Kind::ImpossibleAddress { address: address() })?;
        if row == self.row {
            return Ok(column);
        }
        Err(self.damaged(&format!("cell {} stands in row {}", address(), u64::from(self.row) + 1)))
    }

    /// Puts a cell's value into the row.
    fn store(
        &mut self,
        column: u32,
        style: u32,
        storage: Storage,
        value: Option<String>,
        has_formula: bool,
    ) -> Result<(), Kind> {
        let text = value.as_deref().unwrap_or("");
        let is_text = matches!(storage, Storage::FormulaText | Storage::Inline);
        // A formula whose result is the empty text has one; a formula without any value was never calculated.
        if has_formula && text.is_empty() && (value.is_none() || !is_text) {
            self.buffer.push_not_calculated(column);
            return Ok(());
        }
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Ok(());
        }
        match storage {
            Storage::Number => match Number::from_stored(trimmed) {
                Stored::Finite(number) => self.buffer.push_number(column, style, number),
                Stored::NotFinite => self.buffer.push_not_finite(column),
                // What is not a number is text, and is judged as such where it is used.
                Stored::NotANumber => self.buffer.push_text(column, trimmed),
            },
            Storage::Shared => match trimmed.parse::<u32>() {
                Ok(index) if (index as usize) < self.book.strings.len() => {
                    if !self.book.strings.is_blank(index as usize) {
                        self.buffer.push_shared(column, style, index);
                    }
                }
                _ => {
                    let text = format!("#STRING {trimmed}/{}", self.book.strings.len());
                    self.buffer.push_error(column, &text);
                }
            },
            Storage::Truth => match trimmed {
                "1" | "true" | "TRUE" => self.buffer.push_truth(column, true),
                "0" | "false" | "FALSE" => self.buffer.push_truth(column, false),
                other => self.buffer.push_text(column, other),
            },
            Storage::Error => self.buffer.push_error(column, trimmed),
            Storage::IsoDate => match iso_date(trimmed) {
                Some(day) => self.buffer.push_date(column, day),
                None => self.buffer.push_text(column, trimmed),
            },
            Storage::FormulaText | Storage::Inline => {
                let own = self.buffer.own_text();
                let start = own.len();
                own.push_str(text);
                self.finish_text(start)?;
                self.buffer.push_written(column, style, start);
            }
        }
        Ok(())
    }
}

/// A day of an ISO 8601 date or moment.
pub fn iso_date(text: &str) -> Option<chrono::NaiveDate> {
    let day = text.parse::<chrono::NaiveDate>().ok();
    let moment = || text.trim_end_matches('Z').parse::<chrono::NaiveDateTime>().ok().map(|moment| moment.date());
    day.or_else(moment)
}

/// A small decimal number.
fn number_of(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text).ok()?.trim().parse().ok()
}

fn spaces(window: &[u8], at: usize) -> usize {
    window.get(at..).unwrap_or(&[]).iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// `</v></c>`, perhaps with white space between.
#[inline(always)]
fn close_cell(window: &[u8], at: usize) -> Option<usize> {
    if is(word(window, at), CLOSE_BOTH) { Some(at + 8) } else { close_spaced(window, at) }
}

#[cold]
fn close_spaced(window: &[u8], at: usize) -> Option<usize> {
    if !is(word(window, at), CLOSE_VALUE) {
        return None;
    }
    let at = at + 4 + spaces(window, at + 4);
    if is(word(window, at), CLOSE_CELL) { Some(at + 4) } else { None }
}

/// Behind `<f …>…</f>` or `<f …/>`.
fn formula_end(window: &[u8], at: usize) -> Option<usize> {
    let rest = window.get(at + 2..)?;
    if !matches!(rest.first(), Some(b'>' | b' ' | b'/')) {
        return None;
    }
    let open = memchr(b'>', rest)?;
    let tag = &rest[..open];
    if tag.contains(&b'<') || tag.contains(&b'\'') || tag.iter().filter(|byte| **byte == b'"').count() % 2 == 1 {
        return None;
    }
    if rest[..open].last() == Some(&b'/') {
        return Some(at + 2 + open + 1);
    }
    let close = memchr(b'<', &rest[open..])? + open;
    rest[close..].starts_with(b"</f>").then_some(at + 2 + close + 4)
}

/// Behind the closing tag of an element whose text does not matter.
fn behind(window: &[u8], start: usize, closing: &[u8]) -> Result<usize, Stop> {
    let mut at = start;
    loop {
        let (token, next) = markup::token(window, at)?;
        at = next;
        match token {
            Token::Close { name } if name == closing => return Ok(at),
            Token::Open { .. } | Token::Close { name: b"c" | b"row" } => {
                return Err(Stop::Damaged("a formula without end"));
            }
            _ => {}
        }
    }
}

/// Text up to the closing tag of an element, references resolved.
fn text_until(window: &[u8], start: usize, closing: &[u8], out: &mut String) -> Result<usize, Stop> {
    let mut at = start;
    loop {
        let (token, next) = markup::token(window, at)?;
        at = next;
        match token {
            Token::Text(raw) => {
                markup::unescape(raw, out)
                    .map_err(|_| Stop::Damaged("text is not UTF-8, or has an unknown reference"))?;
            }
            Token::Verbatim(raw) => {
                out.push_str(std::str::from_utf8(raw).map_err(|_| Stop::Damaged("text is not UTF-8"))?);
            }
            Token::Close { name } if name == closing => return Ok(at),
            Token::Open { .. } | Token::Close { name: b"c" | b"row" } => {
                return Err(Stop::Damaged("a value without end"));
            }
            _ => {}
        }
    }
}
