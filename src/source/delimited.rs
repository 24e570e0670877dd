//! Delimited text: encodings, the delimiter, records with their line numbers.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use rustc_hash::FxHashMap;

use crate::cell::CellRef;
use crate::problem::{Checked, Kind, Problem};

use super::row::{Book, RowBuffer};
use super::xlsx::strings::Strings;
use super::{Begin, Hints, Means, SheetHead, SheetTail, Sink, Visibility};

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];
/// Lines by which the delimiter and the number of fields are judged.
const JUDGED_LINES: usize = 20;
/// Line numbers that a remark names.
const LINES_NAMED: usize = 10;

/// Reads a delimited text as one sheet.
///
/// # Errors
/// Why the file is rejected.
pub fn read<S: Sink>(
    file: &CellRef,
    bytes: &[u8],
    means: &Means<'_>,
    begin: &Begin<'_, S>,
) -> Result<Checked<Vec<S>>, Kind> {
    let limits = means.limits;
    let mut problems = Vec::new();
    let (text, encoding) = decode(bytes, &means.hints)?;
    if encoding != UTF_8 {
        let encoding = encoding.name().to_string();
        problems.push(Problem::new(file.clone(), Kind::EncodingDetected { encoding }));
    }
    let delimiter = match means.hints.delimiter {
        Some(delimiter) => delimiter,
        None => detect_delimiter(&text).ok_or(Kind::NoDelimiter)?,
    };
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut sink = begin(SheetHead::plain(file.clone(), Visibility::Visible));
    let mut record = csv::StringRecord::new();
    let (mut buffer, mut book) = (RowBuffer::default(), Book::default());
    let mut repeated = Repeated::default();
    let mut shape = Shape::of(&text, delimiter);
    let (mut last_line, mut last_start) = (0, 0);
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return Err(Kind::UnreadableFile { detail: error.to_string() }),
        }
        let line = record.position().map_or(0, |position| first_line(position, text.as_bytes()));
        last_line = line;
        last_start = record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0));
        // A stray quote goes on to the next one, and the lines between are its field.
        if record.iter().any(|field| shape.has_line(field, delimiter)) {
            return Err(Kind::UnterminatedQuote { line });
        }
        buffer.clear();
        for (field, column) in record.iter().zip(0u32..) {
            if !field.trim().is_empty() {
                limits.check_text(field)?;
                match repeated.index(field, column, &mut book.strings) {
                    Some(index) => buffer.push_shared(column, 0, index),
                    None => buffer.push_text(column, field),
                }
            }
        }
        let row = u32::try_from(line.saturating_sub(1)).unwrap_or(u32::MAX);
        let found = buffer.row(row, false, &book);
        if found.is_empty() {
            continue;
        }
        let n_filled = found.column(found.len() - 1) as usize + 1;
        if let Some(n_fields) = shape.overlong(record.len(), n_filled, line) {
            // A delimiter in a text without quotes moves every field behind it into the next column.
            let kind = Kind::TooManyFields { n_fields, expected: shape.expected };
            problems.push(Problem::new(file.at(row, 0), kind));
            continue;
        }
        sink.row(&found);
    }
    // A quote that is never closed makes the rest of the file one field.
    let last = text.get(last_start..).unwrap_or("");
    let opens = last.starts_with('"') || last.contains(&format!("{}\"", char::from(delimiter)));
    if opens && last.matches('"').count() % 2 == 1 {
        return Err(Kind::UnterminatedQuote { line: last_line });
    }
    if shape.n_short > 0 {
        let lines: Vec<String> = shape.short.iter().map(u64::to_string).collect();
        let more = if shape.n_short > shape.short.len() { ", …" } else { "" };
        let lines = format!("{}{more}", lines.join(", "));
        let kind = Kind::TooFewFields { n_lines: shape.n_short, expected: shape.expected, lines };
        problems.push(Problem::new(file.clone(), kind));
    }
    sink.end(SheetTail::default());
    Ok(Checked { value: vec![sink], problems })
}

/// How many fields the lines of a text have, and which differ.
struct Shape {
    expected: usize,
    /// Titles and notes may stand above the first line of the expected length.
    has_begun: bool,
    short: Vec<u64>,
    n_short: usize,
}

impl Shape {
    /// The most common number of fields among the first lines, of two as common the larger; or as many as the
    /// first of them has, which is the header: producers leave out blank fields at the end of a line.
    fn of(text: &str, delimiter: u8) -> Self {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        let lengths: Vec<usize> =
            reader.records().take(JUDGED_LINES).flatten().map(|record| record.len()).filter(|n| *n > 1).collect();
        let count = |length: usize| lengths.iter().filter(|other| **other == length).count();
        let expected = lengths.iter().copied().max_by_key(|length| (count(*length), *length)).unwrap_or(1);
        let expected = expected.max(lengths.first().copied().unwrap_or(1));
        Shape { expected, has_begun: false, short: Vec::new(), n_short: 0 }
    }

