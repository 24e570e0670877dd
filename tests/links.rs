//! The way down and back: from a figure of the summary to its line, its deviation and its source cell.

mod support;

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use calamine::{Data, Reader};
use support::attain;

/// A cell's link: the text in the cell, and the place in this workbook that it opens.
struct Link {
    column: String,
    row: usize,
    sheet: String,
    target_row: usize,
}

fn part(report: &Path, name: &str) -> String {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(report).unwrap()).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    element.split(&format!(" {name}=\"")).nth(1)?.split('"').next()
}

fn place(cell: &str) -> (String, usize) {
    let digits = cell.find(|character: char| character.is_ascii_digit()).unwrap();
    (cell[..digits].to_string(), cell[digits..].parse().unwrap())
}

/// The links within the workbook of the n-th sheet.
fn links(report: &Path, sheet: usize) -> Vec<Link> {
    let xml = part(report, &format!("xl/worksheets/sheet{sheet}.xml"));
    let elements = xml.split("<hyperlink ").skip(1).map(|rest| format!(" {}", rest.split("/>").next().unwrap()));
    let internal = elements.filter_map(|element| {
        let location = attribute(&element, "location")?.to_string();
        let is_external = element.contains("r:id=");
        let (sheet, cell) = location.strip_prefix('\'')?.rsplit_once("'!")?;
        let (column, row) = place(attribute(&element, "ref")?);
        let link = Link { column, row, sheet: sheet.to_string(), target_row: place(cell).1 };
        (!is_external).then_some(link)
    });
    internal.collect()
}

struct Book {
    names: Vec<String>,
    rows: HashMap<String, Vec<Vec<String>>>,
}

impl Book {
    fn open(report: &Path) -> Self {
        let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(report).unwrap();
        let names = workbook.sheet_names();
        let mut rows = HashMap::new();
        for name in &names {
            let range = workbook.worksheet_range(name).unwrap();
            let text = |cell: &Data| cell.to_string();
            rows.insert(name.clone(), range.rows().map(|row| row.iter().map(text).collect()).collect());
        }
        Book { names, rows }
    }

    fn number(&self, name: &str) -> usize {
        self.names.iter().position(|known| known == name).unwrap() + 1
    }

    /// A row as the program counts them, from 1.
    fn row(&self, sheet: &str, row: usize) -> &[String] {
        &self.rows[sheet][row - 1]
    }

    fn cell(&self, sheet: &str, link: &Link) -> &str {
        let column = link.column.bytes().fold(0, |sum, letter| sum * 26 + usize::from(letter - b'A') + 1) - 1;
        &self.row(sheet, link.row)[column]
    }
}

#[test]
fn every_link_opens_the_line_that_it_names() {
    let out = tempfile::tempdir().unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/small");
    let status = attain().arg("run").arg(samples).args(["--quiet", "--out"]).arg(out.path()).status().unwrap();
    assert!(status.success());
    let report = out.path().join("report.xlsx");
    let book = Book::open(&report);
    let mut counted: HashMap<(String, String), usize> = HashMap::new();
    for name in &book.names {
        for link in links(&report, book.number(name)) {
            let text = book.cell(name, &link).to_string();
            *counted.entry((name.clone(), link.sheet.clone())).or_default() += 1;
            // Only ↩ and the contents open the top of a page.
            if link.target_row == 1 {
                assert!(text == "↩ Summary" || text == link.sheet, "{name}: {text}");
                continue;
            }
            let target = book.row(&link.sheet, link.target_row);
            let is_named = match link.sheet.as_str() {
                // A line of a unit, or of the company where the link is a metric or a period.
                "02_Attainment" => {
                    target[3] == text
                        // Who has several seats is found at the first of them.
                        || target[3] == format!("{text} (part)")
                        || target[3] == "Harbour Instruments" && (target[0] == text || text.contains(&target[1]))
                        || target[3] == "Harbour Instruments" && text == "2026 Q1"
                }
                "09_Deviations" => target[0] == text,
                _ => false,
            };
            assert!(is_named, "{name} row {}: {text} opens {} {target:?}", link.row, link.sheet);
        }
    }
    let n = |from: &str, to: &str| counted.get(&(from.to_string(), to.to_string())).copied().unwrap_or(0);
    assert!(n("01_Summary", "02_Attainment") > 10 && n("01_Summary", "09_Deviations") > 5, "{counted:?}");
    assert!(n("02_Attainment", "09_Deviations") > 20 && n("09_Deviations", "02_Attainment") > 20, "{counted:?}");
    assert!(n("07_Variance", "02_Attainment") > 20, "{counted:?}");
    // Every page leads back, and the summary to every page.
    for name in book.names.iter().filter(|name| *name != "01_Summary") {
        assert!(n(name, "01_Summary") == 1 && n("01_Summary", name) >= 1, "{name}");
    }
}

/// Noah Adler's line: the first of his cells in the first file that names him.
#[test]
fn a_deviation_opens_a_cell_that_its_actual_is_made_from() {
    let out = tempfile::tempdir().unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/small");
    assert!(attain().arg("run").arg(&samples).args(["--quiet", "--out"]).arg(out.path()).status().unwrap().success());
    let book = Book::open(&out.path().join("report.xlsx"));
    let rows = &book.rows["09_Deviations"];
    let header = rows.iter().position(|row| row[0] == "No.").unwrap();
    let column = |name: &str| rows[header].iter().position(|head| head == name).unwrap();
    let (unit, metric, source) = (column("Unit"), column("Metric"), column("First source cell"));
    let mut n_seen = 0;
    for row in rows[header + 1..].iter().filter(|row| row[column("Level")] == "Person") {
        let Some((file, place)) = row[source].split_once('!') else { continue };
        let (sheet, cell) = place.split_once('!').unwrap();
        let mut source: calamine::Xlsx<_> = calamine::open_workbook(samples.join(file)).unwrap();
        let range = source.worksheet_range(sheet).unwrap();
        let (letters, number) = self::place(cell);
        let index = letters.bytes().fold(0, |sum, letter| sum * 26 + u32::from(letter - b'A') + 1) - 1;
        let value = range.get_value((number as u32 - 1, index)).unwrap();
        assert!(matches!(value, Data::Float(_) | Data::Int(_)), "{} {}: {value:?}", row[unit], row[metric]);
        // The row is of the person.
        let (top, _) = range.start().unwrap();
        let texts: Vec<String> =
            range.rows().nth(number - 1 - top as usize).unwrap().iter().map(ToString::to_string).collect();
        assert!(texts.contains(&row[unit]), "{} is not in {file}!{sheet} row {number}: {texts:?}", row[unit]);
        n_seen += 1;
    }
    assert!(n_seen > 20, "{n_seen}");
}
