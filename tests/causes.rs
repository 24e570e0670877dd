//! Why a figure differs from its plan or the year before: price, volume and mix, and who is behind it.

mod support;

use support::{Case, Row};

fn find<'a>(rows: &'a [Row], wanted: &[(&str, &str)]) -> Vec<&'a Row> {
    rows.iter().filter(|row| wanted.iter().all(|(column, value)| row[*column] == *value)).collect()
}

/// Case C30c over two years: 400 × 30 and 200 × 25 before, 500 × 31 and 100 × 24 now. Price +400, mix +500.
const TWO_YEARS: &str = "Date | Person | Region | Product | Quantity | Sales amount
 2025-03-05 | Ann | North | A | 400 | 12000
 2025-03-06 | Ben | South | B | 200 | 5000
 2026-03-05 | Ann | North | A | 500 | 15500
 2026-03-06 | Ben | South | B | 100 | 2400
 2026-03-07 | Ben | South | C | 10 | 70";

#[test]
fn c30c_a_bridge_from_workbooks() {
    let ran = Case::new().sheet("actuals.xlsx", TWO_YEARS).run().status(0);
    let rows = ran.table("bridge");
    let effects = |item: &str, columns: [&str; 6]| {
        let found = find(&rows, &[("base", "PY"), ("level", "company"), ("period", "2026"), ("item", item)]);
        assert_eq!(found.len(), 1, "{item}");
        columns.map(|column| found[0][column].clone())
    };
    let columns = ["volume", "mix", "price", "new", "lost", "total"];
    // g = 600 ÷ 600 = 1: no volume. A: mix (500 − 400) × 30, price 500 × 1. B: mix (100 − 200) × 25, price −100.
    assert_eq!(effects("A", columns), ["0", "3000", "500", "0", "0", "3500"]);
    assert_eq!(effects("B", columns), ["0", "-2500", "-100", "0", "0", "-2600"]);
    assert_eq!(effects("C", columns), ["0", "0", "0", "70", "0", "70"]);
    // In its own region an item stands alone: all of it is volume, 12,000 × (500 ÷ 400 − 1).
    let north = find(&rows, &[("level", "region"), ("unit_id", "North"), ("period", "2026"), ("base", "PY")]);
    assert_eq!((north[0]["volume"].as_str(), north[0]["price"].as_str()), ("3000", "500"));
}

#[test]
fn the_mix_may_be_left_out() {
    let settings = "[variance]\nbridge = \"two_way\"\n";
    let ran = Case::new().sheet("actuals.xlsx", TWO_YEARS).settings(settings).run().status(0);
    let rows = ran.table("bridge");
    let a = find(&rows, &[("level", "company"), ("period", "2026"), ("item", "A")]);
    assert_eq!(["volume", "mix", "price"].map(|column| a[0][column].clone()), ["3000", "0", "500"]);
}

#[test]
fn a_plan_by_product_has_a_bridge_too() {
    // Planned 7000 × 9 and 3000 × 12, sold 8000 and 7000 at the same prices: case C30b, quantity 49,500, mix 7,500.
    // Besides, 1,000 were planned for all products together.
    let ran = Case::new()
        .sheet(
            "targets.xlsx",
            "Period | Product | Metric | Target\n 2026 | X | Units | 7000\n 2026 | X | Sales amount | 63000\n\
             2026 | Y | Units | 3000\n 2026 | Y | Sales amount | 36000\n 2026 | | Sales amount | 100000",
        )
        .sheet(
            "actuals.xlsx",
            "Date | Product | Units | Sales amount\n 2026-03-05 | X | 8000 | 72000\n 2026-03-06 | Y | 7000 | 84000",
        )
        .run();
    let rows = ran.table("bridge");
    let whole = find(&rows, &[("base", "PL"), ("level", "company"), ("period", "2026")]);
    let sum = |column: &str| whole.iter().map(|row| row[column].parse::<f64>().unwrap()).sum::<f64>();
    assert_eq!((sum("volume"), sum("mix"), sum("price")), (49_500.0, 7_500.0, 0.0));
    // 156,000 sold of 100,000 planned.
    assert_eq!((sum("other"), sum("total")), (-1_000.0, 56_000.0));
}

