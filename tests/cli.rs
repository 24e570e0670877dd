//! The program as people and cron use it: exit codes, streams, files that survive.

mod support;

use std::process::Stdio;

use support::{Case, attain};

const TARGETS: &str = "Period | Name | Metric | Target\n 2026-01 | Ann | Sales amount | 100";
const ACTUALS: &str = "Date | Name | Sales amount\n 2026-01-05 | Ann | 90";

fn clean() -> Case {
    Case::new().sheet("targets.xlsx", TARGETS).sheet("actuals.xlsx", ACTUALS)
}

#[test]
fn a_clean_run_ends_by_naming_the_report() {
    let ran = clean().run().status(0);
    let last = ran.stdout.lines().last().unwrap();
    assert!(last.starts_with("Written: ") && last.ends_with("report.xlsx"), "{last}");
    assert!(ran.out().join("report.xlsx").is_file() && ran.out().join("run.json").is_file());
}

#[test]
fn problems_decide_the_exit_code() {
    let wrong = || clean().sheet("more.xlsx", "Date | Name | Sales amount\n 2026-01-06 | Ann | lots");
    assert_eq!(wrong().run().status(1).codes(), ["E402"]);
    wrong().args(&["--fail-on", "never"]).run().status(0);
    let remarked = || clean().sheet("more.xlsx", "Date | Name | Sales amount\n 2026-01-06 | Ann | 1,000元");
    remarked().run().status(0);
    remarked().args(&["--strict"]).run().status(1);
    remarked().args(&["--fail-on", "warning"]).run().status(1);
}

#[test]
fn a_rejected_file_leaves_the_others() {
    let ran = clean().file("broken.xlsx", b"PK\x03\x04 cut off").run().status(3);
    assert_eq!(ran.codes(), ["E102"]);
    assert_eq!(ran.attainment("sales_amount", "person", "Ann", "2026-01")["attainment"], "0.9");
}

#[test]
fn nothing_usable_writes_nothing() {
    let ran = Case::new().file("broken.xlsx", b"PK\x03\x04 cut off").run().status(4);
    assert!(!ran.out().join("report.xlsx").exists());
    assert!(ran.stderr.contains("E102") && ran.stderr.contains("nothing was written"), "{}", ran.stderr);
    Case::new().run().status(4);
}

#[test]
fn usage_and_settings_are_refused_before_anything_is_done() {
    for arguments in [
        &["--period", "2026-13"][..],
        &["--period", "2026-W03"],
        &["--report", "summry"],
        &["--profile", "nowhere.toml"],
        &["--tables", "dbase"],
        &["--as-of", "31.3."],
        &["--nonsense"],
    ] {
        let ran = clean().args(arguments).run().status(2);
        assert!(!ran.out().join("report.xlsx").exists(), "{arguments:?}");
        assert!(!ran.stderr.is_empty());
    }
    clean().settings("[funnel]\nstages = [\"leads\", \"leads\", \"won\"]\n").run().status(2);
    let ran = clean().settings("[calender]\n").run().status(2);
    assert!(ran.stderr.contains("did you mean `calendar`?"), "{}", ran.stderr);
    attain().args(["run", "no/such/folder"]).output().map(|output| assert_eq!(output.status.code(), Some(2))).unwrap();
}

#[test]
fn an_output_that_cannot_be_written_is_5_and_a_held_folder_75() {
    let case = clean();
    let file = case.inputs().join("a file");
    std::fs::write(&file, "").unwrap();
    case.out(&file.join("out")).run().status(5);

    let folder = tempfile::tempdir().unwrap();
    let held = attain::publish::Folder::open(folder.path()).unwrap();
    let ran = clean().out(folder.path()).run().status(75);
    assert!(ran.stderr.contains("another run"), "{}", ran.stderr);
    drop(held);
}

#[test]
fn json_is_the_only_thing_on_standard_output() {
    let ran = clean().args(&["--json"]).run().status(0);
    let account: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(account["exit_code"], 0);
    assert_eq!(account["as_of"], "2026-12-31");
    assert_eq!(account["inputs"].as_array().unwrap().len(), 2);
    assert_eq!(ran.account(), account);
    let outputs = account["outputs"].as_array().unwrap();
    for output in outputs {
        let bytes = std::fs::read(ran.out().join(output["path"].as_str().unwrap())).unwrap();
        assert_eq!(output["blake3"], blake3::hash(&bytes).to_hex().to_string());
    }
}

