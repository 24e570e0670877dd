//! Funnel of deals, time in stage, the bridge of the pipeline, what made a shortfall, and deals that need a look.

mod support;

use support::{Case, Ran, Row, read_table};

/// The rows of a table that have these values.
fn rows(ran: &Ran, table: &str, wanted: &[(&str, &str)]) -> Vec<Row> {
    let has_all = |row: &Row| wanted.iter().all(|(column, value)| row[*column] == *value);
    ran.table(table).into_iter().filter(has_all).collect()
}

/// The one row of a table with these values.
#[track_caller]
fn row(ran: &Ran, table: &str, wanted: &[(&str, &str)]) -> Row {
    let found = rows(ran, table, wanted);
    assert_eq!(found.len(), 1, "{table} {wanted:?}\n{}", ran.stderr);
    found[0].clone()
}

#[track_caller]
fn assert_row(ran: &Ran, table: &str, wanted: &[(&str, &str)], expected: &[(&str, &str)]) {
    let row = row(ran, table, wanted);
    for (column, value) in expected {
        assert_eq!(row[*column], *value, "{table} {wanted:?} {column}");
    }
}

/// Stage, reached, step and overall conversion of the company's deals, to three decimals.
fn funnel(ran: &Ran, period: &str) -> Vec<[String; 4]> {
    let short = |text: &str| text.parse::<f64>().map_or(String::new(), |ratio| format!("{ratio:.3}"));
    rows(ran, "funnel", &[("level", "company"), ("period", period), ("cohort", "created")])
        .iter()
        .map(|row| {
            let (step, overall) = (short(&row["step_conversion"]), short(&row["overall_conversion"]));
            [row["stage"].clone(), row["reached"].clone(), step, overall]
        })
        .collect()
}

/// D1 passed every stage. D2 skipped qualification. D3 was lost after a proposal. D4 is only lost. D5 is open.
/// Reached: leads 5; qualified D1, D2 (passed), D3 = 3; proposals 3; won D1 and D2 = 2; D4 and D5 are at leads.
const BY_DATES: &str = "\
    Deal id | Name | Stage | Leads date | Qualified date | Proposal date | Close date | Amount
    D1 | Ann | Won | 2026-01-01 | 2026-01-11 | 2026-01-31 | 2026-02-10 | 100
    D2 | Ann | Won | 2026-01-05 | | 2026-01-25 | 2026-02-04 | 200
    D3 | Bob | Lost | 2026-02-01 | 2026-02-05 | 2026-02-15 | 2026-02-20 | 300
    D4 | Bob | Lost | | | | 2026-02-20 | 400
    D5 | Bob | Lead | 2026-03-01 | | | | 500";

#[test]
fn a_deal_reached_every_stage_before_its_furthest() {
    let ran = Case::new().sheet("deals.xlsx", BY_DATES).seen_on("2026-03-31").run().status(0);
    let stage = |name: &str, texts: [&str; 3]| [name, texts[0], texts[1], texts[2]].map(str::to_string);
    let all = [
        stage("leads", ["5", "", "1.000"]),
        stage("qualified", ["3", "0.600", "0.600"]),
        stage("proposals", ["3", "1.000", "0.600"]),
        stage("won", ["2", "0.667", "0.400"]),
    ];
    assert_eq!(funnel(&ran, "all"), all);
    // Created in January: D1 and D2. In February D3; D4 has no day of creation.
    assert_eq!(funnel(&ran, "2026-01")[3], stage("won", ["2", "1.000", "1.000"]));
    assert_eq!(funnel(&ran, "2026-02")[3], stage("won", ["0", "0.000", "0.000"]));
    let first = [("level", "company"), ("period", "all"), ("stage", "leads")];
    assert_row(&ran, "funnel", &first, &[("lost_without_stage", "1"), ("order", "1")]);
    // Nothing ever exceeds the stage before it.
    for row in ran.table("funnel") {
        for column in ["step_conversion", "overall_conversion"] {
            assert!(row[column].is_empty() || row[column].parse::<f64>().unwrap() <= 1.0, "{row:?}");
        }
    }
}

#[test]
fn time_in_stage_is_of_finished_visits() {
    let ran = Case::new().sheet("deals.xlsx", BY_DATES).seen_on("2026-03-31").run().status(0);
    let at = |stage: &str| [("level", "company"), ("period", "all"), ("stage", stage)].map(|(a, b)| (a, b.to_string()));
    let check = |stage: &str, expected: &[(&str, &str)]| {
        let wanted = at(stage);
        let wanted: Vec<(&str, &str)> = wanted.iter().map(|(column, value)| (*column, value.as_str())).collect();
        assert_row(&ran, "stages", &wanted, expected);
    };
    // D1 10 days, D2 20, D3 4; D5 is there since 1 March. Median 10, p90 10 + 0.8 × 10 = 18, mean 34 ÷ 3.
    let leads = [
        ("finished_visits", "3"),
        ("median_days", "10"),
        ("p90_days", "18"),
        ("avg_days", "11.333333333333333"),
        ("unfinished_visits", "1"),
        ("open", "1"),
        ("open_value", "500"),
    ];
    check("leads", &leads);
    // D1 20 days, D3 10; D2 never was there.
    check("qualified", &[("finished_visits", "2"), ("median_days", "15"), ("skipped", "1"), ("moved_back", "0")]);
    // D1 and D2 10 days to the day they were won, D3 5 to the day it was lost.
    check("proposals", &[("finished_visits", "3"), ("median_days", "10"), ("unfinished_visits", "0")]);
    // A visit belongs to the period in which it ended: D1 and D2 left leads in January, D3 in February.
    let january = [("level", "company"), ("period", "2026-01"), ("stage", "leads")];
    assert_row(&ran, "stages", &january, &[("finished_visits", "2"), ("median_days", "15"), ("open", "")]);
}

#[test]
fn days_of_stages_are_found_in_chinese_without_a_column_of_stages() {
    let ran = Case::new()
        .sheet(
            "deals.xlsx",
            "商机编号 | 负责人 | 线索日期 | 进入有效线索日期 | 进入方案报价日期 | 商机金额\n\
             a | 李雷 | 2026-01-01 | 2026-01-05 | 2026-01-20 | 100\n b | 李雷 | 2026-01-02 | 2026-01-12 | | 200",
        )
        .seen_on("2026-03-31")
        .run()
        .status(0);
    assert_eq!(ran.codes(), Vec::<String>::new());
    let reached: Vec<String> =
        funnel(&ran, "all").into_iter().map(|[stage, reached, ..]| stage + " " + &reached).collect();
    assert_eq!(reached, ["leads 2", "qualified 2", "proposals 1"]);
    let all = [("level", "company"), ("period", "all"), ("stage", "proposals")];
    assert_row(&ran, "stages", &all, &[("open", "1"), ("open_value", "100"), ("unfinished_visits", "1")]);
}

