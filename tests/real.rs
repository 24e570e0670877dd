//! Real workbooks that nobody here made, with answers that other programs computed: each as it is, with at most
//! a profile. The data is not part of the project; without it each test says so and passes.

mod support;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use support::{Row, attain, read_table, shared};
use tempfile::TempDir;

fn expected(name: &str) -> Vec<Row> {
    read_table(&shared("expected").unwrap().join(name))
}

/// A finished run.
struct Ran {
    out: TempDir,
    account: serde_json::Value,
}

impl Ran {
    /// Runs over inputs as they are. No problem may be an error.
    fn over(inputs: &[&Path], arguments: &[&str]) -> Ran {
        let out = tempfile::tempdir().unwrap();
        let output = attain()
            .arg("run")
            .args(inputs)
            .args(["--tables", "csv", "--quiet", "--out"])
            .arg(out.path())
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let account = serde_json::from_slice(&std::fs::read(out.path().join("run.json")).unwrap()).unwrap();
        Ran { out, account }
    }

    fn table(&self, name: &str) -> Vec<Row> {
        read_table(&self.out.path().join(format!("tables/{name}.csv")))
    }

    /// Attainment by metric, level, unit and period.
    fn attainment(&self) -> HashMap<[String; 4], Row> {
        let key = |row: &Row| ["metric", "level", "unit_id", "period"].map(|column| row[column].clone());
        self.table("attainment").into_iter().map(|row| (key(&row), row)).collect()
    }

    /// What became of the rows of a table: read, used, totals, notes.
    fn rows(&self, file: &str, sheet: &str, table: &str) -> [u64; 4] {
        let inputs = self.account["inputs"].as_array().unwrap();
        let input = inputs.iter().find(|input| input["file"].as_str().unwrap().ends_with(file)).unwrap();
        let sheets = input["sheets"].as_array().unwrap();
        let found = sheets.iter().find(|found| found["sheet"] == sheet && found["table"] == table).unwrap();
        ["rows", "used", "totals", "notes"].map(|key| found[key].as_u64().unwrap())
    }
}

/// Compares numbers at 1e-9 relative, and blanks with blanks. Returns how many were compared.
#[derive(Default)]
struct Comparison {
    n: usize,
    largest: f64,
}

impl Comparison {
    #[track_caller]
    fn number(&mut self, what: &str, ours: Option<&String>, theirs: &str) {
        let ours = ours.and_then(|text| text.parse::<f64>().ok());
        let theirs = theirs.parse::<f64>().ok();
        self.n += 1;
        match (ours, theirs) {
            (Some(ours), Some(theirs)) => {
                let gap = (ours - theirs).abs();
                self.largest = self.largest.max(gap);
                // Our amounts keep six decimals.
                assert!(gap <= 5e-7_f64.max(1e-9 * theirs.abs()), "{what}: {ours} is not {theirs}");
            }
            (None, None) => {}
            other => panic!("{what}: {other:?}"),
        }
    }

    #[track_caller]
    fn columns(&mut self, ours: Option<&Row>, theirs: &Row, columns: &[(&str, &str)]) {
        for (own, other) in columns {
            self.number(&format!("{theirs:?} {own}"), ours.and_then(|row| row.get(*own)), &theirs[*other]);
        }
    }

    #[track_caller]
    fn end(self, name: &str, n: usize) {
        assert_eq!(self.n, n, "{name}");
        eprintln!("{name}: {n} figures compared, largest difference {:.1e}", self.largest);
    }
}

const ATTAINMENT: [(&str, &str); 4] =
    [("target", "target"), ("actual", "actual"), ("variance", "variance"), ("attainment", "attainment")];

fn key(metric: &str, level: &str, unit: &str, period: &str) -> [String; 4] {
    [metric, level, unit, period].map(str::to_string)
}

#[test]
fn a_tracker_with_days_across() {
    let Some(folder) = shared("regional") else { return };
    let arguments = ["--profile", "regional", "--period", "2026-03", "--as-of", "2026-03-31"];
    let ran = Ran::over(&[&folder], &arguments);
    let figures = ran.attainment();
    let mut comparison = Comparison::default();
    for row in expected("regional_xlsm_person.csv") {
        let own = figures.get(&key("units", "person", &row["Emp Code"], "2026-03"));
        comparison.columns(own, &row, &ATTAINMENT);
    }
    for row in expected("regional_xlsm_region.csv") {
        let own = figures.get(&key("units", "region", &row["Region"], "2026-03"));
        comparison.columns(own, &row, &ATTAINMENT);
    }
    comparison.end("regional", 4 * (141 + 8));
    let file = "Regional Sales & Target Tracking Dashboard.xlsm";
    assert_eq!(ran.rows(file, "DATA", "actuals"), [141, 141, 0, 0]);
    // The column of totals is the sum of its five days in every row: it is said to be one, and not added.
    let problems = ran.table("problems");
    let total = problems.iter().find(|row| row["code"] == "I308").unwrap();
    assert_eq!((total["cell"].as_str(), total["raw"].as_str()), ("I1", "Total Sales"));
}

