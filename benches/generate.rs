//! Makes the workbooks of the reading benchmark: `cargo run --release --example make-benchmark -- FOLDER [SET…]`.
//!
//! Sets: `S` 12 files of 2,000 rows, `M` 52 of 20,000, `L` one of 1,000,000, `many` 2,000 of 200, `C1` and `C10` one CSV of
//! 1 and 10 million rows over two years, and `dialects`, one file of 20,000 rows for each way in which programs write the
//! same sheet. Twelve columns with Chinese names, 500 people,
//! three measures of which a tenth of one is unrounded, as formulas leave it. Seeded: the same files every time.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const HEADERS: [&str; 12] =
    ["日期", "周次", "区域", "团队", "工号", "姓名", "产品", "客户", "商机阶段", "数量", "金额", "毛利"];
const REGIONS: [&str; 8] = ["华东", "华南", "华北", "华中", "西南", "西北", "东北", "港澳台"];
const STAGES: [&str; 6] = ["线索", "需求确认", "方案报价", "商务谈判", "赢单", "输单"];
const PEOPLE: u64 = 500;
const PRODUCTS: u64 = 24;
const CUSTOMERS: u64 = 3_000;
/// Serial number of 1 January 2025.
const FIRST_DAY: u64 = 45_658;

/// How a producer writes cells.
#[derive(Clone, Copy, PartialEq)]
enum Dialect {
    Excel,
    /// A type on every number, as LibreOffice and POI write.
    Typed,
    /// Texts in the cells, as streaming writers do.
    Inline,
    /// No addresses.
    Bare,
    Indented,
}

/// A linear congruential generator: enough for made-up sales.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, sets @ ..] = &arguments[..] else { return Err("FOLDER is missing".into()) };
    let wanted = |set: &str| sets.is_empty() || sets.iter().any(|wanted| wanted == set);
    for (set, n_files, n_rows) in [("S", 12, 2_000), ("M", 52, 20_000), ("L", 1, 1_000_000), ("many", 2_000, 200)] {
        if wanted(set) {
            make_set(&Path::new(folder).join(set), n_files, n_rows)?;
        }
    }
    for (set, n_rows) in [("C1", 1_000_000), ("C10", 10_000_000)] {
        if wanted(set) {
            let folder = Path::new(folder).join(set);
            fs::create_dir_all(&folder)?;
            write_team(&folder.join("team.xlsx"))?;
            write_targets(&folder.join("targets.xlsx"), n_rows / 2)?;
            write_delimited(&folder.join("actuals.csv"), n_rows)?;
        }
    }
    if wanted("dialects") {
        let folder = Path::new(folder).join("dialects");
        let named = [
            ("excel", Dialect::Excel),
            ("typed", Dialect::Typed),
            ("inline", Dialect::Inline),
            ("bare", Dialect::Bare),
            ("indented", Dialect::Indented),
        ];
        for (name, dialect) in named {
            fs::create_dir_all(folder.join(name))?;
            write_actuals(&folder.join(name).join("actuals.xlsx"), 0, 1, 20_000, dialect)?;
        }
    }
    Ok(())
}

fn make_set(folder: &Path, n_files: u64, n_rows: u64) -> Outcome {
    fs::create_dir_all(folder.join("weekly"))?;
    write_team(&folder.join("team.xlsx"))?;
    write_targets(&folder.join("targets.xlsx"), n_files * n_rows)?;
    for file in 0..n_files {
        let path = folder.join("weekly").join(format!("w{file:04}.xlsx"));
        write_actuals(&path, file, n_files, n_rows, Dialect::Excel)?;
    }
    Ok(())
}

fn region(person: u64) -> &'static str {
    REGIONS[(person % 8) as usize]
}

fn team(person: u64) -> String {
    format!("{}{}组", region(person), 1 + person / 8 % 6)
}

fn id(person: u64) -> String {
    format!("S{:05}", 10_001 + person)
}

