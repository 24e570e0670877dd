//! `[report.theme]`: colours that can be read, font, logo and lines to sign.

mod support;

use std::io::Read;
use std::path::Path;

use support::{Case, Ran, attain, png};

const TARGETS: &str =
    "Region | Name | Month | Sales target\n North | Ann | 2026-04 | 1000\n South | Bob | 2026-04 | 500";
const ACTUALS: &str =
    "Date | Region | Name | Sales amount\n 2026-04-02 | North | Ann | 480\n 2026-04-03 | South | Bob | 100";

fn themed(theme: &str) -> Case {
    let case = Case::new().sheet("t.xlsx", TARGETS).sheet("a.xlsx", ACTUALS).seen_on("2026-04-15");
    case.settings(&format!("company = \"Ours\"\n[report.theme]\n{theme}"))
}

fn part(path: &Path, name: &str) -> Option<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut bytes = Vec::new();
    archive.by_name(name).ok()?.read_to_end(&mut bytes).unwrap();
    Some(bytes)
}

fn styles(ran: &Ran) -> String {
    String::from_utf8(part(&ran.out().join("report.xlsx"), "xl/styles.xml").unwrap()).unwrap()
}

/// #777777 under white text is 4.48:1, #767676 is 4.54:1: the former is refused, the latter is not.
#[test]
fn a_colour_that_cannot_be_read_is_refused_with_its_ratio_and_what_is_needed() {
    let wrong = themed("header = \"#777777\"\n").run().status(2);
    assert!(
        wrong.stderr.contains(
            "report.theme.header: text #FFFFFF on #777777 has a contrast of 4.47:1; 4.5:1 is needed to read it; \
             with header_text = \"#000000\" it would be 4.68:1"
        ),
        "{}",
        wrong.stderr
    );
    assert!(!wrong.out().exists(), "nothing is done");
    let right = themed("header = \"#767676\"\n").run().status(0);
    assert!(styles(&right).contains("FF767676"));
    // The other way round, and in the language of the run.
    let wrong = themed("good = \"#FFFF00\"\ngood_text = \"#FFFFFF\"\n").args(&["--lang", "zh"]);
    let wrong = themed_in_chinese(wrong);
    assert!(
        wrong.contains("report.theme.good:文字 #FFFFFF 在底色 #FFFF00 上的对比度为 1.07:1,至少需要 4.5:1"),
        "{wrong}"
    );
    let dark = themed("accent = \"#1F3864\"\n").run().status(2);
    assert!(dark.stderr.contains("report.theme.accent") && dark.stderr.contains("lighter"), "{}", dark.stderr);
    let text = themed("critical_text = \"#8A3400\"\n").run().status(2);
    assert!(text.stderr.contains("report.theme.critical_text"), "{}", text.stderr);
    let none = themed("warn = \"yellow\"\n").run().status(2);
    assert!(none.stderr.contains("report.theme.warn: `yellow` is not a colour"), "{}", none.stderr);
}

