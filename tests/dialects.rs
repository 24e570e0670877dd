//! The ways in which programs write the same workbook. Expected values follow ECMA-376 and what Excel shows.

mod support;

use support::package::{MAIN, Package, read_bytes};

use attain::source::limits::Limits;
use attain::source::{DefinedName, Visibility};

/// The same three cells as different producers write them.
#[test]
fn one_row_in_every_dialect() {
    let expected = ["A1 \"North\"", "B1 12.5", "C1 TRUE"];
    let string = "<si><t>North</t></si>";
    for rows in [
        // Excel.
        "<row r=\"1\" spans=\"1:3\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" s=\"0\"><v>12.5</v></c><c r=\"C1\" t=\"b\"><v>1</v></c></row>",
        "<row r=\"1\" spans=\"1:3\" ht=\"15\" x14ac:dyDescent=\"0.25\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\"><v>12.5</v></c><c r=\"C1\" t=\"b\"><v>1</v></c></row>",
        // LibreOffice and POI.
        "<row r=\"1\" customFormat=\"false\" hidden=\"false\"><c r=\"A1\" s=\"0\" t=\"s\"><v>0</v></c><c r=\"B1\" s=\"0\" t=\"n\"><v>12.5</v></c><c r=\"C1\" s=\"0\" t=\"b\"><v>1</v></c></row>",
        // Streaming writers: inline strings, no addresses.
        "<row><c t=\"inlineStr\"><is><t>North</t></is></c><c><v>12.5</v></c><c t=\"b\"><v>1</v></c></row>",
        "<row r='1'><c t='inlineStr' r='A1'><is><t xml:space='preserve'>North</t></is></c><c r='B1' t='n'><v>12.5</v></c><c t='b' r='C1'><v>true</v></c></row>",
        // Indented, with comments and CDATA.
        "\n  <row r=\"1\">\n    <c r=\"A1\" t=\"s\">\n      <v>0</v>\n    </c>\n    <!-- <c r=\"Z9\"/> --><c r=\"B1\">\r\n<v>12.50</v>\r\n</c>\n<c r=\"C1\" t=\"b\"><v><![CDATA[1]]></v></c></row>\n",
        // Formulas with their results.
        "<row r=\"1\"><c r=\"A1\" t=\"str\"><f>T(\"a>b\")</f><v>North</v></c><c r=\"B1\"><f t=\"shared\" ref=\"B1:B9\" si=\"4000000000\">A1*2</f><v>12.5</v></c><c r=\"C1\" t=\"b\"><f ca=\"1\"/><v>1</v></c></row>",
        // Styles before types, unknown attributes, empty cells between and after.
        "<row r=\"1\" ><c t=\"s\" s=\"0\" cm=\"1\" r=\"A1\"><v> 0 </v></c><c r=\"B1\"><v>1.25E1</v></c><c r=\"C1\" t=\"b\"><v>1</v></c><c r=\"D1\" s=\"0\"/><c r=\"E1\"></c><c r=\"F1\"><v></v></c></row>",
    ] {
        assert_eq!(Package::rows(rows).strings(string).cells(), expected, "{rows}");
    }
    let prefixed = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><x:worksheet xmlns:x=\"{MAIN}\"><x:sheetData><x:row r=\"1\">\
         <x:c r=\"A1\" t=\"s\"><x:v>0</x:v></x:c><x:c r=\"B1\"><x:v>12.5</x:v></x:c><x:c r=\"C1\" t=\"b\"><x:v>1</x:v></x:c>\
         </x:row></x:sheetData></x:worksheet>"
    );
    let package = Package::sheet(&prefixed)
        .part("xl/sharedStrings.xml", format!("<x:sst xmlns:x=\"{MAIN}\"><x:si><x:t>North</x:t></x:si></x:sst>"));
    assert_eq!(package.cells(), expected);
    // Strict: other namespaces, the same names.
    let strict = Package::sheet(
        "<worksheet xmlns=\"http://purl.oclc.org/ooxml/spreadsheetml/main\"><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c>\
         <c r=\"B1\"><v>12.5</v></c><c r=\"C1\" t=\"b\"><v>1</v></c></row></sheetData></worksheet>",
    )
    .strings(string)
    .replaced("xl/_rels/workbook.xml.rels", "http://schemas.openxmlformats.org/officeDocument/2006", "http://purl.oclc.org/ooxml/officeDocument");
    assert_eq!(strict.cells(), expected);
}

#[test]
fn packages_stored_prefixed_and_with_other_separators() {
    let package = Package::rows("<row r=\"1\"><c r=\"A1\"><v>7</v></c></row>");
    let read = |bytes: &[u8]| read_bytes(bytes, &Limits::default()).unwrap().value.remove(0).cells;
    assert_eq!(read(&package.packed(zip::CompressionMethod::Stored)), ["A1 7"]);
    // Targets from the root, and Windows' separators and capitals in part names.
    let moved = package
        .replaced("xl/_rels/workbook.xml.rels", "worksheets/sheet1.xml", "/xl/worksheets/sheet1.xml")
        .replaced("_rels/.rels", "xl/workbook.xml", "/XL/workbook.xml");
    assert_eq!(read(&moved.bytes()), ["A1 7"]);
}

