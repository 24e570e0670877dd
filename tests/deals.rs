//! Deals: what is counted when and for whom, and real opportunities with known answers.

mod support;

use std::collections::HashMap;

use support::{Case, Ran, Row, attain, read_table};

/// The one row of a unit and period: `unit` is an id, or empty for the company.
#[track_caller]
fn deals(ran: &Ran, level: &str, unit: &str, period: &str) -> Row {
    let wanted = [("level", level), ("unit_id", unit), ("period", period)];
    let rows = ran.table("deals");
    let found: Vec<&Row> =
        rows.iter().filter(|row| wanted.iter().all(|(column, value)| row[*column] == *value)).collect();
    assert_eq!(found.len(), 1, "{level} {unit} {period}\n{}", ran.stderr);
    found[0].clone()
}

#[track_caller]
fn assert_figures(ran: &Ran, level: &str, unit: &str, period: &str, expected: &[(&str, &str)]) {
    let row = deals(ran, level, unit, period);
    for (column, value) in expected {
        assert_eq!(row[*column], *value, "{level} {unit} {period} {column}");
    }
}

const DEALS: &str = "\
    Deal id | Name | Stage | Created | Expected close | Close date | Amount | Probability
    D1 | Ann | Won | 2026-01-05 | | 2026-01-25 | 1000 |
    D2 | Ann | Won | 2026-01-10 | | 2026-02-19 | 3000 |
    D3 | Bob | Lost | 2026-02-01 | | 2026-02-20 | 500 |
    D4 | Bob | Negotiation | 2026-02-02 | 2026-04-15 | | 400 | 0.5
    D5 | Ann | Proposal | 2026-03-01 | 2026-06-30 | | 100 | 0.25
    D6 | Ann | Proposal | | | | |";

fn case() -> Case {
    Case::new()
        .sheet("deals.xlsx", DEALS)
        .sheet("team.xlsx", "Name | Team | Region\n Ann | A | North\n Bob | B | North")
        .seen_on("2026-03-31")
}

#[test]
fn each_figure_goes_by_its_own_date() {
    let ran = case().run().status(0);
    assert_eq!(ran.codes(), Vec::<String>::new());
    // Won after 20 and 40 days: on average 30, in the middle 30, and nine tenths of the way 38.
    let all = [
        ("opportunities", "6"),
        ("open", "3"),
        ("won", "2"),
        ("lost", "1"),
        ("win_rate", "0.666666666666667"),
        ("won_value", "4000"),
        ("avg_days_to_close_won", "30"),
        ("median_days_to_close_won", "30"),
        ("p90_days_to_close_won", "38"),
        // The third open deal has no amount: 400 + 100, and 200 + 25 by probability.
        ("open_value", "500"),
        ("weighted_value", "225"),
        ("coverage_remaining", ""),
        ("coverage_target", ""),
    ];
    assert_figures(&ran, "company", "", "all", &all);
    let january = [("opportunities", "2"), ("won", "1"), ("lost", "0"), ("won_value", "1000"), ("open", "0")];
    assert_figures(&ran, "company", "", "2026-01", &january);
    assert_figures(&ran, "company", "", "2026-01", &[("open_value", ""), ("p90_days_to_close_won", "20")]);
    let february = [("opportunities", "2"), ("won", "1"), ("lost", "1"), ("win_rate", "0.5"), ("won_value", "3000")];
    assert_figures(&ran, "company", "", "2026-02", &february);
    // Nothing was decided in March: no rate, and nothing was won.
    assert_figures(&ran, "company", "", "2026-03", &[("opportunities", "1"), ("win_rate", ""), ("won_value", "0")]);
    // Open deals stand where they are expected to close, also after the as-of day.
    assert_figures(&ran, "company", "", "2026-Q2", &[("open", "2"), ("open_value", "500"), ("opportunities", "0")]);
    assert_figures(&ran, "team", "B", "all", &[("opportunities", "2"), ("won", "0"), ("lost", "1"), ("win_rate", "0")]);
    assert_figures(&ran, "person", "Ann", "2026-06", &[("open", "1"), ("weighted_value", "25")]);
}

#[test]
fn c38_weighted_value_by_expected_month() {
    // frappe/crm issue 798: 100,000 at 50 % in June, at 50 % in July, at 100 % in August.
    let ran = Case::new()
        .sheet(
            "deals.xlsx",
            "Deal id | Stage | Expected close | Amount | Probability\n a | Proposal | 2026-06-10 | 100000 | 0.5\n\
             b | Proposal | 2026-07-10 | 100000 | 0.5\n c | Proposal | 2026-08-10 | 100000 | 1",
        )
        .run()
        .status(0);
    for (month, value) in [("2026-06", "50000"), ("2026-07", "50000"), ("2026-08", "100000")] {
        assert_figures(&ran, "company", "", month, &[("weighted_value", value)]);
    }
}

