//! Workbooks to fill: any sheet, list of sheets and shared strings, apart by a zero byte, are filled or refused. What
//! comes out is a package with the same parts, of which those that were not touched are byte for byte the same, those
//! that were well-formed are so still, and which holds the same cells but for what was filled and calculated.
#![no_main]

use std::io::{Cursor, Read};
use std::path::PathBuf;
use std::sync::LazyLock;

use attain::measure::Amount;
use attain::metric::{Materiality, Metrics};
use attain::render::fill::Template;
use attain::report::lookup::Figures;
use attain::report::tidy::{Field, TidyTable};
use attain::source::limits::Limits;
use attain::text::Lang;
use attain_fuzz::{Cells, package, read, xml};
use libfuzzer_sys::fuzz_target;

const SHEET: &str = "xl/s.xml";
const BOOK: &str = "xl/workbook.xml";

/// The file that a template is opened from; each process has its own.
static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("attain-fill-{}.xlsx", std::process::id())));

static TABLES: LazyLock<Vec<TidyTable>> = LazyLock::new(|| {
    let text = |text: &str| Field::Text(text.to_string());
    let row = |level: &str, unit: &str, actual: Field| {
        vec![text("sales_amount"), text(level), text(unit), text("2026-04"), Field::Number("1000".into()), actual]
    };
    vec![TidyTable {
        name: "attainment",
        header: &["metric", "level", "unit", "period", "target", "actual"],
        rows: vec![
            row("company", "Ours & <theirs>", Field::Number("480.25".into())),
            row("region", "North_x0009_", Field::Number("-0.1".into())),
            row("region", "South", Field::Blank),
        ],
    }]
});

static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let materiality = Materiality { absolute: Amount::ZERO, relative: Amount::ZERO, both: true };
    Metrics::new(&std::collections::BTreeMap::new(), materiality).unwrap()
});

fuzz_target!(|data: &[u8]| {
    let mut pieces = data.splitn(3, |byte| *byte == 0);
    let mut piece = || pieces.next().unwrap_or_default();
    let (sheet, book, strings) = (piece(), piece(), piece());
    let bytes = package(sheet, strings, b"<styleSheet><cellXfs><xf/><xf/></cellXfs></styleSheet>", book);
    let limits = Limits { entry_uncompressed: 1 << 22, row_bytes: 1 << 20, ..Limits::default() };
    std::fs::write(&*FILE, &bytes).unwrap();
    let Ok(template) = Template::open(&FILE, &limits) else { return };
    let figures = Figures { tables: &TABLES, metrics: &METRICS, focus: Some("2026-04".to_string()), lang: Lang::En };
    let filled = template.fill(&figures).unwrap();
    let (before, after) = (parts(&bytes), parts(&filled.bytes));
    assert_eq!(before.len(), after.len());
    for ((name, old), (other, new)) in before.iter().zip(&after) {
        assert_eq!(name, other);
        if old != new {
            assert!(filled.n_cells > 0 && (name == SHEET || name == BOOK), "{name} is not what it was");
        }
    }
    // Excel refuses what was not well-formed before: nothing is promised for it.
    if ![sheet, book].into_iter().all(is_well_formed) {
        return;
    }
    for (name, new) in after.iter().filter(|(name, _)| name == SHEET || name == BOOK) {
        let text = String::from_utf8_lossy(new);
        xml::walk(new, &mut |_| {}).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
    }
    // What we wrote can be read, and filled again to the same.
    let cells = |bytes: &[u8]| read("a.xlsx", bytes.to_vec()).unwrap().value.into_iter().next().unwrap_or_default();
    let (Cells(old), Cells(new)) = (cells(&bytes), cells(&filled.bytes));
    let n_formulas = sheet.windows(2).filter(|pair| *pair == b"<f" || *pair == b":f").count();
    let n_gone = old.iter().filter(|cell| !new.contains(cell)).count();
    // A formula is still there, and waits to be calculated.
    let n_come = new.iter().filter(|cell| !old.contains(cell) && !cell.ends_with("NotCalculated")).count();
    assert!(n_gone <= filled.n_cells + n_formulas, "{old:?}\n{new:?}");
    assert!(n_come <= filled.n_cells, "{old:?}\n{new:?}");
    std::fs::write(&*FILE, &filled.bytes).unwrap();
    let again = Template::open(&FILE, &limits).unwrap().fill(&figures).unwrap();
    assert!(again.n_cells <= filled.n_cells);
});

fn is_well_formed(part: &[u8]) -> bool {
    xml::walk(part, &mut |_| {}).is_ok()
}

/// Names and contents of a package's parts, in their order.
fn parts(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let n_parts = archive.len();
    let part = |index| {
        let mut part = archive.by_index(index).unwrap();
        let mut content = Vec::new();
        part.read_to_end(&mut content).unwrap();
        (part.name().unwrap().to_string(), content)
    };
    (0..n_parts).map(part).collect()
}