/// A row for each change of stage: D1 goes back once and is won, D2 is lost after qualification.
#[test]
fn a_history_of_changes_is_one_deal_each() {
    let ran = Case::new()
        .sheet(
            "history.xlsx",
            "Deal id | Stage | Changed on | Amount\n D1 | Lead | 2026-01-01 | 100\n D1 | Qualified | 2026-01-11 |\n\
             D1 | Proposal | 2026-01-16 |\n D1 | Qualified | 2026-01-20 |\n D1 | Won | 2026-01-30 | 120\n\
             D2 | Lead | 2026-01-03 | 50\n D2 | Qualified | 2026-01-08 |\n D2 | Lost | 2026-02-07 |",
        )
        .seen_on("2026-03-31")
        .run()
        .status(0);
    assert_eq!(ran.codes(), Vec::<String>::new());
    let reached: Vec<String> =
        funnel(&ran, "2026-01").into_iter().map(|[stage, reached, ..]| stage + " " + &reached).collect();
    assert_eq!(reached, ["leads 2", "qualified 2", "proposals 1", "won 1"]);
    // D1's two visits of 5 and 10 days, D2's of 30.
    let qualified = [("level", "company"), ("period", "all"), ("stage", "qualified")];
    assert_row(&ran, "stages", &qualified, &[("finished_visits", "3"), ("median_days", "10"), ("moved_back", "0")]);
    let proposals = [("level", "company"), ("period", "all"), ("stage", "proposals")];
    assert_row(&ran, "stages", &proposals, &[("moved_back", "1"), ("avg_days", "4")]);
    // Won after 29 days, lost after 35; the amount is the last one.
    let all = [("level", "company"), ("period", "all")];
    let expected = [
        ("opportunities", "2"),
        ("won", "1"),
        ("won_value", "120"),
        ("avg_days_to_close_won", "29"),
        ("avg_days_to_close_lost", "35"),
        ("avg_days_to_close_all", "32"),
        ("avg_won_value", "120"),
    ];
    assert_row(&ran, "deals", &all, &expected);
    let totals = &ran.account()["table_totals"]["deals"];
    assert_eq!((&totals["earlier"]["rows"], &totals["gap"]["rows"]), (&6.into(), &0.into()));
    // Opened with 100, raised to 120 on the day it was won.
    let january = [("level", "company"), ("period", "2026-01"), ("measure", "value"), ("pipeline", "open")];
    assert_row(&ran, "pipeline", &january, &[("new", "150"), ("increased", "20"), ("won", "120"), ("closing", "50")]);
}

/// A second list says how deals stand today, a history how they came there.
#[test]
fn a_history_beside_a_list_of_deals() {
    let ran = Case::new()
        .sheet("deals.xlsx", "Deal id | Name | Stage | Created | Amount\n D1 | Ann | Proposal | 2026-01-01 | 100")
        .sheet("history.xlsx", "Deal id | Stage | Date\n D1 | Lead | 2026-01-01\n D1 | Qualified | 2026-01-11\n D1 | Proposal | 2026-01-31")
        .seen_on("2026-02-10")
        .run()
        .status(0);
    assert_eq!(ran.codes(), Vec::<String>::new());
    let company = [("level", "company"), ("period", "all")];
    assert_row(&ran, "deals", &company, &[("opportunities", "1"), ("open", "1"), ("open_value", "100")]);
    let at = [("level", "company"), ("period", "all"), ("stage", "proposals")];
    assert_row(&ran, "stages", &at, &[("unfinished_visits", "1"), ("open", "1")]);
}

const MARCH: &str = "\
    Deal id | Name | Stage | Created | Expected close | Close date | Amount
    A | Ann | Proposal | 2026-01-05 | 2026-04-20 | | 100
    B | Ann | Proposal | 2026-01-05 | 2026-04-25 | | 200
    C | Ann | Proposal | 2026-01-05 | 2026-04-25 | | 400
    D | Bob | Proposal | 2026-01-05 | 2026-06-30 | | 800
    E | Bob | Lost | 2026-01-05 | | 2026-03-01 | 1600
    F | Bob | Proposal | 2026-01-05 | 2026-04-10 | | 3200
    H | Bob | Lead | 2026-01-05 | 2026-04-10 | | 12800";

const APRIL: &str = "\
    Deal id | Name | Stage | Created | Expected close | Close date | Amount
    A | Ann | Won | 2026-01-05 | | 2026-04-18 | 110
    B | Ann | Lost | 2026-01-05 | | 2026-04-19 | 200
    C | Ann | Proposal | 2026-01-05 | 2026-07-31 | | 350
    D | Bob | Proposal | 2026-01-05 | 2026-04-30 | | 1000
    E | Bob | Lead | 2026-01-05 | 2026-05-05 | | 1600
    F | Ann | Proposal | 2026-01-05 | 2026-04-29 | | 3200
    G | Bob | Lead | 2026-04-08 | 2026-09-30 | | 6400";

/// All open deals, by hand: 100 + 200 + 400 + 800 + 3,200 + 12,800 = 17,500 before. G is new with 6,400; E was
/// reopened with 1,600; A grew by 10 and D by 200; A was won with 110, B lost with 200; H is in no later export,
/// 12,800; C shrank by 50. After: C 350 + D 1,000 + E 1,600 + F 3,200 + G 6,400 = 12,550.
#[test]
fn two_exports_make_a_bridge() {
    let ran = Case::new()
        .sheet("deals 2026-03-31.xlsx", MARCH)
        .sheet("deals 2026-04-30.xlsx", APRIL)
        .seen_on("2026-04-30")
        .run()
        .status(0);
    assert_eq!(ran.codes(), ["I548"]);
    let of = |level: &'static str, unit: &'static str, measure: &'static str, pipeline: &'static str| {
        let period = "2026-03-31/2026-04-30";
        [("level", level), ("unit_id", unit), ("period", period), ("measure", measure), ("pipeline", pipeline)]
    };
    let value = [
        ("opening", "17500"),
        ("new", "6400"),
        ("pulled_in", "1600"),
        ("increased", "210"),
        ("won", "110"),
        ("lost", "200"),
        ("pushed_out", "12800"),
        ("decreased", "50"),
        ("closing", "12550"),
    ];
    assert_row(&ran, "pipeline", &of("company", "", "value", "open"), &value);
    let deals = [("opening", "6"), ("new", "1"), ("pulled_in", "1"), ("won", "1"), ("lost", "1"), ("pushed_out", "1")];
    assert_row(&ran, "pipeline", &of("company", "", "deals", "open"), &deals);
    // Calendar months say the same here: exports are of their last days.
    let month = [("level", "company"), ("period", "2026-04"), ("measure", "value"), ("pipeline", "open")];
    assert_row(&ran, "pipeline", &month, &value);
    // F went from Bob to Ann.
    let bob = [("opening", "16800"), ("pushed_out", "16000"), ("closing", "9000"), ("pulled_in", "1600")];
    assert_row(&ran, "pipeline", &of("person", "Bob", "value", "open"), &bob);
    assert_row(&ran, "pipeline", &of("person", "Ann", "value", "open"), &[("pulled_in", "3200"), ("closing", "3550")]);
    // Due by 30 April: A, B, C, F, H = 16,700. D is pulled in, first grown to 1,000; C goes to July with 350; E and
    // G are for later. After: D 1,000 and F 3,200.
    let due = [
        ("opening", "16700"),
        ("new", "0"),
        ("pulled_in", "1000"),
        ("increased", "10"),
        ("won", "110"),
        ("lost", "200"),
        ("pushed_out", "13150"),
        ("decreased", "50"),
        ("closing", "4200"),
    ];
    assert_row(&ran, "pipeline", &of("company", "", "value", "due"), &due);
    // H is neither open nor decided any more.
    let all = [("level", "company"), ("period", "all")];
    assert_row(&ran, "deals", &all, &[("open", "5"), ("open_value", "12550"), ("won", "1"), ("lost", "1")]);
    let totals = &ran.account()["table_totals"]["deals"];
    assert_eq!(totals["undecided"]["amount"], "12800");
    assert_eq!((&totals["earlier"]["rows"], &totals["gap"]["amount"]), (&6.into(), &"0".into()));
    assert_ties(&ran.table("pipeline"));
}

