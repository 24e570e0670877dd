//! The small parts of a workbook, read with an XML library: relationships, the list of sheets, tables.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::cell::Area;
use crate::problem::Kind;
use crate::source::{Structured, Visibility};

use super::package::Package;

/// Elements inside elements that a small part may have.
const DEPTH: usize = 64;

/// An XML part of a workbook that is held whole.
pub struct PartXml<'a> {
    reader: Reader<&'a [u8]>,
    depth: usize,
}

/// Opens a small part: UTF-8, as every spreadsheet program writes.
///
/// # Errors
/// That it is in another encoding.
pub fn reader(bytes: &[u8]) -> Result<PartXml<'_>, Kind> {
    check_encoding(bytes)?;
    Ok(PartXml { reader: Reader::from_reader(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)), depth: 0 })
}

impl<'a> PartXml<'a> {
    /// The next piece.
    ///
    /// # Errors
    /// That it is not well-formed, declares a document type, or is nested beyond reason.
    pub fn next(&mut self) -> Result<Event<'a>, Kind> {
        let damaged = |detail: String| Kind::DamagedPackage { detail };
        let event = self.reader.read_event().map_err(|error| damaged(error.to_string()))?;
        match &event {
            Event::DocType(_) => return Err(Kind::DocumentType),
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if self.depth > DEPTH {
            Err(damaged(format!("more than {DEPTH} elements inside each other")))
        } else {
            Ok(event)
        }
    }
}

/// Refuses what is not UTF-8, by byte-order mark and declaration.
///
/// # Errors
/// The encoding's name.
pub fn check_encoding(head: &[u8]) -> Result<(), Kind> {
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) || head.starts_with(b"<\0") {
        return Err(Kind::XmlEncoding { encoding: "UTF-16".to_string() });
    }
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let declaration = if head.starts_with(b"<?xml") { head.split(|byte| *byte == b'>').next() } else { None };
    let encoding = declaration.and_then(|text| {
        let text = std::str::from_utf8(text).ok()?;
        let (_, value) = text.split_once("encoding")?.1.trim_start().split_once(['"', '\''])?;
        value.split(['"', '\'']).next()
    });
    match encoding {
        Some(name) if !["utf-8", "utf8", "us-ascii", "ascii"].contains(&name.to_lowercase().as_str()) => {
            Err(Kind::XmlEncoding { encoding: name.to_string() })
        }
        _ => Ok(()),
    }
}

/// An attribute by local name, its references resolved.
pub fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.attributes().with_checks(false).flatten().find(|found| found.key.local_name().as_ref() == name)?;
    let mut text = String::new();
    super::markup::unescape(found.value.as_bytes(), &mut text).ok()?;
    Some(text)
}

fn is_true(value: Option<String>) -> bool {
    matches!(value.as_deref(), Some("1" | "true" | "on"))
}

/// One relationship of a part: its id, the last word of its type, and the part it leads to.
pub struct Relationship {
    pub id: String,
    pub kind: String,
    pub target: String,
}

/// The relationships of a part; none where it has no such file.
pub fn relationships(package: &Package<'_>, part: &str) -> Result<Vec<Relationship>, Kind> {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let name = if folder.is_empty() { format!("_rels/{file}.rels") } else { format!("{folder}/_rels/{file}.rels") };
    if !package.has(&name) {
        return Ok(Vec::new());
    }
    let bytes = package.whole(&name)?;
    let mut xml = reader(&bytes)?;
    let mut found = Vec::new();
    loop {
        match xml.next()? {
            Event::Eof => return Ok(found),
            Event::Start(tag) | Event::Empty(tag) if tag.local_name().as_ref() == "Relationship" => {
                let (id, kind) = (attribute(&tag, "Id"), attribute(&tag, "Type"));
                let target = attribute(&tag, "Target").unwrap_or_default();
                let is_outside = attribute(&tag, "TargetMode").is_some_and(|mode| mode == "External");
                let kind = kind.and_then(|kind| Some(kind.rsplit_once('/')?.1.to_string())).unwrap_or_default();
                let target = if is_outside { String::new() } else { resolve(folder, &target) };
                found.push(Relationship { id: id.unwrap_or_default(), kind, target });
            }
            _ => {}
        }
    }
}