#[test]
fn the_path_names_who_is_behind_the_gap() {
    // Planned 100 each; North sold 40 and South 95. In North, Ann sold 40 of 50 and Bob none of 50.
    let ran = Case::new()
        .sheet("team.xlsx", "Name | Region\n Ann | North\n Bob | North\n Cid | South\n Dan | South")
        .sheet(
            "targets.xlsx",
            "Period | Name | Metric | Target\n 2026-01 | Ann | Sales amount | 50\n 2026-01 | Bob | Sales amount | 50\n\
             2026-01 | Cid | Sales amount | 50\n 2026-01 | Dan | Sales amount | 50",
        )
        .sheet(
            "actuals.xlsx",
            "Date | Name | Sales amount\n 2026-01-05 | Ann | 40\n 2026-01-05 | Bob | 0\n 2026-01-05 | Cid | 45\n\
             2026-01-06 | Dan | 50",
        )
        .run()
        .status(0);
    let rows = ran.table("drivers");
    let followed = find(&rows, &[("base", "PL"), ("followed", "yes")]);
    let path: Vec<[&str; 4]> =
        followed.iter().map(|row| ["level", "unit_id", "variance", "gap"].map(|column| row[column].as_str())).collect();
    // 65 are missing in all: 60 of them in North, of those 50 with Bob.
    assert_eq!(path, [["region", "North", "-60", "-65"], ["person", "Bob", "-50", "-65"]]);
    let share: f64 = followed[1]["share_of_parent"].parse().unwrap();
    assert!((share - 50.0 / 60.0).abs() < 1e-12, "{share}");
}

#[test]
fn products_come_into_the_path_where_they_say_most() {
    // Every person lost a little; product B lost nearly all of it.
    let ran = Case::new()
        .sheet(
            "actuals.xlsx",
            "Date | Name | Product | Sales amount\n 2025-03-05 | Ann | A | 100\n 2025-03-05 | Ann | B | 100\n\
             2025-03-05 | Bob | A | 100\n 2025-03-05 | Bob | B | 100\n 2026-03-05 | Ann | A | 98\n\
             2026-03-05 | Ann | B | 50\n 2026-03-05 | Bob | A | 100\n 2026-03-05 | Bob | B | 52",
        )
        .run()
        .status(0);
    let rows = ran.table("drivers");
    let first = find(&rows, &[("base", "PY"), ("step", "1")]);
    assert_eq!((first[0]["level"].as_str(), first[0]["unit"].as_str()), ("product", "B"));
    // 98 of the 100 that are missing.
    assert_eq!(first[0]["share_of_gap"], "0.98");
}

#[test]
fn of_a_level_the_last_reading_counts() {
    // Headcount is read at the end of weeks. March ends with 5 + 4; the quarter does too, and nothing is added up.
    let ran = Case::new()
        .settings("[metrics.headcount]\nkind = \"last\"\nunit = \"count\"\nnames = [\"Headcount\"]\n")
        .sheet(
            "targets.xlsx",
            "Period | Team | Metric | Target\n 2026-02 | A | Headcount | 6\n 2026-03 | A | Headcount | 8\n\
             2026-02 | B | Headcount | 4\n 2026-03 | B | Headcount | 4",
        )
        .sheet(
            "actuals.xlsx",
            "Date | Team | Headcount\n 2026-02-06 | A | 7\n 2026-02-27 | A | 6\n 2026-02-27 | B | 3\n\
             2026-03-06 | A | 6\n 2026-03-27 | A | 5\n 2026-03-13 | B | 4",
        )
        .seen_on("2026-03-31")
        .run();
    assert_eq!(ran.figures("headcount", "team", "A", "2026-02"), ["6", "6", "0", "1.0000"]);
    assert_eq!(ran.figures("headcount", "company", "", "2026-03"), ["12", "9", "-3", "0.7500"]);
    assert_eq!(ran.figures("headcount", "company", "", "2026-Q1"), ["12", "9", "-3", "0.7500"]);
    assert_eq!(ran.attainment("headcount", "company", "", "2026-Q1")["pace"], "");
}

