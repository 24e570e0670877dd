//! Packs: what each reader sees, that nobody sees more, and that nothing people write into them is lost.

mod support;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use calamine::{Data, Reader};
use serde_json::Value;
use support::{Case, attain};

const TEAM: &str = "Person id | Name | Team | Region | Manager | Share\n\
    E1 | Ann Frost | Alps | North | Mia Holt |\n E2 | Bob Stone | Alps | North | Mia Holt |\n\
    E3 | Cid Marsh | Bays | South | E7 |\n E4 | Eve Reed | Alps | North | E7 | 60%\n E4 | Eve Reed | Bays | South | E7 | 40%\n\
    E7 | Noa Pike | Bays | South | |";
const TARGETS: &str = "Period | Name | Metric | Target\n 2026-01 | Ann Frost | Sales amount | 1000\n\
    2026-01 | Bob Stone | Sales amount | 2000\n 2026-01 | Cid Marsh | Sales amount | 4000\n\
    2026-01 | Eve Reed | Sales amount | 500\n 2026-01 | Noa Pike | Sales amount | 8000";
const ACTUALS: &str = "Date | Name | Product | Customer | Sales amount\n 2026-01-05 | Ann Frost | Pump | Acme Tools | 900\n\
    2026-01-06 | Bob Stone | Valve | Brill Farms | 700\n 2026-01-07 | Cid Marsh | Gauge | Corvo Mills | 4100\n\
    2026-01-08 | Eve Reed | Pump | Dorn Works | 300\n 2026-01-09 | Noa Pike | Gauge | Elm Foods | 2000\n\
    2026-01-12 | Zed Nobody | Pump | Fawn Paper | 77";
const DEALS: &str = "Deal id | Deal name | Owner | Stage | Created | Expected close | Amount\n\
    D1 | Frost hall | Ann Frost | Proposal | 2025-09-01 | 2025-12-01 | 111\n\
    D2 | Marsh mill | Cid Marsh | Proposal | 2025-09-01 | 2025-12-01 | 222";
const PLAN: &str = "Phase | Task | Owner | Due\n Start | Call the mills | Cid Marsh | 2026-01-10\n\
    Start | Open the hall | Ann Frost | 2026-01-11\n Start | Write the plan | Gil Grant | 2026-01-12";
const BUDGET: &str = "Item | Department | Owner | Amount | Cycle | Year\n Fairs | North | Hal Hayes | 1200 | yearly | 2026\n\
    Travel | South | Noa Pike | 2400 | yearly | 2026\n Rent | Head office | Ida Innes | 3600 | yearly | 2026";
const ISSUES: &str = "Date | Reporter | Name | Description\n 2026-01-20 | Jon Jarvis | Bob Stone | No samples left";

/// Files named after people, as files are.
fn company() -> Case {
    Case::new()
        .sheet("team.xlsx", TEAM)
        .sheet("targets.xlsx", TARGETS)
        .sheet("actuals of Bob Stone.xlsx", ACTUALS)
        .sheet("deals of Cid Marsh.xlsx", DEALS)
        .sheet("plan.xlsx", PLAN)
        .sheet("budget.xlsx", BUDGET)
        .sheet("issues.xlsx", ISSUES)
        .seen_on("2026-01-31")
        .args(&["--fail-on", "never"])
}

fn packs(out: &Path) -> BTreeMap<String, PathBuf> {
    let files = std::fs::read_dir(out.join("packs")).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.file_stem().unwrap().to_string_lossy().to_string(), path)).collect()
}

fn account(out: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(out.join("run.json")).unwrap()).unwrap()
}

/// All texts of a workbook's parts, as they are stored.
fn stored(path: &Path) -> String {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut all = String::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        all.push_str(&part.name().unwrap());
        part.read_to_string(&mut all).unwrap();
    }
    all
}

/// The cells of the sheet whose name begins so.
fn sheet(path: &Path, number: &str) -> Vec<Vec<String>> {
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(path).unwrap();
    let name = workbook.sheet_names().into_iter().find(|name| name.starts_with(number));
    let Some(name) = name else { return Vec::new() };
    workbook.worksheet_range(&name).unwrap().rows().map(|row| row.iter().map(Data::to_string).collect()).collect()
}