#[test]
fn coverage_is_against_the_whole_target_and_against_what_is_left() {
    let targets = "Period | Metric | Target\n 2026-Q1 | Sales amount | 5000\n 2026-Q2 | Sales amount | 1000";
    // Without actuals what was won counts: 6,000 − 4,000 = 2,000 left in the year, 500 open.
    let ran = case().sheet("targets.xlsx", targets).run();
    let year = [("coverage_target", "0.083333333333333"), ("coverage_remaining", "0.25")];
    assert_figures(&ran, "company", "", "2026", &year);
    assert_figures(&ran, "company", "", "2026-Q2", &[("coverage_target", "0.5"), ("coverage_remaining", "0.5")]);
    assert_figures(&ran, "team", "A", "2026", &[("coverage_target", ""), ("coverage_remaining", "")]);
    // With actuals they count: 6,000 − 5,000 = 1,000 left.
    let actuals = "Date | Name | Sales amount\n 2026-02-15 | Ann | 5000";
    let ran = case().sheet("targets.xlsx", targets).sheet("actuals.xlsx", actuals).run();
    assert_figures(&ran, "company", "", "2026", &[("coverage_remaining", "0.5")]);
    // Nothing is left to cover once the target is reached.
    let actuals = "Date | Name | Sales amount\n 2026-02-15 | Ann | 6000";
    let ran = case().sheet("targets.xlsx", targets).sheet("actuals.xlsx", actuals).run();
    assert_figures(
        &ran,
        "company",
        "",
        "2026",
        &[("coverage_target", "0.083333333333333"), ("coverage_remaining", "")],
    );
}

#[test]
fn the_as_of_day_decides_what_is_closed() {
    // On 31 January D1 is won and D2 still open; the others are not there yet. D6 has no date.
    let ran = case().seen_on("2026-01-31").run().status(0);
    let all = [("opportunities", "3"), ("open", "2"), ("won", "1"), ("lost", "0"), ("open_value", "3000")];
    assert_figures(&ran, "company", "", "all", &all);
    assert_figures(&ran, "company", "", "2026-02", &[("open", "1"), ("won", "0")]);
    assert_eq!(ran.codes(), ["I513", "I547"]);
    let account = ran.account();
    let totals = &account["table_totals"]["deals"];
    let amount = |part: &str| totals[part]["amount"].as_str().unwrap().to_string();
    assert_eq!(["read", "won", "open", "after_as_of"].map(amount), ["5000", "1000", "3000", "1000"]);
    assert_eq!((&totals["gap"]["amount"], &totals["gap"]["rows"]), (&"0".into(), &0.into()));
}

#[test]
fn credit_follows_the_assignment_of_the_day() {
    // Ann opens the deal in team A and wins it in team B; history does not move.
    let ran = Case::new()
        .sheet("team.xlsx", "Name | Team | Start date | End date\n Ann | A | | 2026-02-15\n Ann | B | 2026-02-16 |")
        .sheet(
            "deals.xlsx",
            "Deal id | Name | Stage | Created | Closed | Amount\n D1 | Ann | Won | 2026-02-01 | 2026-03-01 | 70",
        )
        .run()
        .status(0);
    assert_figures(&ran, "team", "A", "all", &[("opportunities", "1"), ("won", "0"), ("won_value", "0")]);
    assert_figures(&ran, "team", "B", "all", &[("opportunities", "0"), ("won", "1"), ("won_value", "70")]);
    assert_figures(&ran, "person", "Ann", "2026", &[("opportunities", "1"), ("won", "1")]);
}

#[test]
fn a_deal_is_not_divided() {
    // Six tenths of Ann's credit are team A's: the deal is A's, and the levels add up.
    let ran = Case::new()
        .sheet("team.xlsx", "Name | Team | Share\n Ann | B | 40%\n Ann | A | 60%")
        .sheet("deals.xlsx", "Deal id | Name | Stage | Closed | Amount\n D1 | Ann | Won | 2026-03-01 | 70")
        .run()
        .status(0);
    assert_figures(&ran, "team", "A", "all", &[("won", "1"), ("won_value", "70")]);
    assert!(!ran.table("deals").iter().any(|row| row["unit_id"] == "B"));
}