#[test]
fn orders_of_an_old_workbook_with_targets_by_day() {
    let Some(folder) = shared("superstore") else { return };
    let ran = Ran::over(&[&folder], &["--profile", "superstore", "--as-of", "2020-12-31"]);
    let figures = ran.attainment();
    let mut comparison = Comparison::default();
    let mut compare = |file: &str, level: &str, unit: &str, period: fn(&Row) -> String| {
        for row in expected(file) {
            let unit = row.get(unit).cloned().unwrap_or_default();
            let own = figures.get(&key("sales_amount", level, &unit, &period(&row)));
            comparison.columns(own, &row, &ATTAINMENT);
        }
    };
    compare("superstore_month.csv", "company", "", |row| row["month"].clone());
    compare("superstore_year.csv", "company", "", |row| row["year"].clone());
    compare("superstore_year_category.csv", "product", "Category", |row| row["year"].clone());
    compare("superstore_quarter_segment.csv", "segment", "Segment", |row| {
        format!("{}-{}", &row["quarter"][..4], &row["quarter"][4..])
    });
    for row in expected("superstore_manager_year_actual.csv") {
        for (metric, column) in [("sales_amount", "sales"), ("profit", "profit")] {
            let own = figures.get(&key(metric, "region", &row["Region"], &row["year"]));
            comparison.columns(own, &row, &[("actual", column)]);
        }
    }
    // The quotas of 2002: 41 people whom the list of managers does not know, in regions that it does.
    for row in expected("superstore_commission_region.csv") {
        let own = figures.get(&key("sales_amount", "region", &row["Region"], "2002-01"));
        comparison.columns(own, &row, &[("target", "sales")]);
    }
    comparison.end("superstore", 4 * (48 + 4 + 12 + 48) + 2 * 16 + 3);
    assert_eq!(ran.rows("Sample - Superstore.xls", "Orders", "actuals"), [9_994, 9_994, 0, 0]);
    assert_eq!(ran.rows("Sales Target (US).xlsx", "Sheet1", "targets"), [4_603, 4_603, 0, 0]);
    let checks = expected("superstore_checks.csv");
    let check = |name: &str| checks.iter().find(|row| row["measure"] == name).unwrap()["value"].parse::<f64>().unwrap();
    let credited = ran.account["control_totals"]["sales_amount"]["credited"].as_str().unwrap();
    assert!((credited.parse::<f64>().unwrap() - check("sales total")).abs() < 1e-6, "{credited}");
}

/// 800 rows of returns name 296 orders: looked up, each order counts once, and no line is multiplied.
#[test]
fn returns_do_not_multiply_the_sales_they_are_joined_to() {
    let Some(folder) = shared("superstore") else { return };
    let built_in = include_str!("../templates/profiles/superstore.toml");
    let filter =
        "sheet = \"Orders\"\n[[table.filter]]\nheader = \"Order ID\"\nlookup = \"returned\"\nkeep = [\"Yes\"]\n";
    let own = tempfile::tempdir().unwrap();
    let path = own.path().join("returned.toml");
    // The filter stands before the table's columns.
    let profile = built_in.replace("sheet = \"Orders\"\n", filter);
    std::fs::write(&path, profile).unwrap();
    let orders = folder.join("Sample - Superstore.xls");
    let ran = Ran::over(&[&orders], &["--profile", path.to_str().unwrap(), "--as-of", "2020-12-31"]);
    let checks = expected("superstore_checks.csv");
    let returned = checks.iter().find(|row| row["measure"] == "sales of returned orders").unwrap();
    let credited = ran.account["control_totals"]["sales_amount"]["credited"].as_str().unwrap();
    assert_eq!(credited, "180504.2779");
    assert!((credited.parse::<f64>().unwrap() - returned["value"].parse::<f64>().unwrap()).abs() < 1e-6);
    assert_eq!(ran.rows("Sample - Superstore.xls", "Orders", "actuals")[1], 800);
}