/// Lines of the attainment sheet: (metric, period, level, unit) → plan and actual.
fn attainment(path: &Path) -> BTreeMap<[String; 4], [String; 2]> {
    let rows = sheet(path, "02");
    let lines = rows.iter().skip_while(|row| row[0] != "Metric").skip(1);
    let line = |row: &Vec<String>| {
        let text = |column: usize| row[column].clone();
        ([0, 1, 2, 3].map(text), [5, 6].map(text))
    };
    lines.map(line).collect()
}

fn figures(path: &Path, level: &str, unit: &str) -> [f64; 2] {
    let key = ["Sales amount", "2026-01", level, unit].map(str::to_string);
    let lines = attainment(path);
    let found = lines.get(&key).unwrap_or_else(|| panic!("{unit}: {lines:?}"));
    found.each_ref().map(|text| text.parse().unwrap_or(f64::NAN))
}

#[test]
fn regions_have_their_own_and_add_up_to_the_whole() {
    let ran = company().args(&["--split-by", "region"]).run();
    let out = ran.out();
    let packs = packs(&out);
    assert_eq!(packs.keys().map(String::as_str).collect::<Vec<_>>(), ["(unassigned)", "North", "South"]);
    // North: Ann 1000 and 900, Bob 2000 and 700, 60 % of Eve's 500 and 300. South: Cid 4000 and 4100, 40 % of Eve,
    // Noa 8000 and 2000. Zed is nobody known: 77.
    assert_eq!(figures(&packs["North"], "Region", "North"), [3300.0, 1780.0]);
    assert_eq!(figures(&packs["South"], "Region", "South"), [12200.0, 6220.0]);
    assert_eq!(figures(&packs["North"], "Team", "Alps"), [3300.0, 1780.0]);
    assert_eq!(figures(&packs["North"], "Person", "Ann Frost"), [1000.0, 900.0]);
    assert_eq!(figures(&packs["North"], "Person", "Eve Reed"), [300.0, 180.0]);
    assert_eq!(figures(&packs["South"], "Person", "Eve Reed"), [200.0, 120.0]);
    let whole = figures(&out.join("report.xlsx"), "Company", "Company");
    assert_eq!(whole, [15500.0, 8077.0]);
    let of_packs = [("North", "Region"), ("South", "Region"), ("(unassigned)", "Region")];
    let sum: f64 = of_packs.iter().map(|(name, level)| figures(&packs[*name], level, name)[1]).sum();
    assert!((sum - whole[1]).abs() < 1e-9);
    // The account says the same, exactly.
    let account = account(&out);
    let files = account["packs"]["files"].as_array().unwrap();
    let total = |key: &str| -> i64 {
        let of_file =
            |file: &Value| file["totals"]["sales_amount"][key].as_str().map_or(0, |text| text.parse().unwrap());
        files.iter().map(of_file).sum()
    };
    assert_eq!((total("target"), total("actual")), (15500, 8077));
    let hash = |path: &str| blake3::hash(&std::fs::read(out.join(path)).unwrap()).to_hex().to_string();
    for file in files {
        let path = file["path"].as_str().unwrap();
        let listed = account["outputs"].as_array().unwrap().iter().find(|output| output["path"] == path).unwrap();
        assert_eq!(listed["blake3"], hash(path));
    }
}

#[test]
fn managers_and_people_have_their_own_too() {
    let ran = company().args(&["--split-by", "manager"]).run();
    let of_managers = packs(&ran.out());
    // By name or by id; who has no manager is with nobody, and so is Zed.
    assert_eq!(of_managers.keys().map(String::as_str).collect::<Vec<_>>(), ["(unassigned)", "Mia Holt", "Noa Pike"]);
    assert_eq!(figures(&of_managers["Mia Holt"], "Manager", "Mia Holt"), [3000.0, 1600.0]);
    assert_eq!(figures(&of_managers["Noa Pike"], "Manager", "Noa Pike"), [4500.0, 4400.0]);
    assert_eq!(figures(&of_managers["(unassigned)"], "Manager", "(unassigned)"), [8000.0, 2077.0]);
    let ran = company().args(&["--split-by", "person"]).run();
    let of_people = packs(&ran.out());
    assert_eq!(of_people.len(), 6);
    assert_eq!(figures(&of_people["Eve Reed"], "Person", "Eve Reed"), [500.0, 300.0]);
}