/// The same with a column that says of which day a row is, in one sheet and another order.
#[test]
fn a_column_of_days_is_as_good_as_names_of_files() {
    let dated = |drawing: &str, day: &str| -> Vec<String> {
        drawing.lines().skip(1).map(|line| format!("{} | {day}", line.trim())).collect()
    };
    let rows = [dated(APRIL, "2026-04-30"), dated(MARCH, "2026-03-31")].concat().join("\n");
    let header = MARCH.lines().next().unwrap().trim();
    let one = Case::new()
        .sheet("all.xlsx", &format!("{header} | Snapshot date\n{rows}"))
        .seen_on("2026-04-30")
        .run()
        .status(0);
    let two = Case::new()
        .sheet("deals 2026-03-31.xlsx", MARCH)
        .sheet("deals 2026-04-30.xlsx", APRIL)
        .seen_on("2026-04-30")
        .run();
    for table in ["deals", "funnel", "pipeline", "stages"] {
        let text = |ran: &Ran| std::fs::read_to_string(ran.out().join(format!("tables/{table}.csv"))).unwrap();
        let sorted = |text: String| {
            let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(text(&one)), sorted(text(&two)), "{table}");
    }
}

/// Seen before the second export, it says nothing yet.
#[test]
fn exports_after_the_as_of_day_are_left_out() {
    let ran = Case::new()
        .sheet("deals 2026-03-31.xlsx", MARCH)
        .sheet("deals 2026-04-30.xlsx", APRIL)
        .seen_on("2026-04-15")
        .run()
        .status(0);
    let all = [("level", "company"), ("period", "all")];
    assert_row(&ran, "deals", &all, &[("open", "7"), ("open_value", "23900"), ("won", "0"), ("lost", "1")]);
    assert!(!ran.table("pipeline").iter().any(|row| row["period"].contains('/')));
    assert_eq!(ran.account()["table_totals"]["deals"]["gap"]["rows"], 0);
}

#[test]
fn two_teams_exports_of_different_days_are_no_history() {
    let header = "Deal id | Name | Stage | Created | Amount";
    let ran = Case::new()
        .sheet(
            "a 2026-03-31.xlsx",
            &format!("{header}\n A | Ann | Lead | 2026-01-05 | 1\n B | Ann | Lead | 2026-01-05 | 2"),
        )
        .sheet(
            "b 2026-04-15.xlsx",
            &format!("{header}\n C | Bob | Lead | 2026-01-05 | 4\n D | Bob | Lead | 2026-01-05 | 8"),
        )
        .seen_on("2026-04-30")
        .run()
        .status(0);
    assert_eq!(ran.codes(), Vec::<String>::new());
    assert_row(&ran, "deals", &[("level", "company"), ("period", "all")], &[("open", "4"), ("open_value", "15")]);
}

/// An export of open deals only: what was won before and is not in it any more stays won.
#[test]
fn what_is_decided_may_be_missing_from_later_exports() {
    let header = "Deal id | Stage | Created | Close date | Amount";
    let ran = Case::new()
        .sheet(
            "2026-01-31.xlsx",
            &format!("{header}\n a | Lead | 2026-01-05 | | 1\n b | Lead | 2026-01-05 | | 2\n c | Won | 2026-01-05 | | 4\n d | Won | 2026-01-05 | 2026-01-20 | 8"),
        )
        .sheet("2026-02-28.xlsx", &format!("{header}\n a | Lead | 2026-01-05 | | 1\n b | Lead | 2026-01-05 | | 2"))
        .seen_on("2026-02-28")
        .run()
        .status(0);
    // When c was won nobody says.
    assert_eq!(ran.codes(), ["W531"]);
    assert_row(&ran, "deals", &[("level", "company"), ("period", "all")], &[("won", "2"), ("open", "2")]);
    let january = [("level", "company"), ("period", "2026-01"), ("measure", "value"), ("pipeline", "open")];
    assert_row(&ran, "pipeline", &january, &[("new", "11"), ("won", "8"), ("closing", "3")]);
}

/// Numbers that start anew in every region are not one deal's history.
#[test]
fn the_same_number_created_on_another_day_is_a_contradiction() {
    let header = "Deal id | Stage | Created | Amount";
    let ran = Case::new()
        .sheet("north 2026-03-31.xlsx", &format!("{header}\n 1 | Lead | 2026-01-05 | 1"))
        .sheet("south 2026-04-15.xlsx", &format!("{header}\n 1 | Lead | 2026-02-05 | 2"))
        .seen_on("2026-04-30")
        .run()
        .status(1);
    assert_eq!(ran.codes(), ["E541"]);
    assert_eq!(ran.account()["table_totals"]["deals"]["gap"]["amount"], "0");
}

/// Ann opens the deal in team A and wins it in team B: A's pipeline hands it over on the day she moves.
#[test]
fn a_pipeline_follows_who_had_the_deal() {
    let ran = Case::new()
        .sheet("team.xlsx", "Name | Team | Start date | End date\n Ann | A | | 2026-02-15\n Ann | B | 2026-02-16 |")
        .sheet(
            "deals.xlsx",
            "Deal id | Name | Stage | Created | Closed | Amount\n D | Ann | Won | 2026-01-20 | 2026-03-01 | 70",
        )
        .seen_on("2026-03-31")
        .run()
        .status(0);
    let of = |unit: &'static str, period: &'static str| [("unit_id", unit), ("period", period), ("measure", "value")];
    assert_row(&ran, "pipeline", &of("A", "2026-01"), &[("new", "70"), ("closing", "70")]);
    assert_row(&ran, "pipeline", &of("A", "2026-02"), &[("opening", "70"), ("pushed_out", "70"), ("closing", "0")]);
    assert_row(&ran, "pipeline", &of("B", "2026-02"), &[("pulled_in", "70"), ("closing", "70")]);
    assert_row(&ran, "pipeline", &of("B", "2026-03"), &[("opening", "70"), ("won", "70"), ("closing", "0")]);
    // The person had it all along.
    assert_row(&ran, "pipeline", &of("Ann", "2026-02"), &[("opening", "70"), ("pulled_in", "0"), ("closing", "70")]);
    assert_ties(&ran.table("pipeline"));
}

#[test]
fn list_values_stand_beside_amounts() {
    let ran = Case::new()
        .sheet(
            "deals.xlsx",
            "Deal id | Stage | Created | Close date | Amount | List price (k)\n a | Won | 2026-01-05 | 2026-02-05 | 900 | 1\n\
             b | Won | 2026-01-05 | 2026-02-05 | 500 |\n c | Lead | 2026-01-05 | | | 2\n d | Lead | 2026-01-05 | | |",
        )
        .seen_on("2026-03-31")
        .run()
        .status(0);
    let all = [("level", "company"), ("period", "all")];
    let expected = [("open_value", ""), ("open_list_value", "2000"), ("won_vs_list_ratio", "0.9")];
    assert_row(&ran, "deals", &all, &expected);
}

