//! The report: the same bytes whatever the threads and the order, golden texts of its
//! pages in both languages, and formulas that LibreOffice agrees with.

mod support;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use attain::report::{REPORTS, sheet_name};
use attain::text::Lang;
use calamine::{Data, Reader};
use support::{Case, attain};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

/// Runs over a sample and returns the folder with the report.
fn run(sample: &str, arguments: &[&str]) -> tempfile::TempDir {
    let out = tempfile::tempdir().unwrap();
    let output = attain()
        .arg("run")
        .arg(samples().join(sample))
        .args(["--tables", "csv", "--out"])
        .arg(out.path())
        .args(arguments)
        .output()
        .unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{}", String::from_utf8_lossy(&output.stderr));
    out
}

/// All outputs but the timing.
fn outputs(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = vec!["report.xlsx".to_string(), "run.json".to_string()];
    files.extend(["attainment", "funnel", "variance", "problems"].map(|name| format!("tables/{name}.csv")));
    let read = |name: String| {
        let mut bytes = std::fs::read(folder.join(&name)).unwrap();
        if name == "run.json" {
            let mut account: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            assert!(account.as_object_mut().unwrap().remove("timing").is_some());
            bytes = account.to_string().into_bytes();
        }
        (name, bytes)
    };
    files.into_iter().map(read).collect()
}

#[test]
fn the_same_bytes_for_one_thread_and_eight() {
    for sample in ["small", "seed", "messy"] {
        let one = run(sample, &["--jobs", "1"]);
        let eight = run(sample, &["--jobs", "8"]);
        assert!(outputs(one.path()) == outputs(eight.path()), "{sample}");
    }
}

#[test]
fn the_same_bytes_for_any_order_of_inputs() {
    let folder = samples().join("small");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "xlsx"))
        .collect();
    files.sort();
    let out = tempfile::tempdir().unwrap();
    let run = |files: &[PathBuf]| {
        let output = attain()
            .arg("run")
            .args(files)
            .args(["--as-of", "2026-03-29", "--tables", "csv", "--out"])
            .arg(out.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        outputs(out.path())
    };
    let forward = run(&files);
    files.reverse();
    assert!(forward == run(&files));
}

#[test]
fn pages_read_as_their_golden_texts() {
    for (sample, lang) in [("seed", "zh"), ("seed", "en"), ("small", "en"), ("small", "zh")] {
        let out = run(sample, &["--lang", lang, "--report", "summary,funnel,variance"]);
        check_golden(&format!("{sample}.{lang}.txt"), &workbook_text(&out.path().join("report.xlsx")));
    }
    let out = run("seed", &["--lang", "zh", "--report", "attainment"]);
    check_golden("seed-attainment.zh.txt", &workbook_text(&out.path().join("report.xlsx")));
    for (sample, lang) in [("seed", "zh"), ("small", "en")] {
        let out = run(sample, &["--lang", lang, "--report", "milestones"]);
        let name = format!("{sample}-milestones.{lang}.txt");
        check_golden(&name, &workbook_text(&out.path().join("report.xlsx")));
    }
    for lang in ["en", "zh"] {
        let out = run("small", &["--lang", lang, "--report", "weekly,deviations"]);
        check_golden(&format!("small-weekly-deviations.{lang}.txt"), &workbook_text(&out.path().join("report.xlsx")));
    }
    for (sample, lang) in [("seed", "zh"), ("messy", "en"), ("messy", "zh")] {
        let out = run(sample, &["--lang", lang, "--report", "budget"]);
        check_golden(&format!("{sample}-budget.{lang}.txt"), &workbook_text(&out.path().join("report.xlsx")));
    }
    for (sample, lang, page) in [
        ("seed", "en", "attainment"),
        ("seed", "en", "trend"),
        ("seed", "zh", "trend"),
        ("small", "en", "person"),
        ("small", "zh", "person"),
        ("messy", "en", "funnel"),
        ("messy", "zh", "funnel"),
        ("messy", "en", "deal_alerts"),
        ("messy", "zh", "deal_alerts"),
    ] {
        let out = run(sample, &["--lang", lang, "--report", page]);
        check_golden(&format!("{sample}-{page}.{lang}.txt"), &workbook_text(&out.path().join("report.xlsx")));
    }
}