/// Everybody and everything with a name, and who may read it.
#[test]
fn nobody_reads_about_others() {
    let people = ["Ann Frost", "Bob Stone", "Cid Marsh", "Eve Reed", "Noa Pike"];
    let others =
        ["Gil Grant", "Hal Hayes", "Ida Innes", "Jon Jarvis", "Rent", "Write the plan", "Head office", "Zed Nobody"];
    let seen: &[(&str, &str, &[&str], &[&str])] = &[
        (
            "region",
            "North",
            &["Ann Frost", "Bob Stone", "Eve Reed", "Frost hall", "Open the hall", "Fairs", "No samples left"],
            &["Marsh mill", "Corvo Mills", "Call the mills", "Travel", "Gauge", "Bays", "South", "Elm Foods"],
        ),
        (
            "region",
            "South",
            &["Cid Marsh", "Eve Reed", "Noa Pike", "Marsh mill", "Call the mills", "Travel"],
            &["Frost hall", "Acme Tools", "Open the hall", "Fairs", "Valve", "Alps", "North", "No samples left"],
        ),
        (
            "manager",
            "Mia Holt",
            &["Ann Frost", "Bob Stone", "Mia Holt", "Frost hall", "Open the hall"],
            &["Marsh mill", "Call the mills", "Travel", "South"],
        ),
        (
            "manager",
            "Noa Pike",
            &["Cid Marsh", "Eve Reed", "Noa Pike", "Marsh mill", "Travel"],
            &["Frost hall", "Open the hall", "Fairs"],
        ),
        (
            "person",
            "Ann Frost",
            &["Ann Frost", "Frost hall", "Open the hall"],
            &["Marsh mill", "Mia Holt", "Valve", "Fairs", "North", "South"],
        ),
        ("person", "Cid Marsh", &["Cid Marsh", "Marsh mill", "Call the mills"], &["Frost hall", "Valve", "Travel"]),
    ];
    for split in ["region", "manager", "person"] {
        let ran = company().args(&["--split-by", split]).run();
        let packs = packs(&ran.out());
        for (of, name, shown, hidden) in seen.iter().filter(|(of, ..)| *of == split) {
            let text = stored(&packs[*name]);
            shown.iter().for_each(|word| assert!(text.contains(word), "{of} {name}: no {word}"));
            let strangers = people.iter().filter(|person| !shown.contains(person));
            for word in hidden.iter().chain(strangers).chain(&others) {
                assert!(!text.contains(word), "{of} {name}: {word}");
            }
            // Neither files nor what the whole comes to: 15500, 8077.
            assert!(!text.contains(".xlsx") && !text.contains(">15500<") && !text.contains(">8077<"), "{of} {name}");
        }
    }
}

/// What is off in a pack is off in the report, under the same number; nothing of a reader's units is left out.
#[test]
fn a_pack_has_the_deviations_of_its_units() {
    let ran = company().args(&["--split-by", "region"]).run();
    let ids = |path: &Path| -> Vec<String> {
        let ids = sheet(path, "09").into_iter().map(|row| row[0].clone()).filter(|id| id.starts_with("DEV-"));
        ids.collect()
    };
    let whole = ids(&ran.out().join("report.xlsx"));
    let packs = packs(&ran.out());
    let rows = ran.table("deviations");
    for (region, units) in
        [("North", ["North", "Alps", "Ann Frost", "Bob Stone"]), ("South", ["South", "Bays", "Cid Marsh", "Noa Pike"])]
    {
        let own = ids(&packs[region]);
        assert!(own.iter().all(|id| whole.contains(id)));
        for row in rows.iter().filter(|row| units.contains(&row["unit"].as_str())) {
            assert!(own.contains(&row["id"]), "{region}: {row:?}");
        }
    }
}

#[test]
fn the_same_bytes_on_any_number_of_threads() {
    let bytes = |jobs: &str| {
        let ran = company().args(&["--split-by", "person", "--jobs", jobs]).run();
        packs(&ran.out()).into_iter().map(|(name, path)| (name, std::fs::read(path).unwrap())).collect::<Vec<_>>()
    };
    assert!(bytes("1") == bytes("4"));
}