/// The part that a relative target means: `../tables/table1.xml` seen from `xl/worksheets`.
fn resolve(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let mut path: Vec<&str> = match target.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => folder.split('/').filter(|piece| !piece.is_empty()).collect(),
    };
    for piece in target.split('/') {
        match piece {
            "" | "." => {}
            ".." => drop(path.pop()),
            piece => path.push(piece),
        }
    }
    path.join("/")
}

/// One sheet as the workbook lists it.
pub struct ListedSheet {
    pub name: String,
    pub visibility: Visibility,
    pub relationship: String,
}

/// A name that the workbook gives to a formula or a range.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DefinedName {
    pub name: String,
    /// What it stands for, as written: `Targets!$A$1:$D$20`.
    pub refers_to: String,
    /// Position of the sheet it belongs to; the whole workbook when nothing.
    pub sheet: Option<usize>,
}

/// What the workbook part says.
#[derive(Default)]
pub struct WorkbookPart {
    pub sheets: Vec<ListedSheet>,
    pub names: Vec<DefinedName>,
    pub is_1904: bool,
}

pub fn workbook_part(bytes: &[u8]) -> Result<WorkbookPart, Kind> {
    let mut part = WorkbookPart::default();
    let mut xml = reader(bytes)?;
    let mut open_name: Option<DefinedName> = None;
    loop {
        match xml.next()? {
            Event::Eof => return Ok(part),
            Event::Start(tag) | Event::Empty(tag) => match tag.local_name().as_ref() {
                "workbookPr" => part.is_1904 = is_true(attribute(&tag, "date1904")),
                "sheet" => part.sheets.push(ListedSheet {
                    name: attribute(&tag, "name").unwrap_or_default(),
                    visibility: match attribute(&tag, "state").as_deref() {
                        Some("hidden") => Visibility::Hidden,
                        Some("veryHidden") => Visibility::VeryHidden,
                        _ => Visibility::Visible,
                    },
                    relationship: attribute(&tag, "id").unwrap_or_default(),
                }),
                "definedName" => {
                    open_name = Some(DefinedName {
                        name: attribute(&tag, "name").unwrap_or_default(),
                        refers_to: String::new(),
                        sheet: attribute(&tag, "localSheetId").and_then(|index| index.parse().ok()),
                    });
                }
                _ => {}
            },
            Event::Text(text) => {
                if let Some(name) = &mut open_name {
                    name.refers_to.push_str(&text);
                }
            }
            Event::GeneralRef(reference) => {
                if let Some(name) = &mut open_name {
                    let written = format!("&{};", &*reference);
                    // A reference that XML does not know stays as it is written.
                    if super::markup::unescape(written.as_bytes(), &mut name.refers_to).is_err() {
                        name.refers_to.push_str(&written);
                    }
                }
            }
            Event::End(tag) if tag.local_name().as_ref() == "definedName" => part.names.extend(open_name.take()),
            _ => {}
        }
    }
}

/// A table that the sheet declares (Insert › Table).
pub fn structured_table(bytes: &[u8]) -> Result<Option<Structured>, Kind> {
    let mut xml = reader(bytes)?;
    loop {
        match xml.next()? {
            Event::Eof => return Ok(None),
            Event::Start(tag) | Event::Empty(tag) if tag.local_name().as_ref() == "table" => {
                let rows = |name: &str| attribute(&tag, name).and_then(|rows| rows.parse::<u32>().ok());
                let Some(area) = attribute(&tag, "ref").and_then(|area| Area::parse(area.as_bytes())) else {
                    return Ok(None);
                };
                return Ok(Some(Structured {
                    name: attribute(&tag, "displayName").or(attribute(&tag, "name")).unwrap_or_default(),
                    area,
                    n_header_rows: rows("headerRowCount").unwrap_or(1),
                    n_total_rows: rows("totalsRowCount").unwrap_or(0),
                }));
            }
            _ => {}
        }
    }
}