#[test]
fn chinese_order_lines_with_quantity_price_and_discount() {
    let Some(folder) = shared("cn_orders") else { return };
    let ran = Ran::over(&[&folder], &["--profile", "cn_orders", "--as-of", "2012-12-31"]);
    let figures = ran.attainment();
    let metrics =
        [("units", "数量"), ("gross_amount", "毛额"), ("sales_amount", "净额"), ("shipping_cost", "运输成本")];
    let mut comparison = Comparison::default();
    for row in expected("cn_orders_year_region.csv") {
        for (metric, column) in metrics {
            let own = figures.get(&key(metric, "region", &row["区域"], &row["年"]));
            comparison.columns(own, &row, &[("actual", column)]);
        }
    }
    // All years together.
    let mut sums: BTreeMap<[&str; 3], f64> = BTreeMap::new();
    for (key, row) in figures.iter().filter(|(key, _)| key[3].len() == 4) {
        *sums.entry([&key[0], &key[1], &key[2]]).or_default() += row["actual"].parse::<f64>().unwrap_or(0.0);
    }
    for row in expected("cn_orders_region_province.csv") {
        for (metric, column) in metrics {
            let in_region = format!("{}/{}", row["区域"], row["省份"]);
            let own = [&row["省份"], &in_region].into_iter().find_map(|unit| sums.get(&[metric, "team", unit]));
            comparison.number(&in_region, own.map(f64::to_string).as_ref(), &row[column]);
        }
    }
    for row in expected("cn_orders_category.csv") {
        for (metric, column) in metrics {
            let own = sums.get(&[metric, "product", row["产品子类别"].trim()]);
            comparison.number(&row["产品子类别"], own.map(f64::to_string).as_ref(), &row[column]);
        }
    }
    comparison.end("cn_orders", 4 * (24 + 31 + 17));
    assert_eq!(ran.rows("某公司销售数据.xlsx", "全国订单明细", "actuals"), [8_570, 8_570, 0, 0]);
}

#[test]
fn a_budget_with_sections_totals_and_what_follows_from_them() {
    let Some(folder) = shared("zareh") else { return };
    let ran = Ran::over(&[&folder], &["--profile", "zareh", "--as-of", "2022-12-31"]);
    let budget = ran.table("budget");
    let mut comparison = Comparison::default();
    for row in expected("zareh_budget_vs_actual.csv") {
        let month = support::month_number(&row["month"]);
        let is_it = |own: &&Row| own["item"] == row["category"] && own["period"] == format!("2022-{month:02}");
        let own = budget.iter().find(is_it);
        comparison.columns(own, &row, &[("budget", "budget"), ("actual", "actual")]);
        // Where nothing was entered there is no variance; the expected answers take the whole budget for one.
        if !row["actual"].is_empty() {
            comparison.columns(own, &row, &[("variance", "variance")]);
        }
    }
    comparison.end("zareh", 2 * 108 + 45);
    // Total income, total expenses, savings and their running sum are no items; two lines only head a section.
    assert_eq!(ran.rows("Budget vs Actual.xlsx", "Budget", "budget"), [15, 9, 4, 2]);
    assert_eq!(ran.rows("Budget vs Actual.xlsx", "Actual", "spend"), [55, 55, 0, 0]);
    let lines = || budget.iter().filter(|row| row["level"] == "line");
    let items: std::collections::BTreeSet<&str> = lines().map(|row| row["item"].as_str()).collect();
    assert_eq!(items.len(), 9);
    // The lines that head a section say what comes in and what is spent. The workbook's own dashboard for March
    // has total income of 2,869 and 3,657 (+788), total expenses of 2,337 and 2,097.
    for (kind, figures) in [("income", ["2869", "3657", "788"]), ("spending", ["2337", "2097", "-240"])] {
        let is_it = |row: &&support::Row| row["level"] == "total" && row["kind"] == kind && row["period"] == "2022-03";
        let total = budget.iter().find(is_it).unwrap();
        assert_eq!(["budget", "actual", "variance"].map(|column| total[column].as_str()), figures, "{kind}");
    }
    assert_eq!(lines().filter(|row| row["period"] == "2022" && row["section"] == "Expenses").count(), 6);
}

