//! Files made to break a reader, and files that break by accident: each is refused for itself, in bounded memory.

mod support;

use support::Case;
use support::package::{MAIN, Package, read_bytes};

use attain::problem::Kind;
use attain::source::limits::Limits;

#[test]
fn bombs_are_stopped_while_they_unpack() {
    // 20 MiB of one letter pack to 20 KiB.
    let bomb =
        Package::rows(&format!("<row r=\"1\"><c t=\"inlineStr\"><is><t>{}</t></is></c></row>", "a".repeat(20 << 20)));
    let bytes = bomb.bytes();
    assert!(bytes.len() < 200_000, "{}", bytes.len());
    let refusal = |limits: &Limits| read_bytes(&bytes, limits).err().unwrap();
    assert_eq!(bomb.codes(), ["E121"]);
    let roomy = Limits { inflate_ratio: 10_000, row_bytes: 1 << 20, ..Limits::default() };
    assert!(matches!(refusal(&roomy), Kind::OverLimit { setting: "row_bytes", .. }));
    let roomier = Limits { row_bytes: 1 << 30, ..roomy };
    assert!(matches!(refusal(&roomier), Kind::OverLimit { setting: "cell_text", actual: 20_971_520, .. }));
    let narrow = Limits { entry_uncompressed: 1 << 20, ..roomier.clone() };
    assert!(matches!(refusal(&narrow), Kind::OverLimit { setting: "entry_uncompressed", .. }));
    let narrow = Limits { total_uncompressed: 1 << 20, ..roomier };
    assert!(matches!(refusal(&narrow), Kind::OverLimit { setting: "total_uncompressed", .. }));
    // Shared strings that unfold, and styles without end.
    let strings = Package::rows("").strings(&"<si><t>a</t></si>".repeat(100));
    let few = Limits { shared_strings: 99, ..Limits::default() };
    assert!(matches!(
        read_bytes(&strings.bytes(), &few).err(),
        Some(Kind::OverLimit { setting: "shared_strings", .. })
    ));
    let short = Limits { shared_string_bytes: 99, ..Limits::default() };
    assert!(matches!(
        read_bytes(&strings.bytes(), &short).err(),
        Some(Kind::OverLimit { setting: "shared_string_bytes", .. })
    ));
    let styles = Package::rows("").styles("<numFmt numFmtId=\"164\" formatCode=\"0\"/>", &[0; 50]);
    for (limits, setting) in [
        (Limits { styles: 49, ..Limits::default() }, "styles"),
        (Limits { number_formats: 0, ..Limits::default() }, "number_formats"),
        (Limits { part_bytes: 100, ..Limits::default() }, "part_bytes"),
        (Limits { zip_entries: 3, ..Limits::default() }, "zip_entries"),
        (Limits { sheets: 0, ..Limits::default() }, "sheets"),
        (Limits { file_size: 100, ..Limits::default() }, "file_size"),
    ] {
        let Some(Kind::OverLimit { setting: found, .. }) = read_bytes(&styles.bytes(), &limits).err() else {
            panic!("{setting}")
        };
        assert_eq!(found, setting);
    }
    let merged = Package::sheet(&format!(
        "<worksheet xmlns=\"{MAIN}\"><sheetData/><mergeCells><mergeCell ref=\"A1:B1\"/><mergeCell ref=\"A2:XFD1048576\"/></mergeCells></worksheet>"
    ));
    assert_eq!(merged.codes(), [""; 0]);
    let one = Limits { merged_ranges: 1, ..Limits::default() };
    assert!(matches!(read_bytes(&merged.bytes(), &one).err(), Some(Kind::OverLimit { setting: "merged_ranges", .. })));
}

#[test]
fn far_corners_and_lying_ranges_cost_nothing() {
    let corners = Package::rows(
        "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>2</v></c></row>",
    );
    assert_eq!(corners.cells(), ["A1 1", "XFD1048576 2"]);
    let lying = Package::sheet(&format!(
        "<worksheet xmlns=\"{MAIN}\"><dimension ref=\"A1:XFD1048576\"/><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row></sheetData></worksheet>"
    ));
    assert_eq!((lying.cells(), lying.codes()), (vec!["A1 1".to_string()], vec!["I207"]));
    for count in ["18446744073709551615", "90000000000", "-1"] {
        let strings = format!("<sst uniqueCount=\"{count}\"><si><t>A</t></si></sst>");
        let package = Package::rows("<row r=\"1\"><c t=\"s\"><v>0</v></c></row>").part("xl/sharedStrings.xml", strings);
        assert_eq!((package.cells(), package.codes()), (vec!["A1 \"A\"".to_string()], vec!["I128"]), "{count}");
    }
}