/// The pages at the end, which tell of the others: the whole report is made for them.
#[test]
fn pages_about_the_run_read_as_their_golden_texts() {
    for lang in ["en", "zh"] {
        let out = run("seed", &["--lang", lang]);
        let text = text_of_sheets(&out.path().join("report.xlsx"), &["14", "15", "16"]);
        check_golden(&format!("seed-run.{lang}.txt"), &text);
    }
}

/// No sample has prices: case C30c, whose effects `tests/causes.rs` checks.
#[test]
fn a_bridge_reads_as_its_golden_text() {
    let drawing = "Date | Person | Region | Product | Quantity | Sales amount
        2025-03-05 | Ann | North | A | 400 | 12000
        2025-03-06 | Ben | South | B | 200 | 5000
        2026-03-05 | Ann | North | A | 500 | 15500
        2026-03-06 | Ben | South | B | 100 | 2400
        2026-03-07 | Ben | South | C | 10 | 70";
    let case = Case::new().sheet("actuals.xlsx", drawing);
    for lang in ["en", "zh"] {
        let out = tempfile::tempdir().unwrap();
        let arguments = ["--as-of", "2026-12-31", "--lang", lang, "--report", "bridge", "--out"];
        let output = attain().arg("run").arg(case.inputs()).args(arguments).arg(out.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        check_golden(&format!("bridge.{lang}.txt"), &workbook_text(&out.path().join("report.xlsx")));
    }
}

/// Whoever adds a page adds its golden texts: there is one of every page in every language.
#[test]
fn every_page_has_a_golden_text_in_every_language() {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let texts: String = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    for lang in Lang::ALL {
        for spec in REPORTS {
            let name = sheet_name(spec.number, spec.key, lang);
            assert!(texts.contains(&format!("== {name}\n")), "no golden text of {name}");
        }
    }
}

/// Every problem the messy sample has, as the person who owns the file reads it.
#[test]
fn problems_read_as_their_golden_texts() {
    for lang in ["en", "zh"] {
        let output =
            attain().arg("check").arg(samples().join("messy")).args(["--verbose", "--lang", lang]).output().unwrap();
        assert_eq!(output.status.code(), Some(3));
        check_golden(&format!("messy.{lang}.txt"), &String::from_utf8(output.stdout).unwrap());
    }
}

/// Compares with a file in `tests/golden`; `UPDATE_GOLDEN=1` writes it anew, to be read before it is kept.
#[track_caller]
fn check_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    if expected != text {
        let pairs = expected.lines().zip(text.lines()).enumerate();
        let first = pairs.into_iter().find(|(_, (expected, found))| expected != found);
        panic!("{name} differs, first here: {first:#?}\n(UPDATE_GOLDEN=1 writes it anew)");
    }
}

/// The cells of all sheets, as stored: a line a row, cells with their addresses' column.
fn workbook_text(path: &Path) -> String {
    text_of_sheets(path, &[""])
}

/// The same of the sheets whose names begin so.
fn text_of_sheets(path: &Path, begins: &[&str]) -> String {
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(path).unwrap();
    let mut text = String::new();
    for name in workbook.sheet_names() {
        if !begins.iter().any(|begin| name.starts_with(begin)) {
            continue;
        }
        let range = workbook.worksheet_range(&name).unwrap();
        text.push_str(&format!("== {name}\n"));
        for row in range.rows() {
            let cells: Vec<String> = row
                .iter()
                .map(|cell| match cell {
                    Data::Empty => "–".to_string(),
                    Data::Float(value) => format!("{}", (value * 1e6).round() / 1e6),
                    other => other.to_string(),
                })
                .collect();
            let line = cells.join(" | ");
            text.push_str(line.trim_end_matches(" | –").trim_end_matches('–').trim_end());
            text.push('\n');
        }
    }
    text
}