#[test]
fn without_a_team_table_the_deals_say_where_they_are() {
    let ran = Case::new()
        .sheet(
            "deals.xlsx",
            "商机编号 | 负责人 | 所属团队 | 区域 | 商机阶段 | 商机金额(万元) | 创建日期 | 成交日期\n\
             a | 李雷 | 一组 | 北区 | 赢单 | 1.5 | 2026-01-05 | 2026-02-05\n b | 韩梅 | 二组 | 南区 | 丢单 | 2 | 2026-01-06 | 2026-02-06\n\
             c | 李雷 | 一组 | 北区 | 商务谈判 | 3 | 2026-01-07 |",
        )
        .run()
        .status(0);
    assert_figures(&ran, "region", "北区", "all", &[("opportunities", "2"), ("won", "1"), ("won_value", "15000")]);
    assert_figures(&ran, "team", "二组", "2026-02", &[("lost", "1"), ("win_rate", "0")]);
    assert_figures(&ran, "person", "李雷", "all", &[("open", "1"), ("open_value", "30000")]);
}

#[test]
fn a_deal_counts_once() {
    let row = "D1 | Won | 2026-01-05 | 2026-01-25 | 1000";
    let other = "D1 | Won | 2026-01-05 | 2026-01-25 | 1001";
    let header = "Deal id | Stage | Created | Closed | Amount";
    let ran = Case::new().sheet("deals.xlsx", &format!("{header}\n{row}\n{row}\n{other}")).run().status(1);
    assert_eq!(ran.codes(), ["W541", "E541"]);
    assert_figures(&ran, "company", "", "all", &[("opportunities", "1"), ("won", "1"), ("won_value", "1000")]);
    let totals = &ran.account()["table_totals"]["deals"];
    assert_eq!(totals["repeated"], serde_json::json!({"rows": 2, "amount": "2001"}));
    assert_eq!(totals["gap"]["amount"], "0");
}

#[test]
fn what_is_not_understood_is_said_and_not_guessed() {
    let ran = Case::new()
        .sheet(
            "deals.xlsx",
            "Deal id | Stage | Outcome | Created | Closed | Amount\n a | Demo | | 2026-01-05 | | 10\n b | demo | | 2026-01-05 | | 20\n\
             c | Closed | | 2026-01-05 | 2026-02-05 | 40\n d | Won | | 2026-01-05 | | 80\n e | Won | | 2026-02-05 | 2026-01-05 | 160\n\
             f | Won | lost | 2026-01-05 | 2026-02-05 | 320\n g | Won | maybe | 2026-01-05 | 2026-02-05 | 640",
        )
        .run()
        .status(0);
    // One word for each stage that is not known, however many deals are at it.
    assert_eq!(ran.codes(), ["W530", "W530", "W542", "W531", "W532", "W546"]);
    let demo = ran.table("problems").into_iter().find(|row| row["raw"] == "Demo").unwrap();
    assert_eq!((demo["cell"].as_str(), demo["amount"].as_str()), ("C4", "30"));
    let all = [
        ("opportunities", "7"),
        // a and b are open; c was closed, and nobody says how.
        ("open", "2"),
        ("open_value", "30"),
        ("won", "3"),
        ("lost", "1"),
        ("won_value", "880"),
        // d has no close date, e was closed before it was created: g's 31 days are left.
        ("avg_days_to_close_won", "31"),
    ];
    assert_figures(&ran, "company", "", "all", &all);
    assert_figures(&ran, "company", "", "2026-02", &[("won", "1"), ("lost", "1"), ("won_value", "640")]);
    assert_eq!(ran.account()["table_totals"]["deals"]["undecided"]["amount"], "40");
}

#[test]
fn other_tables_are_not_taken_for_deals() {
    let table = |drawing: &str| {
        let other = "Date | Name | Sales amount\n 2026-01-05 | Ann | 1";
        let ran = Case::new().sheet("a.xlsx", drawing).sheet("b.xlsx", other).check();
        let line = ran.stdout.lines().find(|line| line.trim_start().starts_with("Data:")).unwrap_or("").to_string();
        line.trim_start_matches("  Data: ").split(',').next().unwrap_or("").to_string()
    };
    assert_eq!(table("阶段 | 工作内容 | 负责人 | 完成时间\n 调研 | 收集 | 周敏 | 第1周"), "Plan");
    assert_eq!(table("Date | Order no. | Name | Stage | Amount\n 2026-01-05 | 7 | Ann | Won | 10"), "Actuals");
    assert_eq!(table("Date | Item | Amount\n 2026-01-05 | Pump | 10"), "Actuals");
    assert_eq!(table("Date | Item | Department | Amount\n 2026-01-05 | Travel | Sales | 10"), "Spending");
    assert_eq!(table("日期 | 费用项目 | 金额\n 2026-01-05 | 差旅 | 10"), "Spending");
    assert_eq!(table("Month | Region | Opportunities | Proposals | Won\n 2026-01 | N | 3 | 2 | 1"), "Funnel");
    assert_eq!(table("Opportunity name | Stage | Close date\n Big one | Proposal | 2026-05-05"), "Deals");
}

