//! Money in thousands, 万, millions or 亿: divided exactly, said on every page, and full where it has to be.

mod support;

use calamine::{Data, Reader};
use support::{Case, Ran};

/// 12,345,678.90 sold of 20,000,000.
fn case() -> Case {
    Case::new()
        .sheet("t.xlsx", "Name | Month | Sales target | New customers target\n Ann | 2026-01 | 20000000 | 30")
        .sheet("a.xlsx", "Date | Name | Sales amount | New customers\n 2026-01-05 | Ann | 12345678.90 | 12")
        .seen_on("2026-01-31")
}

fn rows(ran: &Ran, sheet: &str) -> Vec<Vec<Data>> {
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(ran.out().join("report.xlsx")).unwrap();
    let name = workbook.sheet_names().into_iter().find(|name| name.starts_with(sheet)).unwrap();
    workbook.worksheet_range(&name).unwrap().rows().map(<[Data]>::to_vec).collect()
}

/// What stands below a header in the line of a text.
fn figure(rows: &[Vec<Data>], header: &str, line: &str) -> f64 {
    let is = |cell: &Data, text: &str| matches!(cell, Data::String(found) if found == text);
    let head = rows.iter().position(|row| row.iter().any(|cell| is(cell, header))).unwrap();
    let column = rows[head].iter().position(|cell| is(cell, header)).unwrap();
    let row = rows[head..].iter().find(|row| row.iter().any(|cell| is(cell, line))).unwrap();
    match row[column] {
        Data::Float(value) => value,
        ref other => panic!("{header} of {line}: {other:?}"),
    }
}

fn title(rows: &[Vec<Data>]) -> String {
    rows[2][0].to_string()
}

#[test]
fn money_is_divided_and_counts_are_not() {
    for (scale, unit, actual) in [
        ("one", "Money in full units of its currency; rates in %", 12_345_678.9),
        ("k", "Money in thousands (k), prices and money per piece in full units; rates in %", 12_345.678_9),
        ("wan", "Money in ten thousands (10k), prices and money per piece in full units; rates in %", 1_234.567_89),
        ("万元", "Money in ten thousands (10k), prices and money per piece in full units; rates in %", 1_234.567_89),
        ("m", "Money in millions (m), prices and money per piece in full units; rates in %", 12.345_678_9),
        ("yi", "Money in hundred millions (100m), prices and money per piece in full units; rates in %", 0.123_456_789),
        // The target is more than a million.
        ("auto", "Money in thousands (k), prices and money per piece in full units; rates in %", 12_345.678_9),
    ] {
        let ran = case().args(&["--scale", scale]).run().status(0);
        let summary = rows(&ran, "01_");
        assert_eq!(title(&summary), unit);
        assert_eq!(figure(&summary, "AC", "Sales amount"), actual, "{scale}");
        assert_eq!(figure(&summary, "AC", "New customers"), 12.0, "{scale}");
        // 12,345,678.90 ÷ 20,000,000, whatever the unit.
        assert!((figure(&summary, "Attainment", "Sales amount") - 0.617_283_945).abs() < 1e-15);
        // People read and write the register in full units, and it says so.
        let register = rows(&ran, "09_");
        assert_eq!(title(&register), "Money in full units of its currency; rates in %");
        assert_eq!(figure(&register, "AC", "Sales amount"), 12_345_678.9, "{scale}");
        let account = ran.account();
        assert_eq!(account["control_totals"]["sales_amount"]["read"], "12345678.9", "{}", account["control_totals"]);
    }
}

#[test]
fn the_setting_and_the_languages() {
    let by_setting = case().settings("[report]\nscale = \"m\"\n").run().status(0);
    assert_eq!(figure(&rows(&by_setting, "02_"), "AC", "Ann"), 12.345_678_9);
    let by_flag = case().settings("[report]\nscale = \"m\"\n").args(&["--scale", "one"]).run().status(0);
    assert_eq!(figure(&rows(&by_flag, "02_"), "AC", "Ann"), 12_345_678.9);
    let unknown = case().args(&["--scale", "dozen"]).run().status(2);
    assert!(
        unknown.stderr.contains("`dozen` is not a unit of money; there are auto, one, k, wan"),
        "{}",
        unknown.stderr
    );
}
