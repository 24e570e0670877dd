//! What a file is, by its bytes and not by its name.

/// Kinds of file that turn up under a spreadsheet's name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FileType {
    Encrypted,
    Html,
    Numbers,
    Pdf,
    SpreadsheetMl,
    Text,
    TruncatedZip,
    Xls,
    Zip,
}

impl FileType {
    /// The key of its word (`filetype.…`).
    pub fn key(self) -> &'static str {
        match self {
            FileType::Encrypted => "encrypted",
            FileType::Html => "html",
            FileType::Numbers => "numbers",
            FileType::Pdf => "pdf",
            FileType::SpreadsheetMl => "spreadsheetml",
            FileType::Text => "text",
            FileType::TruncatedZip | FileType::Zip => "zip",
            FileType::Xls => "xls",
        }
    }
}

pub fn file_type(bytes: &[u8]) -> FileType {
    if bytes.starts_with(b"PK\x03\x04") {
        return zip_type(bytes);
    }
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]) {
        // An encrypted workbook is a compound file with a stream of this name, in UTF-16.
        let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        return if contains(bytes, &name) { FileType::Encrypted } else { FileType::Xls };
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

fn zip_type(bytes: &[u8]) -> FileType {
    // The end record stands within the last 64 KiB.
    let tail = &bytes[bytes.len().saturating_sub(65_557)..];
    if !contains(tail, b"PK\x05\x06") {
        return FileType::TruncatedZip;
    }
    if contains(tail, b"Index/Document.iwa") { FileType::Numbers } else { FileType::Zip }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
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
            (b"PK\x03\x04 cut off", FileType::TruncatedZip),
        ] {
            assert_eq!(self::file_type(bytes), file_type);
        }
    }
}
