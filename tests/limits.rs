//! Excel's limits, and names that people do have: a report that breaks one is repaired or refused when it is opened, and
//! the library we write with refuses some, which would be a run without a report.

mod support;

use std::collections::HashMap;
use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use attain::cell::CellRef;
use attain::render::theme::Theme;
use attain::render::xlsx::{Options, render};
use attain::report::subject::Link;
use attain::report::{Block, Column, Item, Line, LineRole, Page, REPORTS, sheet_name};
use attain::text::Lang;
use calamine::{Data, Reader};
use rust_xlsxwriter::Workbook;
use support::schema::faults;
use support::xml::walk;
use support::{Case, attain};

/// Links on a sheet ("Excel specifications and limits").
const MOST_LINKS: usize = 65_530;
/// Rows of a sheet.
const MOST_ROWS: usize = 1_048_576;
/// Characters of a cell's text, of a list of choices or a footer, of a sheet's name: in UTF-16 units.
const LONGEST_TEXT: usize = 32_767;
const LONGEST_PARAMETER: usize = 255;
const LONGEST_SHEET_NAME: usize = 31;
/// Number formats of a workbook: 200 to 250, by the language of the program.
const MOST_NUMBER_FORMATS: usize = 200;
/// Styles of cells, and fonts, of a workbook.
const MOST_STYLES: usize = 65_490;
const MOST_FONTS: usize = 512;

/// A page with a table: a line an item.
fn page(items: impl Iterator<Item = Item>) -> Page {
    let lines = items.map(|item| Line { role: LineRole::Detail, depth: 0, items: vec![item] });
    Page {
        key: "problems",
        number: 14,
        message: "message".into(),
        titles: vec!["title".into()],
        blocks: vec![Block::new("", vec![Column::new("head")], lines.collect())],
        worst: None,
        frozen_columns: 0,
    }
}

fn rendered(page: &Page, links: &HashMap<String, String>, lang: Lang) -> Vec<u8> {
    let theme = Theme::default();
    let as_of = chrono::NaiveDate::from_ymd_opt(2026, 3, 29).unwrap();
    render(std::slice::from_ref(page), &Options { lang, as_of, links, theme: &theme }).unwrap()
}

fn part(workbook: &[u8], name: &str) -> String {
    let mut text = String::new();
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// Texts of the first sheet's first column.
fn first_column(workbook: &[u8]) -> Vec<String> {
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(workbook)).unwrap();
    let name = workbook.sheet_names()[0].clone();
    workbook.worksheet_range(&name).unwrap().rows().map(|row| row[0].to_string()).collect()
}

fn place(file: &str, sheet: &str, row: u32) -> Item {
    Item::Source(CellRef::sheet(&Arc::from(file), &Arc::from(sheet)).at(row, 2))
}

#[test]
fn places_beyond_the_links_that_a_sheet_may_have_are_texts() {
    let links = HashMap::from([("a.xlsx".to_string(), "../a.xlsx".to_string())]);
    let n_places = 66_000;
    let workbook = rendered(&page((0..n_places).map(|row| place("a.xlsx", "S", row))), &links, Lang::En);
    let n_links = part(&workbook, "xl/worksheets/sheet1.xml").matches("<hyperlink ").count();
    assert!(n_links > 50_000 && n_links <= MOST_LINKS, "{n_links}");
    let texts = first_column(&workbook);
    // Every place is there all the same, the last in row 66,000 of the input.
    assert_eq!(texts.last().unwrap(), "a.xlsx!S!C66000");
    assert_eq!(texts.iter().filter(|text| text.starts_with("a.xlsx!S!C")).count(), n_places as usize);
}

