//! Checks across files and SMART remarks on targets: each with a case in which it speaks and one in which it must not.

mod support;

use support::Case;

/// The lines of a check that name a code.
#[track_caller]
fn said(case: Case, code: &str) -> Vec<String> {
    let ran = case.check();
    assert!(matches!(ran.status, 0 | 1), "{}\n{}", ran.stdout, ran.stderr);
    ran.stdout.lines().filter(|line| line.contains(&format!(" {code}: "))).map(str::to_string).collect()
}

#[track_caller]
fn silent(case: Case, code: &str) {
    assert_eq!(said(case, code), Vec::<String>::new());
}

#[track_caller]
fn says(case: Case, code: &str, line: &str) {
    assert_eq!(said(case, code), [line]);
}

fn targets(rows: &str) -> Case {
    Case::new().sheet("targets.xlsx", &format!("Period | Name | Metric | Target\n{rows}"))
}

const SALES: &str = "Date | Name | Sales amount\n";

// E501: 12,340,000 ÷ 1,234 = 10,000; 1,232,766 ÷ 1,234 = 999.
#[test]
fn an_actual_ten_thousand_times_its_target_is_in_another_unit() {
    let case = |actual: &str| {
        targets("2026-01 | Ann | Sales amount | 1234")
            .sheet("sales.xlsx", &format!("{SALES} 2026-01-05 | Ann | {actual}"))
    };
    says(
        case("12340000"),
        "E501",
        "targets.xlsx!Data!E4: error E501: the actual of Ann for Sales amount 2026 is 12,340,000, against a target of \
         1,234: 10,000 times as much. One of them is probably in ten thousands (万元).",
    );
    silent(case("1232766"), "E501");
}

// 4 + 3.34 + 5 = 12.34 in three sales against 123,400: 1/10,000. One sale of 12.34 is a small sale.
#[test]
fn one_small_sale_is_a_small_sale() {
    let case = |rows: &str| targets("2026-01 | Ann | Sales amount | 123400").sheet("s.xlsx", &format!("{SALES}{rows}"));
    let three = "2026-01-05 | Ann | 4\n 2026-01-06 | Ann | 3.34\n 2026-01-07 | Ann | 5";
    assert!(said(case(three), "E501")[0].contains("is 12.34, against a target of 123,400: 1/10,000 times as much"));
    silent(case("2026-01-05 | Ann | 12.34"), "E501");
    // On the first of twelve planned months hardly anything is due yet: 3 × 50 of 1,800,000.
    let year = targets("2026 | Ann | Sales amount | 1800000")
        .sheet("s.xlsx", &format!("{SALES} 2026-01-02 | Ann | 50\n 2026-01-02 | Ann | 50\n 2026-01-02 | Ann | 50"));
    silent(year.seen_on("2026-01-02"), "E501");
}

// 100,000 + 200,000 against 10 + 20: 10,000 times, once for both.
#[test]
fn what_holds_for_everyone_is_said_once() {
    let case = targets("2026-01 | Ann | Sales amount | 10\n 2026-01 | Bob | Sales amount | 20")
        .sheet("s.xlsx", &format!("{SALES} 2026-01-05 | Ann | 100000\n 2026-01-05 | Bob | 200000"));
    let said = said(case, "E501");
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("the actual of Company for Sales amount 2026 is 300,000, against a target of 30:"));
}

// 3 × 100,000 last year, 3 × 10 this year: 1/10,000.
#[test]
fn last_year_says_it_where_there_is_no_target() {
    let year = |year: u32, amount: u32| {
        let row = |day: u32| format!("{year}-01-{day:02} | Ann | {amount}\n");
        format!("{SALES}{}{}{}", row(5), row(6), row(7))
    };
    // Sheets of different forms: the row says who, and there the region, too.
    let case = |amount: u32| {
        let with_region = year(2026, amount).replace("Sales amount\n", "Sales amount | Region\n");
        Case::new().sheet("a.xlsx", &year(2025, 100_000)).sheet("b.xlsx", &with_region)
    };
    assert!(said(case(10), "E501")[0].contains(
        "the actual of Ann for Sales amount 2026-01 is 30, against 300,000 in the same time last year: 1/10,000"
    ));
    silent(case(1_000), "E501");
}