#[test]
fn one_thread_and_many_write_the_same() {
    let bytes = |jobs: &str| {
        let ran = case().args(&["--jobs", jobs]).run().status(0);
        std::fs::read(ran.out().join("tables/deals.csv")).unwrap()
    };
    assert!(bytes("1") == bytes("8"));
}

/// The same opportunities in a workbook with other sheets, without any profile: headers alone say what they are.
#[test]
fn real_opportunities_are_recognised_by_their_headers() {
    let Some(workbook) = support::shared("crm/data_model.xlsx") else { return };
    let out = tempfile::tempdir().unwrap();
    let output = attain()
        .arg("run")
        .arg(&workbook)
        .args(["--as-of", "2017-12-31", "--tables", "csv", "--quiet"])
        .args(["--out".as_ref(), out.path().join("out").as_os_str()])
        .output()
        .unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    let table = read_table(&out.path().join("out/tables/deals.csv"));
    for row in read_table(&support::shared("expected/crm_funnel_by_region.csv").unwrap()) {
        let is_own = |own: &&Row| own["unit_id"] == row["regional_office"] && own["period"] == "all";
        let own = table.iter().find(is_own).unwrap();
        for column in ["opportunities", "won", "lost", "won_value", "median_days_to_close_won"] {
            let number = |text: &str| text.parse::<f64>().unwrap();
            assert_eq!(number(&own[column]), number(&row[column]), "{row:?} {column}");
        }
    }
}

/// 8,800 opportunities of 35 people, with answers computed by another program.
#[test]
fn real_opportunities_to_the_cent() {
    let Some(folder) = support::run_opportunities(&["sales_pipeline.csv", "sales_teams.csv", "products.csv"]) else {
        return;
    };
    let table = read_table(&folder.path().join("out/tables/deals.csv"));
    let ours: HashMap<[&str; 3], &Row> =
        table.iter().map(|row| ([row["level"].as_str(), &row["unit_id"], &row["period"]], row)).collect();
    let number = |text: &str| text.parse::<f64>().unwrap();
    let mut n_compared = 0;
    let mut compare = |level: &str, unit: &str, period: &str, expected: &Row| {
        let own = ours[&[level, unit, period]];
        for column in ["opportunities", "won", "lost", "won_value", "open_list_value"] {
            let Some(expected) = expected.get(column) else { continue };
            assert_eq!((number(&own[column]) * 100.0).round(), (number(expected) * 100.0).round(), "{unit} {column}");
            n_compared += 1;
        }
        let means = [
            "win_rate",
            "avg_won_value",
            "avg_days_to_close_won",
            "avg_days_to_close_lost",
            "avg_days_to_close_all",
            "median_days_to_close_won",
            "won_vs_list_ratio",
        ];
        for column in means {
            let Some(expected) = expected.get(column) else { continue };
            assert!((number(&own[column]) - number(expected)).abs() < 1e-9, "{unit} {column}");
            n_compared += 1;
        }
        if let (Some(prospecting), Some(engaging)) = (expected.get("prospecting"), expected.get("engaging")) {
            assert_eq!(number(&own["open"]), number(prospecting) + number(engaging), "{unit} open");
            n_compared += 1;
        }
    };
    let expected = |name: &str| read_table(&support::shared("expected").unwrap().join(name));
    expected("crm_funnel_total.csv").iter().for_each(|row| compare("company", "", "all", row));
    expected("crm_funnel_by_region.csv").iter().for_each(|row| compare("region", &row["regional_office"], "all", row));
    expected("crm_funnel_by_manager.csv").iter().for_each(|row| compare("team", &row["manager"], "all", row));
    let quarters = expected("crm_closed_by_quarter_manager.csv");
    for row in &quarters {
        let period = format!("{}-{}", &row["close_quarter"][..4], &row["close_quarter"][4..]);
        compare("team", &row["manager"], &period, row);
    }
    // Ten rows of thirteen figures, and 24 quarters of four.
    assert_eq!((quarters.len(), n_compared), (24, 10 * 13 + 24 * 4));
    let account: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("out/run.json")).unwrap()).unwrap();
    let totals = &account["table_totals"]["deals"];
    assert_eq!(totals["read"], serde_json::json!({"rows": 8800, "amount": "10005534"}));
    assert_eq!(totals["gap"], serde_json::json!({"rows": 0, "amount": "0"}));
}

#[test]
fn a_table_of_deals_that_stands_twice_is_one_remark() {
    let again = DEALS.replace("| Name |", "| Owner |");
    let ran = Case::new().sheet("deals.xlsx", DEALS).sheet("export.xlsx", &again).run();
    assert_eq!(ran.codes().iter().filter(|code| *code == "W563").count(), 1, "{:?}", ran.codes());
    assert!(!ran.codes().contains(&"W541".to_string()));
    // 1000 + 3000, once.
    assert_eq!(deals(&ran, "company", "", "2026")["won_value"], "4000");
}
