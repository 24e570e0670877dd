//! Delimited text: encodings, the delimiter, records with their line numbers.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use crate::cell::{Cell, CellRef, Value};
use crate::problem::{Kind, Problem};

use super::limits::Limits;
use super::{Hints, SheetHead, Sink};

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

pub fn read(file: &CellRef, bytes: &[u8], hints: &Hints, limits: &Limits, sink: &mut dyn Sink) -> Result<(), Kind> {
    let (text, encoding) = decode(bytes, hints)?;
    if encoding != UTF_8 {
        let encoding = encoding.name().to_string();
        sink.problem(Problem::new(file.clone(), Kind::EncodingDetected { encoding }));
    }
    let delimiter = hints.delimiter.unwrap_or_else(|| detect_delimiter(&text));
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    sink.begin_sheet(SheetHead { place: file.clone(), hidden: false });
    let mut record = csv::StringRecord::new();
    let mut n_cells = 0u64;
    let mut last_line = 0;
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return Err(Kind::UnreadableFile { detail: error.to_string() }),
        }
        let line = record.position().map_or(0, |position| first_line(position, text.as_bytes()));
        last_line = line;
        let cells: Vec<Cell<'_>> = record
            .iter()
            .zip(0u32..)
            .filter(|(field, _)| !field.trim().is_empty())
            .map(|(field, column)| Cell { column, value: Value::Text(field) })
            .collect();
        n_cells += cells.len() as u64;
        limits.check("cells_per_sheet", n_cells, limits.cells_per_sheet)?;
        if !cells.is_empty() {
            sink.row(u32::try_from(line.saturating_sub(1)).unwrap_or(u32::MAX), &cells);
        }
    }
    // A quote that is never closed swallows the rest of the file into one record.
    let n_lines = text.bytes().filter(|byte| *byte == b'\n').count() as u64;
    let open_quote = text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
    if open_quote && last_line + 1 < n_lines {
        return Err(Kind::UnterminatedQuote);
    }
    sink.end_sheet();
    Ok(())
}

/// The line a record begins on. The csv library's position stands before the blank lines,
/// and before the LF of a CR LF, that it then passes over.
fn first_line(position: &csv::Position, text: &[u8]) -> u64 {
    let rest = usize::try_from(position.byte()).ok().and_then(|at| text.get(at..)).unwrap_or(&[]);
    let passed = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + passed.filter(|byte| **byte == b'\n').count() as u64
}

/// Decodes by byte-order mark, then strict UTF-8, then the pattern of zero bytes
/// that UTF-16 has, then GB18030.
fn decode<'a>(bytes: &'a [u8], hints: &Hints) -> Result<(Cow<'a, str>, &'static Encoding), Kind> {
    let strict = |encoding: &'static Encoding| {
        let (text, encoding, had_errors) = encoding.decode(bytes);
        (!had_errors && !text.contains('\0')).then_some((text, encoding))
    };
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
    found.ok_or(Kind::EncodingUnclear)
}

/// The delimiter that splits the first lines into the same number of fields, at least two;
/// of several, the one that makes most fields.
fn detect_delimiter(text: &str) -> u8 {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(20).collect();
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
    let mut best = (b',', (0, 1));
    for delimiter in DELIMITERS {
        let scored = score(delimiter);
        if scored > best.1 {
            best = (delimiter, scored);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

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
        fn begin_sheet(&mut self, _: SheetHead) {}
        fn row(&mut self, row: u32, cells: &[Cell<'_>]) {
            self.0.push((row, cells.iter().map(|cell| cell.value.display()).collect()));
        }
        fn end_sheet(&mut self) {}
        fn problem(&mut self, _: Problem) {}
    }

    fn rows(text: &str) -> Vec<(u32, String)> {
        let file = CellRef::file(&"t.csv".into());
        let mut rows = Rows::default();
        read(&file, text.as_bytes(), &Hints::default(), &Limits::default(), &mut rows).unwrap();
        rows.0.into_iter().map(|(row, cells)| (row, cells.join(","))).collect()
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
        let file = CellRef::file(&"t.csv".into());
        let text = "a,b\n\"1,2\n3,4\n5,6\n";
        let outcome = read(&file, text.as_bytes(), &Hints::default(), &Limits::default(), &mut Rows::default());
        assert_eq!(outcome, Err(Kind::UnterminatedQuote));
    }

    #[test]
    fn delimiters_are_found() {
        for (text, delimiter) in [
            ("a,b,c\n1,2,3\n", b','),
            ("a|b\nHL Road Frame - Black, 58|3\nx, y|4\n", b'|'),
            ("a;b\n1,5;2,5\n3,5;4,5\n", b';'),
            ("a\tb\n\"x,y\"\t2\n", b'\t'),
            ("one column\n1\n", b','),
        ] {
            assert_eq!(detect_delimiter(text), delimiter, "{text}");
        }
    }
}