fn name(person: u64) -> String {
    const FAMILY: [&str; 10] = ["王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周"];
    const GIVEN: [&str; 10] = ["伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋"];
    let pick = |from: &[&'static str; 10], at: u64| from[(at % 10) as usize];
    format!("{}{}{}", pick(&FAMILY, person), pick(&GIVEN, person / 10), pick(&GIVEN, person / 100 + person))
}

fn write_team(path: &Path) -> Outcome {
    let mut sheet = Sheet::new(Dialect::Excel);
    sheet.row(&["工号", "姓名", "区域", "团队"].map(Cell::text));
    for person in 0..PEOPLE {
        sheet.row(&[id(person), name(person), region(person).to_string(), team(person)].map(Cell::text));
    }
    sheet.save(path, "团队")
}

fn write_targets(path: &Path, n_sales: u64) -> Outcome {
    let mut chance = Chance(7);
    let mut sheet = Sheet::new(Dialect::Excel);
    let months = (1..=12).map(|month| Cell::text(format!("2025-{month:02}")));
    sheet.row(&["工号", "姓名", "指标"].map(Cell::text).into_iter().chain(months).collect::<Vec<_>>());
    for person in 0..PEOPLE {
        for (metric, mean) in [("数量", 50), ("金额", 50_000), ("毛利", 15_000)] {
            let mut cells = vec![Cell::text(id(person)), Cell::text(name(person)), Cell::text(metric)];
            let monthly = mean * n_sales / (PEOPLE * 12);
            cells
                .extend((0..12).map(|_| Cell::Number((monthly * (80 + chance.below(40)) / 100).max(1).to_string(), 2)));
            sheet.row(&cells);
        }
    }
    sheet.save(path, "目标")
}

fn write_actuals(path: &Path, file: u64, n_files: u64, n_rows: u64, dialect: Dialect) -> Outcome {
    let mut chance = Chance(1_000 + file);
    let mut sheet = Sheet::new(dialect);
    sheet.row(&HEADERS.map(Cell::text));
    for _ in 0..n_rows {
        let week = if n_files == 1 { chance.below(52) } else { file * 52 / n_files };
        let person = chance.below(PEOPLE);
        let cents = 100 + chance.below(10_000_000);
        let margin = cents as f64 / 100.0 * (1_500 + chance.below(3_000)) as f64 / 10_000.0;
        let margin = if chance.below(10) == 0 { margin } else { (margin * 100.0).round() / 100.0 };
        let (product, customer) = (chance.below(PRODUCTS), chance.below(CUSTOMERS));
        sheet.row(&[
            Cell::Number((FIRST_DAY + week * 7 + chance.below(7)).to_string(), 1),
            Cell::text(format!("2025-W{:02}", week + 1)),
            Cell::text(region(person)),
            Cell::text(team(person)),
            Cell::text(id(person)),
            Cell::text(name(person)),
            Cell::text(format!("产品{product:02}")),
            Cell::text(format!("客户有限公司{customer:04}")),
            Cell::text(STAGES[chance.below(6) as usize]),
            Cell::Number((1 + chance.below(99)).to_string(), 0),
            Cell::Number((cents as f64 / 100.0).to_string(), 2),
            Cell::Number(margin.to_string(), 2),
        ]);
    }
    sheet.save(path, "周报")
}

/// Sales of two years in the order of their days, as a system exports them.
fn write_delimited(path: &Path, n_rows: u64) -> Outcome {
    let mut chance = Chance(2_000);
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(file, "{}", HEADERS.join(","))?;
    let first = chrono::NaiveDate::from_ymd_opt(2024, 1, 1).ok_or("no such day")?;
    for row in 0..n_rows {
        let day = first + chrono::Days::new(row * 731 / n_rows);
        let person = chance.below(PEOPLE);
        let cents = 100 + chance.below(10_000_000);
        let margin = cents * (1_500 + chance.below(3_000)) / 10_000;
        let money = |cents: u64| format!("{}.{:02}", cents / 100, cents % 100);
        writeln!(
            file,
            "{day},{},{},{},{},{},产品{:02},客户有限公司{:04},{},{},{},{}",
            day.format("%G-W%V"),
            region(person),
            team(person),
            id(person),
            name(person),
            chance.below(PRODUCTS),
            chance.below(CUSTOMERS),
            STAGES[chance.below(6) as usize],
            1 + chance.below(99),
            money(cents),
            money(margin),
        )?;
    }
    Ok(file.flush()?)
}

enum Cell {
    Text(String),
    /// The number as written, and its style.
    Number(String, u8),
}

impl Cell {
    fn text(text: impl Into<String>) -> Self {
        Cell::Text(text.into())
    }
}

/// A sheet in the making.
struct Sheet {
    dialect: Dialect,
    rows: String,
    n_rows: usize,
    n_columns: usize,
    strings: Vec<String>,
    known: HashMap<String, usize>,
}

impl Sheet {
    fn new(dialect: Dialect) -> Self {
        Sheet { dialect, rows: String::new(), n_rows: 0, n_columns: 0, strings: Vec::new(), known: HashMap::new() }
    }

    fn row(&mut self, cells: &[Cell]) {
        self.n_rows += 1;
        self.n_columns = self.n_columns.max(cells.len());
        let (number, dialect) = (self.n_rows, self.dialect);
        let space = if dialect == Dialect::Indented { "\n      " } else { "" };
        let row = if dialect == Dialect::Bare {
            "<row>".to_string()
        } else {
            format!("<row r=\"{number}\" spans=\"1:{}\">", cells.len())
        };
        self.rows.push_str(&row);
        for (cell, letter) in cells.iter().zip('A'..) {
            let place = if dialect == Dialect::Bare { String::new() } else { format!(" r=\"{letter}{number}\"") };
            let written = match cell {
                Cell::Number(number, style) => {
                    let style = if *style == 0 { String::new() } else { format!(" s=\"{style}\"") };
                    let kind = if dialect == Dialect::Typed { " t=\"n\"" } else { "" };
                    write!(self.rows, "{space}<c{place}{style}{kind}>{space}<v>{number}</v>{space}</c>")
                }
                Cell::Text(text) if dialect == Dialect::Inline => {
                    write!(self.rows, "<c{place} t=\"inlineStr\"><is><t>{text}</t></is></c>")
                }
                Cell::Text(text) => {
                    let index = self.string(text);
                    write!(self.rows, "{space}<c{place} t=\"s\">{space}<v>{index}</v>{space}</c>")
                }
            };
            written.expect("a string takes everything");
        }
        self.rows.push_str("</row>");
    }

    fn string(&mut self, text: &str) -> usize {
        if let Some(index) = self.known.get(text) {
            return *index;
        }
        self.strings.push(text.to_string());
        self.known.insert(text.to_string(), self.strings.len() - 1);
        self.strings.len() - 1
    }

    fn save(self, path: &Path, name: &str) -> Outcome {
        const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
        const MAIN: &str = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
        const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
        const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";
        let relations = |all: &[(&str, &str)]| {
            let one = |(index, (kind, target)): (usize, &(&str, &str))| {
                format!("<Relationship Id=\"rId{}\" Type=\"{RELATIONS}/{kind}\" Target=\"{target}\"/>", index + 1)
            };
            let list: String = all.iter().enumerate().map(one).collect();
            format!("{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\">{list}</Relationships>")
        };
        let part =
            |name: &str, kind: &str| format!("<Override PartName=\"{name}\" ContentType=\"{KIND}.{kind}+xml\"/>");
        let strings: String = self.strings.iter().map(|text| format!("<si><t>{text}</t></si>")).collect();
        let parts = [
            (
                "[Content_Types].xml",
                format!(
                    "{HEAD}<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" \
                     ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>{}{}{}{}</Types>",
                    part("/xl/workbook.xml", "sheet.main"),
                    part("/xl/worksheets/sheet1.xml", "worksheet"),
                    part("/xl/styles.xml", "styles"),
                    part("/xl/sharedStrings.xml", "sharedStrings")
                ),
            ),
            ("_rels/.rels", relations(&[("officeDocument", "xl/workbook.xml")])),
            (
                "xl/_rels/workbook.xml.rels",
                relations(&[
                    ("worksheet", "worksheets/sheet1.xml"),
                    ("styles", "styles.xml"),
                    ("sharedStrings", "sharedStrings.xml"),
                ]),
            ),
            (
                "xl/workbook.xml",
                format!(
                    "{HEAD}<workbook {MAIN} xmlns:r=\"{RELATIONS}\"><sheets><sheet name=\"{name}\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
                ),
            ),
            (
                "xl/styles.xml",
                format!(
                    "{HEAD}<styleSheet {MAIN}><numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\"/></numFmts>\
                     <fonts count=\"1\"><font/></fonts><fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>\
                     <fill><patternFill patternType=\"gray125\"/></fill></fills><borders count=\"1\"><border/></borders>\
                     <cellStyleXfs count=\"1\"><xf/></cellStyleXfs><cellXfs count=\"3\"><xf numFmtId=\"0\" xfId=\"0\"/>\
                     <xf numFmtId=\"164\" xfId=\"0\" applyNumberFormat=\"1\"/><xf numFmtId=\"4\" xfId=\"0\" applyNumberFormat=\"1\"/></cellXfs></styleSheet>"
                ),
            ),
            (
                "xl/sharedStrings.xml",
                format!("{HEAD}<sst {MAIN} uniqueCount=\"{}\">{strings}</sst>", self.strings.len()),
            ),
            (
                "xl/worksheets/sheet1.xml",
                format!(
                    "{HEAD}<worksheet {MAIN}><dimension ref=\"A1:{}{}\"/><sheetData>{}</sheetData></worksheet>",
                    char::from(b'@' + self.n_columns as u8),
                    self.n_rows,
                    self.rows
                ),
            ),
        ];
        let mut writer = zip::ZipWriter::new(BufWriter::new(File::create(path)?));
        let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
        for (name, text) in parts {
            writer.start_file(name, options.compression_method(zip::CompressionMethod::Deflated))?;
            writer.write_all(text.as_bytes())?;
        }
        writer.finish()?.flush()?;
        Ok(())
    }
}
