//! What is committed beside the code is what the code writes: templates and samples.

mod support;

#[allow(clippy::duplicate_mod, reason = "the program that makes the samples, run in a folder of its own")]
#[path = "../samples/make.rs"]
mod make;

use std::path::{Path, PathBuf};

use attain::job::settings::{Holidays, Settings};
use attain::problem::CODES;
use attain::source::limits::Limits;
use support::attain;

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files
}

#[track_caller]
fn assert_same_files(committed: &Path, made: &Path) {
    let names = |folder: &Path| -> Vec<_> {
        files_in(folder).iter().map(|path| path.file_name().unwrap().to_owned()).collect()
    };
    assert_eq!(names(committed), names(made), "{}", committed.display());
    for name in names(made) {
        let same = std::fs::read(committed.join(&name)).unwrap() == std::fs::read(made.join(&name)).unwrap();
        assert!(same, "{} is not what the code makes; make it again", committed.join(&name).display());
    }
}

#[test]
fn templates_are_what_the_tool_writes() {
    for lang in ["en", "zh"] {
        let folder = tempfile::tempdir().unwrap();
        let made = folder.path().join(lang);
        let status = attain().args(["template", "all", "--lang", lang, "--out"]).arg(&made).output().unwrap().status;
        assert_eq!(status.code(), Some(0));
        assert_same_files(&project().join("templates").join(lang), &made);
    }
}

#[test]
fn blank_templates_read_back_without_problems() {
    for lang in ["en", "zh"] {
        let output = attain()
            .args(["check", "--verbose", "--as-of", "2026-12-31", "--lang", "en"])
            .arg(project().join("templates").join(lang))
            .output()
            .unwrap();
        // Blank workbooks hold nothing to report on, and nothing wrong either.
        assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stdout));
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said, "error: none of the files could be used; nothing was written\n");
    }
}

#[test]
fn samples_are_what_their_program_makes() {
    let folder = tempfile::tempdir().unwrap();
    make::make(folder.path()).unwrap();
    for sample in ["small", "seed", "messy"] {
        assert_same_files(&project().join("samples").join(sample), &folder.path().join(sample));
    }
}

#[test]
fn the_settings_file_names_every_limit_with_its_default() {
    for lang in ["en", "zh"] {
        let text = std::fs::read_to_string(project().join(format!("templates/attain-{lang}.toml"))).unwrap();
        let section = text.split_once("# [limits]").unwrap().1;
        let lines = section.lines().skip(1).map(|line| line.trim_start_matches("# "));
        let table: toml::Table = lines.collect::<Vec<_>>().join("\n").parse().unwrap();
        let defaults = format!("{:?}", Limits::default());
        assert_eq!(table.len(), defaults.matches(": ").count(), "{lang}");
        // An unknown key is refused here.
        let limits: Limits = table.try_into().unwrap();
        assert_eq!(format!("{limits:?}"), defaults, "{lang}");
    }
}

#[test]
fn the_settings_file_has_the_defaults_of_funnel_and_deals() {
    for lang in ["en", "zh"] {
        let text = std::fs::read_to_string(project().join(format!("templates/attain-{lang}.toml"))).unwrap();
        let written: Settings = toml::from_str(&text).unwrap();
        let default = Settings::default();
        assert_eq!(format!("{:?}", written.funnel), format!("{:?}", default.funnel), "{lang}");
        assert_eq!(format!("{:?}", written.deals), format!("{:?}", default.deals), "{lang}");
        // Every key stands there, also those whose default is that nothing is set.
        for key in ["cohort", "attribution", "stalled_days", "amount_jump", "min_decided"] {
            assert!(text.contains(&format!("{key} = ")), "{lang} {key}");
        }
    }
}

fn settings_text(lang: &str) -> String {
    std::fs::read_to_string(project().join(format!("templates/attain-{lang}.toml"))).unwrap()
}