    /// Whether a field holds a whole line of the table.
    fn has_line(&self, field: &str, delimiter: u8) -> bool {
        let n_fields = |line: &str| line.bytes().filter(|byte| *byte == delimiter).count() + 1;
        self.expected > 1 && field.contains('\n') && field.lines().any(|line| n_fields(line) >= self.expected)
    }

    /// The number of fields of a line that has too many filled ones. Shorter lines are remembered: a line
    /// may leave out blank fields at its end.
    fn overlong(&mut self, n_fields: usize, n_filled: usize, line: u64) -> Option<usize> {
        self.has_begun |= n_fields == self.expected;
        if !self.has_begun || self.expected < 2 {
            return None;
        }
        if n_fields < self.expected {
            self.n_short += 1;
            if self.short.len() < LINES_NAMED {
                self.short.push(line);
            }
        }
        (n_filled > self.expected).then_some(n_fields)
    }
}

/// The line a record begins on. The csv library's position stands before the blank lines,
/// and before the LF of a CR LF, that it then passes over.
fn first_line(position: &csv::Position, text: &[u8]) -> u64 {
    let rest = usize::try_from(position.byte()).ok().and_then(|at| text.get(at..)).unwrap_or(&[]);
    let passed = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + passed.filter(|byte| **byte == b'\n').count() as u64
}

/// Texts that come again and again are kept once, as workbooks keep them: what was understood of one is
/// understood of all. Numbers and days are not, and neither is a column whose texts are all different.
#[derive(Default)]
struct Repeated {
    known: FxHashMap<Box<str>, u32>,
    /// How many texts of each column were new.
    n_new: Vec<u32>,
}

/// Different texts from which on a column is taken to have nothing but different ones.
const MOST_DIFFERENT: u32 = 20_000;

impl Repeated {
    fn index(&mut self, field: &str, column: u32, strings: &mut Strings) -> Option<u32> {
        if field.starts_with(|first: char| !first.is_alphabetic()) {
            return None;
        }
        if let Some(index) = self.known.get(field) {
            return Some(*index);
        }
        let column = column as usize;
        self.n_new.resize(self.n_new.len().max(column + 1), 0);
        if self.n_new[column] >= MOST_DIFFERENT {
            return None;
        }
        self.n_new[column] += 1;
        let index = strings.push(field)?;
        self.known.insert(field.into(), index);
        Some(index)
    }
}

/// Decodes by byte-order mark, then strict UTF-8, then the pattern of zero bytes
/// that UTF-16 has, then GB18030.
fn decode<'a>(bytes: &'a [u8], hints: &Hints) -> Result<(Cow<'a, str>, &'static Encoding), Kind> {
    let decoded = |encoding: &'static Encoding| {
        let (text, encoding, had_errors) = encoding.decode(bytes);
        (!had_errors).then_some((text, encoding))
    };
    let strict = |encoding: &'static Encoding| decoded(encoding).filter(|(text, _)| !text.contains('\0'));
    if let Some(label) = &hints.encoding {
        let encoding = Encoding::for_label(label.as_bytes()).ok_or(Kind::EncodingUnclear)?;
        return strict(encoding).ok_or(Kind::EncodingUnclear);
    }
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return strict(encoding).ok_or(Kind::EncodingUnclear);
    }
    if let Some(found) = strict(UTF_8) {
        return Ok(found);
    }
    let head = &bytes[..bytes.len().min(4096)];
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let found = if zeros(1) * 4 > head.len() {
        strict(UTF_16LE)
    } else if zeros(0) * 4 > head.len() {
        strict(UTF_16BE)
    } else {
        strict(GB18030)
    };
    // A zero byte in a text that is otherwise readable has a line to go to.
    found.ok_or_else(|| match decoded(UTF_8).and_then(|(text, _)| text.find('\0').map(|at| (at, text))) {
        Some((at, text)) => Kind::NulByte { line: text[..at].matches('\n').count() as u64 + 1 },
        None => Kind::EncodingUnclear,
    })
}