/// A register as people hand it back: a header of their language, and what they wrote.
fn register(rows: &[[&str; 7]]) -> Vec<u8> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet().set_name("09_偏差台账").unwrap();
    let header = ["编号", "登记状态", "首次出现", "原因说明", "整改措施", "计划完成日", "整改状态"];
    sheet.write_string(0, 0, "新增偏差 1 项").unwrap();
    for (column, name) in (0u16..).zip(header) {
        sheet.write_string(6, column, name).unwrap();
    }
    for (row, cells) in (7u32..).zip(rows) {
        for (column, cell) in (0u16..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string(row, column, *cell).unwrap();
        }
    }
    workbook.save_to_buffer().unwrap()
}

const PLANNED: &str = "Period | Name | Metric | Target\n 2026-01 | Ann | Sales amount | 100\n\
    2026-02 | Ann | Sales amount | 100\n 2026-03 | Ann | Sales amount | 100";
const SOLD: &str =
    "Date | Name | Sales amount\n 2026-01-05 | Ann | 100\n 2026-02-05 | Ann | 40\n 2026-03-05 | Ann | 30";

fn behind() -> Case {
    Case::new().sheet("targets.xlsx", PLANNED).sheet("actuals.xlsx", SOLD).seen_on("2026-03-31")
}

#[test]
fn a_deviation_says_since_when_and_who() {
    let rows = behind().run().status(0).table("deviations");
    let march = find(&rows, &[("level", "person"), ("period", "2026-03")]);
    // February and March are behind; January was not.
    let told = ["rule", "since", "periods", "base", "actual", "variance", "owner", "state", "status"];
    assert_eq!(
        told.map(|column| march[0][column].as_str()),
        ["behind_pace", "2026-02", "2", "100", "30", "-70", "Ann", "new", "critical"]
    );
}

#[test]
fn what_people_wrote_is_carried_on() {
    let first = behind().run().status(0);
    let rows = first.table("deviations");
    let id = find(&rows, &[("level", "person"), ("period", "2026-03")])[0]["id"].clone();
    let previous = register(&[
        [&id, "新增", "2026-02-28", "客户推迟", "每周跟进", "2026-03-15", "进行中"],
        ["DEV-2025-ABCDEF", "持续", "2025-11-30", "", "旧措施", "", "完成"],
        ["", "", "", "自己加的一行", "", "", ""],
        [&id, "新增", "2026-02-28", "竞品降价", "", "", ""],
    ]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("earlier.xlsx");
    std::fs::write(&path, previous).unwrap();
    let out = folder.path().join("out");
    let run = |more: &[&str]| behind().out(&out).args(more).run();
    run(&["--previous", path.to_str().unwrap()]).status(0);
    let check = |rows: &[Row]| {
        let carried = find(rows, &[("id", id.as_str())])[0];
        let written = ["state", "first_seen", "cause_note", "action", "action_status", "overdue_days"];
        assert_eq!(
            written.map(|column| carried[column].as_str()),
            ["repeated", "2026-02-28", "客户推迟 / 竞品降价", "每周跟进", "进行中", "16"]
        );
        let closed = find(rows, &[("state", "closed")]);
        assert_eq!((closed.len(), closed[0]["action"].as_str()), (1, "旧措施"));
        let added = find(rows, &[("state", "added")]);
        assert_eq!((added.len(), added[0]["cause_note"].as_str()), (1, "自己加的一行"));
    };
    let table = |name: &str| support::read_table(&out.join(format!("tables/{name}.csv")));
    check(&table("deviations"));
    assert!(table("problems").iter().any(|row| row["code"] == "W586"));
    // From now on the report itself is the earlier one, also where the register was not asked for.
    run(&[]).status(0);
    check(&table("deviations"));
    run(&["--report", "summary"]).status(0);
    run(&[]).status(0);
    check(&table("deviations"));
}

#[test]
fn an_earlier_report_that_cannot_be_read_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.xlsx");
    std::fs::write(&report, b"PK\x03\x04 damaged").unwrap();
    let ran = behind().out(folder.path()).run().status(5);
    assert!(ran.stderr.contains("would lose what people entered"), "{}", ran.stderr);
    assert_eq!(std::fs::read(&report).unwrap(), b"PK\x03\x04 damaged");
}