#[test]
fn every_formula_has_our_result_and_no_number_is_text() {
    let out = run("small", &[]);
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(out.path().join("report.xlsx")).unwrap();
    let mut n_formulas = 0;
    for name in workbook.sheet_names() {
        let values = workbook.worksheet_range(&name).unwrap();
        let formulas = workbook.worksheet_formula(&name).unwrap();
        for (row, column, formula) in formulas.used_cells() {
            if formula.is_empty() {
                continue;
            }
            n_formulas += 1;
            let (top, left) = formulas.start().unwrap();
            let value = values.get_value((top + row as u32, left + column as u32));
            assert!(matches!(value, Some(Data::Float(_) | Data::Int(_))), "{name} {formula}: {value:?}");
        }
        for (_, _, cell) in values.used_cells() {
            assert!(!matches!(cell, Data::Error(_)), "{name}: {cell}");
            assert!(!matches!(cell, Data::String(text) if text == "NAN"), "{name}");
        }
    }
    assert!(n_formulas > 500, "{n_formulas}");
}

/// LibreOffice recalculates the report; every formula's value must equal the one we stored.
#[test]
fn libreoffice_recalculates_to_the_same_values() {
    let Some(office) = support::libreoffice() else { return };
    for (sample, scale) in [("small", "one"), ("small", "wan"), ("seed", "one"), ("messy", "one"), ("messy", "yi")] {
        let out = run(sample, &["--scale", scale]);
        let report = out.path().join("report.xlsx");
        // A first trip through the office's own format drops our results: they are calculated anew.
        let stripped = out.path().join("stripped.xlsx");
        let n_formulas = strip_results(&report, &stripped);
        let converted = out.path().join("recalculated");
        let status = Command::new(office)
            .args(["--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir"])
            .arg(&converted)
            .arg(&stripped)
            .arg(format!("-env:UserInstallation=file://{}", out.path().join("profile").display()))
            .output()
            .unwrap();
        assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
        let compared = compare_formulas(&report, &converted.join("stripped.xlsx"));
        assert_eq!(compared, n_formulas, "{sample} {scale}");
        assert!(compared > 10, "{sample}: {compared}");
        eprintln!("{sample} ({scale}): {compared} formulas recalculated to the same value");
    }
}

/// Writes the workbook without any stored result of a formula. Returns how many there were.
fn strip_results(from: &Path, to: &Path) -> usize {
    use std::io::{Read, Write};
    let mut archive = zip::ZipArchive::new(std::fs::File::open(from).unwrap()).unwrap();
    let mut writer = zip::ZipWriter::new(std::fs::File::create(to).unwrap());
    let mut n_formulas = 0;
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let name = part.name().unwrap().to_string();
        let mut content = Vec::new();
        part.read_to_end(&mut content).unwrap();
        if name.starts_with("xl/worksheets/sheet") {
            let xml = String::from_utf8(content).unwrap();
            let mut stripped = String::new();
            for (index, piece) in xml.split("</f>").enumerate() {
                let rest = match piece.strip_prefix("<v>").and_then(|piece| piece.split_once("</v>")) {
                    Some((_, rest)) if index > 0 => rest,
                    _ => piece,
                };
                if index > 0 {
                    stripped.push_str("</f>");
                    n_formulas += 1;
                }
                stripped.push_str(rest);
            }
            content = stripped.into_bytes();
        }
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(&content).unwrap();
    }
    writer.finish().unwrap();
    n_formulas
}

/// Compares our stored result of every formula with the recalculated one. Returns how many.
fn compare_formulas(ours: &Path, recalculated: &Path) -> usize {
    let mut ours: calamine::Xlsx<_> = calamine::open_workbook(ours).unwrap();
    let mut theirs: calamine::Xlsx<_> = calamine::open_workbook(recalculated).unwrap();
    let mut compared = 0;
    for name in ours.sheet_names() {
        let formulas = ours.worksheet_formula(&name).unwrap();
        let (stored, found) = (ours.worksheet_range(&name).unwrap(), theirs.worksheet_range(&name).unwrap());
        for (row, column, formula) in formulas.used_cells().filter(|(_, _, formula)| !formula.is_empty()) {
            let (top, left) = formulas.start().unwrap();
            let place = (top + row as u32, left + column as u32);
            let number = |cell: Option<&Data>| match cell {
                Some(Data::Float(value)) => *value,
                Some(Data::Int(value)) => *value as f64,
                other => panic!("{name} {place:?} {formula}: {other:?}"),
            };
            let (a, b) = (number(stored.get_value(place)), number(found.get_value(place)));
            assert!(
                (a - b).abs() <= 1e-9 * a.abs().max(1.0),
                "{name} {place:?} {formula}: stored {a}, recalculated {b}"
            );
            compared += 1;
        }
    }
    compared
}