#[test]
fn a_sheet_in_another_unit_than_its_siblings_is_named_once() {
    let week = |first: u32, amounts: [&str; 3]| {
        let row = |(day, amount): (u32, &str)| format!("2026-01-{day:02} | Ann | {amount}\n");
        format!("{SALES}{}", (first..).zip(amounts).map(row).collect::<String>())
    };
    let case = |third: [&str; 3]| {
        targets("2026-01 | Ann | Sales amount | 2000000")
            .sheet("a.xlsx", &week(5, ["120000", "90000", "110000"]))
            .sheet("b.xlsx", &week(12, ["130000", "80000", "100000"]))
            .sheet("c.xlsx", &week(19, third))
    };
    // (12.5 + 9 + 10.5) ÷ 3 = 10.67; (320,000 + 310,000) ÷ 6 = 105,000.
    says(
        case(["12.5", "9", "10.5"]),
        "E501",
        "c.xlsx!Data!D4: error E501: the average row of Sales amount here is 10.67, against 105,000 in the other sheets \
         of this form: 1/10,000 times as much. One of them is probably in ten thousands (万元).",
    );
    assert!(
        said(case(["120", "95", "105"]), "E501")[0].contains("1/1,000 times as much. One of them is probably in thous")
    );
    // A tenth, a hundredth: a quiet week.
    silent(case(["12000", "9000", "10500"]), "E501");
    silent(case(["1200", "900", "1050"]), "E501");
    // Returns are sales, too.
    silent(case(["-120000", "-90000", "-110000"]), "E501");
}

#[test]
fn a_row_that_stands_twice_is_counted_and_named() {
    let head = "Date | Order no. | Name | Sales amount | Item\n";
    let row = |document: &str, item: &str| format!("2026-01-05 | {document} | Ann | 100.50 | {item}\n");
    let case = |rows: &[String]| Case::new().sheet("s.xlsx", &format!("{head}{}", rows.concat()));
    let twice = case(&[row("S1", "pump"), row("S2", "pump"), row("S1", "pump"), row("S1", "pump")]);
    says(
        twice,
        "W551",
        "s.xlsx!Data!E6: warning W551: 2 row(s) stand in s.xlsx!Data!E4, too, and were counted twice (Sales amount 201): \
         E6, E7",
    );
    // Two lines of one order, for two items at one price: nothing reads the item, and still the rows differ.
    silent(case(&[row("S1", "pump"), row("S1", "valve")]), "W551");
    // Without a number it may be two sales.
    silent(case(&[row("", "pump"), row("", "pump")]), "W551");
    // A return is the sale once more, with the other sign.
    let returned = format!("{head}2026-01-05 | S1 | Ann | 100 | pump\n 2026-01-05 | S1 | Ann | -100 | pump");
    silent(Case::new().sheet("s.xlsx", &returned), "W551");
}

#[test]
fn rows_in_two_files_are_named_where_chance_cannot_explain_them() {
    let head = "Date | Order no. | Name | Sales amount\n";
    let a = format!("{head} 2026-01-05 | S1 | Ann | 100\n 2026-01-06 | S2 | Ann | 70\n 2026-01-07 | S3 | Bob | 30");
    let b = format!("{head} 2026-01-06 | S2 | Ann | 70.00\n 2026-01-08 | S4 | Bob | 45.25");
    says(
        Case::new().sheet("a.xlsx", &a).sheet("b.xlsx", &b),
        "W551",
        "b.xlsx!Data!E4: warning W551: 1 row(s) stand in a.xlsx!Data, too, and were counted twice (Sales amount 70): E4",
    );
    // The same day, person and amount twice may be two sales where nothing numbers them.
    let by_hand = |rows: &str| format!("{SALES}{rows}");
    let a = by_hand("2026-01-05 | Ann | 100\n 2026-01-06 | Ann | 70\n 2026-01-07 | Bob | 30\n 2026-01-08 | Bob | 5");
    let b = by_hand("2026-01-05 | Ann | 100\n 2026-01-06 | Ann | 70\n 2026-01-09 | Bob | 31\n 2026-01-09 | Bob | 6");
    for code in ["W551", "E552"] {
        silent(Case::new().sheet("a.xlsx", &a).sheet("b.xlsx", &b), code);
    }
    // Weeks that do not overlap are never compared: the same amounts a week later are other sales.
    let later = a.replace("2026-01-0", "2026-01-1");
    for code in ["W551", "E552"] {
        silent(Case::new().sheet("a.xlsx", &a).sheet("b.xlsx", &later), code);
    }
}