#[test]
fn chosen_reports_are_chosen_in_packs() {
    let ran = company().args(&["--split-by", "region", "--report", "attainment"]).run();
    let workbook: calamine::Xlsx<_> = calamine::open_workbook(&packs(&ran.out())["North"]).unwrap();
    assert_eq!(workbook.sheet_names(), ["02_Attainment"]);
}

#[test]
fn packs_are_never_read_as_inputs() {
    let case = company();
    let inputs = case.inputs();
    let n_files = |path: &Path| account(path)["inputs"].as_array().unwrap().len();
    // Into the folder of the inputs themselves, and again.
    let first = case.out(&inputs).args(&["--split-by", "region"]).run();
    assert_eq!(n_files(&inputs), 7, "{}", first.stderr);
    let again =
        attain().arg("run").arg(&inputs).arg("--out").arg(&inputs).args(["--as-of", "2026-01-31"]).output().unwrap();
    assert_eq!(n_files(&inputs), 7, "{again:?}");
    assert!(inputs.join("packs/North.xlsx").is_file());
    // Nor where their folder is named.
    let named = attain().arg("run").arg(inputs.join("packs")).arg("--out").arg(inputs.join("new")).output().unwrap();
    assert_eq!(named.status.code(), Some(4), "{named:?}");
}

#[test]
fn without_any_region_there_is_nothing_to_split_by() {
    let ran = Case::new()
        .sheet("targets.xlsx", "Period | Name | Metric | Target\n 2026-01 | Ann | Sales amount | 1")
        .args(&["--split-by", "region"])
        .run()
        .status(0);
    assert!(ran.table("problems").iter().any(|row| row["code"] == "W588"));
    assert!(!ran.out().join("packs").exists());
}

/// A register as people hand it back: number, cause, action, status.
fn register(rows: &[[&str; 4]]) -> Vec<u8> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet().set_name("09_Deviations").unwrap();
    for (column, name) in (0u16..).zip(["No.", "State", "Cause", "Action", "Action status"]) {
        sheet.write_string(6, column, name).unwrap();
    }
    for (row, [id, cause, action, status]) in (7u32..).zip(rows) {
        for (column, cell) in
            [(0, id), (2, cause), (3, action), (4, status)].into_iter().filter(|(_, cell)| !cell.is_empty())
        {
            sheet.write_string(row, column, *cell).unwrap();
        }
    }
    workbook.save_to_buffer().unwrap()
}

/// What a workbook's register holds of a deviation: cause, action, status.
fn entered(path: &Path, id: &str) -> [String; 3] {
    let rows = sheet(path, "09");
    let header = rows.iter().find(|row| row[0] == "No.").unwrap();
    let column = |name: &str| header.iter().position(|cell| *cell == name).unwrap();
    let row = rows.iter().find(|row| row[0] == id).unwrap_or_else(|| panic!("{id}"));
    ["Cause", "Action", "Action status"].map(|name| row[column(name)].clone())
}