/// The figures of the small sample, added up by another program (openpyxl) from its workbooks.
#[test]
fn the_small_sample_adds_up() {
    let out = run("small", &[]);
    let rows = support::read_table(&out.path().join("tables/attainment.csv"));
    let find = |metric: &str, level: &str, unit: &str, period: &str| -> HashMap<String, String> {
        let is_it = |row: &&HashMap<String, String>| {
            row["metric"] == metric && row["level"] == level && row["unit_id"] == unit && row["period"] == period
        };
        rows.iter().find(is_it).unwrap_or_else(|| panic!("{metric} {level} {unit} {period}")).clone()
    };
    for (metric, level, unit, period, target, actual) in SMALL {
        let row = find(metric, level, unit, period);
        assert_eq!(
            (row["target"].as_str(), row["actual"].as_str()),
            (target, actual),
            "{metric} {level} {unit} {period}"
        );
    }
}

include!("golden/small_sums.rs");

#[test]
fn an_existing_report_survives_a_failed_run() {
    let case = Case::new().sheet("actuals.xlsx", "Date | Name | Sales amount\n 2026-01-05 | Ann | 90");
    let out = tempfile::tempdir().unwrap();
    let report = out.path().join("report.xlsx");
    let run =
        |inputs: &Path| attain().arg("run").arg(inputs).arg("--out").arg(out.path()).output().unwrap().status.code();
    assert_eq!(run(&case.inputs()), Some(0));
    let before = std::fs::read(&report).unwrap();
    let broken = Case::new().file("broken.xlsx", b"PK\x03\x04");
    assert_eq!(run(&broken.inputs()), Some(4));
    assert_eq!(std::fs::read(&report).unwrap(), before);
}

/// By hand: April 2026 has 22 work days without holidays, 11 of them to the 15th. 1,100 done make a run rate of 2,200;
/// the other 1,100 fall to what is left of the weeks: 2, 5 and 4 of 11 days, so 200, 500 and 400. Of the first and the
/// last week only the days in April count: 3, 5, 5, 5 and 4 of 22 days of a plan of 2,200. 1,100 are missing after 15 April,
/// with 9 work days after W16: a full week has to bring 1,100 ÷ 9 × 5.
#[test]
fn weeks_to_come_have_the_rest_of_the_forecast() {
    let ran = Case::new()
        .sheet(
            "t.xlsx",
            "Name | Month | Sales target\n Ann | 2026-03 | 2200\n Ann | 2026-04 | 2200\n Ann | 2026-05 | 2100",
        )
        .sheet(
            "a.xlsx",
            "Date | Name | Sales amount\n 2026-04-01 | Ann | 300\n 2026-04-08 | Ann | 500\n 2026-04-14 | Ann | 300",
        )
        .settings("[calendar]\nholidays = \"none\"\n")
        .seen_on("2026-04-15")
        .args(&["--period", "2026-04"])
        .run()
        .status(0);
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(ran.out().join("report.xlsx")).unwrap();
    let range = workbook.worksheet_range("04_Weekly").unwrap();
    let rows: Vec<Vec<String>> = range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
    let header = rows.iter().position(|row| row[0] == "Week").unwrap();
    let column = |name: &str| rows[header].iter().position(|head| head == name).unwrap();
    let (plan, actual, forecast) = (column("PL to date"), column("AC to date"), column("FC to date"));
    let needed = column("Needed per week");
    assert_eq!(rows[header + 3][needed], (5500.0 / 9.0).to_string());
    let weeks = rows[header + 1..].iter().take_while(|row| !row[0].is_empty());
    let found: Vec<[&str; 4]> =
        weeks.map(|row| [&row[0], &row[plan], &row[actual], &row[forecast]].map(String::as_str)).collect();
    let expected = [
        ["2026-W14", "300", "300", ""],
        ["2026-W15", "800", "800", "800"],
        ["2026-W16", "1300", "1100", "1300"],
        ["2026-W17", "1800", "", "1800"],
        ["2026-W18", "2200", "", "2200"],
    ];
    assert_eq!(found, expected);
}