#[test]
fn one_thread_and_many_write_the_same() {
    let written = |jobs: &str| -> Vec<Vec<u8>> {
        let ran = Case::new()
            .sheet("deals 2026-03-31.xlsx", MARCH)
            .sheet("deals 2026-04-30.xlsx", APRIL)
            .seen_on("2026-04-30")
            .args(&["--jobs", jobs])
            .run();
        let tables = ["deals", "deal_alerts", "funnel", "pipeline", "stages"];
        // Not the report: it names the hashes of the inputs, which have the time in them at which they were made.
        tables.iter().map(|name| std::fs::read(ran.out().join(format!("tables/{name}.csv"))).unwrap()).collect()
    };
    assert!(written("1") == written("8"));
}

/// Every bridge ties to 0.00.
#[track_caller]
fn assert_ties(rows: &[Row]) {
    let units = |text: &str| -> i128 {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        format!("{whole}{fraction:0<6}").parse().unwrap()
    };
    for row in rows {
        let of = |columns: &[&str]| columns.iter().map(|column| units(&row[*column])).sum::<i128>();
        let left = of(&["opening", "new", "pulled_in", "increased"]);
        assert_eq!(left, of(&["won", "lost", "pushed_out", "decreased", "closing"]), "{row:?}");
    }
}