/// The delimiter that splits the first lines into the same number of fields, at least two;
/// of several, the one that makes most fields.
fn detect_delimiter(text: &str) -> Option<u8> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(JUDGED_LINES).collect();
    let score = |delimiter: u8| {
        let fields = |line: &str| {
            let mut quoted = false;
            let mut count = 1usize;
            for byte in line.bytes() {
                match byte {
                    b'"' => quoted = !quoted,
                    byte if byte == delimiter && !quoted => count += 1,
                    _ => {}
                }
            }
            count
        };
        let counts: Vec<usize> = lines.iter().map(|line| fields(line)).collect();
        let most = counts.iter().copied().max().unwrap_or(1);
        let agreeing = counts.iter().filter(|count| **count == most && most > 1).count();
        (agreeing * 100 / lines.len().max(1), most)
    };
    let scored =
        DELIMITERS.iter().rev().map(|delimiter| (*delimiter, score(*delimiter))).filter(|(_, (_, most))| *most > 1);
    // Of equals, the first.
    scored.max_by_key(|(_, score)| *score).map(|(delimiter, _)| delimiter)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::source::Row;
    use crate::source::limits::Limits;

    #[test]
    fn encodings_are_found() {
        let text = "姓名,销售额\n李雷,100\n";
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut utf16_bom = vec![0xff, 0xfe];
        utf16_bom.extend(&utf16);
        let mut utf8_bom = b"\xef\xbb\xbf".to_vec();
        utf8_bom.extend(text.bytes());
        let (gbk, _, _) = GB18030.encode(text);
        for bytes in [text.as_bytes(), &utf8_bom, &utf16_bom, &gbk] {
            assert_eq!(decode(bytes, &Hints::default()).unwrap().0, text);
        }
        let ascii = "name,amount,region,team\nLi,100,North,One\n";
        let utf16: Vec<u8> = ascii.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&utf16, &Hints::default()).unwrap().0, ascii);
    }

    /// Collects the rows that a text gives.
    #[derive(Default)]
    struct Rows(Vec<(u32, Vec<String>)>);

    impl Sink for Rows {
        fn row(&mut self, row: &Row<'_>) {
            self.0.push((row.index, row.cells().map(|cell| cell.value.display()).collect()));
        }
        fn end(&mut self, _: SheetTail) {}
    }

    fn read_text(text: &str) -> Result<Checked<Vec<Rows>>, Kind> {
        let limits = Limits::default();
        let means = Means { limits: &limits, program: Path::new(""), hints: Hints::default() };
        read(&CellRef::file(&"t.csv".into()), text.as_bytes(), &means, &|_| Rows::default())
    }

    fn rows(text: &str) -> Vec<(u32, String)> {
        let rows = read_text(text).unwrap().value.remove(0).0;
        rows.into_iter().map(|(row, cells)| (row, cells.join(","))).collect()
    }

    #[test]
    fn records_are_found_at_their_lines() {
        let expected = vec![(0, "a,b".to_string()), (1, "1,2".to_string()), (3, "3,4".to_string())];
        assert_eq!(rows("a,b\n1,2\n\n3,4\n"), expected);
        assert_eq!(rows("a,b\r\n1,2\r\n\r\n3,4\r\n"), expected);
        // A quoted line break makes the next record begin two lines later.
        let broken = vec![(0, "a,b".to_string()), (1, "x\ny,2".to_string()), (3, "3,4".to_string())];
        assert_eq!(rows("a,b\n\"x\ny\",2\n3,4\n"), broken);
    }

    #[test]
    fn an_open_quote_rejects_the_file() {
        for text in [
            "a,b\n\"1,2\n3,4\n5,6\n",
            "date,name,amount\n2026-01-05,\"Li,100\n2026-01-06,Wu,200\n",
            // It is closed by another stray quote, far below.
            "name,region,amount\n\"Li,North,1\nWu,South,2\nHe,South,3\nx 5\" pipe,South,3\n",
        ] {
            assert_eq!(read_text(text).err(), Some(Kind::UnterminatedQuote { line: 2 }), "{text}");
        }
        // An inch is no quote, and a note may have lines.
        let read = read_text("a,b\n5\" pipe,2\n\n\n\"note\nof two lines\",3\n").unwrap();
        assert_eq!(read.value[0].0.len(), 3);
    }

    #[test]
    fn a_zero_byte_is_named_by_its_line() {
        assert_eq!(read_text("a,b\n1,2\n3,\u{0}4\n").err(), Some(Kind::NulByte { line: 3 }));
    }

    #[test]
    fn ragged_lines_are_named() {
        // Line 3 has a comma too many and is left out, line 5 leaves a field out.
        let text = "name,region,amount\nLi,North,1\nSmith, John,North,2\nWu,South,3\nHe,South\n";
        let read = read_text(text).unwrap();
        let remarks: Vec<(String, Kind)> =
            read.problems.into_iter().map(|problem| (problem.at.address(), problem.kind)).collect();
        let expected = [
            ("A3".to_string(), Kind::TooManyFields { n_fields: 4, expected: 3 }),
            (String::new(), Kind::TooFewFields { n_lines: 1, expected: 3, lines: "5".to_string() }),
        ];
        assert_eq!(remarks, expected);
        assert_eq!(read.value[0].0.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [0, 1, 3, 4]);
        // Blank fields at the end are left out, but for the line that has a note.
        let read = read_text("name,amount,note\nLi,1\nWu,2\nHe,3,late\n").unwrap();
        assert_eq!(read.value[0].0.len(), 4);
        // A title above the header and blank fields at a line's end are nothing to remark on.
        let read = read_text("Sales 2026\nname,amount,\nLi,1,\n").unwrap();
        assert_eq!(read.problems, []);
    }

    #[test]
    fn delimiters_are_found() {
        for (text, delimiter) in [
            ("a,b,c\n1,2,3\n", b','),
            ("a|b\nHL Road Frame - Black, 58|3\nx, y|4\n", b'|'),
            ("a;b\n1,5;2,5\n3,5;4,5\n", b';'),
            ("a\tb\n\"x,y\"\t2\n", b'\t'),
        ] {
            assert_eq!(detect_delimiter(text), Some(delimiter), "{text}");
        }
        assert_eq!(detect_delimiter("one column\n1\n"), None);
    }
}