#[test]
fn a_package_written_to_a_pipe_and_one_of_zip64() {
    use std::io::Write;
    let package = Package::rows("<row r=\"1\"><c r=\"A1\"><v>7</v></c></row>");
    // Written without seeking: sizes follow the data, and the local headers say zero.
    let mut writer = zip::ZipWriter::new_stream(Vec::new());
    for (name, bytes) in &package.parts {
        writer.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    assert_eq!(read_bytes(&bytes, &Limits::default()).unwrap().value[0].cells, ["A1 7"]);
    // The end record in its zip64 form, whose numbers count where the old ones are full.
    let plain = package.bytes();
    let end = plain.windows(4).rposition(|mark| mark == b"PK\x05\x06").unwrap();
    let number = |at: usize, width: usize| {
        plain[end + at..end + at + width].iter().rev().fold(0u64, |n, b| n << 8 | u64::from(*b))
    };
    let (entries, size, offset) = (number(10, 2), number(12, 4), number(16, 4));
    let mut zip64 = plain[..end].to_vec();
    zip64.extend(b"PK\x06\x06");
    zip64.extend(44u64.to_le_bytes());
    zip64.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for value in [entries, entries, size, offset] {
        zip64.extend(value.to_le_bytes());
    }
    zip64.extend(b"PK\x06\x07\0\0\0\0");
    zip64.extend((end as u64).to_le_bytes());
    zip64.extend(1u32.to_le_bytes());
    zip64.extend(b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0");
    assert_eq!(read_bytes(&zip64, &Limits::default()).unwrap().value[0].cells, ["A1 7"]);
}

#[test]
fn texts_are_what_the_cell_shows() {
    let items = "<si><t> 华东 </t></si><si><t xml:space=\"preserve\"> 华东 </t></si><si><r><rPr><b/></rPr><t>富</t></r><r><t xml:space=\"preserve\"> 文本</t></r>\
                 <rPh sb=\"0\" eb=\"1\"><t>フ</t></rPh></si><si><t>a&amp;b &lt;1&gt; &#20803;</t></si><si><t>one_x000D__x000A_two</t></si>\
                 <si><t>_x005F_x000D_</t></si><si/><si><t/></si><si><t>  </t></si><si><t>last</t></si>";
    let cells: String = (0..10).map(|index| format!("<c t=\"s\"><v>{index}</v></c>")).collect();
    let expected = [
        "A1 \"华东\"",
        "B1 \" 华东 \"",
        "C1 \"富 文本\"",
        "D1 \"a&b <1> 元\"",
        "E1 \"one\\r\\ntwo\"",
        "F1 \"_x000D_\"",
        "J1 \"last\"",
    ];
    assert_eq!(Package::rows(&format!("<row r=\"1\">{cells}</row>")).strings(items).cells(), expected);
}

#[test]
fn formats_decide_what_a_number_is() {
    let formats = "<numFmt numFmtId=\"164\" formatCode=\"[$-804]yyyy&quot;年&quot;m&quot;月&quot;;@\"/><numFmt numFmtId=\"165\" formatCode=\"[h]:mm\"/>";
    let ids = [0, 14, 31, 57, 164, 165, 20, 9];
    let cells: String = (0..8).map(|style| format!("<c s=\"{style}\"><v>45292</v></c>")).collect();
    let package = Package::rows(&format!("<row r=\"1\">{cells}</row>")).styles(formats, &ids);
    // 45292 is 1 January 2024. A time of day beside a whole day is a moment of that day.
    let expected = [
        "A1 45292",
        "B1 2024-01-01",
        "C1 2024-01-01",
        "D1 2024-01-01",
        "E1 2024-01-01",
        "F1 45292",
        "G1 2024-01-01",
        "H1 45292",
    ];
    assert_eq!(package.cells(), expected);
    // The 1904 system begins 1462 days later.
    let later = Package::rows("<row r=\"1\"><c s=\"1\"><v>43830</v></c><c s=\"1\"><v>43830.999</v></c></row>")
        .styles(formats, &ids)
        .replaced("xl/workbook.xml", "<sheets>", "<workbookPr date1904=\"1\"/><sheets>");
    assert_eq!(later.cells(), ["A1 2024-01-01", "B1 2024-01-01"]);
}

#[test]
fn every_kind_of_value() {
    let rows = "<row r=\"1\"><c r=\"A1\" t=\"e\"><v>#SPILL!</v></c><c r=\"B1\" t=\"e\"><f>1/0</f><v>#DIV/0!</v></c><c r=\"C1\" t=\"d\"><v>2026-03-01T09:30:00</v></c>\
                <c r=\"D1\"><f>1+2</f></c><c r=\"E1\"><f>A1</f><v></v></c><c r=\"F1\" t=\"str\"><f>\"\"</f><v></v></c><c r=\"G1\"><v>NaN</v></c><c r=\"H1\"><v>1e999</v></c>\
                <c r=\"I1\" t=\"n\"><v>1,234.5</v></c><c r=\"J1\"><v>0.30000000000000004</v></c><c r=\"K1\"><v>123456789012345678</v></c><c r=\"L1\" t=\"s\"><v>9</v></c>\
                <c r=\"M1\" t=\"s\"><v>-1</v></c><c r=\"N1\"><v>-0.5</v></c><c r=\"O1\"><v>12345678.12345678</v></c><c r=\"P1\"><v>123456789012345</v></c></row>";
    let expected = [
        "A1 error #SPILL!",
        "B1 error #DIV/0!",
        "C1 2026-03-01",
        "D1 =…",
        "E1 =…",
        "G1 NaN",
        "H1 NaN",
        "I1 \"1,234.5\"",
        "J1 0.3",
        "K1 123456789012346000",
        "L1 error #STRING 9/0",
        "M1 error #STRING -1/0",
        "N1 -0.5",
        "O1 12345678.123457",
        "P1 123456789012345",
    ];
    assert_eq!(Package::rows(rows).cells(), expected);
}

#[test]
fn what_is_hidden_merged_filtered_and_named_is_known() {
    let sheet = format!(
        "<worksheet xmlns=\"{MAIN}\"><dimension ref=\"A1:C3\"/><cols><col min=\"2\" max=\"3\" hidden=\"1\"/><col min=\"5\" max=\"5\" width=\"9\"/></cols>\
         <sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"2\" hidden=\"1\"><c r=\"C2\"><v>2</v></c></row><row r=\"9\"/></sheetData>\
         <autoFilter ref=\"A1:C2\"><filterColumn colId=\"0\"/></autoFilter><mergeCells count=\"2\"><mergeCell ref=\"A1:B1\"/><mergeCell ref=\"A2:A3\"/></mergeCells></worksheet>"
    );
    let table = "<table displayName=\"Sales\" ref=\"A1:C2\" totalsRowCount=\"1\"/>";
    let relation =
        "<Relationships><Relationship Id=\"r1\" Type=\"x/table\" Target=\"../tables/table1.xml\"/></Relationships>";
    let package = Package::sheet(&sheet)
        .part("xl/worksheets/_rels/sheet1.xml.rels", relation)
        .part("xl/tables/table1.xml", table)
        .replaced("xl/workbook.xml", "sheetId=", "state=\"veryHidden\" sheetId=")
        .replaced("xl/workbook.xml", "</sheets>", "</sheets><definedNames><definedName name=\"T\" localSheetId=\"0\">Data!$A$1&amp;1</definedName></definedNames>");
    let read = package.read().unwrap();
    let seen = &read.value[0];
    assert_eq!(seen.head.visibility, Visibility::VeryHidden);
    assert_eq!(seen.head.hidden_columns, [(1, 2)]);
    assert_eq!(seen.hidden_rows, [2]);
    assert_eq!(seen.tail.merged.iter().map(ToString::to_string).collect::<Vec<_>>(), ["A1:B1", "A2:A3"]);
    assert_eq!(seen.tail.filter.unwrap().to_string(), "A1:C2");
    assert_eq!(seen.tail.used.unwrap().to_string(), "A1:C2");
    let structured = &seen.head.structured[0];
    assert_eq!(
        (structured.name.as_str(), structured.area.to_string().as_str(), structured.n_total_rows),
        ("Sales", "A1:C2", 1)
    );
    assert_eq!(
        seen.head.names[..],
        [DefinedName { name: "T".into(), refers_to: "Data!$A$1&1".into(), sheet: Some(0) }]
    );
}

/// A sheet of many rows gives the same whatever its windows cut: long texts move the cuts through every place.
#[test]
fn windows_may_cut_anywhere() {
    for shift in (0..900).step_by(37) {
        let row = |row: usize| {
            let text = "x".repeat(if row == 1 { 700 + shift } else { 40 });
            format!(
                "<row r=\"{row}\"><c r=\"A{row}\" t=\"inlineStr\"><is><t>{text}</t></is></c><c r=\"B{row}\"><v>{row}.25</v></c><c r=\"C{row}\" t=\"s\"><v>{}</v></c></row>",
                row % 2
            )
        };
        let rows: String = (1..=1_500).map(row).collect();
        let cells = Package::rows(&rows).strings("<si><t>a</t></si><si><t>b</t></si>").cells();
        assert_eq!(cells.len(), 4_500);
        for number in 1..=1_500 {
            assert_eq!(cells[number * 3 - 2], format!("B{number} {number}.25"));
            assert_eq!(cells[number * 3 - 1], format!("C{number} {:?}", ["a", "b"][number % 2]));
        }
    }
}