/// Random histories: opening is the closing before, every bridge ties, a year is its quarters, and the company is its
/// people.
#[test]
fn random_histories_tie() {
    let mut state = 11u64;
    let mut random = |below: u64| {
        // Knuth's MMIX generator.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut case = Case::new();
    for month in 1..=6 {
        let mut drawing = "Deal id | Name | Stage | Created | Expected close | Close date | Amount\n".to_string();
        for deal in 0..60u64 {
            if random(8) == 0 {
                continue;
            }
            let stage = ["Lead", "Proposal", "Won", "Lost"][usize::try_from(random(4)).unwrap()];
            let closed = if random(4) > 0 && matches!(stage, "Won" | "Lost") {
                format!("2026-{month:02}-{:02}", 1 + random(28))
            } else {
                String::new()
            };
            let created =
                if deal % 7 == 0 { String::new() } else { format!("2026-0{}-{:02}", 1 + deal % 5, 1 + deal % 28) };
            let expected = if random(3) == 0 { String::new() } else { format!("2026-0{}-15", 1 + random(9)) };
            let amount = if random(6) == 0 { String::new() } else { format!("{}.{:02}", random(5_000), random(100)) };
            let owner = ["Ann", "Bob", "Cid"][usize::try_from(random(3)).unwrap()];
            drawing.push_str(&format!("D{deal} | {owner} | {stage} | {created} | {expected} | {closed} | {amount}\n"));
        }
        case = case.sheet(&format!("deals 2026-{month:02}-28.xlsx"), &drawing);
    }
    let ran = case.sheet("team.xlsx", "Name | Team\n Ann | A\n Bob | A\n Cid | B").seen_on("2026-06-28").run();
    let rows = ran.table("pipeline");
    assert!(rows.len() > 100, "{}", rows.len());
    assert_ties(&rows);
    let number = |row: &Row, column: &str| (row[column].parse::<f64>().unwrap() * 100.0).round();
    let find = |unit: &str, period: &str, measure: &str| {
        rows.iter().find(|row| {
            row["unit_id"] == unit && row["period"] == period && row["measure"] == measure && row["pipeline"] == "open"
        })
    };
    for measure in ["deals", "value"] {
        for month in 2..=6 {
            let (before, after) = (format!("2026-{:02}", month - 1), format!("2026-{month:02}"));
            let (before, after) = (find("", &before, measure).unwrap(), find("", &after, measure).unwrap());
            assert_eq!(number(before, "closing"), number(after, "opening"), "{measure} {month}");
        }
        for column in ["new", "pulled_in", "increased", "won", "lost", "pushed_out", "decreased"] {
            let quarters = ["2026-Q1", "2026-Q2"].map(|quarter| number(find("", quarter, measure).unwrap(), column));
            let year = number(find("", "2026", measure).unwrap(), column);
            assert_eq!(quarters.iter().sum::<f64>(), year, "{measure} {column}");
        }
        let closing = |unit: &str| find(unit, "2026-06", measure).map_or(0.0, |row| number(row, "closing"));
        assert_eq!(closing(""), closing("Ann") + closing("Bob") + closing("Cid"), "{measure}");
        assert_eq!(closing(""), closing("A") + closing("B"), "{measure}");
    }
    // What is open at the end is what deals.csv has as open.
    let open = row(&ran, "deals", &[("level", "company"), ("period", "all")]);
    let (deals, value) = (find("", "2026", "deals").unwrap(), find("", "2026", "value").unwrap());
    let undated = deals["undated"].parse::<u32>().unwrap();
    assert_eq!(open["open"].parse::<u32>().unwrap(), deals["closing"].parse::<u32>().unwrap() + undated);
    assert_eq!(open["open_value"].parse::<f64>().unwrap(), value["closing"].parse::<f64>().unwrap());
    assert_eq!(ran.account()["table_totals"]["deals"]["gap"]["rows"], 0);
}

/// Stage, opening, entered, advanced, moved back, lost, left otherwise, closing of a unit in a period.
fn flows(ran: &Ran, unit: &str, period: &str) -> Vec<String> {
    let columns = ["stage", "opening", "entered", "advanced", "moved_back", "lost", "left_otherwise", "closing"];
    rows(ran, "stage_flows", &[("unit_id", unit), ("period", period)])
        .iter()
        .map(|row| columns.map(|column| row[column].clone()).join(" "))
        .collect()
}

/// Counted by hand. February: D2 is at leads, D1 and D5 are qualified. D3 and D4 come as leads, D4 is qualified the same
/// day; D2 goes past qualification to a proposal and is lost there; D1 goes to a proposal and back. March: D1 is won, D4
/// lost and opened again.
#[test]
fn stages_have_flows() {
    let ran = Case::new()
        .sheet(
            "history.xlsx",
            "Deal id | Stage | Changed on | Amount
             D1 | Lead | 2026-01-05 | 10
             D1 | Qualified | 2026-01-20 |
             D1 | Proposal | 2026-02-10 |
             D1 | Qualified | 2026-02-12 |
             D1 | Won | 2026-03-10 |
             D2 | Lead | 2026-01-15 | 20
             D2 | Proposal | 2026-02-03 |
             D2 | Lost | 2026-02-20 |
             D3 | Lead | 2026-02-05 | 30
             D4 | Lead | 2026-02-01 | 40
             D4 | Qualified | 2026-02-01 |
             D4 | Lost | 2026-03-05 |
             D4 | Qualified | 2026-03-20 |
             D5 | Lead | 2025-12-20 | 50
             D5 | Qualified | 2026-01-31 |",
        )
        .args(&["--period", "2026-Q1"])
        .seen_on("2026-03-31")
        .run()
        .status(0);
    assert_eq!(
        flows(&ran, "", "2026-02"),
        ["leads 1 2 2 0 0 0 1", "qualified 2 2 1 0 0 0 3", "proposals 0 2 0 1 1 0 0"]
    );
    assert_eq!(
        flows(&ran, "", "2026-03"),
        ["leads 1 0 0 0 0 0 1", "qualified 3 1 1 0 1 0 2", "proposals 0 0 0 0 0 0 0"]
    );
    assert_eq!(
        flows(&ran, "", "2026-Q1"),
        ["leads 1 4 4 0 0 0 1", "qualified 0 5 2 0 1 0 2", "proposals 0 2 0 1 1 0 0"]
    );
}

/// Ann moves from team A to team B on 16 February: what is handed over has left A and entered B.
#[test]
fn flows_follow_who_had_the_deal() {
    let ran = Case::new()
        .sheet("team.xlsx", "Name | Team | Start date | End date\n Ann | A | | 2026-02-15\n Ann | B | 2026-02-16 |")
        .sheet(
            "deals.xlsx",
            "Deal id | Name | Stage | Leads date | Closed | Amount\n D | Ann | Won | 2026-01-20 | 2026-03-01 | 70",
        )
        .seen_on("2026-03-31")
        .run()
        .status(0);
    assert_eq!(flows(&ran, "A", "2026-02"), ["leads 1 0 0 0 0 1 0"]);
    assert_eq!(flows(&ran, "B", "2026-02"), ["leads 0 1 0 0 0 0 1"]);
    assert_eq!(flows(&ran, "B", "2026-03"), ["leads 1 0 1 0 0 0 0"]);
    assert_eq!(flows(&ran, "Ann", "2026-02"), ["leads 1 0 0 0 0 0 1"]);
}

/// Exports show a stage and not its day, and D2 has left the last stage with a day: both are open, at no stage since a
/// day that is known. Of D3 nothing is dated.
#[test]
fn stages_without_days_are_counted_apart() {
    let ran = Case::new()
        .sheet("deals 2026-01-31.xlsx", "Deal id | Stage | Created | Amount\n D1 | Lead | 2026-01-10 | 10")
        .sheet("deals 2026-02-28.xlsx", "Deal id | Stage | Created | Amount\n D1 | Qualified | 2026-01-10 | 10")
        .sheet(
            "list.xlsx",
            "Deal id | Stage | Created | Leads date | Qualified date | Amount
             D2 | Qualified | 2026-02-05 | 2026-02-05 | | 20
             D3 | Lead | | | | 30
             D4 | Qualified | 2026-02-10 | | 2026-02-10 | 40",
        )
        .seen_on("2026-02-28")
        .run();
    assert_eq!(flows(&ran, "", "2026-02"), ["leads 0 0 0 0 0 0 0", "qualified 0 1 0 0 0 0 1", " 1 1 0 0 0 0 2"]);
    let undated = |stage| {
        row(&ran, "stage_flows", &[("unit_id", ""), ("period", "2026-02"), ("stage", stage)])["undated"].clone()
    };
    assert_eq!([undated("leads"), undated("qualified"), undated("")], ["1", "2", "0"]);
}

/// Random histories of changes with owners who move: every line ties, what is open at the end of a month is at the
/// beginning of the next, a year is its quarters, all stages together are the bridge of the pipeline, and what is open
/// now is at its stage or undated.
#[test]
fn random_flows_tie() {
    let mut state = 5u64;
    let mut random = |below: u64| {
        // Knuth's MMIX generator.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut drawing = "Deal id | Name | Stage | Changed on | Created | Closed | Leads date\n".to_string();
    for deal in 0..150u64 {
        let mut days: Vec<u64> = (0..=random(6)).map(|_| random(180)).collect();
        days.sort_unstable();
        let created = if deal % 5 == 0 { format!("2026-01-{:02}", 1 + random(28)) } else { String::new() };
        for day in days {
            let stage = ["Lead", "Qualified", "Proposal", "Won", "Lost"][usize::try_from(random(5)).unwrap()];
            let owner = ["Ann", "Bob", "Cid"][usize::try_from(random(3)).unwrap()];
            let date = format!("2026-{:02}-{:02}", 1 + day / 30, 1 + (day % 30).min(27));
            let (changed, closed) = match random(10) {
                0 => (String::new(), String::new()),
                1 if matches!(stage, "Won" | "Lost") => (date.clone(), date),
                _ => (date, String::new()),
            };
            let leads = if random(9) == 0 { "2026-02-03" } else { "" };
            drawing.push_str(&format!("D{deal} | {owner} | {stage} | {changed} | {created} | {closed} | {leads}\n"));
        }
    }
    let team = "Name | Team | Start | End
        Ann | A | | 2026-03-10
        Ann | B | 2026-03-11 |
        Bob | A | |
        Cid | B | |";
    let ran = Case::new().sheet("history.xlsx", &drawing).sheet("team.xlsx", team).seen_on("2026-06-20").run();
    let flows = ran.table("stage_flows");
    let number = |row: &Row, column: &str| row[column].parse::<i64>().unwrap();
    assert!(flows.len() > 200, "{}", flows.len());
    for row in &flows {
        let out_of = ["advanced", "moved_back", "lost", "left_otherwise", "closing"];
        let left = out_of.iter().map(|column| number(row, column)).sum::<i64>();
        assert_eq!(number(row, "opening") + number(row, "entered"), left, "{row:?}");
    }
    for column in ["moved_back", "lost", "left_otherwise", "closing", "undated"] {
        assert!(flows.iter().any(|row| number(row, column) > 0), "{column}");
    }
    assert!(flows.iter().any(|row| row["stage"].is_empty()));
    let sum = |wanted: &[(&str, &str)], column: &str| {
        let is_it = |row: &&Row| wanted.iter().all(|(name, value)| row[*name] == *value);
        flows.iter().filter(is_it).map(|row| number(row, column)).sum::<i64>()
    };
    for unit in ["", "A", "B", "Ann", "Bob", "Cid"] {
        for stage in ["leads", "qualified", "proposals", ""] {
            let sum =
                |period: &str, column: &str| sum(&[("unit_id", unit), ("stage", stage), ("period", period)], column);
            for month in 2..=6 {
                let (before, after) = (format!("2026-{:02}", month - 1), format!("2026-{month:02}"));
                assert_eq!(sum(&before, "closing"), sum(&after, "opening"), "{unit} {stage} {month}");
            }
            for column in ["entered", "advanced", "moved_back", "lost", "left_otherwise"] {
                let quarters = sum("2026-Q1", column) + sum("2026-Q2", column);
                assert_eq!(sum("2026", column), quarters, "{unit} {stage} {column}");
            }
        }
    }
    let bridges = rows(&ran, "pipeline", &[("pipeline", "open"), ("measure", "deals")]);
    assert!(bridges.len() > 40, "{}", bridges.len());
    for bridge in bridges {
        let of = [("unit_id", bridge["unit_id"].as_str()), ("period", bridge["period"].as_str())];
        for column in ["opening", "lost", "closing"] {
            assert_eq!(sum(&of, column), number(&bridge, column), "{column} {bridge:?}");
        }
    }
    for stage in rows(&ran, "stages", &[("period", "all")]) {
        let of = [("unit_id", stage["unit_id"].as_str()), ("stage", stage["stage"].as_str()), ("period", "2026")];
        assert_eq!(sum(&of, "closing") + sum(&of, "undated"), number(&stage, "open"), "{stage:?}");
    }
}

/// Open proposals: 20 % and 60 % given, and one deal without: 40 %. Of two leads of February 2025 one got to a proposal,
/// of four of February 2026 three: 75 % against 50 %.
#[test]
fn given_probabilities_and_the_year_before_stand_beside_stages() {
    let case = || {
        Case::new().seen_on("2026-02-28").sheet(
            "deals.xlsx",
            "Deal id | Stage | Created | Close date | Amount | Probability
             a | Proposal | 2025-02-01 | | 1 | 20%
             b | Lead | 2025-02-02 | | 1 |
             c | Proposal | 2026-02-01 | | 1 | 60%
             d | Proposal | 2026-02-02 | | 1 |
             e | Won | 2026-02-03 | 2026-02-09 | 1 | 100%
             f | Lead | 2026-02-04 | | 1 |",
        )
    };
    let proposals = |period| [("unit_id", ""), ("level", "company"), ("stage", "proposals"), ("period", period)];
    let ran = case().run();
    assert_row(&ran, "stages", &proposals("all"), &[("open", "3"), ("given_probability", "0.4")]);
    let leads = [("level", "company"), ("stage", "leads"), ("period", "all")];
    assert_row(&ran, "stages", &leads, &[("open", "2"), ("given_probability", "")]);
    let expected = [("step_conversion", "0.75"), ("step_conversion_py", "0.5")];
    assert_row(&ran, "funnel", &proposals("2026-02"), &expected);
    assert_row(&ran, "funnel", &proposals("2025-02"), &[("step_conversion_py", "")]);
    // Also where only this period is asked for.
    assert_row(&case().args(&["--period", "2026-02"]).run(), "funnel", &proposals("2026-02"), &expected);
}

/// Of 30 decided deals 10 of 20 that were ever at a proposal were won, and 10 were lost as leads: 10 ÷ 20 from
/// proposals, 10 ÷ 30 from leads. Open: 600 at a proposal, 900 as a lead, and 1,000 given as 10 %.
#[test]
fn without_a_probability_the_measured_one_weights() {
    let mut drawing = "Deal id | Stage | Proposal date | Created | Close date | Amount | Probability\n".to_string();
    for deal in 0..30 {
        let (stage, proposal) = match deal {
            0..10 => ("Won", "2026-01-10"),
            10..20 => ("Lost", "2026-01-10"),
            _ => ("Lost", ""),
        };
        // Lost as leads: that they were leads is known by their day.
        drawing.push_str(&format!("d{deal} | {stage} | {proposal} | 2026-01-01 | 2026-02-01 | 10 |\n"));
    }
    drawing.push_str("x | Proposal | | 2026-01-01 | | 600 |\n y | Lead | | 2026-01-01 | | 900 |\n z | Lead | | 2026-01-01 | | 1000 | 0.1\n");
    let drawing = drawing.replace("Stage | Proposal date", "Stage | Leads date | Proposal date");
    let with_leads: Vec<String> = drawing
        .lines()
        .map(|line| {
            let cells: Vec<&str> = line.split('|').collect();
            if cells.len() == 7 {
                format!("{}|{}| 2026-01-01 |{}", cells[0], cells[1], cells[2..].join("|"))
            } else {
                line.to_string()
            }
        })
        .collect();
    let ran = Case::new().sheet("deals.xlsx", &with_leads.join("\n")).seen_on("2026-03-31").run().status(0);
    let at = |stage: &'static str| [("level", "company"), ("period", "all"), ("stage", stage)];
    // 20 decided are fewer than 25: no rate from proposals.
    assert_row(&ran, "stages", &at("proposals"), &[("measured_probability", ""), ("weighted_value", "")]);
    // One of the three open deals has neither a probability nor a measured one, and the whole says so.
    assert_row(&ran, "stages", &at("proposals"), &[("unweighted", "1")]);
    let all = [("level", "company"), ("period", "all")];
    assert_row(&ran, "deals", &all, &[("weighted_value", "399.9997"), ("unweighted", "1")]);
    // 900 × 0.333333 + 1,000 × 0.1.
    assert_row(&ran, "stages", &at("leads"), &[("measured_probability", "0.333333"), ("weighted_value", "399.9997")]);
    let settings = "[deals]\nmin_decided = 20\n";
    let ran = Case::new().settings(settings).sheet("deals.xlsx", &with_leads.join("\n")).seen_on("2026-03-31").run();
    assert_row(&ran, "stages", &at("proposals"), &[("measured_probability", "0.5"), ("weighted_value", "300")]);
}

/// Three open deals × 2 of 3 won × 2,000 a deal won ÷ 30 days (20 and 40) = 133.33 a day.
#[test]
fn velocity_is_money_a_day() {
    let ran = Case::new()
        .sheet(
            "deals.xlsx",
            "Deal id | Stage | Created | Close date | Amount\n D1 | Won | 2026-01-05 | 2026-01-25 | 1000\n\
             D2 | Won | 2026-01-10 | 2026-02-19 | 3000\n D3 | Lost | 2026-02-01 | 2026-02-20 | 500\n\
             D4 | Lead | 2026-02-02 | | 400\n D5 | Lead | 2026-02-02 | | 400\n D6 | Lead | 2026-02-02 | | 400",
        )
        .seen_on("2026-03-31")
        .run()
        .status(0);
    let all = row(&ran, "deals", &[("level", "company"), ("period", "all")]);
    assert!((all["velocity"].parse::<f64>().unwrap() - 400.0 / 3.0).abs() < 1e-9, "{}", all["velocity"]);
    assert_eq!(all["avg_won_value"], "2000");
    // Of a month it would mix deals of different months.
    assert_row(&ran, "deals", &[("level", "company"), ("period", "2026-02")], &[("velocity", "")]);
}

/// 1,000 leads × 25 % × 400 planned, 800 × 20 % × 450 done: see the hand calculation beside the formula.
#[test]
fn a_shortfall_is_split_over_leads_conversion_and_value() {
    let case = || {
        Case::new()
            .sheet(
                "targets.xlsx",
                "Period | Metric | Target\n 2026-03 | Leads | 1000\n 2026-03 | New customers | 250\n 2026-03 | Sales amount | 100000",
            )
            .sheet("actuals.xlsx", "Date | Leads | New customers | Sales amount\n 2026-03-15 | 800 | 160 | 72000")
            .seen_on("2026-03-31")
    };
    let ran = case().run().status(0);
    let of = |factor: &'static str| {
        [("period", "2026-03"), ("base", "PL"), ("result", "sales_amount"), ("factor", factor), ("level", "company")]
    };
    let leads = [("plan", "1000"), ("actual", "800"), ("effect", "-19083.333334")];
    assert_row(&ran, "shortfall", &of("leads"), &leads);
    let conversion = [("plan", "0.25"), ("actual", "0.2"), ("effect", "-19083.333333")];
    assert_row(&ran, "shortfall", &of("new_customers/leads"), &conversion);
    let value = [("plan", "400"), ("actual", "450"), ("effect", "10166.666667"), ("share", "-0.363095238107143")];
    assert_row(&ran, "shortfall", &of("sales_amount/new_customers"), &value);
    // LMDI: L = −28,000 ÷ ln 0.72; leads L ln 0.8, conversion L ln 0.8, value L ln 1.125.
    let ran = case().settings("[funnel]\nattribution = \"lmdi\"\n").run().status(0);
    let l = -28_000.0 / 0.72_f64.ln();
    for (factor, ratio) in [("leads", 0.8_f64), ("new_customers/leads", 0.8), ("sales_amount/new_customers", 1.125)] {
        let effect = row(&ran, "shortfall", &of(factor))["effect"].parse::<f64>().unwrap();
        assert!((effect - l * ratio.ln()).abs() < 1e-4, "{factor}: {effect}");
    }
}

/// Without a plan: March against February. Decided 4 → 2, won 2 → 1, value 100 → 80: by hand over 4 × 0.5 × 50 and
/// 2 × 0.5 × 80 the win rate does nothing; decided −2 × 0.5 × (50 + 80) ÷ 2 = −65, value 30 × 0.5 × (4 + 2) ÷ 2 = 45.
#[test]
fn deals_are_compared_with_the_period_before() {
    let ran = Case::new()
        .sheet(
            "deals.xlsx",
            "Deal id | Stage | Created | Close date | Amount\n a | Won | 2026-01-05 | 2026-02-05 | 40\n\
             b | Won | 2026-01-05 | 2026-02-06 | 60\n c | Lost | 2026-01-05 | 2026-02-07 | 1\n d | Lost | 2026-01-05 | 2026-02-07 | 1\n\
             e | Won | 2026-01-05 | 2026-03-06 | 80\n f | Lost | 2026-01-05 | 2026-03-07 | 1",
        )
        .seen_on("2026-03-31")
        .run()
        .status(0);
    let of = |factor: &'static str| [("period", "2026-03"), ("base", "PP"), ("factor", factor), ("level", "company")];
    assert_row(&ran, "shortfall", &of("decided"), &[("effect", "-65"), ("result", "won_value")]);
    assert_row(&ran, "shortfall", &of("won/decided"), &[("effect", "0"), ("plan", "0.5")]);
    assert_row(&ran, "shortfall", &of("won_value/won"), &[("effect", "45"), ("share", "-2.25")]);
}

/// a is 17 days overdue, b 46; c and a moved later twice, over three exports; d has no day; e's amount rose by half,
/// f's by less; b has had no contact for 90 days, the others for ten.
#[test]
fn deals_that_need_a_look() {
    let header = "Deal id | Name | Stage | Created | Expected close | Amount | Last activity";
    let sheet = |rows: &[&str]| format!("{header}\n{}", rows.join("\n"));
    let case = || {
        let first = [
            "a | Ann | Lead | 2026-01-05 | 2026-03-01 | 10 | 2026-01-05",
            "c | Ann | Lead | 2026-01-05 | 2026-03-01 | 30 | 2026-01-05",
        ];
        let second = [
            "a | Ann | Lead | 2026-01-05 | 2026-03-31 | 10 | 2026-01-05",
            "c | Ann | Lead | 2026-01-05 | 2026-04-30 | 30 | 2026-01-05",
            "e | Bob | Lead | 2026-01-05 | 2026-12-31 | 100 | 2026-01-05",
            "f | Bob | Lead | 2026-01-05 | 2026-12-31 | 100 | 2026-01-05",
        ];
        let third = [
            "a | Ann | Lead | 2026-01-05 | 2026-04-13 | 10 | 2026-04-20",
            "b | Ann | Lead | 2026-01-05 | 2026-03-15 | 20 | 2026-01-30",
            "c | Ann | Lead | 2026-01-05 | 2026-12-31 | 30 | 2026-04-20",
            "d | Bob | Lead | 2026-01-05 | | 40 | 2026-04-20",
            "e | Bob | Lead | 2026-01-05 | 2026-12-31 | 150 | 2026-04-20",
            "f | Bob | Lead | 2026-01-05 | 2026-12-31 | 149 | 2026-04-20",
        ];
        Case::new()
            .sheet("2026-02-28.xlsx", &sheet(&first))
            .sheet("2026-03-31.xlsx", &sheet(&second))
            .sheet("2026-04-30.xlsx", &sheet(&third))
            .seen_on("2026-04-30")
    };
    let ran = case().run().status(0);
    let alerts = |ran: &Ran| -> Vec<String> {
        let shown = |row: &Row| format!("{} {} {}", row["severity"], row["deal_id"], row["alert"]);
        ran.table("deal_alerts").iter().map(shown).collect()
    };
    let expected = [
        // The gravest first, then the largest amounts.
        "high b overdue",
        "medium c postponed",
        "medium b stalled",
        "medium a overdue",
        "medium a postponed",
        "low e amount_changed",
        "low d no_expected_close",
    ];
    assert_eq!(alerts(&ran), expected);
    let b = [("deal_id", "b"), ("alert", "stalled")];
    assert_row(
        &ran,
        "deal_alerts",
        &b,
        &[("days", "90"), ("limit_days", "60"), ("file", "2026-04-30.xlsx"), ("cell", "B5")],
    );
    let a = [("deal_id", "a"), ("alert", "postponed")];
    assert_row(&ran, "deal_alerts", &a, &[("postponed", "2"), ("earlier_close", "2026-03-31"), ("owner", "Ann")]);
    assert_row(&ran, "deal_alerts", &[("deal_id", "e")], &[("earlier_amount", "100"), ("amount_change", "0.5")]);
    assert_row(&ran, "deal_alerts", &[("deal_id", "b"), ("alert", "overdue")], &[("days", "46")]);
    // With limits of one's own.
    let ran = case().settings("[deals]\nstalled_days = 5\namount_jump = 0.49\n").run();
    let alerts = alerts(&ran);
    assert!(alerts.contains(&"low f amount_changed".to_string()), "{alerts:?}");
    assert_eq!(alerts.iter().filter(|alert| alert.ends_with("stalled")).count(), 6, "{alerts:?}");
}

/// Many exports have one close date: of open deals it is the expected one, and it moves.
#[test]
fn one_column_of_close_dates_shows_postponements_too() {
    let sheet =
        |day: &str| format!("Deal id | Stage | Created | Close date | Amount\n a | Lead | 2026-01-05 | {day} | 10");
    let ran = Case::new()
        .sheet("2026-01-31.xlsx", &sheet("2026-03-31"))
        .sheet("2026-02-28.xlsx", &sheet("2026-06-30"))
        .sheet("2026-03-31.xlsx", &sheet("2026-09-30"))
        .seen_on("2026-03-31")
        .run()
        .status(0);
    let postponed = [("deal_id", "a"), ("alert", "postponed")];
    assert_row(&ran, "deal_alerts", &postponed, &[("earlier_close", "2026-06-30"), ("expected_close", "2026-09-30")]);
}

/// A profile names the days of stages by the stage's key.
#[test]
fn a_profile_maps_the_days_of_stages() {
    let profile = "name = \"own\"\n[[table]]\nkind = \"deals\"\n[table.columns]\ndeal_id = \"No\"\ndeal_stage = \"Where\"\n\
                   deal_amount = \"Worth\"\nleads_date = \"In\"\nproposals_date = \"Offered\"\n";
    let case = Case::new()
        .sheet("deals.xlsx", "No | Where | Worth | In | Offered\n a | Won | 10 | 2026-01-05 | 2026-01-15")
        .file("own.toml", profile.as_bytes());
    let path = case.inputs().join("own.toml");
    let ran = case.args(&["--profile", path.to_str().unwrap()]).run().status(0);
    let leads = [("level", "company"), ("period", "all"), ("stage", "leads")];
    assert_row(&ran, "stages", &leads, &[("finished_visits", "1"), ("avg_days", "10")]);
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let ran = Case::new().sheet("deals.xlsx", BY_DATES).settings("[deals]\namount_jump = 0\n").run().status(2);
    assert!(ran.stderr.contains("deals.amount_jump"), "{}", ran.stderr);
    let ran = Case::new().sheet("deals.xlsx", BY_DATES).settings("[funnel]\ncohort = \"week\"\n").run().status(2);
    assert!(ran.stderr.contains("created"), "{}", ran.stderr);
}

/// By activity a deal is of every period in which something happened to it.
#[test]
fn cohorts_by_activity() {
    let ran = Case::new()
        .sheet("deals.xlsx", BY_DATES)
        .settings("[funnel]\ncohort = \"activity\"\n")
        .seen_on("2026-03-31")
        .run()
        .status(0);
    // In February: D1 and D2 were won, D3 and D4 lost.
    let of =
        |stage: &'static str| [("level", "company"), ("period", "2026-02"), ("stage", stage), ("cohort", "activity")];
    assert_row(&ran, "funnel", &of("leads"), &[("reached", "4")]);
    assert_row(&ran, "funnel", &of("won"), &[("reached", "2"), ("overall_conversion", "0.5")]);
}

#[test]
fn counts_and_deals_stand_side_by_side() {
    let ran = Case::new()
        .sheet("deals.xlsx", BY_DATES)
        .sheet("funnel.xlsx", "Month | Leads | Won\n 2026-01 | 10 | 4")
        .seen_on("2026-03-31")
        .run()
        .status(0);
    let of =
        |cohort: &'static str| [("level", "company"), ("period", "2026-01"), ("stage", "leads"), ("cohort", cohort)];
    assert_row(&ran, "funnel", &of("counts"), &[("reached", "10")]);
    assert_row(&ran, "funnel", &of("created"), &[("reached", "2")]);
}

/// 8,800 real opportunities: the bridges tie and meet what was counted from the file by other means.
#[test]
fn real_opportunities_bridge_to_zero() {
    let Some(folder) = support::run_opportunities(&["sales_pipeline.csv", "sales_teams.csv"]) else {
        return;
    };
    let table = |name: &str| read_table(&folder.path().join(format!("out/tables/{name}.csv")));
    let pipeline = table("pipeline");
    assert!(pipeline.len() > 1_000);
    assert_ties(&pipeline);
    // Counted here, straight from the file: who was engaged by the end of a month and not closed by then.
    let mut reader = csv::Reader::from_path(folder.path().join("sales_pipeline.csv")).unwrap();
    let day = |text: &str| -> Option<String> {
        let mut parts = text.split('-');
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        Some(format!("20{year}-{month}-{day}"))
    };
    let deals: Vec<(Option<String>, Option<String>, f64)> = reader
        .deserialize::<Row>()
        .map(|row| {
            let row = row.unwrap();
            (day(&row["engage_date"]), day(&row["close_date"]), row["close_value"].parse().unwrap_or(0.0))
        })
        .collect();
    for month in ["2016-11", "2017-03", "2017-06", "2017-12"] {
        let end = format!("{month}-31");
        let is_open = |(engaged, closed, _): &&(Option<String>, Option<String>, f64)| {
            engaged.as_ref().is_some_and(|day| *day <= end) && closed.as_ref().is_none_or(|day| *day > end)
        };
        let open: Vec<_> = deals.iter().filter(is_open).collect();
        let closing = |measure: &str| {
            let is_it = |row: &&Row| row["level"] == "company" && row["period"] == month && row["measure"] == measure;
            pipeline.iter().find(is_it).unwrap()["closing"].parse::<f64>().unwrap_or(0.0)
        };
        assert_eq!(closing("deals"), open.len() as f64, "{month}");
        assert_eq!(closing("value"), open.iter().map(|(_, _, value)| value).sum::<f64>(), "{month}");
    }
    // At the end nobody knows what the open deals are worth: that is no zero.
    let is_year = |row: &&Row| row["level"] == "company" && row["period"] == "2017" && row["measure"] == "value";
    assert_eq!(pipeline.iter().find(is_year).unwrap()["closing"], "");
    // Whoever is engaged is at the one stage with a day; flows counted from the file as above.
    let flows = table("stage_flows");
    for month in ["2016-11", "2017-03", "2017-06", "2017-12"] {
        let (first, end) = (format!("{month}-01"), format!("{month}-31"));
        let is_in = |day: &Option<String>| day.as_ref().is_some_and(|day| first <= *day && *day <= end);
        let is_it = |row: &&Row| row["level"] == "company" && row["period"] == month && row["stage"] == "opportunities";
        let flow = flows.iter().find(is_it).unwrap();
        let number = |column: &str| flow[column].parse::<usize>().unwrap();
        assert_eq!(number("entered"), deals.iter().filter(|(engaged, ..)| is_in(engaged)).count(), "{month}");
        assert_eq!(
            number("advanced") + number("lost"),
            deals.iter().filter(|(_, closed, _)| is_in(closed)).count(),
            "{month}"
        );
        assert_eq!(number("opening") + number("entered") - number("advanced") - number("lost"), number("closing"));
    }
    // Stages and what is open at each, against the answers of another program.
    let stages = table("stages");
    let open = |level: &str, unit: &str, stage: &str| {
        let is_it = |row: &&Row| {
            row["level"] == level && row["unit_id"] == unit && row["period"] == "all" && row["stage"] == stage
        };
        stages.iter().find(is_it).map_or(0.0, |row| row["open"].parse::<f64>().unwrap())
    };
    let expected = |name: &str| read_table(&support::shared("expected").unwrap().join(name));
    let mut n_compared = 0;
    let mut compare = |level: &str, unit: &str, row: &Row| {
        assert_eq!(open(level, unit, "leads"), row["prospecting"].parse::<f64>().unwrap(), "{unit} prospecting");
        assert_eq!(open(level, unit, "opportunities"), row["engaging"].parse::<f64>().unwrap(), "{unit} engaging");
        n_compared += 2;
    };
    expected("crm_funnel_total.csv").iter().for_each(|row| compare("company", "", row));
    expected("crm_funnel_by_region.csv").iter().for_each(|row| compare("region", &row["regional_office"], row));
    expected("crm_funnel_by_manager.csv").iter().for_each(|row| compare("team", &row["manager"], row));
    assert_eq!(n_compared, 2 * 10);
    // Every split adds up to its difference.
    let mut sums: std::collections::BTreeMap<[String; 3], i128> = std::collections::BTreeMap::new();
    for row in table("shortfall") {
        let millionths = (row["effect"].parse::<f64>().unwrap() * 1e6).round() as i128;
        *sums.entry([row["unit_id"].clone(), row["level"].clone(), row["period"].clone()]).or_default() += millionths;
    }
    let won = |level: &str, unit: &str, period: &str| {
        let rows = table("deals");
        let is_it = |row: &&Row| row["level"] == level && row["unit_id"] == unit && row["period"] == period;
        rows.iter().find(is_it).unwrap()["won_value"].parse::<f64>().unwrap()
    };
    let gap = won("company", "", "2017-Q3") - won("company", "", "2017-Q2");
    let key = ["".to_string(), "company".to_string(), "2017-Q3".to_string()];
    assert_eq!(sums[&key], (gap * 1e6).round() as i128);
}
