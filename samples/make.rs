//! Makes the workbooks in `samples/`: `cargo run --example make-samples`.
//!
//! Everything is invented and comes out the same every time: a small generator of
//! numbers, no clock, no randomness.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Formula, Workbook, XlsxError};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// A cell to write.
#[derive(Clone)]
enum V {
    Blank,
    Date(String),
    /// A formula and the result that Excel would have stored.
    Formula(&'static str, &'static str),
    Number(f64),
    Percent(f64),
    Text(String),
}

fn text(text: impl Into<String>) -> V {
    V::Text(text.into())
}

fn date(text: impl Into<String>) -> V {
    V::Date(text.into())
}

fn number(value: impl Into<f64>) -> V {
    V::Number(value.into())
}

fn texts(row: &[&str]) -> Vec<V> {
    row.iter().map(|cell| if cell.is_empty() { V::Blank } else { text(*cell) }).collect()
}

/// A sheet: its name and rows; the first row goes to row 1, the first cell to column A.
struct Sheet {
    name: &'static str,
    rows: Vec<Vec<V>>,
    hidden: bool,
}

fn sheet(name: &'static str, rows: Vec<Vec<V>>) -> Sheet {
    Sheet { name, rows, hidden: false }
}

fn workbook(sheets: &[Sheet]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_ymd(2026, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let percent = Format::new().set_num_format("0.0%");
    let bold = Format::new().set_bold();
    for sheet in sheets {
        let page = workbook.add_worksheet();
        page.set_name(sheet.name)?;
        page.set_hidden(sheet.hidden);
        for (row, cells) in (0u32..).zip(&sheet.rows) {
            for (column, cell) in (0u16..).zip(cells) {
                match cell {
                    V::Blank => {}
                    V::Date(text) => {
                        page.write_datetime_with_format(row, column, &ExcelDateTime::parse_from_str(text)?, &day)?;
                    }
                    V::Formula(formula, result) => {
                        page.write_formula(row, column, Formula::new(*formula).set_result(*result))?;
                    }
                    V::Number(value) => {
                        page.write_number(row, column, *value)?;
                    }
                    V::Percent(value) => {
                        page.write_number_with_format(row, column, *value, &percent)?;
                    }
                    V::Text(text) if row < 3 => {
                        page.write_string_with_format(row, column, text, &bold)?;
                    }
                    V::Text(text) => {
                        page.write_string(row, column, text)?;
                    }
                }
            }
        }
        for column in 0..12 {
            page.set_column_width(column, 14)?;
        }
    }
    workbook.save_to_buffer()
}

fn save(path: &Path, sheets: &[Sheet]) -> Outcome {
    fs::write(path, workbook(sheets)?)?;
    Ok(())
}

/// A sequence of numbers that looks irregular and is the same every time.
struct Numbers(u64);

impl Numbers {
    /// A whole number from `low` to `high`.
    fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        low + (self.0 >> 33) % (high - low + 1)
    }
}