/// The file with its examples: lines of keys and tables without the mark in front.
fn with_examples(lang: &str) -> String {
    let is_setting = |line: &str| {
        let key = line.split([' ', '=']).next().unwrap_or("");
        line.starts_with(['[', '"'])
            || (line.contains(" = ") && key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
    };
    let line = |line: &str| match line.strip_prefix("# ").filter(|rest| is_setting(rest)) {
        Some(rest) => format!("{rest}\n"),
        None => format!("{line}\n"),
    };
    settings_text(lang).lines().map(line).collect()
}

#[test]
fn the_settings_file_says_the_defaults() {
    for lang in ["en", "zh"] {
        let mut settings: Settings = toml::from_str(&settings_text(lang)).unwrap();
        assert_eq!(settings.lang, attain::text::Lang::from_locale(lang));
        let mut expected = Settings { lang: settings.lang, ..Settings::default() };
        // Where the inputs are and the report goes has no default, and in China people have other holidays.
        assert_eq!((settings.inputs.len(), settings.out.is_some()), (1, true));
        (expected.inputs, expected.out) = (settings.inputs.clone(), settings.out.clone());
        if lang == "zh" {
            assert_eq!(
                std::mem::replace(&mut settings.calendar.holidays, Holidays::One("none".to_string())),
                Holidays::One("cn".to_string())
            );
        }
        assert_eq!(format!("{settings:?}"), format!("{expected:?}"), "{lang}");
    }
}

fn schema() -> serde_json::Value {
    let output = attain().args(["list", "schema"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Every key that the schema knows, as `table.key`, and through tables of tables.
fn keys(schema: &serde_json::Value, node: &serde_json::Value, path: &str, found: &mut Vec<String>) {
    if let Some(reference) = node["$ref"].as_str() {
        keys(schema, schema.pointer(reference.trim_start_matches('#')).unwrap(), path, found);
    }
    for choice in node["anyOf"].as_array().into_iter().flatten() {
        keys(schema, choice, path, found);
    }
    for (key, value) in node["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}/{key}");
        keys(schema, value, &path, found);
        found.push(path);
    }
    // A table with names of one's own: whichever it is.
    if node["additionalProperties"].is_object() {
        keys(schema, &node["additionalProperties"], &format!("{path}/*"), found);
    }
}

#[test]
fn the_settings_file_shows_every_key() {
    let schema = schema();
    let mut wanted = Vec::new();
    keys(&schema, &schema, "", &mut wanted);
    assert!(wanted.len() > 60 && wanted.contains(&"/metrics/*/at_risk".to_string()), "{wanted:?}");
    for lang in ["en", "zh"] {
        let text = with_examples(lang);
        let table: toml::Table = toml::from_str(&text).unwrap();
        // Nothing in it is unknown.
        let _: Settings = toml::from_str(&text).unwrap();
        let has = |path: &str| {
            let mut places = vec![toml::Value::Table(table.clone())];
            for key in path.split('/').skip(1) {
                let below = |value: &toml::Value| match value {
                    toml::Value::Table(table) if key == "*" => table.values().cloned().collect(),
                    toml::Value::Table(table) => table.get(key).cloned().into_iter().collect(),
                    _ => Vec::new(),
                };
                places = places.iter().flat_map(below).collect();
            }
            !places.is_empty()
        };
        let missing: Vec<&String> = wanted.iter().filter(|path| !has(path)).collect();
        assert_eq!(missing, Vec::<&String>::new(), "{lang}");
    }
}

/// Whether a value is as the schema says: as much of JSON Schema as ours uses.
fn fits(schema: &serde_json::Value, node: &serde_json::Value, value: &serde_json::Value) -> bool {
    use serde_json::Value;
    if let Some(reference) = node["$ref"].as_str()
        && !fits(schema, schema.pointer(reference.trim_start_matches('#')).unwrap(), value)
    {
        return false;
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(choices) = node[key].as_array()
            && !choices.iter().any(|choice| fits(schema, choice, value))
        {
            return false;
        }
    }
    let is_of = |kind: &str| match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{other}"),
    };
    let kinds = match &node["type"] {
        Value::String(kind) => is_of(kind),
        Value::Array(kinds) => kinds.iter().any(|kind| is_of(kind.as_str().unwrap())),
        _ => true,
    };
    let is_constant = node.get("const").is_none_or(|constant| constant == value)
        && node["enum"].as_array().is_none_or(|known| known.contains(value));
    let number = value.as_f64();
    let is_within = number.is_none_or(|number| {
        node["minimum"].as_f64().is_none_or(|least| number >= least)
            && node["maximum"].as_f64().is_none_or(|most| number <= most)
    });
    let items = value
        .as_array()
        .is_none_or(|items| node.get("items").is_none_or(|item| items.iter().all(|value| fits(schema, item, value))));
    let properties = value.as_object().is_none_or(|table| {
        table.iter().all(|(key, value)| match (node["properties"].get(key), node.get("additionalProperties")) {
            (Some(property), _) => fits(schema, property, value),
            (None, Some(Value::Bool(is_open))) => *is_open,
            (None, Some(others)) => fits(schema, others, value),
            (None, None) => true,
        })
    });
    kinds && is_constant && is_within && items && properties
}

#[test]
fn the_schema_takes_the_settings_file_and_refuses_what_the_program_refuses() {
    let schema = schema();
    let fits = |text: &str| {
        let table: toml::Table = toml::from_str(text).unwrap();
        // Editors read a date as a text.
        let mut value = serde_json::to_value(&table).unwrap();
        fn plain(value: &mut serde_json::Value) {
            match value {
                serde_json::Value::Object(table) if table.keys().any(|key| key.starts_with("$__toml")) => {
                    *value = table.values().next().unwrap().clone();
                }
                serde_json::Value::Object(table) => table.values_mut().for_each(plain),
                serde_json::Value::Array(items) => items.iter_mut().for_each(plain),
                _ => {}
            }
        }
        plain(&mut value);
        self::fits(&schema, &schema, &value)
    };
    for lang in ["en", "zh"] {
        assert!(settings_text(lang).starts_with("#:schema ./attain.schema.json\n"));
        assert!(fits(&settings_text(lang)) && fits(&with_examples(lang)), "{lang}");
    }
    for (text, is_right) in [
        ("as_of = 2026-03-31", true),
        ("lang = \"fr\"", false),
        ("budgett = 1", false),
        ("[calendar]\nfiscal_year_start = 7", false),
        ("[calendar]\nfiscal_year_start_month = 13", false),
        ("[pace]\nby = \"hours\"", false),
        ("[metrics.returns]\nat_risk = 0.1", true),
        ("[metrics.returns]\natrisk = 0.1", false),
        ("[org]\nlevels = [\"region\", \"person\"]", true),
        ("[org]\nlevels = [\"squad\"]", false),
        ("[aliases]\n\"Annie\" = \"Ann Lee\"", true),
        ("[budget.allocation]\namount = 1\nby = \"luck\"", false),
    ] {
        assert_eq!(fits(text), is_right, "{text}");
        // The program says the same: months are checked after reading.
        let reads = toml::from_str::<Settings>(text).is_ok_and(|settings| settings.calendar(Path::new("")).is_ok());
        assert_eq!(reads, is_right, "{text}");
    }
    let descriptions = schema["$defs"]["MetricSetting"]["properties"]["combine"]["description"].as_str();
    assert_eq!(descriptions, Some("Whether both thresholds must be reached, in place of `[variance]`."));
}

#[test]
fn a_new_folder_has_the_schema_beside_its_settings() {
    let folder = tempfile::tempdir().unwrap();
    let new = folder.path().join("new");
    assert_eq!(attain().arg("init").arg(&new).args(["--lang", "zh"]).output().unwrap().status.code(), Some(0));
    let written: serde_json::Value =
        serde_json::from_slice(&std::fs::read(new.join("attain.schema.json")).unwrap()).unwrap();
    assert_eq!(written, schema());
    let settings = std::fs::read_to_string(new.join("attain.toml")).unwrap();
    assert_eq!(settings, settings_text("zh"));
}

/// Codes that a file in a folder cannot show, and the test that shows each.
const SHOWN_ELSEWHERE: &[&str] = &[
    "E103", "W103", "E104", "E108", "E109", "E120", "E121", "I130", "I150", "I151", "W152", "I153", "E206", "E303",
    "I315", "I319", "I320", "E321", "E323", "I330", "W413", "E423", "W515", "W540", "I548", "W548", "I549", "W549",
    "W550", "I564", "W565", "W566", "W586", "E587", "W587", "E588", "W588",
    // tests/fill.rs: they are about a workbook that is no input.
    "E601", "E602", "E603", "E604", "E605", "E606", "I607", "W608",
];

#[test]
fn the_messy_sample_has_a_row_for_every_code() {
    let golden = std::fs::read_to_string(project().join("tests/golden/messy.en.txt")).unwrap();
    for code in CODES {
        let is_there = golden.contains(&format!(" {code}: "));
        assert_eq!(is_there, !SHOWN_ELSEWHERE.contains(code), "{code}");
    }
}

mod elsewhere {
    use super::support::{self, Case};
    use super::*;

    const ACTUALS: &str = "Date | Name | Sales amount\n 2026-01-05 | Ann | 90";

    #[track_caller]
    fn shows(ran: &support::Ran, code: &str) {
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains(&format!(" {code}: ")), "{code}\n{said}");
    }

    #[cfg(unix)]
    #[test]
    fn links_and_pipes_are_not_read() {
        let case = Case::new().sheet("actuals.xlsx", ACTUALS);
        std::os::unix::fs::symlink("actuals.xlsx", case.inputs().join("link.xlsx")).unwrap();
        let pipe = case.inputs().join("pipe.xlsx");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let ran = case.check().status(3);
        shows(&ran, "E104");
        shows(&ran, "W103");
    }

    #[test]
    fn limits_are_named_with_their_setting() {
        let ran = Case::new()
            .sheet("actuals.xlsx", ACTUALS)
            .sheet("team.xlsx", "Name | Team\n Ann | A\n Bob | A\n Cid | A\n Dot | A")
            .settings("[limits]\ncells_per_sheet = 7\n")
            .check()
            .status(3);
        shows(&ran, "E206");
        assert!(ran.stdout.contains("[limits] cells_per_sheet = 8"), "{}", ran.stdout);
    }

    #[test]
    fn profiles_leave_out_translate_and_say_when_they_do_not_fit() {
        let profile = "name = \"p\"\nignore = [\"notes.csv\"]\n\
                       [[lookup]]\nname = \"people\"\nfiles = [\"people.csv\"]\nkey = \"Key\"\nvalue = \"Who\"\n\
                       [[table]]\nkind = \"actuals\"\nfiles = [\"sales*.csv\"]\n[table.columns]\n\
                       date = \"Day\"\nperson = { header = \"By\", lookup = \"people\" }\nsales_amount = { header = \"k\", unit = \"k\" }\n\
                       [[table]]\nkind = \"team\"\nfiles = [\"team.csv\"]\n[table.columns]\nperson = \"Who\"\n";
        let case = Case::new()
            .file("sales1.csv", b"Day,By,k\n2026-01-05,1,2.5\n2026-01-06,9,1\n")
            .file("sales2.csv", b"Tag,Von,k\n2026-01-05,1,2.5\n")
            .file("people.csv", b"Key,Who\n1,Ann\n")
            .file("notes.csv", b"whatever\n")
            .file("profile.toml", profile.as_bytes());
        let path = case.inputs().join("profile.toml");
        let ran = case.args(&["--profile", path.to_str().unwrap()]).check();
        for code in ["I150", "E303", "I151", "E423"] {
            shows(&ran, code);
        }
        assert!(ran.stdout.contains("sales1.csv!B3: error E423"), "{}", ran.stdout);
    }

    /// Runs `check` on the drawn table, hidden in row 5, with a profile for it.
    fn with_profile(table: &str) -> support::Ran {
        let profile = format!("name = \"p\"\n[[table]]\nkind = \"actuals\"\n{table}");
        let rows = "Day | Who | Net\n 2026-01-05 | 7 | 90\n 2026-01-06 | 12 | 60";
        let case = Case::new().sheet("north 26.xlsx", rows).file("profile.toml", profile.as_bytes());
        let path = case.inputs().join("north 26.xlsx");
        let hide = ("xl/worksheets/sheet1.xml", "<row r=\"5\"", "<row r=\"5\" hidden=\"1\"");
        let bytes = make::patched(&std::fs::read(&path).unwrap(), &[hide]).unwrap();
        std::fs::write(&path, bytes).unwrap();
        let profile = case.inputs().join("profile.toml");
        case.args(&["--profile", profile.to_str().unwrap()]).check()
    }

    const COLUMNS: &str =
        "[table.columns]\ndate = \"Day\"\nperson_id = { header = \"Who\", width = 3 }\nsales_amount = \"Net\"\n";

    #[test]
    fn profiles_filter_pad_and_read_names() {
        let filter = "[[table.filter]]\nheader = \"Who\"\ndrop = [\"12\"]\n";
        let ran = with_profile(&format!("capture.file = \"^(?<region>\\\\w+) (?<year>\\\\d+)\"\n{filter}{COLUMNS}"));
        shows(&ran, "I315");
        assert!(ran.stdout.contains("number 7 was read as 007"), "{}", ran.stdout);
        let ran = with_profile(&format!("capture.file = \"FY(?<year>\\\\d+)\"\n{COLUMNS}"));
        shows(&ran, "W152");
        shows(&ran, "W413");
    }

    #[test]
    fn hidden_rows_by_policy() {
        shows(&with_profile(COLUMNS), "W307");
        let ran = with_profile(&format!("hidden = \"exclude\"\n{COLUMNS}"));
        shows(&ran, "I320");
        assert!(ran.stdout.contains("1 of 2 rows used"), "{}", ran.stdout);
        let ran = with_profile(&format!("hidden = \"fail\"\n{COLUMNS}"));
        shows(&ran, "E321");
    }

    #[test]
    fn hidden_columns_by_policy() {
        let columns = "date = \"Day\"\nperson = \"Who\"\nsales_amount = \"Net\"\nprofit = \"Margin\"\n";
        let checked = |policy: &str| {
            let profile = format!(
                "name = \"p\"\n[[table]]\nkind = \"actuals\"\nhidden = \"{policy}\"\n[table.columns]\n{columns}"
            );
            let rows = "Day | Who | Net | Margin\n 2026-01-05 | Ann | 90 | 9";
            let case = Case::new().sheet("a.xlsx", rows).file("profile.toml", profile.as_bytes());
            let path = case.inputs().join("a.xlsx");
            let hide = (
                "xl/worksheets/sheet1.xml",
                "<sheetData>",
                "<cols><col min=\"4\" max=\"4\" width=\"9\" hidden=\"1\"/></cols><sheetData>",
            );
            let bytes = make::patched(&std::fs::read(&path).unwrap(), &[hide]).unwrap();
            std::fs::write(&path, bytes).unwrap();
            let profile = case.inputs().join("profile.toml");
            case.args(&["--profile", profile.to_str().unwrap()]).check()
        };
        shows(&checked("include"), "W309");
        shows(&checked("exclude"), "I330");
    }

    #[test]
    fn months_that_the_as_of_day_lies_in_are_what_was_done_so_far() {
        let ran = Case::new()
            .sheet("actuals.xlsx", "Month | Region | Sales amount\n 2026-02 | East | 100\n 2026-03 | East | 60")
            .seen_on("2026-03-15")
            .run()
            .status(0);
        assert_eq!(ran.codes(), ["I564"]);
        assert_eq!(ran.attainment("sales_amount", "region", "East", "2026-03")["actual"], "60");
        // April stands among them: then they are whole months, and March is not over.
        let ran = Case::new()
            .sheet("actuals.xlsx", "Month | Region | Sales amount\n 2026-03 | East | 22\n 2026-04 | East | 60")
            .seen_on("2026-03-15")
            .run()
            .status(0);
        // Ten of the 22 work days of March 2026 are over by the 15th, a Sunday.
        assert_eq!(ran.attainment("sales_amount", "region", "East", "2026-03")["actual"], "10");
    }

    #[test]
    fn figures_of_no_period_and_problems_without_end() {
        let profile =
            "name = \"p\"\n[[table]]\nkind = \"targets\"\n[table.columns]\nperson = \"Who\"\nvalue = \"Goal\"\n";
        let case = Case::new()
            .sheet("goals.xlsx", "Who | Goal\n Ann | 90\n Bob | 60")
            .file("profile.toml", profile.as_bytes());
        let path = case.inputs().join("profile.toml");
        shows(&case.args(&["--profile", path.to_str().unwrap()]).check(), "E323");
        let mut csv = "Date,Name,Sales amount\n".to_string();
        (0..100_003).for_each(|_| csv.push_str("2026-01-05,Ann,x\n"));
        let ran = Case::new().file("bad.csv", csv.as_bytes()).check();
        shows(&ran, "I319");
        assert!(ran.stdout.contains("3 more problems E402"), "{}", ran.stdout.lines().last().unwrap_or(""));
    }

    #[test]
    fn an_empty_period_and_an_unknown_holiday_year() {
        let ran = Case::new().sheet("actuals.xlsx", ACTUALS).args(&["--period", "2024"]).check();
        shows(&ran, "W515");
        let ran = Case::new()
            .sheet("actuals.xlsx", "Date | Name | Sales amount\n 2031-01-06 | Ann | 90")
            .settings("[calendar]\nholidays = \"cn\"\n")
            .seen_on("2031-01-31")
            .check();
        shows(&ran, "W540");
    }

    #[test]
    fn a_deal_that_is_missing_from_a_later_export() {
        let header = "Deal id | Stage | Created | Amount";
        let ran = Case::new()
            .sheet("2026-01-31.xlsx", &format!("{header}\n a | Lead | 2026-01-05 | 1\n b | Lead | 2026-01-05 | 2"))
            .sheet("2026-02-28.xlsx", &format!("{header}\n a | Lead | 2026-01-05 | 1"))
            .check()
            .status(0);
        shows(&ran, "I548");
        assert!(ran.stdout.contains("2026-01-31.xlsx!Data!B5"), "{}", ran.stdout);
    }

    #[test]
    fn a_budget_is_compared_with_its_months_its_spending_and_its_estimates() {
        let ran = Case::new()
            .titled("b.xlsx", "Budget 2026", "Item | Budget | Jan | Feb | Mar\n Ads | 90 | 30 | 30 | 20")
            .titled(
                "c.xlsx",
                "Budget 2026",
                "Item | Budget | Cycle | Actual | LE1 | LE2\n Cars | 90 | Q1 | 80 | 85 | 95",
            )
            .sheet("s.xlsx", "Date | Item | Amount spent\n 2026-01-05 | Cars | 70")
            .check();
        for code in ["W548", "I549", "W550"] {
            shows(&ran, code);
        }
        let budget = "Item | Budget | Cycle | Adjustment | Adjusted budget\n Ads | 90 | Q1 | 10 | 90";
        shows(&Case::new().titled("b.xlsx", "Budget 2026", budget).check(), "W549");
    }

    #[test]
    fn an_amount_is_allocated_to_units_that_exist() {
        let allocation = "[budget.allocation]\namount = 100\n";
        shows(&Case::new().sheet("a.xlsx", ACTUALS).settings(allocation).check(), "W565");
        let weights = "by = \"weights\"\nlevel = \"person\"\nweights = { ann = 2, Anna = 1 }\n";
        let ran = Case::new().sheet("a.xlsx", ACTUALS).settings(&format!("{allocation}{weights}")).check();
        assert!(ran.stdout.contains("W566: [budget.allocation.weights] names \"Anna\""), "{}", ran.stdout);
        assert!(!ran.stdout.contains("\"ann\""), "{}", ran.stdout);
    }

    #[test]
    fn legacy_formats_are_read_and_said_to_be() {
        let Some(superstore) = support::shared("superstore") else { return };
        let entries = std::fs::read_dir(superstore).unwrap();
        let xls = entries.map(|entry| entry.unwrap().path()).find(|path| path.extension().is_some_and(|e| e == "xls"));
        let out = tempfile::tempdir().unwrap();
        let output = attain()
            .args(["check", "--verbose", "--lang", "en", "--as-of", "2021-12-31"])
            .arg(xls.unwrap())
            .arg("--out")
            .arg(out.path())
            .output()
            .unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains(" I130: "));
    }
}
