//! Real exports with known answers: 57,851 sales lines, 809 targets, 18 people whose regions
//! are many to many. The data is not part of the project; without it this says so and passes.

mod support;

use std::collections::HashMap;
use std::path::Path;

use support::{Row, attain, read_table, shared};

/// Runs over the exports and returns the attainment table.
fn run(exports: &Path, as_of: &str, settings: &str) -> (Vec<Row>, serde_json::Value) {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("attain.toml");
    std::fs::write(&config, settings).unwrap();
    let output = attain()
        .arg("run")
        .arg(exports)
        .args(["--profile", "adventureworks", "--as-of", as_of, "--tables", "csv", "--quiet"])
        .args(["--config".as_ref(), config.as_os_str(), "--out".as_ref(), folder.path().join("out").as_os_str()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let account = std::fs::read(folder.path().join("out/run.json")).unwrap();
    let table = read_table(&folder.path().join("out/tables/attainment.csv"));
    (table, serde_json::from_slice(&account).unwrap())
}

/// Compares every row of an expected file, and that we have no others of its kind.
fn compare(ours: &[Row], expected: &Path, key: &str, label: fn(&str) -> String, is_kind: fn(&str) -> bool) {
    let level = if expected.to_string_lossy().contains("person") { "person" } else { "company" };
    let found: HashMap<(String, String), &Row> = ours
        .iter()
        .filter(|row| row["metric"] == "sales_amount" && row["level"] == level && is_kind(&row["period"]))
        .map(|row| ((row["unit_id"].clone(), row["period"].clone()), row))
        .collect();
    let rows = read_table(expected);
    assert_eq!(found.len(), rows.len(), "rows of {}", expected.display());
    for row in rows {
        let unit = row.get("EmployeeKey").cloned().unwrap_or_default();
        let place = (unit, label(&row[key]));
        let own = found.get(&place).unwrap_or_else(|| panic!("{place:?} is missing"));
        for column in ["target", "actual", "variance"] {
            let cents = |text: &str| text.parse::<f64>().ok().map(|value| (value * 100.0).round() as i64);
            assert_eq!(cents(&own[column]), cents(&row[column]), "{place:?} {column}");
        }
        match (own["attainment"].parse::<f64>(), row["attainment"].parse::<f64>()) {
            (Ok(a), Ok(b)) => assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "{place:?} {a} {b}"),
            (Err(_), Err(_)) => {}
            other => panic!("{place:?} {other:?}"),
        }
    }
}

fn is_month(period: &str) -> bool {
    period.len() == 7 && !period.contains('Q')
}

fn is_quarter(period: &str) -> bool {
    period.contains('Q')
}

fn is_year(period: &str) -> bool {
    period.len() == 4
}

#[test]
fn months_and_quarters_to_the_cent() {
    let Some(exports) = shared("adventureworks") else { return };
    let (table, account) = run(&exports, "2020-05-31", "");
    let expected = shared("expected").unwrap();
    let same = |label: &str| label.to_string();
    let quarter = |label: &str| format!("{}-{}", &label[..4], &label[4..]);
    compare(&table, &expected.join("aw_to2020-05_person_month.csv"), "month", same, is_month);
    compare(&table, &expected.join("aw_to2020-05_person_quarter.csv"), "quarter", quarter, is_quarter);
    compare(&table, &expected.join("aw_to2020-05_total_month.csv"), "month", same, is_month);
    // The join through the many-to-many regions would give 123,743,635.21; June is after the as-of day.
    let control = &account["control_totals"]["sales_amount"];
    assert_eq!((control["credited"].as_str(), control["gap"].as_str()), (Some("77548570.2"), Some("0")));
    let read = |name: &str| {
        let inputs = account["inputs"].as_array().unwrap();
        inputs.iter().find(|input| input["file"] == name).unwrap()["sheets"][0]["used"].clone()
    };
    assert_eq!(
        (read("Sales.csv"), read("Targets.csv"), read("Salesperson.csv")),
        (57_851.into(), 809.into(), 18.into())
    );
}

#[test]
fn fiscal_quarters_and_years_from_july() {
    let Some(exports) = shared("adventureworks") else { return };
    let (table, _) = run(&exports, "2020-05-31", "[calendar]\nfiscal_year_start_month = 7\n");
    let expected = shared("expected").unwrap();
    let quarter = |label: &str| label.trim_start_matches("FY").replace(' ', "-");
    compare(&table, &expected.join("aw_to2020-05_person_fiscalquarter.csv"), "fiscal_quarter", quarter, is_quarter);
    compare(&table, &expected.join("aw_to2020-05_person_fiscalyear.csv"), "fiscal_year", quarter, is_year);
    for row in read_table(&expected.join("aw_to2020-05_region_fy_actual.csv")) {
        let year = row["fy"].trim_start_matches("FY");
        let own =
            table.iter().find(|own| own["level"] == "region" && own["unit"] == row["Region"] && own["period"] == year);
        let difference = own.unwrap()["actual"].parse::<f64>().unwrap() - row["actual"].parse::<f64>().unwrap();
        assert!(difference.abs() < 0.005, "{row:?} {difference}");
    }
}

#[test]
fn the_late_month_from_another_system() {
    let Some(exports) = shared("adventureworks") else { return };
    let (table, _) = run(&exports, "2020-06-30", "");
    let expected = shared("expected").unwrap();
    let same = |label: &str| label.to_string();
    compare(&table, &expected.join("aw_incl2020-06_person_month.csv"), "month", same, is_month);
    compare(&table, &expected.join("aw_incl2020-06_total_month.csv"), "month", same, is_month);
}
