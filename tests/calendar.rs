//! The calendar of the house: years of weeks, weeks across a month end, holidays of one's own.

mod support;

use support::{Case, Ran};

/// The 4-5-4 calendar of the National Retail Federation: 2023 from 29 January with 53 weeks, 2024 from 4 February.
const RETAIL: &str = "[calendar]\npattern = \"4-5-4\"\nweek_start = \"sunday\"\nfiscal_year_start_month = 2\n\
                      fiscal_year_named_by = \"start\"\n";

#[track_caller]
fn company(ran: &Ran, period: &str, expected: &[(&str, &str)]) {
    let row = ran.attainment("sales_amount", "company", "", period);
    for (column, value) in expected {
        assert_eq!(row[*column], *value, "{period} {column}");
    }
}

#[test]
fn a_retail_year_has_months_of_weeks() {
    let ran = Case::new()
        .settings(RETAIL)
        .sheet(
            "actuals.xlsx",
            "Date | Sales amount\n 2023-01-28 | 1\n 2023-01-29 | 10\n 2023-02-25 | 20\n 2023-02-26 | 300\n 2024-02-03 | 4000\n 2024-02-04 | 50",
        )
        // March is the month called March, from 26 February to 1 April 2023, however it is written.
        .sheet(
            "targets.xlsx",
            "Metric | Period | Target\n Sales amount | 2023-02 | 40\n Sales amount | 2023年3月 | 300\n Sales amount | 2024-01 | 2000\n Sales amount | 2024-02 | 100",
        )
        .seen_on("2024-03-02")
        .run()
        .status(0);
    company(&ran, "2023-01", &[("actual", "1"), ("target", "")]);
    company(&ran, "2023-02", &[("actual", "30"), ("target", "40"), ("attainment", "0.75")]);
    company(&ran, "2023-03", &[("actual", "300"), ("target", "300")]);
    // The 53rd week of 2023 is in its last month, and in its last quarter.
    company(&ran, "2024-01", &[("actual", "4000"), ("target", "2000"), ("attainment", "2")]);
    company(&ran, "2023-Q4", &[("actual", "4000"), ("target", "2000")]);
    company(&ran, "2023", &[("actual", "4330"), ("target", "2340"), ("prior_year", "1")]);
    // The same month a year earlier: 29 January to 25 February 2023, whatever the dates.
    company(&ran, "2024-02", &[("actual", "50"), ("target", "100"), ("prior_year", "30")]);
}

#[test]
fn a_retail_month_in_progress_compares_as_many_days() {
    let ran = Case::new()
        .settings(RETAIL)
        .sheet(
            "actuals.xlsx",
            "Date | Sales amount\n 2023-02-07 | 7\n 2023-02-08 | 8\n 2024-02-04 | 50\n 2024-02-13 | 60\n 2024-02-14 | 70",
        )
        .seen_on("2024-02-13")
        .run()
        .status(0);
    // 13 February 2024 is the tenth day of the month: that of 2023 was 7 February.
    company(&ran, "2024-02", &[("actual", "110"), ("prior_year", "7")]);
}

#[test]
fn months_of_weeks_are_dated_by_the_calendar_in_targets() {
    // 1 March 2023 lies in the retail March, the 28th of February, too: dated on it, a target is February's.
    let ran = Case::new()
        .settings(RETAIL)
        .sheet(
            "targets.xlsx",
            "Metric | Period | Target\n Sales amount | 2023-02-28 | 40\n Sales amount | 2023-03-31 | 300",
        )
        .seen_on("2023-12-31")
        .run()
        .status(0);
    company(&ran, "2023-02", &[("target", "40")]);
    company(&ran, "2023-03", &[("target", "300")]);
}

/// Week 14 of 2026 is 30 March to 5 April: two work days of March, three of April. Its Thursday is 2 April.
#[test]
fn a_week_across_a_month_end_goes_where_the_setting_says() {
    for (rule, march, april) in [
        ("", Some("200"), Some("300")),
        ("weeks = \"work_days\"", Some("200"), Some("300")),
        ("weeks = \"iso_thursday\"", None, Some("500")),
        ("weeks = \"monday\"", Some("500"), None),
        // Week 14 from Sunday is 5 to 11 April, and in no other month.
        ("week_start = \"sunday\"", None, Some("500")),
    ] {
        let ran = Case::new()
            .settings(&format!("[calendar]\n{rule}\n"))
            .sheet("actuals.xlsx", "Week | Sales amount\n 2026-W14 | 500")
            .sheet("targets.xlsx", "Metric | Period | Target\n Sales amount | 2026-W14 | 500")
            .seen_on("2026-06-30")
            .run()
            .status(0);
        let rows = ran.table("attainment");
        for (month, expected) in [("2026-03", march), ("2026-04", april)] {
            let found = rows.iter().find(|row| row["level"] == "company" && row["period"] == month);
            assert_eq!(found.map(|row| row["actual"].as_str()), expected, "{rule} {month}");
            assert_eq!(found.map(|row| row["target"].as_str()), expected, "{rule} {month}");
        }
        company(&ran, "2026", &[("actual", "500"), ("target", "500")]);
    }
}