#[test]
fn quiet_is_quiet_and_a_pipe_has_no_progress() {
    let ran = clean().args(&["--quiet"]).run().status(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    let ran = clean().run().status(0);
    assert!(!ran.stderr.contains('\r') && !ran.stderr.contains('\u{1b}'), "{:?}", ran.stderr);
}

#[test]
fn a_closed_pipe_is_no_failure_of_the_run() {
    let case = clean();
    let out = tempfile::tempdir().unwrap();
    let mut child = attain()
        .arg("run")
        .arg(case.inputs())
        .args(["--as-of", "2026-12-31", "--json", "--out"])
        .arg(out.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(out.path().join("report.xlsx").is_file());
}

#[test]
fn check_writes_nothing_and_names_every_cell() {
    let ran =
        clean().sheet("more.xlsx", "Date | Name | Sales amount\n soon | Ann | lots\n 2026-01-06 | Ann | 5").check();
    let ran = ran.status(1);
    assert!(!ran.out().exists());
    assert!(ran.stdout.contains("more.xlsx!Data!B4: error E410"), "{}", ran.stdout);
    assert!(ran.stdout.contains("more.xlsx!Data!D4: error E402"), "{}", ran.stdout);
    assert!(ran.stdout.contains("hint: "), "{}", ran.stdout);
}

#[test]
fn flags_win_over_environment_over_settings() {
    let case = clean().settings("as_of = 2026-01-02\nlang = \"zh\"\n");
    let run = |command: &mut std::process::Command| {
        let out = tempfile::tempdir().unwrap();
        let output = command.arg("--json").arg("--out").arg(out.path()).output().unwrap();
        let account: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (account["as_of"].as_str().unwrap().to_string(), account["lang"].as_str().unwrap().to_string())
    };
    let pair = |as_of: &str, lang: &str| (as_of.to_string(), lang.to_string());
    assert_eq!(run(attain().arg("run").arg(case.inputs())), pair("2026-01-02", "zh"));
    let environment = |command: &mut std::process::Command| {
        command.env("ATTAIN_AS_OF", "2026-01-03").env("ATTAIN_LANG", "en");
    };
    let mut command = attain();
    environment(&mut command);
    assert_eq!(run(command.arg("run").arg(case.inputs())), pair("2026-01-03", "en"));
    let mut command = attain();
    environment(&mut command);
    let command = command.arg("run").arg(case.inputs()).args(["--as-of", "2026-01-04", "--lang", "zh"]);
    assert_eq!(run(command), pair("2026-01-04", "zh"));
}

#[test]
fn a_period_limits_what_is_reported() {
    let ran = clean()
        .sheet("more.xlsx", "Date | Name | Sales amount\n 2026-05-06 | Ann | 7")
        .args(&["--period", "2026-Q1"])
        .run()
        .status(0);
    let mut periods: Vec<String> = ran.table("attainment").iter().map(|row| row["period"].clone()).collect();
    periods.sort();
    periods.dedup();
    assert_eq!(periods, ["2026-01", "2026-Q1"]);
}

#[test]
fn only_the_reports_asked_for() {
    let ran = clean().args(&["--report", "attainment,manifest"]).run().status(0);
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(ran.out().join("report.xlsx")).unwrap();
    assert_eq!(calamine::Reader::sheet_names(&workbook), ["02_Attainment", "15_Manifest"]);
    assert!(calamine::Reader::worksheet_range(&mut workbook, "02_Attainment").unwrap().height() > 5);
}

#[test]
fn init_makes_a_folder_that_runs_at_once() {
    for lang in ["en", "zh"] {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("new");
        let run = |arguments: &[&str]| {
            let output = attain().args(arguments).current_dir(folder.path()).output().unwrap();
            (output.status.code(), String::from_utf8_lossy(&output.stderr).to_string())
        };
        assert_eq!(run(&["init", dir.to_str().unwrap(), "--lang", lang]).0, Some(0));
        let (code, message) = run(&["run", dir.to_str().unwrap(), "--as-of", "2026-03-31"]);
        assert_eq!(code, Some(0), "{message}");
        assert!(folder.path().join("new/out/report.xlsx").is_file());
        // It never overwrites what somebody may have filled in.
        let (code, message) = run(&["init", dir.to_str().unwrap(), "--lang", lang]);
        assert_eq!(code, Some(2));
        assert!(message.contains("attain.toml"), "{message}");
    }
}

#[test]
fn lists_come_in_both_languages() {
    for (lang, words) in [("en", ["Attainment", "Targets", "Sales amount"]), ("zh", ["达成总览", "目标", "销售额"])]
    {
        let output = attain().args(["list", "--lang", lang]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        for word in words.iter().chain(&["E402", "adventureworks"]) {
            assert!(text.contains(word), "{word}\n{text}");
        }
    }
    for lang in ["en", "zh"] {
        let output = attain().args(["run", "--help", "--lang", lang]).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(String::from_utf8_lossy(&output.stdout).contains(if lang == "zh" { "截止日" } else { "Last day" }));
    }
}

#[test]
fn what_we_wrote_is_never_read() {
    // The outputs of earlier runs lie inside the input folder: one of them in another folder than today's.
    let case = clean();
    for out in ["old", "new"] {
        let output = attain()
            .arg("run")
            .arg(case.inputs())
            .args(["--as-of", "2026-12-31", "--tables", "csv", "--out"])
            .arg(case.inputs().join(out))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let ran = case.run().status(0);
    assert_eq!(ran.figures("sales_amount", "person", "Ann", "2026"), ["100", "90", "-10", "0.9000"]);
    assert!(ran.codes().is_empty(), "{:?}", ran.codes());
}

#[test]
fn quiet_still_says_what_went_wrong() {
    let ran =
        clean().sheet("more.xlsx", "Date | Name | Sales amount\n 2026-01-06 | Ann | lots").args(&["--quiet"]).run();
    assert!(ran.stderr.contains("E402"), "{}", ran.stderr);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    let ran = Case::new().args(&["--json"]).run().status(4);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["exit_code"], 4);
    assert!(!ran.out().exists(), "a run that writes nothing leaves no folder");
}

#[test]
fn a_folder_may_be_input_and_output_at_once() {
    let case = clean();
    for _ in 0..2 {
        let output = attain()
            .args(["run", "--as-of", "2026-12-31", "--tables", "csv", "--out"])
            .arg(case.inputs())
            .arg(case.inputs())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_code_is_explained_in_both_languages() {
    let explain = |arguments: &[&str]| {
        let output = attain().arg("explain").args(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, text, _) = explain(&["e402"]);
    assert_eq!(code, Some(0));
    for part in
        ["E402  not a number", "Severity: error", "4xx", "{field} is not a number", "never taken as 0", "What to do: "]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let (_, text, _) = explain(&["E102", "--lang", "zh"]);
    assert!(text.contains("该文件未采用") && text.contains("退出码:3"), "{text}");
    for lang in ["en", "zh"] {
        for code in attain::problem::CODES {
            let (status, text, _) = explain(&[code, "--lang", lang]);
            assert_eq!((status, text.lines().count()), (Some(0), 7), "{code} {lang}\n{text}");
        }
    }
    let (code, text, message) = explain(&["402"]);
    assert_eq!((code, text.as_str()), (Some(2), ""));
    assert!(message.contains("nearest: E402,"), "{message}");
    assert_eq!(explain(&[]).0, Some(2));
}

/// Twelve cells alike in one file, one in another, and one target nobody can reach.
fn findings() -> Case {
    let rows: String = (1..=12).map(|day| format!("2026-01-{day:02} | Ann | lots\n")).collect();
    clean()
        .sheet("bad.xlsx", &format!("Date | Name | Sales amount\n{rows}"))
        .sheet("last.xlsx", "Date | Name | Sales amount\n 2025-01-05 | Ann | 20\n 2025-01-06 | Ann | 1,000元 | 3")
        .sheet("odd.xlsx", "Date | Name | Sales amount\n soon | Ann | 7")
        .file("broken.xlsx", b"PK\x03\x04 cut off")
}

#[test]
fn findings_are_grouped_by_code_and_file_on_the_terminal() {
    let case = findings();
    let check = |more: &[&str]| {
        let mut command = attain();
        command.arg("check").arg(case.inputs()).args(["--as-of", "2026-12-31"]).args(more);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let text = check(&[]);
    assert!(text.contains("bad.xlsx: error E402, 12 times: not a number\n  Data!D4: "), "{text}");
    assert!(text.contains("  Data!D6: ") && !text.contains("Data!D7") && text.contains("  … and 9 more ("), "{text}");
    assert!(text.contains("odd.xlsx!Data!B4: error E410: "), "{text}");
    assert_eq!(check(&["-v"]).matches("bad.xlsx!Data!D").count(), 12);
    let document: serde_json::Value = serde_json::from_str(&check(&["--json"])).unwrap();
    let found = document["findings"].as_array().unwrap();
    assert_eq!(found.iter().filter(|finding| finding["code"] == "E402").count(), 12);
}

#[test]
fn check_writes_the_findings_where_it_is_told_to() {
    use calamine::{Data, Reader};
    for (lang, names, first, open) in [
        ("en", ["01_Findings by file", "02_All findings", "03_Targets SMART"], "broken.xlsx: 1 finding(s)", "open"),
        ("zh", ["01_按文件汇总", "02_全部问题", "03_目标SMART检查"], "broken.xlsx:1 条问题", "未处理"),
    ] {
        let out = tempfile::tempdir().unwrap();
        let case = findings();
        let output = attain()
            .arg("check")
            .arg(case.inputs())
            .args(["--as-of", "2026-12-31", "--lang", lang, "--json", "--out"])
            .arg(out.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
        let account: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let path = out.path().join("findings.xlsx");
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(account["outputs"][0]["blake3"], blake3::hash(&bytes).to_hex().to_string());

        let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(&path).unwrap();
        assert_eq!(workbook.sheet_names(), names);
        let mut sheet = |name: &str| -> Vec<Vec<String>> {
            let range = workbook.worksheet_range(name).unwrap();
            range.rows().map(|row| row.iter().map(Data::to_string).collect()).collect()
        };
        // The rejected file first; then by what is wrong. Twelve alike are one line with five cells.
        let groups = sheet(names[0]);
        let titles: Vec<&str> =
            groups.iter().map(|row| row[0].as_str()).filter(|text| text.contains(".xlsx")).collect();
        assert_eq!(titles[0], first);
        assert_eq!(titles.len(), 5, "{titles:?}");
        let alike = groups.iter().find(|row| row[1] == "E402").unwrap();
        assert_eq!((alike[3].as_str(), alike[5].as_str()), ("Data", "12"));
        assert_eq!(alike[6], "D4, D5, D6, D7, D8, …");
        assert_eq!(alike[10], "bad.xlsx!Data!D4");
        // Every finding, in both: 12 + 1 + the rejected one + those of the last year's file and of the target.
        let n_findings = account["findings"].as_array().unwrap().len();
        let each = sheet(names[1]);
        let is_finding = |row: &&Vec<String>| row[0].parse::<usize>().is_ok();
        assert_eq!(each.iter().filter(is_finding).count(), n_findings);
        let smart = sheet(names[2]);
        assert!(smart.iter().any(|row| row[0] == "Ann" && row[3] == "W559"), "{smart:?}");
        // Yellow columns with a list to choose from, and links to the cells.
        let part = |name: &str| {
            let mut archive = zip::ZipArchive::new(std::fs::File::open(&path).unwrap()).unwrap();
            std::io::read_to_string(archive.by_name(name).unwrap()).unwrap()
        };
        let xml = part("xl/worksheets/sheet2.xml");
        assert!(xml.contains("<dataValidation type=\"list\"") && xml.contains(open), "{lang}");
        assert!(part("xl/worksheets/_rels/sheet2.xml.rels").contains("bad.xlsx"));
    }
}

#[test]
fn a_folder_from_the_environment_is_not_told_to_check() {
    let case = findings();
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("reports");
    let output =
        attain().env("ATTAIN_OUT", &folder).arg("check").arg(case.inputs()).args(["--as-of", "2026-12-31"]).output();
    assert_eq!(output.unwrap().status.code(), Some(3));
    assert!(!folder.exists());
}

#[test]
fn findings_inside_the_inputs_are_never_read() {
    let case = clean();
    for _ in 0..2 {
        let output = attain()
            .arg("check")
            .arg(case.inputs())
            .args(["--as-of", "2026-12-31", "--out"])
            .arg(case.inputs().join("checked"))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    }
    assert!(case.inputs().join("checked/findings.xlsx").is_file());
    let ran = case.run().status(0);
    assert_eq!(ran.account()["inputs"].as_array().unwrap().len(), 2);
}

/// Every code there is, in both languages, on pages that a reader can open.
#[test]
fn the_messy_sample_becomes_a_workbook_of_findings() {
    use calamine::Reader;
    let messy = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/messy");
    for lang in ["en", "zh"] {
        let written = |jobs: &str| {
            let out = tempfile::tempdir().unwrap();
            let output = attain()
                .arg("check")
                .arg(&messy)
                .args(["--lang", lang, "--jobs", jobs, "--out"])
                .arg(out.path())
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
            std::fs::read(out.path().join("findings.xlsx")).unwrap()
        };
        let bytes = written("1");
        assert!(bytes == written("8"), "{lang}: the same bytes whatever the threads");
        let mut workbook: calamine::Xlsx<_> = calamine::Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
        let smart = workbook.sheet_names()[2].clone();
        let rows = workbook.worksheet_range(&smart).unwrap();
        // W554 to W561, I556 and I562 each have their row in the sample.
        for code in ["W554", "W555", "I556", "W557", "W558", "W559", "W560", "W561", "I562"] {
            assert!(rows.rows().any(|row| row[3] == code), "{lang} {code}");
        }
    }
}
