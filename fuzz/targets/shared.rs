//! What the targets share: a package around one part, and reading bytes under a name.

use std::io::{Cursor, Write};
use std::path::Path;

use attain::problem::{Checked, Kind};
use attain::source::content::Content;
use attain::source::limits::Limits;
use attain::source::{self, Hints, InputFile, Means, Row, SheetTail, Sink};

#[path = "../../tests/support/xml.rs"]
pub mod xml;

/// The cells of a sheet, as texts.
#[derive(Debug, Default, PartialEq)]
pub struct Cells(pub Vec<String>);

impl Sink for Cells {
    fn row(&mut self, row: &Row<'_>) {
        let mut last = None;
        for cell in row.cells() {
            assert!(last.is_none_or(|last| last < cell.column), "columns ascend");
            last = Some(cell.column);
            self.0.push(format!("{} {} {:?}", row.index, cell.column, cell.value));
        }
        assert!(last.is_some(), "a row has cells");
    }

    fn end(&mut self, _: SheetTail) {}
}

/// Reads bytes as the file of this name. Limits are small, so that inputs which ask for much end soon.
pub fn read(name: &str, bytes: Vec<u8>) -> Result<Checked<Vec<Cells>>, Kind> {
    let limits = Limits {
        entry_uncompressed: 1 << 22,
        total_uncompressed: 1 << 23,
        row_bytes: 1 << 20,
        ..Limits::default()
    };
    let input = InputFile { path: name.into(), name: name.into() };
    let means = Means { limits: &limits, program: Path::new(""), hints: Hints::default() };
    source::read(&input, &Content::held(bytes), &means, &|_| Cells::default())
}

/// A workbook with one sheet of this XML and these shared strings, stored and not packed.
pub fn workbook(sheet: &[u8], strings: &[u8], styles: &[u8]) -> Vec<u8> {
    package(sheet, strings, styles, b"<workbook><sheets><sheet name=\"S\" r:id=\"a\"/></sheets></workbook>")
}

/// The same with this list of sheets: the only one is `r:id="a"`.
pub fn package(sheet: &[u8], strings: &[u8], styles: &[u8], list: &[u8]) -> Vec<u8> {
    let relation = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"x/{kind}\" Target=\"{target}\"/>")
    };
    let root = format!("<Relationships>{}</Relationships>", relation("a", "officeDocument", "xl/workbook.xml"));
    let book = format!(
        "<Relationships>{}{}{}</Relationships>",
        relation("a", "worksheet", "s.xml"),
        relation("b", "sharedStrings", "t.xml"),
        relation("c", "styles", "f.xml")
    );
    let parts: [(&str, &[u8]); 6] = [
        ("_rels/.rels", root.as_bytes()),
        ("xl/_rels/workbook.xml.rels", book.as_bytes()),
        ("xl/workbook.xml", list),
        ("xl/s.xml", sheet),
        ("xl/t.xml", strings),
        ("xl/f.xml", styles),
    ];
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in parts {
        writer.start_file(name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The text with each occurrence replaced.
pub fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at..].starts_with(from) {
            out.extend_from_slice(to);
            at += from.len();
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    out
}