#[test]
fn what_employees_report_enters_the_register() {
    let ran = behind()
        .sheet(
            "issues.xlsx",
            "Date | Reported by | Region | Name | Issue\n 2026-03-20 | Bob | | Ann | Two orders slipped",
        )
        .run()
        .status(0);
    let rows = ran.table("deviations");
    let reported = find(&rows, &[("rule", "reported")]);
    assert_eq!((reported.len(), reported[0]["cause"].as_str()), (1, "Bob: Two orders slipped"));
    assert_eq!(reported[0]["owner"], "Ann");
}

#[test]
fn a_week_outside_the_limits_is_a_signal() {
    // Ten weeks of 100 or 110, then one of 20. Mean 105, mean range 10: limits 105 ± 26.6.
    let mut drawn = "Date | Name | Sales amount".to_string();
    let first: chrono::NaiveDate = "2026-01-05".parse().unwrap();
    for (week, amount) in [100, 110, 100, 110, 100, 110, 100, 110, 100, 110, 20].into_iter().enumerate() {
        drawn.push_str(&format!("\n {} | Ann | {amount}", first + chrono::Days::new(7 * week as u64)));
    }
    let ran = Case::new().sheet("actuals.xlsx", &drawn).seen_on("2026-03-22").run().status(0);
    let weeks = ran.table("weekly");
    let last = find(&weeks, &[("level", "company"), ("first_day", "2026-03-16")])[0];
    let shown = ["actual", "mean", "lower_limit", "upper_limit", "signal"].map(|column| last[column].as_str());
    assert_eq!(shown, ["20", "105", "78.4", "131.6", "below"]);
    let rows = ran.table("deviations");
    assert_eq!(find(&rows, &[("rule", "outside_limits"), ("level", "company")]).len(), 1);
}

#[test]
fn a_budget_beside_the_targets_is_compared_with_too() {
    // Ann's target is 100 and her budget 80; she sold 90. Targets are not added to budgets.
    let wide = Case::new()
        .sheet(
            "plan.xlsx",
            "Month | Name | Sales amount target | Sales amount budget | Sales amount actual\n\
             2026-01 | Ann | 100 | 80 | 90\n 2026-01 | Bob | 50 | 60 | 70",
        )
        .run();
    let long = Case::new()
        .sheet(
            "plan.xlsx",
            "Month | Name | Scenario | Sales amount\n 2026-01 | Ann | Target | 100\n 2026-01 | Ann | Budget | 80\n\
             2026-01 | Ann | Actual | 90\n 2026-01 | Bob | Target | 50\n 2026-01 | Bob | Budget | 60\n\
             2026-01 | Bob | Actual | 70",
        )
        .run();
    for ran in [wide, long] {
        let ran = ran.status(0);
        let rows = ran.table("variance");
        let of = |base: &str, level: &str, unit: &str| {
            let found = find(&rows, &[("base", base), ("level", level), ("unit_id", unit), ("period", "2026-01")]);
            assert_eq!(found.len(), 1, "{base} {level} {unit}\n{}", ran.stderr);
            ["base_value", "actual", "variance"].map(|column| found[0][column].clone())
        };
        assert_eq!(of("PL", "person", "Ann"), ["100", "90", "-10"]);
        assert_eq!(of("BU", "person", "Ann"), ["80", "90", "10"]);
        // 140 budgeted, 160 sold, 150 the target.
        assert_eq!(of("BU", "company", ""), ["140", "160", "20"]);
        assert_eq!(of("PL", "company", ""), ["150", "160", "10"]);
    }
}