#[test]
fn what_people_write_into_packs_is_carried_on() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let run = |more: &[&str]| company().out(&out).args(&["--split-by", "region"]).args(more).run();
    let codes = || {
        support::read_table(&out.join("tables/problems.csv"))
            .into_iter()
            .map(|row| row["code"].clone())
            .collect::<Vec<_>>()
    };
    run(&[]).status(0);
    let rows = support::read_table(&out.join("tables/deviations.csv"));
    let id = rows.iter().find(|row| row["unit"] == "Bob Stone" && row["rule"] == "behind_pace").unwrap()["id"].clone();
    let [report, north, south] = ["report.xlsx", "packs/North.xlsx", "packs/South.xlsx"].map(|name| out.join(name));
    // Written into the pack: the report has it, and the pack keeps it.
    std::fs::write(&north, register(&[[&id, "no samples", "", "In progress"], ["", "", "a line of our own", ""]]))
        .unwrap();
    run(&[]).status(0);
    for path in [&report, &north] {
        assert_eq!(entered(path, &id), ["no samples", "", "In progress"]);
        assert!(stored(path).contains("a line of our own"));
    }
    assert!(!stored(&south).contains("no samples") && !stored(&south).contains("a line of our own"));
    // Nobody wrote anything: nothing changes, and lines of people's own do not multiply.
    run(&[]).status(0);
    assert_eq!(stored(&report).matches("a line of our own").count(), 1);
    // The pack goes on, the report adds: what is new counts, without a conflict.
    std::fs::write(&north, register(&[[&id, "no samples", "", "Done"]])).unwrap();
    std::fs::write(&report, register(&[[&id, "no samples", "order more", "In progress"]])).unwrap();
    run(&[]).status(0);
    for path in [&report, &north] {
        assert_eq!(entered(path, &id), ["no samples", "order more", "Done"]);
    }
    assert!(!codes().contains(&"W586".to_string()));
    // Both are changed, each another way: both are kept, once, and it is said.
    std::fs::write(&north, register(&[[&id, "samples late", "order more", "Done"]])).unwrap();
    std::fs::write(&report, register(&[[&id, "samples lost", "order more", "Done"]])).unwrap();
    run(&[]).status(0);
    assert!(codes().contains(&"W586".to_string()));
    for _ in 0..2 {
        for path in [&report, &north] {
            assert_eq!(entered(path, &id), ["samples lost / samples late", "order more", "Done"]);
        }
        run(&[]).status(0);
        assert!(!codes().contains(&"W586".to_string()));
    }
    // A run without packs reads them all the same.
    std::fs::write(&north, register(&[[&id, "settled", "order more", "Done"]])).unwrap();
    company().out(&out).run().status(0);
    assert_eq!(entered(&report, &id)[0], "settled");
    run(&[]).status(0);
    assert_eq!(entered(&north, &id)[0], "settled");
    assert!(!codes().contains(&"W586".to_string()));
}

#[test]
fn a_pack_that_cannot_be_read_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let pack = folder.path().join("packs/North.xlsx");
    std::fs::create_dir_all(pack.parent().unwrap()).unwrap();
    std::fs::write(&pack, b"PK\x03\x04 damaged").unwrap();
    let ran = company().out(folder.path()).args(&["--split-by", "region"]).run().status(5);
    assert!(
        ran.stderr.contains("North.xlsx") && ran.stderr.contains("would lose what people entered"),
        "{}",
        ran.stderr
    );
    assert_eq!(std::fs::read(&pack).unwrap(), b"PK\x03\x04 damaged");
    assert!(!folder.path().join("report.xlsx").exists());
}

#[test]
fn packs_of_those_who_left_stay_while_they_hold_what_people_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let run = || company().out(&out).args(&["--split-by", "region"]).run().status(0);
    run();
    let written = register(&[["DEV-2026-ABCDEF", "gone", "hand over", ""]]);
    std::fs::write(out.join("packs/East.xlsx"), &written).unwrap();
    std::fs::write(out.join("packs/West.xlsx"), register(&[])).unwrap();
    // Excel's own file while a pack is open, and somebody's notes: neither is ours.
    std::fs::write(out.join("packs/~$North.xlsx"), b"").unwrap();
    std::fs::write(out.join("packs/notes.txt"), b"x").unwrap();
    run();
    assert_eq!(std::fs::read(out.join("packs/East.xlsx")).unwrap(), written);
    assert!(
        !out.join("packs/West.xlsx").exists()
            && out.join("packs/~$North.xlsx").exists()
            && out.join("packs/notes.txt").exists()
    );
    let said = account(&out);
    assert_eq!(
        (&said["packs"]["left"][0], &said["packs"]["removed"][0]),
        (&"packs/East.xlsx".into(), &"packs/West.xlsx".into())
    );
    let problems = support::read_table(&out.join("tables/problems.csv"));
    assert!(problems.iter().any(|row| row["code"] == "W587" && row["file"] == "packs/East.xlsx"));
    assert_eq!(entered(&out.join("report.xlsx"), "DEV-2026-ABCDEF")[..2], ["gone", "hand over"]);
    // What the report says later is not undone by the old pack.
    std::fs::write(out.join("report.xlsx"), register(&[["DEV-2026-ABCDEF", "gone", "handed over", ""]])).unwrap();
    for _ in 0..2 {
        run();
        assert_eq!(entered(&out.join("report.xlsx"), "DEV-2026-ABCDEF")[..2], ["gone", "handed over"]);
    }
}