#[test]
fn links_lead_to_sheets_and_files_with_any_name() {
    let links = HashMap::from([
        ("a.xlsx".to_string(), "../50% #1 [x]/a.xlsx".to_string()),
        // More than the 2,080 characters that a link may have once its blanks are written as %20.
        ("b.xlsx".to_string(), format!("../{}/b.xlsx", " x".repeat(800))),
    ]);
    let items = [place("a.xlsx", "It's \"Q1\"", 3), place("b.xlsx", "S", 4), place("a.xlsx", &"张".repeat(31), 5)];
    let workbook = rendered(&page(items.into_iter()), &links, Lang::En);
    assert_eq!(faults(&workbook), Vec::<String>::new());
    let sheet = part(&workbook, "xl/worksheets/sheet1.xml");
    assert!(sheet.contains("location=\"'It''s &quot;Q1&quot;'!C4\""), "{sheet}");
    assert!(sheet.contains(&format!("location=\"'{}'!C6\"", "张".repeat(31))), "{sheet}");
    let mut targets = Vec::new();
    walk(part(&workbook, "xl/worksheets/_rels/sheet1.xml.rels").as_bytes(), &mut |element| {
        targets.extend(element.get("Target").map(str::to_string));
    })
    .unwrap();
    assert!(targets.iter().all(|target| target.encode_utf16().count() <= 2_080), "{targets:?}");
    assert!(targets.iter().any(|target| target == "../50%25%20%231%20%5bx%5d/a.xlsx"), "{targets:?}");
}

/// What does not fit is left out in words, and the workbook is one all the same.
#[test]
fn a_page_with_more_lines_than_a_sheet_has_rows_says_so() {
    let n_lines = MOST_ROWS + 50;
    let workbook = rendered(&page((0..n_lines).map(|_| Item::Text("x".into()))), &HashMap::new(), Lang::En);
    let sheet = part(&workbook, "xl/worksheets/sheet1.xml");
    assert!(sheet.contains("<row r=\"1048576\"") && !sheet.contains("<row r=\"1048577\""));
    // Six rows of titles and the header come first, the line that counts last.
    let said = format!(">{} more line(s) are left out", n_lines - (MOST_ROWS - 8));
    let texts = part(&workbook, "xl/sharedStrings.xml");
    assert!(texts.contains(&said), "{texts}");
}

#[test]
fn texts_of_any_length_fit_into_their_cells() {
    let long = "😀x".repeat(20_000);
    let mut page = page(
        [Item::Text(long.clone()), Item::Link { text: long.clone(), to: Link { page: "problems", subject: None } }]
            .into_iter(),
    );
    page.message.clone_from(&long);
    page.titles = vec![long.clone()];
    page.blocks[0].title.clone_from(&long);
    page.blocks[0].columns[0] = Column::new(long.clone());
    let workbook = rendered(&page, &HashMap::new(), Lang::En);
    assert_eq!(faults(&workbook), Vec::<String>::new());
    let texts = first_column(&workbook);
    let lengths: Vec<usize> = texts.iter().map(|text| text.encode_utf16().count()).filter(|n| *n > 0).collect();
    assert_eq!(lengths.len(), 6);
    assert!(lengths.iter().all(|length| (LONGEST_TEXT - 2..=LONGEST_TEXT).contains(length)), "{lengths:?}");
}

/// Twenty lines of 16 points are higher than a row can be.
#[test]
fn rows_are_no_higher_than_excel_has_them() {
    let mut page = page(std::iter::once(Item::Text("a word and ".repeat(200))));
    page.blocks[0].columns[0] = Column::new("head").wrapping();
    let theme = Theme { font_size: Some(16.0), ..Theme::default() };
    let as_of = chrono::NaiveDate::from_ymd_opt(2026, 3, 29).unwrap();
    let workbook = render(&[page], &Options { lang: Lang::En, as_of, links: &HashMap::new(), theme: &theme }).unwrap();
    assert_eq!(faults(&workbook), Vec::<String>::new());
    let sheet = part(&workbook, "xl/worksheets/sheet1.xml");
    let heights = sheet.split(" ht=\"").skip(1).map(|rest| rest.split('"').next().unwrap().parse::<f64>().unwrap());
    assert!(heights.clone().any(|height| height > 400.0) && heights.clone().all(|height| height <= 409.5), "{sheet}");
}