#[test]
fn impossible_addresses_and_broken_sheets_lose_that_sheet_alone() {
    for (rows, code) in [
        ("<row r=\"1\"><c r=\"ZZZZZZ99999999999\"><v>1</v></c></row>", "E205"),
        ("<row r=\"1\"><c r=\"XFE1\"><v>1</v></c></row>", "E205"),
        ("<row r=\"0\"><c r=\"A0\"><v>1</v></c></row>", "E205"),
        ("<row r=\"1048577\"><c><v>1</v></c></row>", "E205"),
        ("<row r=\"99999999999\"><c><v>1</v></c></row>", "E205"),
        ("<row r=\"2\"><c r=\"A1\"><v>1</v></c></row>", "E126"),
        ("<row r=\"2\"><c r=\"A2\"><v>1</v></c></row><row r=\"2\"><c r=\"B2\"><v>1</v></c></row>", "E126"),
        ("<row r=\"1\"><c r=\"A1\"><v>1</v><row r=\"2\"/></c></row>", "E126"),
        ("<row r=\"1\"><c r=\"A1\"><v>1</c></row>", "E126"),
        ("<c r=\"A1\"><v>1</v></c>", "E126"),
        ("<row r=\"1\"><c r=\"A1\" t=\"q\"><v>1</v></c></row>", "E126"),
        ("<row r=\"1\"><c r=\"A1\" t=\"str\"><v>&nosuch;</v></c></row>", "E126"),
        ("<row r=\"1\"><c r=\"A1\" <v>1</v></c></row>", "E126"),
        ("<row r=\"1\"><c r=\"A1\"><v>1</v></c>", "E126"),
        (
            "<row r=\"1\"><c t=\"inlineStr\"><is><t>A</t></c></row><row r=\"2\"><c t=\"inlineStr\"><is><t>B</t></is></c></row>",
            "E126",
        ),
        ("<row r=\"1\" spans=><c r=\"A1\"><v>1</v></c></row>", "E126"),
        ("<row r=\"1\"><c r=\"A1\"><v>1<x/></v></c></row>", "E126"),
        ("<row r=\"1\"><c foo=bar r=\"B1\"><v>1</v></c></row>", "E126"),
        ("<row r=\"1\" spans=<s><c r=\"A1\"><v>1</v></c></row>", "E126"),
        ("<row r=\"1\"><c r=\"A1\"><f <x></f><v>1</v></c></row>", "E126"),
    ] {
        let package = Package::rows(rows);
        assert_eq!(package.codes(), [code], "{rows}");
        assert!(package.read().unwrap().value.is_empty(), "{rows}");
    }
    // Bytes that are no UTF-8.
    let latin = Package::rows("<row r=\"1\"><c t=\"inlineStr\"><is><t>Z?rich</t></is></c></row>");
    let bytes: Vec<u8> = latin.parts[3].1.iter().map(|byte| if *byte == b'?' { 0xfc } else { *byte }).collect();
    assert_eq!(latin.part("xl/worksheets/sheet1.xml", bytes).codes(), ["E126"]);
}

#[test]
fn a_cell_with_two_values_has_none() {
    let same =
        Package::rows("<row r=\"1\"><c r=\"B1\"><v>9</v></c><c r=\"A1\"><v>1</v></c><c r=\"A1\"><v>1.0</v></c></row>");
    assert_eq!((same.cells(), same.codes()), (vec!["A1 1".to_string(), "B1 9".to_string()], vec!["W208"]));
    let differing = Package::rows("<row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"A1\"><v>2</v></c></row>");
    assert_eq!((differing.cells(), differing.codes()), (vec!["A1 error 1 | 2".to_string()], vec!["E208"]));
}

