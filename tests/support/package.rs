//! Workbook packages written by hand, as no library would write them.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{Cursor, Write};
use std::path::Path;

use attain::cell::Value;
use attain::problem::{Checked, Kind};
use attain::source::content::Content;
use attain::source::limits::Limits;
use attain::source::{self, Hints, InputFile, Means, Row, SheetHead, SheetTail, Sink};

pub const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// The parts of a workbook with one sheet, to be changed.
#[derive(Clone)]
pub struct Package {
    pub parts: Vec<(String, Vec<u8>)>,
}

impl Package {
    /// A workbook whose only sheet has these rows (`<row>…</row>`).
    pub fn rows(rows: &str) -> Self {
        Package::sheet(&format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>"))
    }

    /// A workbook whose only sheet is this XML.
    pub fn sheet(xml: &str) -> Self {
        let relation = |id: &str, kind: &str, target: &str| {
            format!("<Relationship Id=\"{id}\" Type=\"{RELATIONS}/{kind}\" Target=\"{target}\"/>")
        };
        let list = |relations: &[String]| format!("<Relationships>{}</Relationships>", relations.concat());
        let book = [
            relation("r1", "worksheet", "worksheets/sheet1.xml"),
            relation("r2", "styles", "styles.xml"),
            relation("r3", "sharedStrings", "sharedStrings.xml"),
        ];
        let parts = [
            ("_rels/.rels", list(&[relation("r1", "officeDocument", "xl/workbook.xml")])),
            ("xl/_rels/workbook.xml.rels", list(&book)),
            (
                "xl/workbook.xml",
                format!(
                    "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets>\
                     <sheet name=\"Data\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
                ),
            ),
            ("xl/worksheets/sheet1.xml", xml.to_string()),
        ];
        Package { parts: parts.into_iter().map(|(name, text)| (name.to_string(), text.into_bytes())).collect() }
    }

    /// Sets a part.
    pub fn part(mut self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.parts.retain(|(other, _)| other != name);
        self.parts.push((name.to_string(), bytes.as_ref().to_vec()));
        self
    }

    /// Shared strings (`<si>…</si>`).
    pub fn strings(self, items: &str) -> Self {
        self.part("xl/sharedStrings.xml", format!("<sst xmlns=\"{MAIN}\">{items}</sst>"))
    }

    /// Number formats of the workbook's own (`<numFmt …/>`) and the id of each cell style.
    pub fn styles(self, formats: &str, ids: &[u32]) -> Self {
        let styles: String = ids.iter().map(|id| format!("<xf numFmtId=\"{id}\"/>")).collect();
        self.part(
            "xl/styles.xml",
            format!(
                "<styleSheet xmlns=\"{MAIN}\"><numFmts>{formats}</numFmts>\
                 <cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs>{styles}</cellXfs></styleSheet>"
            ),
        )
    }

    /// Replaces text in a part.
    pub fn replaced(mut self, name: &str, from: &str, to: &str) -> Self {
        let (_, bytes) = self.parts.iter_mut().find(|(other, _)| other == name).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains(from), "{from}");
        *bytes = text.replacen(from, to, 1).into_bytes();
        self
    }

    /// The package, each part packed by this method.
    pub fn packed(&self, method: zip::CompressionMethod) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in &self.parts {
            let options = zip::write::SimpleFileOptions::default().compression_method(method);
            writer.start_file(name.as_str(), options).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.packed(zip::CompressionMethod::Deflated)
    }

    pub fn read(&self) -> Result<Checked<Vec<Seen>>, Kind> {
        read_bytes(&self.bytes(), &Limits::default())
    }

    /// The only sheet's cells, as `A1 text`.
    #[track_caller]
    pub fn cells(&self) -> Vec<String> {
        let read = self.read().unwrap();
        let kinds: Vec<&Kind> = read.problems.iter().map(|problem| &problem.kind).collect();
        assert_eq!(read.value.len(), 1, "{kinds:?}");
        read.value.into_iter().next().unwrap().cells
    }

    /// The codes of the remarks, or of the refusal.
    pub fn codes(&self) -> Vec<&'static str> {
        match self.read() {
            Ok(read) => read.problems.iter().map(|problem| problem.kind.code()).collect(),
            Err(kind) => vec![kind.code()],
        }
    }
}

/// What a sheet came to.
pub struct Seen {
    pub head: SheetHead,
    pub tail: SheetTail,
    pub cells: Vec<String>,
    pub hidden_rows: Vec<u32>,
}

impl Sink for Seen {
    fn row(&mut self, row: &Row<'_>) {
        if row.is_hidden {
            self.hidden_rows.push(row.index + 1);
        }
        for cell in row.cells() {
            let address = format!("{}{}", attain::cell::column_letters(cell.column), row.index + 1);
            let value = match cell.value {
                Value::Text(text) => format!("{text:?}"),
                Value::Error(text) => format!("error {text}"),
                value => value.display(),
            };
            self.cells.push(format!("{address} {value}"));
        }
    }

    fn end(&mut self, tail: SheetTail) {
        self.tail = tail;
    }
}

/// Reads bytes as a workbook.
pub fn read_bytes(bytes: &[u8], limits: &Limits) -> Result<Checked<Vec<Seen>>, Kind> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.xlsx");
    std::fs::write(&path, bytes).unwrap();
    let input = InputFile { path, name: "book.xlsx".into() };
    let means = Means { limits, program: Path::new(env!("CARGO_BIN_EXE_attain")), hints: Hints::default() };
    let content = Content::load(&input, limits)?;
    source::read(&input, &content, &means, &|head| Seen {
        head,
        tail: SheetTail::default(),
        cells: Vec::new(),
        hidden_rows: Vec::new(),
    })
}