#[test]
fn sheets_have_names_that_excel_takes() {
    for lang in [Lang::En, Lang::Zh] {
        let names: Vec<String> = REPORTS.iter().map(|spec| sheet_name(spec.number, spec.key, lang)).collect();
        for name in &names {
            assert!(name.encode_utf16().count() <= LONGEST_SHEET_NAME, "{name}");
            assert!(!name.contains(['[', ']', ':', '*', '?', '/', '\\', '\'']), "{name}");
        }
        let folded: std::collections::BTreeSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(folded.len(), REPORTS.len(), "{names:?}");
    }
}

/// The number before a sheet's name is its place.
#[test]
fn sheets_stand_in_the_order_of_their_numbers() {
    assert!(REPORTS.is_sorted_by_key(|spec| spec.number));
}

/// The sample with the most of everything, and whatever else we write with lists to choose from.
#[test]
fn formats_lists_and_footers_stay_within_the_limits() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut n_lists = 0;
    for lang in ["en", "zh"] {
        let out = tempfile::tempdir().unwrap();
        let folder = |name: &str| out.path().join(name);
        let messy = samples.join("messy");
        let commands = [
            attain().arg("run").arg(&messy).args(["--lang", lang, "--out"]).arg(folder("run")).output(),
            attain()
                .arg("run")
                .arg(samples.join("small"))
                .args(["--lang", lang, "--out"])
                .arg(folder("small"))
                .output(),
            attain().arg("check").arg(&messy).args(["--lang", lang, "--out"]).arg(folder("check")).output(),
            attain().args(["template", "all", "--lang", lang, "--out"]).arg(folder("blank")).output(),
        ];
        assert!(commands.into_iter().all(|output| matches!(output.unwrap().status.code(), Some(0 | 3))));
        let files =
            ["run", "small", "check", "blank"].into_iter().flat_map(|name| std::fs::read_dir(folder(name)).unwrap());
        let paths = files.map(|entry| entry.unwrap().path());
        for path in paths.filter(|path| path.extension().is_some_and(|extension| extension == "xlsx")) {
            n_lists += check_parameters(&path);
        }
    }
    assert!(n_lists > 10, "{n_lists}");
}

/// Looks at a workbook's styles, lists of choices, messages and footers. Returns how many lists there are.
fn check_parameters(path: &Path) -> usize {
    let bytes = std::fs::read(path).unwrap();
    let styles = part(&bytes, "xl/styles.xml");
    let (mut n_lists, mut counts) = (0, HashMap::new());
    walk(styles.as_bytes(), &mut |element| {
        counts.insert(element.name().to_string(), element.n_children());
    })
    .unwrap();
    let count = |name: &str| counts.get(name).copied().unwrap_or(0);
    let (n_formats, n_styles, n_fonts) = (count("x:numFmts"), count("x:cellXfs"), count("x:fonts"));
    eprintln!("{}: {n_formats} number formats, {n_styles} styles, {n_fonts} fonts", path.display());
    assert!(n_formats < MOST_NUMBER_FORMATS && n_styles < MOST_STYLES && n_fonts < MOST_FONTS);
    let archive = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
    let names = archive.file_names().map(|name| name.unwrap().to_string());
    for name in names.filter(|name| name.starts_with("xl/worksheets/sheet")) {
        walk(part(&bytes, &name).as_bytes(), &mut |element| {
            let is_short = |text: &str| text.encode_utf16().count() <= LONGEST_PARAMETER;
            match element.name() {
                "x:formula1" if element.text.starts_with('"') => {
                    n_lists += 1;
                    assert!(is_short(element.text.trim_matches('"')), "{name}: {}", element.text);
                }
                "x:dataValidation" => {
                    let texts = ["error", "prompt", "errorTitle", "promptTitle"];
                    assert!(texts.iter().filter_map(|key| element.get(key)).all(is_short), "{name}");
                }
                "x:oddFooter" | "x:oddHeader" => assert!(is_short(element.text), "{name}: {}", element.text),
                _ => {}
            }
        })
        .unwrap();
    }
    n_lists
}