#[test]
fn the_same_address_over_and_over_costs_no_more_than_its_cells() {
    let rows = format!("<row r=\"1\"><c r=\"A1\"><v>2</v></c>{}</row>", "<c r=\"A1\"><v>1</v></c>".repeat(100_000));
    let package = Package::rows(&rows);
    assert_eq!((package.cells(), package.codes()), (vec!["A1 error 2 | 1".to_string()], vec!["E208"]));
    let few = Limits { cells_per_sheet: 1_000, ..Limits::default() };
    let refused = read_bytes(&package.bytes(), &few).err();
    assert!(matches!(refused, Some(Kind::OverLimit { setting: "cells_per_sheet", .. })));
}

#[test]
fn one_part_under_two_names_is_not_read_twice() {
    let package = Package::rows("<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>");
    let twice =
        package.replaced("xl/workbook.xml", "</sheets>", "<sheet name=\"Again\" sheetId=\"2\" r:id=\"r1\"/></sheets>");
    assert_eq!(twice.codes(), ["E122"]);
}

/// However many threads there are: a row is too long by its own bytes, not by where windows end.
#[test]
fn a_long_row_is_judged_the_same_inflated_beside_or_not() {
    // Digits that do not repeat, so that the sheet is large when packed too.
    let mut state = 1u64;
    let row = |number: usize, n_cells: usize, state: &mut u64| {
        let mut cells = String::new();
        for _ in 0..n_cells {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            cells.push_str(&format!("<c><v>{}</v></c>", *state >> 20));
        }
        format!("<row r=\"{number}\">{cells}</row>")
    };
    let long = row(1, 16_000, &mut state);
    let rows: String = (2..60).map(|number| row(number, 16_000, &mut state)).collect();
    let bytes = Package::rows(&format!("{long}{rows}")).bytes();
    assert!(bytes.len() > 6 << 20, "{}", bytes.len());
    let outcome = |jobs: usize, row_bytes: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build().unwrap();
        let limits = Limits { row_bytes, ..Limits::default() };
        pool.install(|| read_bytes(&bytes, &limits)).map(|read| read.value[0].cells.len())
    };
    let length = long.len() as u64;
    for row_bytes in [length / 2, length * 2] {
        assert_eq!(outcome(1, row_bytes), outcome(4, row_bytes));
    }
    assert_eq!(outcome(4, length * 2), Ok(59 * 16_000));
    assert!(outcome(4, length / 2).is_err());
}

#[test]
fn document_types_and_other_encodings_are_refused() {
    let sheet = "<row r=\"1\"><c t=\"s\"><v>0</v></c></row>";
    let entities = "<!DOCTYPE sst [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;\">]><sst><si><t>&b;</t></si></sst>";
    assert_eq!(Package::rows(sheet).part("xl/sharedStrings.xml", entities).codes(), ["E124"]);
    let external = "<!DOCTYPE worksheet SYSTEM \"file:///etc/hostname\"><worksheet/>";
    assert_eq!(Package::sheet(external).codes(), ["E124"]);
    assert_eq!(Package::rows(sheet).part("xl/styles.xml", "<!DOCTYPE a><styleSheet/>").codes(), ["E124"]);
    assert_eq!(Package::rows(sheet).part("xl/workbook.xml", "<!DOCTYPE a><workbook/>").codes(), ["E124"]);
    let utf16: Vec<u8> = "<worksheet/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(Package::rows("").part("xl/worksheets/sheet1.xml", utf16).codes(), ["E125"]);
    assert_eq!(Package::sheet("<?xml version='1.0' encoding='GBK'?><worksheet/>").codes(), ["E125"]);
    let deep = format!("<styleSheet>{}{}</styleSheet>", "<a>".repeat(100), "</a>".repeat(100));
    assert_eq!(Package::rows(sheet).part("xl/styles.xml", deep).codes(), ["E123"]);
}

