//! What a file is, by its bytes and not by its name.

use crate::problem::Kind;

use super::content::Content;
use super::limits::Limits;
use super::xlsx::package::Package;

/// Kinds of file that turn up under a spreadsheet's name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FileType {
    Encrypted,
    Html,
    Numbers,
    Ods,
    Pdf,
    SpreadsheetMl,
    Text,
    Xls,
    Xlsb,
    Xlsx,
    /// A package of something else.
    Zip,
}

impl FileType {
    /// The key of its word (`filetype.…`).
    pub fn key(self) -> &'static str {
        match self {
            FileType::Encrypted => "encrypted",
            FileType::Html => "html",
            FileType::Numbers => "numbers",
            FileType::Ods => "ods",
            FileType::Pdf => "pdf",
            FileType::SpreadsheetMl => "spreadsheetml",
            FileType::Text => "text",
            FileType::Xls => "xls",
            FileType::Xlsb => "xlsb",
            FileType::Xlsx => "xlsx",
            FileType::Zip => "zip",
        }
    }
}

/// Whether the bytes begin a zip package.
pub fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// What a file is.
///
/// # Errors
/// That a package is damaged, or asks for more than a workbook needs.
pub fn file_type(content: &Content, limits: &Limits) -> Result<FileType, Kind> {
    let (head, _) = content.ends(2048)?;
    if !is_zip(&head) {
        return Ok(plain_type(content.bytes()));
    }
    let package = Package::open(content, limits)?;
    let has = |name: &str| package.has(name);
    Ok(if has("xl/workbook.bin") {
        FileType::Xlsb
    } else if has("content.xml") && has("mimetype") {
        FileType::Ods
    } else if has("Index/Document.iwa") || has("Index.zip") {
        FileType::Numbers
    } else if has("_rels/.rels") {
        FileType::Xlsx
    } else {
        FileType::Zip
    })
}

fn plain_type(bytes: &[u8]) -> FileType {
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]) {
        // An encrypted workbook is a compound file with a stream of this name, in UTF-16.
        let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        return if memchr::memmem::find(bytes, &name).is_some() { FileType::Encrypted } else { FileType::Xls };
    }
    // BIFF before compound files: a BOF record of version 2 to 5.
    if matches!(bytes, [0x09, 0x00 | 0x02 | 0x04 | 0x08, ..]) && bytes.get(3) == Some(&0) {
        return FileType::Xls;
    }
    if bytes.starts_with(b"%PDF") {
        return FileType::Pdf;
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2048)]).to_lowercase();
    let head = head.trim_start_matches(['\u{feff}', ' ', '\r', '\n', '\t']);
    if head.starts_with("<?xml") && head.contains("office:spreadsheet") {
        return FileType::SpreadsheetMl;
    }
    if head.starts_with('<')
        && ["<html", "<!doctype html", "<table", "<head", "<meta"].iter().any(|mark| head.contains(mark))
    {
        return FileType::Html;
    }
    FileType::Text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_for_what_they_are() {
        for (bytes, file_type) in [
            (&b"a,b\n1,2\n"[..], FileType::Text),
            (b"\xef\xbb\xbf<html><table><tr>", FileType::Html),
            (b"  <TABLE border=1>", FileType::Html),
            (
                b"<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">",
                FileType::SpreadsheetMl,
            ),
            (b"%PDF-1.7", FileType::Pdf),
        ] {
            assert_eq!(plain_type(bytes), file_type);
        }
    }
}