#[allow(dead_code, reason = "the tests make the samples in a folder of their own")]
pub fn main() -> Outcome {
    make(&Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"))
}

/// Makes all samples below a folder.
pub fn make(samples: &Path) -> Outcome {
    small(&samples.join("small"))?;
    seed(&samples.join("seed"))?;
    messy(&samples.join("messy"))
}

/// Id, name, team, region, monthly target in thousands, and how well they sell (percent of target).
const PEOPLE: [(&str, &str, &str, &str, u64, u64); 24] = [
    ("H101", "Alice Moreau", "Harbour East", "North", 120, 104),
    ("H102", "Ben Okafor", "Harbour East", "North", 110, 97),
    ("H103", "Chen Yu", "Harbour East", "North", 95, 112),
    ("H104", "Dara Singh", "Harbour East", "North", 90, 88),
    ("H105", "Elena Petrova", "Harbour West", "North", 105, 101),
    ("H106", "Farid Nasser", "Harbour West", "North", 100, 93),
    ("H107", "Grace Kim", "Harbour West", "North", 85, 118),
    ("H108", "Hugo Martin", "Harbour West", "North", 80, 76),
    ("H201", "Ivy Chen", "River One", "South", 100, 99),
    ("H202", "Jonas Berg", "River One", "South", 95, 82),
    ("H203", "Keiko Sato", "River One", "South", 90, 107),
    ("H204", "Liam Byrne", "River One", "South", 85, 64),
    ("H205", "Mina Rossi", "River Two", "South", 95, 91),
    ("H206", "Noah Adler", "River Two", "South", 90, 58),
    ("H207", "Olga Ivanova", "River Two", "South", 80, 95),
    ("H208", "Pablo Ruiz", "River Two", "South", 75, 71),
    ("H301", "Qin Wei", "Valley", "West", 110, 121),
    ("H302", "Rosa Lind", "Valley", "West", 105, 109),
    ("H303", "Sam Taylor", "Valley", "West", 95, 103),
    ("H304", "Tara Novak", "Valley", "West", 90, 115),
    ("H305", "Umar Aziz", "Ridge", "West", 85, 98),
    ("H306", "Vera Costa", "Ridge", "West", 80, 106),
    ("H307", "Will Hansen", "Ridge", "West", 75, 94),
    ("H308", "Xenia Duarte", "Ridge", "West", 70, 111),
];

const PRODUCTS: [&str; 4] = ["Gauges", "Sensors", "Pumps", "Valves"];

/// A sales team's quarter: 13 weekly workbooks, targets, team, funnel, and last year's months.
fn small(folder: &Path) -> Outcome {
    fs::create_dir_all(folder)?;
    let mut team = vec![
        texts(&["Sales team 2026"]),
        texts(&["Employee id", "Name", "Team", "Region", "Manager", "Start date", "End date", "Share"]),
    ];
    for (id, name, unit, region, _, _) in PEOPLE {
        let manager = match region {
            "North" => "H101",
            "South" => "H201",
            _ => "H301",
        };
        let manager = if manager == id { "" } else { manager };
        let mut row = texts(&[id, name, unit, region, manager]);
        match id {
            // One person changes teams on 16 February; one works for two teams; one starts late.
            "H104" => {
                row.extend([date("2025-01-01"), date("2026-02-15"), V::Blank]);
                team.push(row);
                row = texts(&[id, name, "Harbour West", region, manager]);
                row.extend([date("2026-02-16"), V::Blank, V::Blank]);
            }
            "H303" => {
                row.extend([date("2025-01-01"), V::Blank, V::Percent(0.6)]);
                team.push(row);
                row = texts(&[id, name, "Ridge", region, manager]);
                row.extend([date("2025-01-01"), V::Blank, V::Percent(0.4)]);
            }
            "H208" => row.extend([date("2026-01-19"), V::Blank, V::Blank]),
            _ => row.extend([date("2025-01-01"), V::Blank, V::Blank]),
        }
        team.push(row);
    }
    save(&folder.join("team.xlsx"), &[sheet("Team", team)])?;

    let months = ["2026-01", "2026-02", "2026-03"];
    let mut targets = vec![
        texts(&["Sales targets 2026, first quarter (amounts in full currency units)"]),
        vec![],
        texts(&["Employee id", "Metric", months[0], months[1], months[2]]),
    ];
    for (id, _, _, _, target, _) in PEOPLE {
        let season = [95, 85, 120];
        let mut row = texts(&[id, "Sales amount"]);
        for percent in season {
            let skips = id == "H208" && percent == 95;
            row.push(if skips { V::Blank } else { number((target * 10 * percent) as f64) });
        }
        targets.push(row);
        let mut row = texts(&[id, "New customers"]);
        row.extend((0..3).map(|month| number(f64::from(2 + (id.as_bytes()[3] as u32 + month) % 3))));
        targets.push(row);
    }
    let mut rates = vec![texts(&["Company targets 2026"]), texts(&["Month", "Metric", "Target"])];
    for (month, rate) in months.iter().zip([0.20, 0.21, 0.22]) {
        rates.push(vec![text(*month), text("Conversion rate"), V::Percent(rate)]);
    }
    save(&folder.join("targets.xlsx"), &[sheet("People", targets), sheet("Company", rates)])?;

    let mut numbers = Numbers(2026);
    let mut funnel =
        vec![texts(&["Month", "Region", "Leads", "Qualified", "Opportunities", "Proposals", "Negotiations", "Won"])];
    for month in months {
        for (region, leads, rates) in [
            ("North", 420, [62, 58, 66, 70, 61]),
            ("South", 460, [55, 49, 38, 64, 52]),
            ("West", 380, [66, 63, 71, 74, 68]),
        ] {
            let mut row = texts(&[month, region]);
            let mut count = leads + numbers.between(0, 40);
            row.push(number(count as f64));
            for rate in rates {
                count = count * (rate + numbers.between(0, 4)) / 100;
                row.push(number(count as f64));
            }
            funnel.push(row);
        }
    }
    save(&folder.join("funnel.xlsx"), &[sheet("Funnel", funnel)])?;

    // Thirteen weeks, from Thursday 1 January to Sunday 29 March 2026.
    let first_monday = chrono::NaiveDate::from_ymd_opt(2025, 12, 29).ok_or("date")?;
    for week in 0u64..13 {
        let mut rows = vec![
            texts(&[&format!("Weekly sales report 2026-W{:02}", week + 1)]),
            vec![],
            texts(&[
                "Order date",
                "Order no.",
                "Employee id",
                "Name",
                "Product",
                "Sales amount",
                "Units",
                "New customers",
                "Leads",
            ]),
        ];
        for (index, (id, name, _, _, target, skill)) in PEOPLE.iter().enumerate() {
            if *id == "H208" && week < 3 {
                continue;
            }
            for order in 0..2u64 {
                let offset = if week == 0 { 4 } else { numbers.between(0, 4) };
                let day = first_monday + chrono::Days::new(week * 7 + offset);
                let month_weight = [95, 85, 120][usize::from(day.format("%m").to_string() == "02")
                    + 2 * usize::from(day.format("%m").to_string() == "03")];
                let share = 10 * target * skill * month_weight / 100 / 43 * 5;
                let cents = share * numbers.between(80, 120) / 10;
                let won = u64::from(numbers.between(0, 99) < 28);
                rows.push(vec![
                    date(day.to_string()),
                    text(format!("{}-{:02}{:02}{order}", 2026, week + 1, index)),
                    text(*id),
                    text(*name),
                    text(PRODUCTS[(index + order as usize + week as usize) % 4]),
                    number(cents as f64 / 100.0 * 10.0),
                    number((cents / 900 + 1) as f64),
                    number(won as f64),
                    number((1 + numbers.between(0, 1)) as f64),
                ]);
            }
        }
        save(&folder.join(format!("actuals 2026-W{:02}.xlsx", week + 1)), &[sheet("Week", rows)])?;
    }

    let mut history = vec![
        texts(&["Sales of the first quarter of 2025, by month"]),
        texts(&["Month", "Employee id", "Sales amount", "New customers", "Leads"]),
    ];
    for month in ["2025-01", "2025-02", "2025-03"] {
        for (id, _, _, _, target, skill) in PEOPLE {
            if id == "H208" {
                continue;
            }
            let amount = target * 9 * skill * numbers.between(88, 104) / 100;
            history.push(vec![
                text(month),
                text(id),
                number(amount as f64),
                number(numbers.between(1, 4) as f64),
                number((8 + numbers.between(0, 5)) as f64),
            ]);
        }
    }
    save(&folder.join("actuals 2025-Q1.xlsx"), &[sheet("2025", history)])?;
    small_plan(folder)?;
    fs::write(folder.join("attain.toml"), SMALL_SETTINGS)?;
    Ok(())
}

/// What is to be done, by days and by weeks of the plan, and what is looked at how often.
fn small_plan(folder: &Path) -> Outcome {
    let task = |labels: [&str; 3], start: V, due: V, status: &str, done_on: V| {
        let mut row = texts(&labels);
        row.extend([start, due, texts(&[status])[0].clone(), done_on]);
        row
    };
    let plan = vec![
        texts(&["Plan for the first quarter of 2026"]),
        vec![],
        texts(&["Phase", "Task", "Responsible", "Planned start", "Due date", "Status", "Done on"]),
        task(
            ["Prepare", "Agree the targets with the regions", "Sales"],
            date("2026-01-05"),
            date("2026-01-16"),
            "done",
            date("2026-01-14"),
        ),
        task(
            ["Prepare", "Publish the price list", "Marketing"],
            V::Blank,
            text("week 2-3"),
            "done",
            date("2026-01-28"),
        ),
        task(
            ["Grow", "Visit the fifty largest customers", "Key accounts"],
            V::Blank,
            text("week 4-11"),
            "in progress",
            V::Blank,
        ),
        task(["Grow", "Win five new resellers", "Channels"], V::Blank, text("week 5-12"), "delayed", V::Blank),
        task(["Review", "Review of the quarter", "Controlling"], V::Blank, date("2026-04-10"), "not started", V::Blank),
    ];
    let monitoring = vec![
        texts(&["Indicator", "Cadence", "Responsible"]),
        texts(&["Sales amount", "every Fri", "Sales"]),
        texts(&["New customers", "last Fri of month", "Channels"]),
        texts(&["Conversion rate", "3rd Wed of month", "Sales"]),
        texts(&["Customer satisfaction", "quarter end", "Service"]),
    ];
    save(&folder.join("plan.xlsx"), &[sheet("Plan", plan), sheet("Monitoring", monitoring)])
}

const SMALL_SETTINGS: &str = "\
# Settings of the small sample: a sales team's first quarter, seen on the last Sunday of March.
company = \"Harbour Instruments\"
inputs = [\".\"]
out = \"out\"
as_of = 2026-03-29
";

/// The source plan: quarterly targets without a fourth quarter, stages and owners, monitoring, budget.
fn seed(folder: &Path) -> Outcome {
    fs::create_dir_all(folder)?;
    let mut targets = vec![
        texts(&["2026年度销售目标"]),
        texts(&["单位:元"]),
        texts(&["季度", "销售目标", "市场占有率", "新客户获取", "产品转化率"]),
    ];
    for (quarter, sales, share, customers, conversion) in [
        ("第一季度", 1_500_000, 0.15, 200, 0.22),
        ("第二季度", 2_100_000, 0.18, 250, 0.25),
        ("第三季度", 2_300_000, 0.20, 300, 0.28),
    ] {
        targets.push(vec![text(quarter), number(sales), V::Percent(share), number(customers), V::Percent(conversion)]);
    }
    save(&folder.join("销售目标.xlsx"), &[sheet("目标", targets)])?;

    let plan = vec![
        texts(&["阶段", "工作内容", "负责人", "完成时间"]),
        texts(&["市场调研", "收集区域市场规模与竞品价格", "市场部 周敏", "第1-2周"]),
        texts(&["目标分解", "把季度目标分解到团队与个人", "销售部 陈立", "第3-4周"]),
        texts(&["渠道拓展", "新增二十家经销商", "渠道部 何佳", "第5-10周"]),
        texts(&["重点攻坚", "跟进前五十名意向客户", "大客户部 宋岩", "第8-16周"]),
        texts(&["复盘调整", "按季度评估并提出调整", "总经办 林远", "第24周"]),
    ];
    let monitoring = vec![
        texts(&["监控指标", "监控频率", "负责人"]),
        texts(&["销售额", "每周五", "陈立"]),
        texts(&["新客户数", "每月末", "何佳"]),
        texts(&["市场占有率", "每季度末", "周敏"]),
        texts(&["转化率", "每周的第三个周三", "宋岩"]),
    ];
    let budget = vec![
        texts(&["2026年度预算"]),
        texts(&["预算项目", "预算金额", "使用周期", "部门"]),
        vec![text("市场调研"), number(60_000), text("第1季度"), text("市场部")],
        vec![text("广告投放"), number(240_000), text("全年"), text("市场部")],
        vec![text("经销商大会"), number(90_000), text("每半年一次"), text("渠道部")],
        vec![text("客户培训"), number(48_000), text("全年"), text("大客户部")],
    ];
    save(
        &folder.join("执行与预算.xlsx"),
        &[sheet("执行计划", plan), sheet("监控", monitoring), sheet("预算", budget)],
    )?;

    let mut numbers = Numbers(8);
    let mut weeks =
        vec![texts(&["2026年上半年周报"]), texts(&["周次", "销售额(万元)", "新客户", "线索", "市场规模(万元)"])];
    for week in 2..=26u64 {
        let (base, customers, leads, market) = if week <= 13 { (11_400, 15, 66, 84) } else { (14_300, 17, 74, 93) };
        weeks.push(vec![
            text(format!("2026-W{week:02}")),
            number((base + numbers.between(0, 2_600)) as f64 / 1_000.0),
            number((customers + numbers.between(0, 5)) as f64),
            number((leads + numbers.between(0, 12)) as f64),
            number((market + numbers.between(0, 9)) as f64),
        ]);
    }
    save(&folder.join("周实际.xlsx"), &[sheet("周报", weeks)])?;
    fs::write(folder.join("attain.toml"), SEED_SETTINGS)?;
    Ok(())
}

const SEED_SETTINGS: &str = "\
# 源计划样例:季度目标没有第四季度。
company = \"启明科技\"
lang = \"zh\"
inputs = [\".\"]
out = \"out\"
as_of = 2026-06-28

[calendar]
holidays = \"cn\"

[plan]
start = 2026-01-05
";

/// One labelled row per mistake. The label says which code it is for.
fn messy(folder: &Path) -> Outcome {
    fs::create_dir_all(folder)?;
    let mut team = vec![texts(&["工号", "姓名", "团队", "区域", "上级", "开始日期", "结束日期", "分成", "Mistake"])];
    let assign = |id: &str, name: &str, unit: &str, region: &str, start: V, end: V, share: V, label: &str| {
        let mut row = texts(&[id, name, unit, region, ""]);
        row.extend([start, end, share, text(label)]);
        row
    };
    let blank = || V::Blank;
    let since = || date("2026-01-01");
    team.push(assign("M01", "李雷", "一组", "北区", since(), blank(), blank(), "none"));
    team.push(assign(
        "M02",
        "韩梅",
        "一组",
        "北区",
        since(),
        date("2026-02-28"),
        blank(),
        "W507: sells after the end date",
    ));
    team.push(assign("M03", "吴刚", "二组", "南区", since(), blank(), blank(), "W504: two teams, no shares"));
    team.push(assign("M03", "吴刚", "一组", "北区", since(), blank(), blank(), "W504: two teams, no shares"));
    team.push(assign("M04", "赵敏", "二组", "南区", since(), blank(), V::Percent(0.5), "E533: shares add up to 80 %"));
    team.push(assign("M04", "赵敏", "一组", "北区", since(), blank(), V::Percent(0.3), "E533: shares add up to 80 %"));
    team.push(assign("M05", "钱进", "二组", "南区", text("03/04/2026"), blank(), blank(), "E409: day or month first"));
    team.push(assign("M06", "孙平", "二组", "南区", number(46_023), blank(), blank(), "W408: date as a number"));
    team.push(assign("M07", "王芳", "二组", "南区", since(), blank(), blank(), "E516: two people of one name"));
    team.push(assign("M08", "王芳", "一组", "北区", since(), blank(), blank(), "E516: two people of one name"));
    team.push(assign(
        "M10",
        "郑成",
        "二组",
        "南区",
        date("2026-03-01"),
        date("2026-02-01"),
        blank(),
        "E520: ends before it starts",
    ));
    team.push(assign("M09", "周舟", "二组", "南区", since(), blank(), blank(), "W506: sells without a target"));
    team.push(assign("M01", "李蕾", "一组", "北区", since(), blank(), blank(), "E517: one id, two names"));
    team.push(assign(
        "M11",
        "高远",
        "一组",
        "北区",
        since(),
        date("2026-01-31"),
        blank(),
        "none: the first of two assignments",
    ));
    team.push(assign(
        "M11",
        "高远",
        "二组",
        "南区",
        date("2026-03-02"),
        blank(),
        blank(),
        "W553: nobody was responsible in February",
    ));
    team.push(assign("M12", "林夏", "三组", "南区", since(), date("2026-01-31"), blank(), "none: nobody follows"));
    team.push(assign("M13", "郭宁", "一组", "北区", blank(), blank(), blank(), "none"));
    team.push(assign("", "", "一组", "北区", since(), blank(), blank(), "E421: nobody named"));
    save(&folder.join("team.xlsx"), &[sheet("人员", team)])?;

    let mut targets =
        vec![texts(&["2026 targets with mistakes"]), texts(&["期间", "工号", "区域", "指标", "目标", "Mistake"])];
    let mut target = |period: V, id: &str, region: &str, metric: &str, value: V, label: &str| {
        let mut row = vec![period];
        row.extend(texts(&[id, region, metric]));
        row.extend([value, text(label)]);
        targets.push(row);
    };
    let month = || text("2026-01");
    target(month(), "M01", "", "销售额", number(100_000), "W558: more than twice last year's");
    target(month(), "M02", "", "销售额", text("90,000元"), "W401: number as text");
    target(month(), "M03", "", "销售额", text("十二万左右"), "E402: not a number");
    target(month(), "M04", "", "销售额", text("1.234,56"), "E403: which mark is the decimal?");
    target(month(), "M05", "", "销售额", V::Formula("=1/0", "#DIV/0!"), "E404: error in the cell");
    target(month(), "M06", "", "销售额", V::Formula("=40000+40000", "80000"), "E405: formula without a result");
    target(month(), "M07", "", "销售额", number(2e15), "E417: too many digits");
    target(month(), "M08", "", "销售额", date("2026-01-05"), "E418: a date for a number");
    target(month(), "", "北区", "转化率", number(25), "E407: 25 or 25 %?");
    target(text("2026-13"), "M01", "", "销售额", number(100_000), "E415: no such month");
    target(text("一季度末"), "M01", "", "销售额", number(100_000), "E415: not a period");
    target(month(), "M01", "", "销售数额", number(7), "E422: metric unknown");
    target(text("2026-02"), "M01", "", "销售额", number(100_000), "none");
    target(text("2026-02"), "M01", "", "销售额", number(100_000), "W502: the same target again");
    target(text("2026-02"), "M02", "", "销售额", number(90_000), "none");
    target(text("2026-02"), "M02", "", "销售额", number(95_000), "E502: another target");
    target(text("2026-02"), "M99", "", "销售额", number(50_000), "W503: nobody has this id");
    target(text("2026-02"), "", "东区", "销售额", number(50_000), "W514: no such region");
    target(text("2026-02"), "", "北区", "销售额", number(400_000), "E505: more than its members");
    target(text("2026-02"), "", "", "销售额", number(1), "E505: the company's, less than its parts");
    target(V::Blank, "M01", "", "销售额", number(100_000), "E421: when?");
    target(text("合计"), "", "", "", number(1_000_000), "E309: a total that the rows above do not add up to");
    let bytes = workbook(&[sheet("目标", targets)])?;
    // A formula that was never calculated has no value at all.
    fs::write(folder.join("targets.xlsx"), patched(&bytes, &[(SHEET, "<v>80000</v>", "")])?)?;

    let units = vec![
        texts(&["工号", "期间", "指标", "目标", "单位", "Mistake"]),
        vec![text("M01"), text("2026-03"), text("销售额"), number(5), text("kk"), text("E419: 5 what?")],
    ];
    save(&folder.join("targets in units.xlsx"), &[sheet("目标", units)])?;

    let mut by_month = vec![texts(&["销售目标"]), texts(&["工号", "1月", "2月", "Mistake"])];
    by_month.push(vec![text("M03"), number(60_000), number(61_000), text("E416: which year?")]);
    save(&folder.join("targets without a year.xlsx"), &[sheet("目标", by_month)])?;

    let mut actuals = vec![texts(&["日期", "单号", "工号", "姓名", "分成", "销售额", "销售额", "", "Mistake"])];
    let mut sale = |day: V, document: &str, id: &str, name: &str, share: V, amount: V, label: &str| {
        let mut row = vec![day];
        row.extend(texts(&[document, id, name]));
        row.extend([share, amount, V::Blank, V::Blank, text(label)]);
        actuals.push(row);
    };
    let whole = || V::Blank;
    sale(date("2026-01-12"), "S1", "M01", "", whole(), number(50_000.5), "none");
    sale(date("2026-01-13"), "S2", "M01", "", V::Percent(0.5), number(20_000), "none: half of a shared sale");
    sale(date("2026-01-13"), "S2", "M02", "", V::Percent(0.5), number(20_000), "none: the other half");
    sale(date("2026-01-14"), "S3", "M01", "", V::Percent(0.5), number(10_000), "E536: shares add up to 70 %");
    sale(date("2026-01-14"), "S3", "M02", "", V::Percent(0.2), number(10_000), "E536: shares add up to 70 %");
    sale(date("2026-03-05"), "S4", "M02", "", whole(), number(7_000), "W507: after the end date");
    sale(date("2026-01-15"), "S5", "", "韩梅梅", whole(), number(3_000), "W503: did you mean 韩梅?");
    sale(date("2026-01-16"), "S6", "", "王芳", whole(), number(2_000), "E516: which one?");
    sale(text("2026-02-30"), "S7", "M01", "", whole(), number(1_000), "E410: no such day");
    sale(text("2026-Q1"), "S8", "M01", "", whole(), number(1_000), "E512: too long");
    sale(date("2026-12-24"), "S9", "M01", "", whole(), number(1_000), "I513: after the as-of day");
    sale(date("2026-01-19"), "S10", "M09", "", whole(), number(5_000), "W506: sells without a target");
    sale(date("2026-01-19"), "S15", "M01", "韩梅", whole(), number(600), "W518: id of one, name of another");
    sale(date("2026-01-19"), "S16", "X77", "韩梅", whole(), number(700), "W519: unknown id, known name");
    sale(date("2026-01-20"), "S11", "", "", whole(), number(4_000), "E421: who sold?");
    sale(date("2026-01-21"), "S12", "M01", "", whole(), number(99_001), "W401: 99,001 where a number is stored");
    sale(date("2026-01-22"), "S13", "M01", "", whole(), number(99_002), "W208: the cell stands twice");
    sale(date("2026-01-22"), "S17", "M01", "", whole(), number(99_004), "E208: the cell stands twice, with two values");
    sale(date("2026-01-22"), "S18", "M01", "", whole(), number(99_005), "W307: the row is hidden");
    sale(date("2026-01-23"), "S14", "M01", "", whole(), number(99_003), "E406: not a finite number");
    let rows = actuals.len();
    for (row, cells) in actuals.iter_mut().enumerate().skip(1) {
        // The second column of the same name is E304; the column without a header is W305.
        cells[6] = number(f64::from(u32::try_from(row)?));
        cells[7] = text("?");
    }
    let bytes = workbook(&[
        sheet("实际", actuals),
        sheet("空表", Vec::new()),
        sheet("说明", vec![texts(&["谁", "什么", "何时"]), texts(&["W211", "not one of our tables", ""])]),
        Sheet {
            name: "旧数据",
            rows: vec![
                texts(&["日期", "工号", "销售额", "备注"]),
                vec![date("2025-01-15"), text("M01"), number(30_000), text("W203: on a hidden sheet")],
            ],
            hidden: true,
        },
    ])?;
    let (with_comma, twice, differing, hidden) = (rows - 4, rows - 3, rows - 2, rows - 1);
    let cell = |row: usize, value: u32| format!("<c r=\"F{row}\"><v>{value}</v></c>");
    let again = |row: usize, first: u32, second: u32| format!("{}{}", cell(row, first), cell(row, second));
    let bytes = patched(
        &bytes,
        &[
            (SHEET, &cell(with_comma, 99_001), &format!("<c r=\"F{with_comma}\" t=\"n\"><v>99,001</v></c>")),
            (SHEET, &cell(twice, 99_002), &again(twice, 99_002, 99_002)),
            (SHEET, &cell(differing, 99_004), &again(differing, 99_004, 1)),
            (SHEET, &format!("<row r=\"{hidden}\""), &format!("<row r=\"{hidden}\" hidden=\"1\"")),
            (SHEET, "<v>99003</v>", "<v>NaN</v>"),
            // W309: the column of the shares. I207: a range that the rows do not keep to.
            (SHEET, "<sheetData>", "<cols><col min=\"5\" max=\"5\" width=\"9\" hidden=\"1\"/></cols><sheetData>"),
            (SHEET, "<dimension ref=\"A1:", "<dimension ref=\"A1:B3\"/><!-- A1:"),
            (SHEET, "<sheetViews>", "--><sheetViews>"),
            ("xl/sharedStrings.xml", "uniqueCount=\"", "uniqueCount=\"9"),
            (
                "xl/_rels/workbook.xml.rels",
                "<Relationship ",
                &(["vbaProject", "externalLink", "connections"]
                    .map(|kind| {
                        format!("<Relationship Id=\"{kind}\" Type=\"http://example.com/{kind}\" Target=\"none\"/>")
                    })
                    .concat()
                    + "<Relationship "),
            ),
        ],
    )?;
    fs::write(folder.join("actuals.xlsx"), &bytes)?;
    fs::write(folder.join("copy of actuals (I509).xlsx"), &bytes)?;

    let funnel = vec![
        texts(&["月份", "区域", "线索", "商机", "成交", "Mistake"]),
        vec![text("2026-01"), text("北区"), number(100), number(40), number(12), text("none")],
        vec![text("2026-01"), text("南区"), number(50), number(60), number(9), text("W534: more than before")],
        vec![text("2026-02"), text("南区"), number(50), V::Blank, number(9), text("W535: a stage is blank")],
    ];
    save(&folder.join("funnel.xlsx"), &[sheet("漏斗", funnel)])?;
    messy_deals(folder)?;
    messy_budget(folder)?;
    let task = |task: &str, due: &str, status: &str, done_on: V, label: &str| {
        let mut row = texts(&[task, due, status]);
        row.extend([done_on, text(label)]);
        row
    };
    let plan = vec![
        texts(&["工作内容", "完成时间", "状态", "完成日期", "Mistake"]),
        task("市场调研", "第1-2周", "", V::Blank, "E583: weeks of a plan that starts on no day"),
        task("渠道拓展", "尽快", "", V::Blank, "E582: no day, period or week"),
        task("重点攻坚", "第5周", "差不多", V::Blank, "E584: neither done nor open"),
        task("复盘调整", "第6周", "进行中", date("2026-02-10"), "W585: in progress, and done"),
    ];
    let monitoring = vec![
        texts(&["监控指标", "监控频率", "Mistake"]),
        texts(&["转化率", "每周的第三个周三", "W580: a week has one Wednesday"]),
        texts(&["销售额", "不定期", "E581: no cadence"]),
    ];
    save(&folder.join("plan.xlsx"), &[sheet("执行计划", plan), sheet("监控", monitoring)])?;
    let lacking = vec![texts(&["工号", "期间", "Mistake"]), texts(&["M01", "2026-01", "E302: targets without values"])];
    save(&folder.join("column missing (E302).xlsx"), &[sheet("目标", lacking)])?;
    save(&folder.join("no table (E201).xlsx"), &[sheet("Notes", vec![texts(&["Remember the milk"])])])?;

    fs::write(folder.join("empty (E101).xlsx"), b"")?;
    fs::write(folder.join("cut off (E102).xlsx"), &bytes[..bytes.len() / 2])?;
    fs::write(folder.join("page (E106).xls"), "<html><body><table><tr><td>日期</td></tr></table></body></html>")?;
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let encrypted = [&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1][..], &[0; 504], &name].concat();
    fs::write(folder.join("locked (E107).xlsx"), encrypted)?;
    let mut damaged = bytes.clone();
    damaged[40..400].fill(0x55);
    fs::write(folder.join("damaged (E123).xlsx"), damaged)?;
    broken_packages(folder)?;
    fs::write(
        folder.join("old (E105).xls"),
        [&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1][..], &[7; 504]].concat(),
    )?;
    fs::write(folder.join("zero (E142).csv"), "日期,工号,销售额\n2026-01-05,M01,1\u{0}2\n")?;
    fs::write(folder.join("one field (E144).csv"), "日期 工号 销售额\n2026-01-05 M01 100\n")?;
    fs::write(
        folder.join("lines (E141 W141).csv"),
        "日期,工号,销售额,备注\n2026-01-12,M01,1,none\n2026-01-12,M01,1,234,E141: a comma too many\n2026-01-12,M01,2\n",
    )?;
    fs::write(folder.join("bytes (E140).csv"), [&b"a,b\n"[..], &[0xff, 0x00, 0x81, 0xff]].concat())?;
    fs::write(
        folder.join("quote (E143).csv"),
        "日期,工号,销售额\n2026-01-05,\"M01,100\n2026-01-06,M01,200\n2026-01-07,M01,300\n",
    )?;
    let (gbk, _, _) =
        encoding_rs::GB18030.encode("日期,工号,销售额,备注\n2026-01-08,M01,800.50,I145: read as gb18030\n");
    fs::write(folder.join("gbk (I145).csv"), gbk)?;
    across_files(folder)?;
    odd_shapes(folder)?;
    odd_cells(folder)?;
    doubtful_targets(folder)?;
    fs::write(folder.join("attain.toml"), MESSY_SETTINGS)?;
    Ok(())
}

fn messy_deals(folder: &Path) -> Outcome {
    let mut deals = vec![texts(&[
        "商机编号",
        "工号",
        "商机阶段",
        "商机结果",
        "商机金额",
        "赢单概率",
        "创建日期",
        "成交日期",
        "Mistake",
    ])];
    let mut deal = |id: &str, words: [&str; 2], amount: u32, chance: f64, created: &str, closed: &str, label: &str| {
        let mut row = texts(&[id, "M01", words[0], words[1]]);
        let day = |day: &str| if day.is_empty() { V::Blank } else { date(day) };
        row.extend([number(amount), V::Percent(chance), day(created), day(closed), text(label)]);
        deals.push(row);
    };
    deal("D1", ["谈判", ""], 50_000, 0.4, "2026-01-05", "", "none");
    deal("D1", ["谈判", ""], 50_000, 0.4, "2026-01-05", "", "W541: the same row again");
    deal("D1", ["谈判", ""], 55_000, 0.4, "2026-01-05", "", "E541: the same deal, another amount");
    deal("D2", ["演示", ""], 20_000, 0.2, "2026-01-06", "", "W530: no such stage");
    deal("D3", ["赢单", ""], 30_000, 1.0, "2026-01-07", "", "W531: won, and when?");
    deal("D4", ["赢单", ""], 10_000, 1.0, "2026-02-10", "2026-02-01", "W532: won before it was created");
    deal("D5", ["谈判", "待定"], 15_000, 0.5, "2026-02-11", "", "W542: no such outcome");
    deal("D6", ["谈判", ""], 12_000, 1.5, "2026-02-12", "", "E545: more than certain");
    deal("D7", ["赢单", "输单"], 9_000, 0.0, "2026-02-13", "2026-03-02", "W546: won or lost?");
    deal("D8", ["赢单", ""], 8_000, 1.0, "2026-02-16", "2026-06-01", "I547: won after the as-of day");
    save(&folder.join("deals.xlsx"), &[sheet("商机", deals)])
}

fn messy_budget(folder: &Path) -> Outcome {
    let line = |item: &str, cycle: &str, basis: &str, label: &str| {
        vec![text(item), number(6_000), texts(&[cycle])[0].clone(), texts(&[basis])[0].clone(), text(label)]
    };
    let budget = vec![
        texts(&["2026年度预算"]),
        texts(&["预算项目", "预算金额", "使用周期", "计算方式", "Mistake"]),
        line("广告", "第1季度", "", "none"),
        line("会议", "偶尔", "", "E542: how often is that?"),
        line("培训", "每月", "大概", "E543: for each or for all?"),
        line("差旅", "每月", "", "W543: for each or for all?"),
        line("样品", "", "", "W544: when?"),
    ];
    let spend = vec![
        texts(&["日期", "预算项目", "费用金额", "费用性质", "Mistake"]),
        vec![date("2026-01-12"), text("广告"), number(1_500), text("实际"), text("none")],
        vec![date("2026-01-13"), text("广告"), number(100), text("垫付"), text("E544: spent or promised?")],
        vec![date("2026-01-14"), text("礼品"), number(300), text("实际"), text("W545: no budget for it")],
    ];
    save(&folder.join("budget.xlsx"), &[sheet("预算", budget), sheet("费用", spend)])
}

/// What only shows when files are compared.
fn across_files(folder: &Path) -> Outcome<()> {
    let book = |file: &str, rows: Vec<Vec<V>>| save(&folder.join(file), &[sheet("实际", rows)]);
    let payments = |month: u32, amounts: [f64; 3], label: &str| {
        let mut rows = vec![texts(&["日期", "工号", "回款额", "Mistake"])];
        for (day, amount) in (5..).zip(amounts) {
            rows.push(vec![date(format!("2026-{month:02}-{day:02}")), text("M01"), number(amount), text(label)]);
        }
        rows
    };
    book("payments 2026-01 (E501).xlsx", payments(1, [12.5, 9.8, 11.2], "E501: in 万元, and no header says so"))?;
    book("payments 2026-02.xlsx", payments(2, [118_000.0, 102_000.0, 125_000.0], "none: in 元"))?;
    let orders = vec![
        texts(&["日期", "单号", "工号", "订单数", "Mistake"]),
        vec![date("2026-03-10"), text("T1"), text("M01"), number(4), text("E508: the file says February")],
    ];
    book("orders 2026-02 (E508).xlsx", orders)?;
    for (file, leads, label) in
        [("leads.xlsx", 31, "none"), ("leads v2.xlsx", 33, "W510: a newer revision of leads.xlsx")]
    {
        let rows = vec![
            texts(&["日期", "工号", "线索数", "Mistake"]),
            vec![date("2026-01-12"), text("M01"), number(leads), text(label)],
        ];
        book(file, rows)?;
    }
    let order =
        |document: &str, label: &str| vec![date("2026-01-14"), text(document), text("M01"), number(2), text(label)];
    let again = "W551: the row stands twice";
    let repeated = vec![
        texts(&["日期", "单号", "工号", "订单数", "Mistake"]),
        order("R1", again),
        order("R2", "none"),
        order("R1", again),
    ];
    book("orders repeated.xlsx", repeated)?;
    let mut export = vec![texts(&["日期", "单号", "工号", "数量", "Mistake"])];
    let mut csv = "日期,单号,工号,数量,Mistake\n".to_string();
    for (document, units) in [("U1", 30), ("U2", 40), ("U3", 50)] {
        export.push(vec![date("2026-03-12"), text(document), text("M01"), number(units), text("none")]);
        csv.push_str(&format!("2026-03-12,{document},M01,{units},E552: all of export.xlsx again\n"));
    }
    book("export.xlsx", export)?;
    fs::write(folder.join("exported again (E552).csv"), csv)?;
    let history = vec![
        texts(&["月份", "工号", "销售额", "利润", "新客户数"]),
        vec![text("2025-03"), text("M13"), number(300_000), number(100_000), number(100)],
    ];
    book("history 2025.xlsx", history)
}

/// Tables that a careful reader finds all the same, and those that need a word first.
fn odd_shapes(folder: &Path) -> Outcome<()> {
    let figures = |values: &[u32]| values.iter().map(|value| number(*value)).collect::<Vec<V>>();
    let row = |texts_before: &[&str], values: &[u32], label: &str| {
        let mut row = texts(texts_before);
        row.extend(figures(values));
        row.push(text(label));
        row
    };
    let joined = vec![
        texts(&["2026年 新客户数"]),
        texts(&["区域", "4月", "", "5月", "", "Mistake"]),
        texts(&["", "目标", "实际", "目标", "实际", ""]),
        row(&["北区"], &[5, 4, 6, 3], "I306: a header in two rows"),
        row(&["南区"], &[4, 4, 5, 5], "I306: a header in two rows"),
        row(&["合计"], &[9, 8, 11, 8], "I308: a total"),
    ];
    let merges = "</sheetData><mergeCells count=\"3\"><mergeCell ref=\"A2:A3\"/><mergeCell ref=\"B2:C2\"/>\
                  <mergeCell ref=\"D2:E2\"/></mergeCells>";
    let bytes = patched(&workbook(&[sheet("新客户", joined)])?, &[(SHEET, "</sheetData>", merges)])?;
    fs::write(folder.join("two header rows (I306).xlsx"), bytes)?;

    let header = texts(&["工号", "4月", "5月", "6月", "合计", "Mistake"]);
    let again = texts(&["工号", "4月", "5月", "6月", "合计", "I312: the header again"]);
    let totals = vec![
        texts(&["2026年 回款目标"]),
        header,
        row(&["M01"], &[100, 200, 300, 600], "none"),
        row(&["M02"], &[100, 200, 300, 650], "E316: the row adds up to 600"),
        again,
        row(&["M03"], &[10, 20, 30, 60], "none"),
        row(&["合计"], &[210, 420, 640, 1_310], "E309: June adds up to 630"),
        vec![],
        row(&["", "", "", "", "", "", "W310: beside the table", "W310"], &[7], "W310"),
    ];
    save(&folder.join("totals (E309 E316 I312 W310).xlsx"), &[sheet("回款", totals)])?;

    let orders = |label: &str, last: u32| {
        let mut rows = vec![texts(&["日期", "工号", "订单数", "Mistake"])];
        for (day, orders) in [("2026-02-02", 3), ("2026-02-03", 4), ("2026-02-04", last)] {
            rows.push(vec![date(day), text("M01"), number(orders), text(label)]);
        }
        rows
    };
    let sheets = [
        sheet("周报", orders("W313: two sheets say it", 5)),
        Sheet { hidden: true, ..sheet("周报隐藏", orders("W313: two sheets say it", 5)) },
        sheet("周报 (2)", orders("E202: a copy, and one row differs", 6)),
    ];
    save(&folder.join("sheets again (W313 E202).xlsx"), &sheets)?;

    let by_month = |title: &str, header: &str, first: &str, label: &str| {
        vec![
            texts(&[title]),
            texts(&[header, "4月", "5月", "6月", "Mistake"]),
            row(&[first], &[10, 20, 30], label),
            row(&["M02"], &[11, 21, 31], label),
        ]
    };
    save(
        &folder.join("what is it (E314).xlsx"),
        &[sheet("2026", by_month("", "工号", "M01", "E314: targets or actuals?"))],
    )?;
    let mut again = vec![texts(&["期间", "工号", "指标", "目标", "Mistake"])];
    for (person, values) in [("M01", [10, 20, 30]), ("M02", [11, 21, 31])] {
        for (month, value) in ["2026-04", "2026-05", "2026-06"].into_iter().zip(values) {
            let mut row = texts(&[month, person, "成本"]);
            row.extend([number(value), text("W563: all of them stand in 目标2026, too")]);
            again.push(row);
        }
    }
    save(&folder.join("目标表 (W563).xlsx"), &[sheet("目标", again)])?;
    let of_file = by_month("成本目标", "工号", "M01", "I317: the file's name says 2026");
    save(&folder.join("目标2026 (I317).xlsx"), &[sheet("成本", of_file)])?;
    let cumulative = by_month("2026年 利润 累计实际", "工号", "M01", "E327: running sums");
    save(&folder.join("running sums (E327).xlsx"), &[sheet("利润", cumulative)])?;
    let silent = vec![
        texts(&["2026年 利润目标"]),
        texts(&["区域", "4月", "5月", "6月", "Mistake"]),
        row(&["北区"], &[11_200, 13_400, 12_100], "none"),
        row(&["南区"], &[9_100, 8_700, 9_900], "none"),
        row(&["两区"], &[20_300, 22_100, 22_000], "W324: the sum of both, under a name of its own"),
        texts(&["南区的数字尚待确认", "", "", "", "I328: a note"]),
    ];
    save(&folder.join("sum without a name (W324 I328).xlsx"), &[sheet("利润", silent)])?;
    let quarters = vec![
        texts(&["2025年 利润实际"]),
        texts(&["区域", "一季度", "二季度", "三季度", "四季度", "Mistake"]),
        row(&["北区"], &[31_000, 33_500, 36_100, 40_200], "W331: which months?"),
    ];
    save(&folder.join("quarters (W331).xlsx"), &[sheet("利润", quarters)])?;
    let weeks = vec![
        texts(&["2026年2月 利润实际"]),
        texts(&["工号", "第1周", "第2周", "第3周", "第4周", "Mistake"]),
        row(&["M01"], &[310, 420, 150, 280], "I329: the weeks of February"),
    ];
    save(&folder.join("weeks of a month (I329).xlsx"), &[sheet("周报", weeks)])?;
    let profits = |day: &str, values: &[u32], currency: &str, label: &str| {
        let mut row = vec![date(day), text("M02")];
        row.extend(figures(values));
        row.extend([text(currency), text(label)]);
        row
    };
    let currencies = vec![
        texts(&["日期", "工号", "利润", "退货利润", "币种", "Mistake"]),
        profits("2026-02-02", &[1_500, 20], "CNY", "W325: what is 退货利润?"),
        profits("2026-02-03", &[300, 10], "USD", "E326: another currency"),
    ];
    save(&folder.join("currencies (E326 W325).xlsx"), &[sheet("流水", currencies)])?;
    let items = vec![
        texts(&["2026年度预算"]),
        texts(&["明细", "4月", "5月", "6月", "Mistake"]),
        row(&["差旅"], &[10, 20, 30], "I322: what is 明细?"),
        row(&["会议"], &[11, 21, 31], "I322"),
    ];
    save(&folder.join("items (I322).xlsx"), &[sheet("费用", items)])?;

    let scenario = |scenario: &str, value: u32, label: &str| {
        let mut row = texts(&["2026-04", "M01", "订单数", scenario]);
        row.extend([number(value), text(label)]);
        row
    };
    let scenarios = vec![
        texts(&["月份", "工号", "指标", "口径", "数值", "Mistake"]),
        scenario("计划", 12, "none"),
        scenario("实际", 9, "none"),
        scenario("LE1", 11, "I318: a forecast"),
    ];
    save(&folder.join("scenarios (I318).xlsx"), &[sheet("订单", scenarios)])
}

/// Cells that are read with care, or not at all.
fn odd_cells(folder: &Path) -> Outcome<()> {
    let rates = vec![
        texts(&["期间", "区域", "转化率", "Mistake"]),
        vec![text("2026-05"), text("北区"), number(25), text("W407: all of them are above 1.5")],
        vec![text("2026-05"), text("南区"), number(30), text("W407: all of them are above 1.5")],
    ];
    save(&folder.join("rates (W407).xlsx"), &[sheet("转化率目标", rates)])?;
    let since_1904 = vec![
        texts(&["期间", "工号", "指标", "目标", "Mistake"]),
        vec![text("2026-05"), text("M01"), text("订单数"), number(12), text("W411: days count from 1904")],
    ];
    let bytes = workbook(&[sheet("目标", since_1904)])?;
    let bytes = patched(&bytes, &[("xl/workbook.xml", "<workbookPr ", "<workbookPr date1904=\"1\" ")])?;
    fs::write(folder.join("1904 (W411).xlsx"), bytes)?;
    let sale = |id: V, name: &str, product: &str, orders: u32, label: &str| {
        vec![date("2026-02-09"), id, text(name), text(product), number(orders), text(label)]
    };
    let cells = vec![
        texts(&["日期", "工号", "姓名", "产品", "订单数", "Mistake"]),
        sale(number(1_234_567_890_123_456.0), "李雷", "泵", 1, "E412: sixteen digits in a number"),
        sale(text("M01"), "李\u{200b}雷", "泵", 2, "W415: a character that nobody sees"),
        sale(text("M01"), "李雷", "=泵+阀", 3, "I416: text that begins like a formula"),
        sale(text("M01"), "李雷", "阀", 4, "E414: merged with the next row"),
        vec![
            date("2026-02-10"),
            text("M01"),
            text("李雷"),
            text("阀"),
            V::Blank,
            text("E414: merged with the row above"),
        ],
    ];
    let merges = "</sheetData><mergeCells count=\"1\"><mergeCell ref=\"E5:E6\"/></mergeCells>";
    let bytes = patched(&workbook(&[sheet("实际", cells)])?, &[(SHEET, "</sheetData>", merges)])?;
    fs::write(folder.join("cells (E412 E414 W415 I416).xlsx"), bytes)?;
    Ok(())
}

/// Targets that can be read, and are not SMART.
fn doubtful_targets(folder: &Path) -> Outcome<()> {
    let header = |unit: &str| texts(&["期间", unit, "指标", "目标", "Mistake"]);
    let target = |period: &str, unit: &str, metric: &str, value: V, label: &str| {
        vec![text(period), text(unit), text(metric), value, text(label)]
    };
    let people = vec![
        header("工号"),
        target("2026-03", "M01", "成本", number(90_000), "W555: nobody reports costs"),
        target("2026-03", "M02", "成本", number(95_000), "none"),
        target("2026-03", "M03", "成本", number(80_000), "none"),
        target("2026-03", "M04", "成本", number(8.5), "W557: in 万元, the others in 元"),
        target("2026-03", "M13", "利润", number(20_000), "W559: a fifth of last year's"),
        target("2026-03", "M13", "销售额", number(600_000), "none: twice last year's, no more"),
        target("2026-03", "M13", "新客户数", number(80), "W561: 7,500 per new customer, last year 3,000"),
        target("2026-01", "M01", "数量", number(100), "I562: the last one, and units are sold since"),
    ];
    let teams = vec![
        header("团队"),
        target("2026-03", "三组", "订单数", number(30), "W554: its only member has left"),
        target("2026-03", "二组", "订单数", number(0), "I556: a target of 0"),
    ];
    let company = vec![
        texts(&["期间", "指标", "目标", "Mistake"]),
        vec![text("2026-04"), text("销售额"), number(1_000_000), text("none")],
        vec![text("2026-04"), text("市场规模"), number(3_000_000), text("none")],
        vec![text("2026-04"), text("市场占有率"), V::Percent(0.1), text("W560: a tenth of 3,000,000 is not 1,000,000")],
    ];
    save(&folder.join("doubtful targets.xlsx"), &[sheet("个人", people), sheet("团队", teams), sheet("公司", company)])
}

/// Workbooks that are damaged each in one way.
fn broken_packages(folder: &Path) -> Outcome<()> {
    let rows = vec![texts(&["日期", "工号", "销售额"]), vec![date("2026-01-05"), text("M01"), number(100)]];
    let bytes = workbook(&[sheet("实际", rows)])?;
    let patches = [
        ("dtd (E124).xlsx", "<worksheet ", "<!DOCTYPE worksheet><worksheet "),
        ("utf-16 (E125).xlsx", "encoding=\"UTF-8\"", "encoding=\"UTF-16\""),
        ("cut sheet (E126).xlsx", "</sheetData>", ""),
        ("address (E205).xlsx", "r=\"A2\"", "r=\"AAAA2\""),
    ];
    for (file, from, to) in patches {
        fs::write(folder.join(file), patched(&bytes, &[(SHEET, from, to)])?)?;
    }
    // A zip library writes no name twice: a part whose name is as long as another's is renamed afterwards.
    let mut twice = bytes;
    while let Some(at) = twice.windows(19).position(|name| name == b"xl/theme/theme1.xml") {
        twice[at..at + 19].copy_from_slice(b"[Content_Types].xml");
    }
    fs::write(folder.join("part twice (E122).xlsx"), twice)?;
    let mut letter = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
    letter.start_file("_rels/.rels", options)?;
    letter.write_all(b"<Relationships><Relationship Id=\"r1\" Type=\"x/officeDocument\" Target=\"word/document.xml\"/></Relationships>")?;
    letter.start_file("word/document.xml", options)?;
    letter.write_all(b"<document/>")?;
    fs::write(folder.join("letter (E127).xlsx"), letter.finish()?.into_inner())?;
    Ok(())
}

/// The part of the first sheet.
const SHEET: &str = "xl/worksheets/sheet1.xml";

const MESSY_SETTINGS: &str = "\
# One labelled row per mistake: `attain check samples/messy` names every one of them.
inputs = [\".\"]
out = \"out\"
as_of = 2026-03-31

[calendar]
holidays = \"cn\"
";

/// The workbook with texts of its parts replaced, as no library would write them: part, from, to.
pub fn patched(bytes: &[u8], patches: &[(&str, &str, &str)]) -> Outcome<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))?;
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut part = archive.by_index(index)?;
        let name = part.name()?.to_string();
        let mut content = Vec::new();
        part.read_to_end(&mut content)?;
        for (_, from, to) in patches.iter().filter(|(part, ..)| *part == name) {
            let xml = String::from_utf8(content)?;
            assert!(xml.contains(from), "{from}");
            content = xml.replacen(from, to, 1).into_bytes();
        }
        let options = zip::write::SimpleFileOptions::default()
            .last_modified_time(zip::DateTime::default())
            .compression_method(zip::CompressionMethod::Deflated);
        writer.start_file(name, options)?;
        writer.write_all(&content)?;
    }
    Ok(writer.finish()?.into_inner())
}