#[test]
fn damaged_packages_say_how() {
    let package = Package::rows("<row r=\"1\"><c r=\"A1\"><v>1234</v></c></row>");
    let good = package.packed(zip::CompressionMethod::Stored);
    let code = |bytes: &[u8]| read_bytes(bytes, &Limits::default()).err().map(|kind| kind.code());
    // One figure changed: the sheet still reads, and its checksum does not agree.
    let mut changed = good.clone();
    let at = changed.windows(4).position(|digits| digits == b"1234").unwrap();
    changed[at] = b'9';
    assert_eq!(code(&changed), Some("E123"));
    assert_eq!(code(&good[..good.len() / 2]), Some("E102"));
    assert_eq!(code(b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), Some("E106"));
    // Every byte of a small package broken in turn: refused, or read as before; never more.
    let packed = package.bytes();
    for at in 0..packed.len() {
        let mut broken = packed.clone();
        broken[at] ^= 0x55;
        if let Ok(read) = read_bytes(&broken, &Limits::default()) {
            let cells: Vec<&String> = read.value.iter().flat_map(|sheet| &sheet.cells).collect();
            assert!(cells.is_empty() || cells == ["A1 1234"], "byte {at}: {cells:?}");
            assert!(!cells.is_empty() || !read.problems.is_empty(), "byte {at}: nothing read and nothing said");
        }
    }
    // Two entries that share their bytes.
    let mut overlapping = package.part("xl/other.xml", "x").packed(zip::CompressionMethod::Stored);
    let last = overlapping.windows(4).rposition(|mark| mark == b"PK\x01\x02").unwrap();
    let first = overlapping.windows(4).position(|mark| mark == b"PK\x01\x02").unwrap();
    let offset: Vec<u8> = overlapping[first + 42..first + 46].to_vec();
    overlapping[last + 42..last + 46].copy_from_slice(&offset);
    assert_eq!(code(&overlapping), Some("E122"));
}

/// A sheet of one cell that is repeated ninety-eight million times: calamine unrolls it.
fn unrolling_ods() -> Vec<u8> {
    use std::io::Write;
    let content = "<?xml version=\"1.0\"?><office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
                   xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\">\
                   <office:body><office:spreadsheet><table:table table:name=\"T\"><table:table-row table:number-rows-repeated=\"6000\">\
                   <table:table-cell table:number-columns-repeated=\"16384\" office:value-type=\"string\"><text:p>x</text:p></table:table-cell>\
                   </table:table-row></table:table></office:spreadsheet></office:body></office:document-content>";
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let manifest = "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>";
    for (name, text) in [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", manifest),
        ("content.xml", content),
    ] {
        writer.start_file(name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const ACTUALS: &str = "Date | Name | Sales amount\n 2026-01-05 | Ann | 90";

#[test]
fn a_legacy_file_that_takes_its_reader_down_takes_nothing_else() {
    let ran = Case::new()
        .sheet("actuals.xlsx", ACTUALS)
        .file("hungry.ods", &unrolling_ods())
        .settings("[limits]\nlegacy_memory = 200000000\n")
        .run()
        .status(3);
    assert_eq!(ran.attainment("sales_amount", "company", "", "2026-01")["actual"], "90");
    assert_eq!(ran.codes().iter().filter(|code| code.starts_with('E')).collect::<Vec<_>>(), ["E108"]);
}

#[test]
fn a_legacy_file_that_takes_too_long_is_stopped() {
    let ran = Case::new()
        .sheet("actuals.xlsx", ACTUALS)
        .file("slow.ods", &unrolling_ods())
        .settings("[limits]\nlegacy_wall_seconds = 0\n")
        .check()
        .status(3);
    assert!(ran.stdout.contains("slow.ods: error E109: "), "{}", ran.stdout);
}

#[test]
fn a_file_that_changes_while_it_is_read_is_not_used() {
    use attain::source::content::Content;
    use attain::source::{self, Hints, InputFile, Means};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.xlsx");
    let bytes = Package::rows("<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>").bytes();
    std::fs::write(&path, &bytes).unwrap();
    let input = InputFile { path: path.clone(), name: "book.xlsx".into() };
    let limits = Limits::default();
    let content = Content::load(&input, &limits).unwrap();
    std::fs::write(&path, [&bytes[..], b"more"].concat()).unwrap();
    let means = Means { limits: &limits, program: std::path::Path::new(""), hints: Hints::default() };
    let outcome = source::read(&input, &content, &means, &|_| Nothing);
    assert_eq!(outcome.err().map(|kind| kind.code()), Some("E103"));
}

struct Nothing;

impl attain::source::Sink for Nothing {
    fn row(&mut self, _: &attain::source::Row<'_>) {}
    fn end(&mut self, _: attain::source::SheetTail) {}
}