/// The run's own `--lang` comes after the one that every case has.
fn themed_in_chinese(case: Case) -> String {
    let inputs = case.inputs();
    let output = attain().args(["run", "--lang", "zh", "--out"]).arg(inputs.join("out")).arg(&inputs).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    drop(case);
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn colours_font_and_palette_reach_the_workbook() {
    let plain = styles(&themed("").run().status(0));
    let own = styles(&themed("header = \"#1F3864\"\nfont = \"Noto Sans\"\nfont_size = 10\n").run().status(0));
    assert!(plain.contains("FF404040") && !plain.contains("FF1F3864"));
    assert!(own.contains("FF1F3864") && own.contains("<name val=\"Noto Sans\"/>") && own.contains("<sz val=\"10\"/>"));
    // Ann is 2 points behind pace, Bob 30: the fills of both palettes for what is critical.
    let rag = styles(&themed("").args(&["--palette", "rag"]).run().status(0));
    assert!(plain.contains("FF8A3400") && !plain.contains("FF9C1006"));
    assert!(rag.contains("FF9C1006") && !rag.contains("FF8A3400"));
    // The command line stands before the file.
    assert_eq!(styles(&themed("palette = \"rag\"\n").run().status(0)), rag);
    let both = themed("palette = \"rag\"\n").args(&["--palette", "blue_orange"]).run().status(0);
    assert_eq!(styles(&both), plain);
    assert!(themed("").args(&["--palette", "pink"]).run().status(2).stderr.contains("`pink` is not a palette"));
    assert!(themed("font_size = 40\n").run().status(2).stderr.contains("report.theme.font_size: 40"));
}

#[test]
fn symbols_and_words_stand_in_every_palette() {
    let shown = |palette: &str| {
        let ran = themed("").args(&["--palette", palette]).run().status(0);
        String::from_utf8(part(&ran.out().join("report.xlsx"), "xl/sharedStrings.xml").unwrap()).unwrap()
    };
    // In greyscale the symbol and the word tell what the fill does.
    for palette in ["blue_orange", "rag"] {
        let texts = shown(palette);
        assert!(texts.contains("◆ at risk") && texts.contains("■ critical"), "{palette}");
    }
}

#[test]
fn a_logo_stands_at_the_top_right_of_the_summary_and_is_bounded() {
    let ran = themed("logo = \"logo.png\"\n").file("logo.png", &png(1200, 300)).run().status(0);
    let report = ran.out().join("report.xlsx");
    assert_eq!(part(&report, "xl/media/image1.png").unwrap(), png(1200, 300));
    let drawing = String::from_utf8(part(&report, "xl/drawings/drawing1.xml").unwrap()).unwrap();
    let corner = |name: &str, at: &str| -> i64 {
        // The anchor of the picture, and of no chart.
        let anchors = drawing.split("<xdr:twoCellAnchor");
        let picture = anchors.filter(|anchor| anchor.contains("<xdr:pic>")).last().unwrap();
        let text = picture.split(&format!("<xdr:{name}>")).last().unwrap();
        text.split(&format!("<xdr:{at}>")).nth(1).unwrap().split('<').next().unwrap().parse().unwrap()
    };
    // 1,200 × 300 fits into 240 × 72 as 240 × 60: row 2 and the two below it, of 20 pixels each.
    assert_eq!((corner("from", "row"), corner("to", "row")), (1, 4));
    // It ends where the last of the seventeen columns of key figures ends, to the pixel.
    assert_eq!((corner("to", "col"), corner("to", "colOff")), (17, 0), "{drawing}");
    for (name, bytes, why) in [
        ("logo.png", None, "logo.png"),
        ("logo.png", Some(b"GIF89a....".to_vec()), "not a PNG or JPEG"),
        ("logo.png", Some(b"\x89PNG\r\n\x1a\n".to_vec()), "not a PNG or JPEG"),
        ("logo.png", Some(vec![0; 3 << 20]), "at most 2 MiB"),
    ] {
        let case = themed(&format!("logo = \"{name}\"\n"));
        let case = if let Some(bytes) = bytes { case.file(name, &bytes) } else { case };
        let ran = case.run().status(2);
        assert!(ran.stderr.contains("report.theme.logo") && ran.stderr.contains(why), "{}", ran.stderr);
    }
}

#[test]
fn the_summary_ends_with_lines_to_sign() {
    let lines = |settings: &str, lang: &str| {
        let case = themed(settings);
        let inputs = case.inputs();
        let out = inputs.join("out");
        let output =
            attain().args(["run", "--as-of", "2026-04-15", "--lang", lang, "--out"]).arg(&out).arg(&inputs).output();
        assert_eq!(output.unwrap().status.code(), Some(0));
        let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(out.join("report.xlsx")).unwrap();
        let name = calamine::Reader::sheet_names(&workbook)[0].clone();
        let page = calamine::Reader::worksheet_range(&mut workbook, &name).unwrap();
        let first: Vec<String> = page.rows().map(|row| row[0].to_string()).filter(|text| !text.is_empty()).collect();
        first[first.len() - 4..].to_vec()
    };
    assert_eq!(lines("sign_off = true\n", "en"), ["Role", "Prepared by", "Reviewed by", "Approved by"]);
    assert_eq!(lines("sign_off = true\n", "zh"), ["职责", "编制", "审核", "批准"]);
    assert!(!lines("", "en").contains(&"Prepared by".to_string()));
}