/// Six years of awards whose headers drift, two of them without their year. The sums were added up by another
/// program (openpyxl, exact decimals) from the column of amounts.
#[test]
fn six_years_of_award_lists_in_one_batch() {
    let Some(folder) = shared("nyc") else { return };
    let ran = Ran::over(&[&folder], &["--profile", "nyc", "--as-of", "2019-06-30"]);
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for row in ran.table("budget").iter().filter(|row| row["period"].len() == 4 && row["level"] == "line") {
        let cents = row["budget"].parse::<f64>().map_or(0, |amount| (amount * 100.0).round() as i64);
        *sums.entry(row["period"].clone()).or_default() += cents;
    }
    for (year, rows, cents) in NYC {
        assert_eq!(sums.get(year), Some(&cents), "{year}");
        let inputs = ran.account["inputs"].as_array().unwrap();
        let file = inputs.iter().find(|input| input["file"].as_str().unwrap().contains(year)).unwrap();
        assert_eq!(file["sheets"][0]["used"], rows, "{year}");
    }
}

include!("golden/nyc_sums.rs");

/// The wide file in UTF-16 and thousands holds the same 809 targets as the long one.
#[test]
fn wide_targets_in_thousands_are_the_long_ones() {
    let Some(folder) = shared("adventureworks") else { return };
    let files = |names: &[&str]| -> Vec<PathBuf> { names.iter().map(|name| folder.join(name)).collect() };
    let targets = |names: &[&str]| -> BTreeMap<[String; 3], String> {
        let files = files(names);
        let paths: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
        let ran = Ran::over(&paths, &["--profile", "adventureworks", "--as-of", "2022-12-31"]);
        let months = ran.attainment().into_iter().filter(|(key, row)| {
            key[1] == "person" && key[3].len() == 7 && !key[3].contains('Q') && !row["period_target"].is_empty()
        });
        months.map(|([metric, _, unit, period], row)| ([metric, unit, period], row["period_target"].clone())).collect()
    };
    let team = "Salesperson.csv";
    let long = targets(&[team, "Targets.csv"]);
    let wide = targets(&[team, "ResellerSalesTargets.csv"]);
    assert_eq!(long.len(), 809);
    assert!(long == wide);
    // Both together count once.
    assert!(targets(&[team, "Targets.csv", "ResellerSalesTargets.csv"]) == long);
}

#[test]
fn price_volume_and_mix_tie_with_the_variance() {
    for (name, as_of) in [("superstore", "2020-12-31"), ("adventureworks", "2020-06-30")] {
        let Some(folder) = shared(name) else { continue };
        let ran = Ran::over(&[&folder], &["--profile", name, "--as-of", as_of]);
        let number = |row: &Row, column: &str| row[column].parse::<f64>().unwrap();
        let key = |row: &Row| ["base", "level", "unit_id", "period"].map(|column| row[column].clone());
        let mut totals: HashMap<[String; 4], f64> = HashMap::new();
        for row in ran.table("bridge") {
            let effects = ["volume", "mix", "price", "new", "lost", "other"].map(|column| number(&row, column));
            assert!((effects.iter().sum::<f64>() - number(&row, "total")).abs() < 1e-6, "{row:?}");
            *totals.entry(key(&row)).or_default() += number(&row, "total");
        }
        let variances = ran.table("variance");
        let sales = variances.iter().filter(|row| row["metric"] == "sales_amount" && row["base"] == "PY");
        let known: HashMap<[String; 4], f64> = sales.map(|row| (key(row), number(row, "variance"))).collect();
        let compared = totals.iter().filter_map(|(key, total)| Some((key, total, known.get(key)?)));
        let compared: Vec<_> = compared.collect();
        for (key, total, variance) in &compared {
            assert!((*total - *variance).abs() < 1e-4, "{name} {key:?} {total} {variance}");
        }
        // Whatever a level cuts the sales by, its members add up to the whole.
        let of_level = |level: &str| -> f64 {
            known.iter().filter(|(key, _)| key[3] == "2020" && key[1] == level).map(|(_, variance)| variance).sum()
        };
        let levels = if name == "superstore" { &["segment", "product", "customer"][..] } else { &["customer"] };
        let whole = known[&["PY", "company", "", "2020"].map(str::to_string)];
        for level in levels {
            assert!((of_level(level) - whole).abs() < 1e-4, "{name} {level} {} {whole}", of_level(level));
        }
        // Every year of the company, and its regions, has both.
        assert!(compared.iter().any(|(key, ..)| key[1] == "company"), "{name}");
        assert!(compared.iter().any(|(key, ..)| key[1] == "region"), "{name}");
    }
}