#[test]
fn late_tasks_and_thin_pipelines_enter_the_register() {
    // 100 of 300 are sold; 150 open cover 0.75 of the 200 left, where twice as much is wanted.
    let ran = Case::new()
        .sheet("targets.xlsx", "Period | Name | Metric | Target\n 2026-Q1 | Ann | Sales amount | 300")
        .sheet("actuals.xlsx", "Date | Name | Sales amount\n 2026-02-05 | Ann | 100")
        .sheet(
            "deals.xlsx",
            "Deal id | Owner | Stage | Amount | Created | Expected close\n\
             D1 | Ann | Proposal | 150 | 2026-02-01 | 2026-03-20",
        )
        .sheet(
            "plan.xlsx",
            "Phase | Task | Owner | Due | Status\n Launch | Train the team | Ann | 2026-02-10 | in progress",
        )
        .seen_on("2026-02-15")
        .run();
    let rows = ran.table("deviations");
    let thin = find(&rows, &[("rule", "thin_coverage"), ("level", "person")]);
    let shown = ["base", "actual", "variance"].map(|column| thin[0][column].as_str());
    assert_eq!(shown, ["400", "150", "-250"]);
    let late = find(&rows, &[("rule", "late_task")]);
    let shown = ["item", "owner", "cause", "status"].map(|column| late[0][column].as_str());
    assert_eq!(shown, ["Train the team", "Ann", "5 day(s) late", "at_risk"]);
    // The company's figures are in the account, too.
    let analyses = &ran.account()["analyses"];
    assert_eq!((analyses["period"].as_str(), analyses["deals"][0]["open"].as_u64()), (Some("2026-Q1"), Some(1)));
}

#[test]
fn who_sold_a_year_ago_and_nothing_now_is_a_part_of_the_gap() {
    // 100 a month each in 2025; in 2026 Ann 60, Bob 100, Cid nothing. −840 in all over six months: Cid −600, Ann −240.
    let mut drawn = "Date | Name | Team | Sales amount".to_string();
    for month in 1..=6 {
        for (name, team, before, now) in [("Ann", "T1", 100, 60), ("Bob", "T1", 100, 100), ("Cid", "T2", 100, 0)] {
            drawn.push_str(&format!("\n 2025-{month:02}-05 | {name} | {team} | {before}"));
            if now > 0 {
                drawn.push_str(&format!("\n 2026-{month:02}-05 | {name} | {team} | {now}"));
            }
        }
    }
    let ran = Case::new().sheet("actuals.xlsx", &drawn).seen_on("2026-06-30").run();
    let rows = ran.table("variance");
    let of = |level: &str, unit: &str| {
        let found = find(&rows, &[("base", "PY"), ("level", level), ("unit_id", unit), ("period", "2026")]);
        assert_eq!(found.len(), 1, "{level} {unit}");
        (found[0]["variance"].clone(), found[0]["contribution"].parse::<f64>().unwrap())
    };
    assert_eq!(of("person", "Cid").0, "-600");
    assert!((of("team", "T2").1 + 600.0 / 840.0).abs() < 1e-9 && (of("team", "T1").1 + 240.0 / 840.0).abs() < 1e-9);
    // Without a target, materially worse than the year before: the register has them.
    let register = ran.table("deviations");
    assert_eq!(find(&register, &[("rule", "worse_than_prior_year"), ("unit_id", "Cid")]).len(), 1);
}

#[test]
fn a_report_of_ours_among_the_inputs_is_left_out() {
    let first = behind().run().status(0);
    let report = std::fs::read(first.out().join("report.xlsx")).unwrap();
    let ran = behind().file("archive.xlsx", &report).run().status(0);
    assert_eq!(ran.attainment("sales_amount", "company", "", "2026-Q1")["actual"], "170");
    assert!(ran.codes().contains(&"I153".to_string()));
}