#[test]
fn a_week_is_still_divided_at_the_as_of_day() {
    let run = |rule: &str, as_of: &str| {
        Case::new()
            .settings(&format!("[calendar]\nweeks = \"{rule}\"\n"))
            .sheet("actuals.xlsx", "Week | Sales amount\n 2026-W14 | 500\n 2026-W15 | 100")
            .seen_on(as_of)
            .run()
            .status(0)
    };
    // On Wednesday 1 April three of its five work days are over.
    for rule in ["iso_thursday", "monday"] {
        let ran = run(rule, "2026-04-01");
        let month = if rule == "monday" { "2026-03" } else { "2026-04" };
        company(&ran, month, &[("actual", "300")]);
        let control = &ran.account()["control_totals"]["sales_amount"];
        assert_eq!((&control["after_as_of"], &control["gap"]), (&"300".into(), &"0".into()));
    }
    // On 31 March nothing of April has begun.
    let control = &run("iso_thursday", "2026-03-31").account()["control_totals"]["sales_amount"];
    assert_eq!(
        (&control["credited"], &control["after_as_of"], &control["gap"]),
        (&"0".into(), &"600".into(), &"0".into())
    );
}

/// Five weeks of 100 have their Thursday in April; by work days, 3 of 5 of the first and 4 of 5 of the last are its.
#[test]
fn weeks_are_compared_with_their_month_as_they_are_placed() {
    let weeks: String = (14..=18).map(|week| format!("\n Sales amount | 2026-W{week} | 100")).collect();
    for (rule, month, differs) in
        [("work_days", 440, false), ("work_days", 500, true), ("iso_thursday", 500, false), ("iso_thursday", 440, true)]
    {
        let ran = Case::new()
            .settings(&format!("[calendar]\nweeks = \"{rule}\"\n"))
            .sheet("targets.xlsx", &format!("Metric | Period | Target\n Sales amount | 2026-04 | {month}{weeks}"))
            .run();
        assert_eq!(ran.codes().contains(&"E505".to_string()), differs, "{rule} {month}");
    }
}

#[test]
fn weeks_of_a_month_begin_where_weeks_do() {
    // May 2026 begins on a Friday: from Sunday it has six weeks, the last is Sunday the 31st; from Monday five.
    let drawing = "Name | W1 | W2 | W3 | W4 | W5 | W6\n Ann | 1 | 2 | 3 | 4 | 5 | 6";
    let case = || Case::new().titled("actuals.xlsx", "Actual sales amount 2026-05", drawing).seen_on("2026-05-30");
    let ran = case().settings("[calendar]\nweek_start = \"sunday\"\n").run().status(0);
    // The sixth begins after the as-of day.
    company(&ran, "2026-05", &[("actual", "15")]);
    assert!(ran.codes().contains(&"I329".to_string()));
    assert!(!case().run().codes().contains(&"I329".to_string()));
}

#[test]
fn holidays_of_ones_own() {
    let case = || Case::new().sheet("actuals.xlsx", "Week | Sales amount\n 2026-W14 | 500").seen_on("2026-06-30");
    let table = "[2026]\nsource = \"works council\"\noff = [\"2026-04-01\"]\n";
    // 1 April off: two work days on either side of the month end.
    for setting in ["\"own.toml\"", "[\"cn\", \"own.toml\"]"] {
        let ran = case()
            .file("own.toml", table.as_bytes())
            .settings(&format!("[calendar]\nholidays = {setting}\n"))
            .run()
            .status(0);
        company(&ran, "2026-03", &[("actual", "250")]);
        company(&ran, "2026-04", &[("actual", "250")]);
    }
    for (holidays, table, expected) in [
        ("\"own.toml\"", "", "own.toml: "),
        ("\"own.toml\"", "[2026]\nsource = \"\"\noff = [\"1 April\"]\n", "own.toml: [2026]: `1 April` is not a date"),
        ("\"cm\"", table, "\"cm\" is not known"),
    ] {
        let case = if table.is_empty() { case() } else { case().file("own.toml", table.as_bytes()) };
        let ran = case.settings(&format!("[calendar]\nholidays = {holidays}\n")).run().status(2);
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
}

#[test]
fn calendars_that_make_no_sense_are_refused() {
    for (setting, expected) in [
        ("pattern = \"4-4-4\"", "`4-4-5`"),
        ("year_start = \"middle\"", "`nearest`"),
        ("week_start = \"someday\"", "is not a weekday"),
        ("weeks = \"friday\"", "`iso_thursday`"),
    ] {
        let ran = Case::new().settings(&format!("[calendar]\n{setting}\n")).run().status(2);
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
}