#[test]
fn a_sheet_that_another_file_has_is_named_with_what_is_counted_twice() {
    // 70 + 30.5 + 20 = 120.5: all of the export is in the workbook, which has one row more.
    let book = format!(
        "{SALES} 2026-01-05 | Ann | 100\n 2026-01-06 | Ann | 70\n 2026-01-07 | Bob | 30.50\n 2026-01-08 | Bob | 20"
    );
    let csv = "Date,Name,Sales amount\n2026-01-06,Ann,70\n2026-01-07,Bob,30.5\n2026-01-08,Bob,20.00\n";
    let case = || Case::new().sheet("book.xlsx", &book).file("export.csv", csv.as_bytes());
    says(
        case(),
        "E552",
        "export.csv: error E552: all 3 rows stand in book.xlsx!Data, too, and were counted twice (Sales amount 120.50)",
    );
    silent(case(), "W551");
    // Counted as they stand: 220.50 + 120.50.
    let ran = case().run().status(1);
    assert_eq!(ran.figures("sales_amount", "company", "", "2026-01")[1], "341");
    // Two sheets for two products, all sold at one price.
    let product = |product: &str| {
        let row = |name: &str| format!("2026-01-05 | {name} | 100 | {product}\n");
        format!("Date | Name | Sales amount | Item\n{}{}{}", row("Ann"), row("Bob"), row("Cid"))
    };
    silent(Case::new().sheet("a.xlsx", &product("pump")).sheet("b.xlsx", &product("valve")), "E552");
    let again = || Case::new().sheet("a.xlsx", &product("pump")).titled("b.xlsx", "Again", &product("pump"));
    assert_eq!(said(again(), "E552").len(), 1);
    // Other people's rows of the same days and amounts are other rows.
    let other = csv.replace("Ann", "Cid").replace("Bob", "Dot");
    silent(Case::new().sheet("book.xlsx", &book).file("export.csv", other.as_bytes()), "E552");
}

#[test]
fn a_newer_revision_is_named_and_nothing_is_chosen() {
    let team = "Name | Team\n Ann | A\n Bob | B";
    let first = targets("2026-01 | Ann | Sales amount | 100").sheet("team.xlsx", team);
    let second = "Period | Name | Metric | Target\n 2026-01 | Ann | Sales amount | 120";
    says(
        first.sheet("targets v2.xlsx", second),
        "W510",
        "targets v2.xlsx: warning W510: looks like a newer revision of targets.xlsx: both give Targets for the same \
         units and days, and both were counted",
    );
    let first = || targets("2026-01 | Ann | Sales amount | 100");
    assert!(
        said(first().sheet("targets - copy.xlsx", second), "W510")[0].contains("the names do not say which is newer")
    );
    // Another month, other people, another name.
    silent(first().sheet("targets v2.xlsx", &second.replace("2026-01", "2026-02")), "W510");
    silent(first().sheet("targets v2.xlsx", &second.replace("Ann", "Bob")), "W510");
    silent(first().sheet("targets north.xlsx", second), "W510");
}

#[test]
fn a_name_that_says_another_period_than_the_dates() {
    let sales = |day: &str| format!("{SALES} {day} | Ann | 100");
    says(
        Case::new().sheet("sales 202601.xlsx", &sales("2025-12-30")),
        "E508",
        "sales 202601.xlsx: error E508: the name \"sales 202601\" says 202601, its dates run from 2025-12-30 to \
         2025-12-30; none lies in the named period",
    );
    // ISO week 5 of 2026 is 26 January to 1 February.
    assert_eq!(said(Case::new().sheet("W05.xlsx", &sales("2026-02-02")), "E508").len(), 1);
    assert_eq!(said(Case::new().sheet("FY26.xlsx", &sales("2024-06-30")), "E508").len(), 1);
    for (file, day) in [
        ("W05.xlsx", "2026-02-01"),
        ("W05.xlsx", "2025-01-30"),
        ("2026年1月.xlsx", "2026-01-31"),
        ("FY26.xlsx", "2026-06-30"),
        ("export 2026-03-31.xlsx", "2026-01-31"),
        ("2026-01 to 2026-03.xlsx", "2026-02-10"),
        ("order 2034.xlsx", "2026-01-31"),
    ] {
        silent(Case::new().sheet(file, &sales(day)), "E508");
    }
}