#[test]
fn a_period_that_is_asked_for_closes_no_deviation() {
    let folder = tempfile::tempdir().unwrap();
    let ids = |more: &[&str]| {
        behind().out(folder.path()).args(more).run().status(0);
        let rows = support::read_table(&folder.path().join("tables/deviations.csv"));
        rows.iter().map(|row| (row["id"].clone(), row["state"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(ids(&[]), ids(&["--period", "2026-03"]));
}

#[test]
fn a_register_that_would_lose_something_is_not_written_over() {
    // Its column of numbers has another name: no line could be found again.
    let bytes = register(&[["DEV-2026-ABCDEF", "新增", "2026-02-28", "客户推迟", "", "", ""]]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.xlsx");
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, name) in (0u16..).zip(["ID", "登记状态", "首次出现", "原因说明", "整改措施", "计划完成日", "整改状态"])
    {
        sheet.write_string(6, column, name).unwrap();
    }
    workbook.save(&path).unwrap();
    let ran = behind().out(folder.path()).run().status(5);
    assert!(ran.stderr.contains("no column of numbers"), "{}", ran.stderr);
    // A workbook without any register is no earlier report.
    let plan = folder.path().join("plan.xlsx");
    std::fs::write(&plan, behind_plan()).unwrap();
    let ran = behind().args(&["--previous", plan.to_str().unwrap()]).run().status(5);
    assert!(ran.stderr.contains("no register of deviations"), "{}", ran.stderr);
    // Columns of people's own, and dates as people write them, stay.
    let out = tempfile::tempdir().unwrap();
    std::fs::write(&path, bytes).unwrap();
    let again = behind().out(out.path()).args(&["--previous", path.to_str().unwrap()]).run().status(0);
    drop(again);
    let rows = support::read_table(&out.path().join("tables/deviations.csv"));
    assert_eq!(find(&rows, &[("state", "closed")])[0]["cause_note"], "客户推迟");
}

/// A closed line of a Chinese report in an English one: our words are English, a name of the team's own stays.
#[test]
fn a_closed_line_speaks_the_language_of_the_report() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet().set_name("09_偏差台账").unwrap();
    let header = ["编号", "登记状态", "首次出现", "层级", "组织", "指标", "状态", "触发规则", "原因说明"];
    let line = [
        "DEV-2025-ABCDEF",
        "新增",
        "2025-11-30",
        "个人",
        "个人",
        "销售额",
        "■ 严重",
        "落后进度 · 持续偏差",
        "个人原因",
    ];
    for (row, cells) in [(6, header), (7, line)] {
        for (column, cell) in (0u16..).zip(cells) {
            sheet.write_string(row, column, cell).unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("earlier.xlsx");
    workbook.save(&path).unwrap();
    let ran = behind().args(&["--previous", path.to_str().unwrap()]).run().status(0);
    let mut report: calamine::Xlsx<_> = calamine::open_workbook(ran.out().join("report.xlsx")).unwrap();
    let range = calamine::Reader::worksheet_range(&mut report, "09_Deviations").unwrap();
    let rows: Vec<Vec<String>> = range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
    let header = rows.iter().find(|row| row[0] == "No.").unwrap();
    let closed = rows.iter().find(|row| row[0] == "DEV-2025-ABCDEF").unwrap();
    let told = ["State", "Level", "Unit", "Metric", "Status", "Rule", "Cause"];
    let told = told.map(|name| closed[header.iter().position(|head| head == name).unwrap()].as_str());
    let expected = ["closed", "Person", "个人", "Sales amount", "■ critical", "behind pace · persistent", "个人原因"];
    assert_eq!(told, expected);
}

fn behind_plan() -> Vec<u8> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    workbook.add_worksheet().write_string(0, 0, "Period").unwrap();
    workbook.save_to_buffer().unwrap()
}

#[test]
fn a_report_without_the_register_may_be_followed_by_one_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let run = |more: &[&str]| behind().out(folder.path()).args(more).run().status(0);
    run(&["--report", "summary"]);
    run(&[]);
    // Now there is a register: without it, the report is not what was written.
    let mut workbook = rust_xlsxwriter::Workbook::new();
    workbook.add_worksheet().write_string(0, 0, "nothing").unwrap();
    workbook.save(folder.path().join("report.xlsx")).unwrap();
    let ran = behind().out(folder.path()).run().status(5);
    assert!(ran.stderr.contains("no register of deviations"), "{}", ran.stderr);
}