/// Names as they come out of systems and out of hands.
const NAMES: [&str; 9] = [
    "=HYPERLINK(\"http://x.example\",\"Ann\")",
    "'quoted",
    "🙂 Ann",
    "@SUM(A1)",
    "+49 Bob",
    "-Cid",
    "D & <Eve> \"x\"",
    "CON",
    "张伟_x000D_",
];

/// A workbook whose sheet has a name with quotes, a line a name.
fn book(headers: &[&str], rows: &[Vec<String>]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("It's \"Q1\"").unwrap();
    for (column, header) in (0u16..).zip(headers) {
        sheet.write_string(0, column, *header).unwrap();
    }
    for (row, values) in (1u32..).zip(rows) {
        for (column, value) in (0u16..).zip(values) {
            match value.parse::<f64>() {
                Ok(number) => sheet.write_number(row, column, number).unwrap(),
                Err(_) => sheet.write_string(row, column, value).unwrap(),
            };
        }
    }
    workbook.save_to_buffer().unwrap()
}

#[test]
fn names_of_every_kind_are_texts_and_files() {
    let long = format!("{}长", "Wolfeschlegelsteinhausen ".repeat(40));
    // A region as long as a cell can be: it stands in titles with other words.
    let longest = "东".repeat(LONGEST_TEXT);
    let names: Vec<&str> = NAMES.into_iter().chain([long.as_str(), "Zoe"]).collect();
    let region = |index: usize| match index {
        10 => longest.clone(),
        index => format!("{} north", names[index]),
    };
    let rows: Vec<usize> = (0..names.len()).collect();
    let targets: Vec<Vec<String>> =
        rows.iter().map(|at| vec![names[*at].into(), region(*at), "2026-04".into(), "1000".into()]).collect();
    let mut actuals: Vec<Vec<String>> =
        rows.iter().map(|at| vec![names[*at].into(), "2026-04-02".into(), "480".into()]).collect();
    actuals.push(vec!["Zoe".into(), "2026-04-03".into(), "about 5".into()]);
    let case = Case::new()
        .file("t.xlsx", &book(&["Name", "Region", "Month", "Sales target"], &targets))
        .file("a.xlsx", &book(&["Name", "Date", "Sales amount"], &actuals))
        .seen_on("2026-04-15")
        .args(&["--split-by", "region", "--fail-on", "never"]);
    let ran = case.run().status(0);
    let report = ran.out().join("report.xlsx");
    let bytes = std::fs::read(&report).unwrap();
    assert_eq!(faults(&bytes), Vec::<String>::new());
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(&report).unwrap();
    let attainment = workbook.worksheet_range("02_Attainment").unwrap();
    let shown = |text: &str| attainment.used_cells().any(|(_, _, cell)| matches!(cell, Data::String(is) if is == text));
    for name in &names {
        assert!(shown(name), "{name}");
    }
    // No name is a formula, and Excel keeps it a text when its cell is edited.
    let formulas = workbook.worksheet_formula("02_Attainment").unwrap();
    assert!(formulas.used_cells().all(|(_, _, formula)| !formula.contains("HYPERLINK")));
    assert!(part(&bytes, "xl/styles.xml").contains("quotePrefix=\"1\""));
    // The unreadable amount leads to its cell on a sheet whose name has quotes.
    let links: String = (1..=workbook.sheet_names().len())
        .map(|number| part(&bytes, &format!("xl/worksheets/sheet{number}.xml")))
        .filter(|sheet| sheet.contains("location=\"'It''s &quot;Q1&quot;'!C13\""))
        .collect();
    assert!(!links.is_empty());
    // A pack a region, each a workbook that can be opened.
    let packs: Vec<_> =
        std::fs::read_dir(ran.out().join("packs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(packs.len(), names.len(), "{packs:?}");
    for pack in packs {
        let name = pack.file_name().unwrap().to_string_lossy().to_string();
        assert!(name.len() <= 255 && !name.contains(['"', '<', '>', '*', '?', ':', '|']), "{name}");
        assert_eq!(faults(&std::fs::read(&pack).unwrap()), Vec::<String>::new(), "{name}");
    }
}