#[test]
fn days_between_two_assignments_are_nobodys() {
    let team = |end: &str, start: &str| {
        let rows = format!("Ann | A | 2026-01-01 | {end}\n Ann | B | {start} |");
        Case::new()
            .sheet("team.xlsx", &format!("Name | Team | Start | End\n {rows}"))
            .sheet("sales.xlsx", &format!("{SALES} 2026-01-05 | Ann | 100"))
    };
    says(
        team("2026-01-31", "2026-03-02"),
        "W553",
        "team.xlsx!Data!B5: warning W553: Ann belongs nowhere from 2026-02-01 to 2026-03-01, between two assignments",
    );
    // 27 February 2026 is a Friday, 2 March a Monday.
    silent(team("2026-02-27", "2026-03-02"), "W553");
}

#[test]
fn specific_a_target_needs_somebody() {
    let case = |end: &str| {
        Case::new()
            .sheet("team.xlsx", &format!("Name | Team | Start | End\n Ann | A | 2026-01-01 | {end}\n Bob | B | |"))
            .sheet("targets.xlsx", "Period | Team | Metric | Target\n 2026-03 | A | Sales amount | 100")
            .sheet("sales.xlsx", &format!("{SALES} 2026-01-05 | Bob | 100"))
    };
    says(
        case("2026-02-28"),
        "W554",
        "targets.xlsx!Data!E4: warning W554: A has a target for Sales amount 2026-03, and nobody is assigned to it in that \
         time (Specific)",
    );
    silent(case("2026-03-01"), "W554");
    // Who is not in the team table is said so, once.
    let unknown = Case::new()
        .sheet("team.xlsx", "Name | Team\n Bob | B")
        .sheet("targets.xlsx", "Period | Team | Metric | Target\n 2026-03 | C | Sales amount | 100");
    silent(unknown, "W554");
}

#[test]
fn measurable_by_what_is_reported_and_in_a_unit() {
    let sales = format!("{SALES} 2026-01-05 | Ann | 100");
    let case =
        targets("2026-01 | Ann | Market share | 0.2\n 2026-01 | Ann | Sales amount | 90").sheet("s.xlsx", &sales);
    says(
        case,
        "W555",
        "targets.xlsx!Data!E4: warning W555: there are targets on Market share, and no actuals of Market size to measure \
         them by (Measurable)",
    );
    silent(targets("2026-01 | Ann | Sales amount | 90").sheet("s.xlsx", &sales), "W555");
    let zero = targets("2026-01 | Ann | Sales amount | 0\n 2026-02 | Ann | Sales amount | 0").sheet("s.xlsx", &sales);
    assert!(said(zero, "I556")[0].contains("the target of Ann for Sales amount is 0 in 2026-01, 2026-02:"));
    // Four people, of whom one is planned in 万元: the median of 9, 80,000, 90,000, 100,000 is 90,000.
    let peers = |last: &str| {
        targets(&format!(
            "2026-02 | Ann | Profit | 80000\n 2026-02 | Bob | Profit | 90000\n 2026-02 | Cid | Profit | 100000\n \
             2026-02 | Dot | Profit | {last}"
        ))
        .sheet("s.xlsx", &sales)
    };
    assert!(
        said(peers("9"), "W557")[0].contains("the target of Dot for Profit 2026-02 is 9, 1/10,000 times the median")
    );
    silent(peers("900"), "W557");
}

// 210 on 100 is +110 %, 200 is +100 % and no more; 40 on 100 is −60 %, 50 is −50 %.
#[test]
fn achievable_beside_last_year() {
    let case = |target: &str| {
        targets(&format!("2026-01 | Ann | Sales amount | {target}"))
            .sheet("sales.xlsx", &format!("{SALES} 2025-01-05 | Ann | 100\n 2026-01-05 | Ann | 90"))
    };
    says(
        case("210"),
        "W558",
        "targets.xlsx!Data!E4: warning W558: the target of Ann for Sales amount 2026-01 is 210, +110.0 % on last year's \
         100; more than +100 % is doubtful (Achievable)",
    );
    silent(case("200"), "W558");
    assert!(said(case("40"), "W559")[0].contains("is 40, -60.0 % on last year's 100; less than -50 % is doubtful"));
    silent(case("50"), "W559");
    // Half of the quarter was not reported last year: nothing to compare the quarter with.
    let quarter = targets("2026-Q1 | Ann | Sales amount | 300")
        .sheet("sales.xlsx", &format!("{SALES} 2025-01-05 | Ann | 100\n 2026-01-05 | Ann | 90"));
    silent(quarter, "W558");
    // Two customers and five are chance.
    let few = targets("2026-01 | Ann | New customers | 5")
        .sheet("sales.xlsx", "Date | Name | New customers\n 2025-01-05 | Ann | 2\n 2026-01-05 | Ann | 1");
    silent(few, "W558");
    // Targets of some products only are not the whole.
    let product = Case::new()
        .sheet("targets.xlsx", "Period | Name | Product | Metric | Target\n 2026-01 | Ann | Pumps | Sales amount | 10")
        .sheet("sales.xlsx", &format!("{SALES} 2025-01-05 | Ann | 100\n 2026-01-05 | Ann | 90"));
    silent(product, "W559");
}

// 1,000 ÷ 20 % = 5,000 against 2,000: 2.5 times; against 2,500 twice, and no more.
#[test]
fn relevant_to_each_other() {
    let market = |size: &str| {
        let rows =
            format!("2026-01 | Sales amount | 1000\n 2026-01 | Market share | 0.2\n 2026-01 | Market size | {size}");
        Case::new()
            .sheet("targets.xlsx", &format!("Period | Metric | Target\n {rows}"))
            .sheet("sales.xlsx", &format!("{SALES} 2026-01-05 | Ann | 900"))
    };
    says(
        market("2000"),
        "W560",
        "targets.xlsx!Data!D5: warning W560: the target of Company for Market share 2026-01, with the planned sum above \
         it, needs 5,000 of Market size, against 2,000 (its own target): 2.5 times as much, doubtful beyond 2 (Relevant)",
    );
    silent(market("2500"), "W560");
    // 30 customers ÷ 10 % = 300 leads, last year 100; of 20 leads nobody can say anything.
    let leads = |leads: u32| {
        let rows = "2026-01 | New customers | 30\n 2026-01 | Conversion rate | 0.1";
        Case::new()
            .sheet("targets.xlsx", &format!("Period | Metric | Target\n {rows}"))
            .sheet("a.xlsx", &format!("Date | Name | New customers | Leads\n 2025-01-05 | Ann | 28 | {leads}"))
    };
    assert!(said(leads(100), "W560")[0].contains("needs 300 of Leads, against 100 (last year's actual): 3.0 times"));
    silent(leads(20), "W560");
    silent(leads(160), "W560");
    // 9,000 ÷ 30 = 300 a customer; last year 2,800 ÷ 28 = 100, or 5,600 ÷ 28 = 200.
    let ticket = |sales: &str| {
        targets("2026-01 | Ann | Sales amount | 9000\n 2026-01 | Ann | New customers | 30")
            .sheet("a.xlsx", &format!("Date | Name | Sales amount | New customers\n 2025-01-05 | Ann | {sales} | 28"))
    };
    assert!(
        said(ticket("2800"), "W561")[0]
            .contains("plan 300 of sales per new customer, against 100 (last year's actual)")
    );
    silent(ticket("5600"), "W561");
}

#[test]
fn time_bound_until_the_last_target_ends() {
    let case = |day: &str| {
        targets("2026-01 | Ann | Sales amount | 100").sheet("sales.xlsx", &format!("{SALES} {day} | Ann | 90"))
    };
    says(
        case("2026-02-05"),
        "I562",
        "targets.xlsx!Data!E4: info I562: the last target for Sales amount ended on 2026-01-31, before 2026-12-31, and \
         there are actuals since (Time-bound)",
    );
    silent(case("2026-01-05"), "I562");
    silent(case("2026-02-05").seen_on("2026-01-31"), "I562");
}

/// The same findings whatever the names' order and the number of threads.
#[test]
fn repeats_do_not_depend_on_threads() {
    let rows = |first: u32| {
        let row = |index: u32| format!("2026-01-{:02} | S{} | Ann | {}\n", index % 28 + 1, first + index, index + 1);
        format!("Date | Order no. | Name | Sales amount\n{}", (0..200).map(row).collect::<String>())
    };
    // A title makes the third another file than the first.
    let case = || Case::new().sheet("a.xlsx", &rows(0)).sheet("b.xlsx", &rows(100)).titled("c.xlsx", "Sales", &rows(0));
    let one = case().args(&["--jobs", "1"]).check();
    let eight = case().args(&["--jobs", "8"]).check();
    assert_eq!(one.stdout, eight.stdout);
    assert!(one.stdout.contains("c.xlsx!Data: error E552: all 200 rows stand in a.xlsx!Data"), "{}", one.stdout);
}
